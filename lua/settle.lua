#!lua
--[[
Makes windows agree with what is noted of a member: hidden it stands in none of their orders, else in all it has an
entry in.

KEYS[1] board       hash    revision
KEYS[2] bans        hash    member id -> hide | block
KEYS[3..] windows   order zset, entries hash, distinct zset, values zset, ties zset of each, at most 50

ARGV[1] call      8 bytes, names this call
ARGV[2] revision  of the board, as the caller knows it
ARGV[3] layout    see lib/layouts
ARGV[4] indexed   1 where the distinct values are kept
ARGV[5] id        the member

Returns {call, status, windows that were changed}.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED as status; nothing is written then.
Cost: O(log n) a window and field.
]]
local board, bans = KEYS[1], KEYS[2]
local call, revision, layout, indexed, id = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include distinct
-- @include tails
-- @include values
-- @include value_moves
-- @include standings
-- @include known_board

local FIRST_WINDOW_KEY = 3

local fault = board_fault(board, revision)
if fault then return {call, fault} end
local settle = redis.call('HGET', bans, id) == 'hide' and take_out or put_back
local changed = 0
for _, window in ipairs(kept_windows(FIRST_WINDOW_KEY, (#KEYS - FIRST_WINDOW_KEY + 1) / KEYS_A_KEPT_WINDOW)) do
  local record = redis.call('HGET', window.entries, id)
  if record and settle(window, id, record, indexed == '1') then changed = changed + 1 end
end
return {call, 'OK', changed}

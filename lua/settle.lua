#!lua
--[[
Makes windows agree with what is noted of members: one that is hidden stands in none of their orders, others in all
that they have an entry in.

KEYS[1] board       hash    revision
KEYS[2] bans        hash    member id -> hide | block
KEYS[3..] windows   order zset, entries hash, distinct zset, values zset, ties zset of each, at most 20

ARGV[1] call      8 bytes, names this call
ARGV[2] revision  of the board, as the caller knows it
ARGV[3] layout    see lib/layouts
ARGV[4] indexed   1 where the distinct values are kept
ARGV[5..] ids     the members, at most 50

Returns {call, status, entries that were moved}.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED as status; nothing is written then.
Cost: O(log n) a member, window and field.
]]
local board, bans = KEYS[1], KEYS[2]
local call, revision, layout, indexed = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include distinct
-- @include tails
-- @include values
-- @include value_moves
-- @include window_keys
-- @include standings
-- @include known_board

local FIRST_WINDOW_KEY, FIRST_ID = 3, 5

local fault = board_fault(board, revision)
if fault then return {call, fault} end
local modes, changed = redis.call('HMGET', bans, unpack(ARGV, FIRST_ID)), 0
for _, window in ipairs(kept_windows(FIRST_WINDOW_KEY, (#KEYS - FIRST_WINDOW_KEY + 1) / KEYS_A_STANDING)) do
  local records = redis.call('HMGET', window.entries, unpack(ARGV, FIRST_ID))
  for index = 1, #records do
    local settle = modes[index] == 'hide' and take_out or put_back
    if records[index] and settle(window, ARGV[FIRST_ID + index - 1], records[index], indexed == '1') then
      changed = changed + 1
    end
  end
end
return {call, 'OK', changed}

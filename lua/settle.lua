#!lua
--[[
Makes windows agree with what is noted of members: one that is hidden stands in none of their orders, others in all
that they have an entry in. On an arcade board some of their entries at a time.

KEYS[1] board       hash    revision
KEYS[2] bans        hash    member id -> hide | block
KEYS[3..] windows   order zset, entries hash, distinct zset, values zset, ties zset of each, at most 20

ARGV[1] call      8 bytes, names this call
ARGV[2] revision  of the board, as the caller knows it
ARGV[3] layout    see lib/layouts
ARGV[4] indexed   1 where the distinct values are kept
ARGV[5] limit     entries of an arcade board to move
ARGV[6..] ids     the members, at most 50

Returns {call, status, entries that were moved, 1 where there may be more}.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED as status; nothing is written then.
Cost: O(log n) a member, window, entry and field.
]]
local board, bans = KEYS[1], KEYS[2]
local call, revision, layout, indexed, limit = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include distinct
-- @include tails
-- @include values
-- @include owners
-- @include value_moves
-- @include window_keys
-- @include standings
-- @include known_board

local FIRST_WINDOW_KEY, FIRST_ID = 3, 6

local fault = board_fault(board, revision)
if fault then return {call, fault} end
local ids = {unpack(ARGV, FIRST_ID)}
local modes, changed = redis.call('HMGET', bans, unpack(ids)), 0

-- The ids of the entries that a member may have to be moved with.
local function ids_in(window, index)
  if not is_arcade then return {ids[index]} end
  return owned_ids(window.values, modes[index] == 'hide' and OWNER or SHELF, ids[index], false, limit - changed)
end

local function settle(window, index)
  local move = modes[index] == 'hide' and take_out or put_back
  for _, id in ipairs(ids_in(window, index)) do
    local record = redis.call('HGET', window.entries, id)
    if record and move(window, id, record, indexed == '1') then changed = changed + 1 end
  end
end

for _, window in ipairs(kept_windows(FIRST_WINDOW_KEY, (#KEYS - FIRST_WINDOW_KEY + 1) / KEYS_A_STANDING)) do
  for index = 1, #ids do settle(window, index) end
end
return {call, 'OK', changed, is_arcade and changed == limit and 1 or 0}

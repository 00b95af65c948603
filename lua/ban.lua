#!lua
--[[
Notes what a board does with members' submissions: nothing more, hiding their entries, or refusing them.

KEYS[1] board      hash    revision, bans
KEYS[2] kept_call  string  this call's reply, for a repeat of it
KEYS[3] bans       hash    member id -> hide | block
KEYS[4] days       hash    day -> number of calls that wrote to it

ARGV[1] call      8 bytes, names this call
ARGV[2] revision  of the board, as the caller knows it
ARGV[3..] bans    two each, at most 50: the member's id; hide | block, or empty to take it back

Returns {call, status}.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED as status; nothing is written then.
Cost: O(members + days).
]]
local board, kept_call, bans, days = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, revision = ARGV[1], ARGV[2]

-- @include known_board

local FIRST_BAN = 3

if redis.call('EXISTS', kept_call) == 1 then return {call, 'OK'} end
local fault = board_fault(board, revision)
if fault then return {call, fault} end
local has_changed, changes_orders = false, false
for index = FIRST_BAN, #ARGV, 2 do
  local id, mode = ARGV[index], ARGV[index + 1]
  local before = redis.call('HGET', bans, id) or ''
  if mode == '' then redis.call('HDEL', bans, id) else redis.call('HSET', bans, id, mode) end
  has_changed = has_changed or mode ~= before
  changes_orders = changes_orders or (before == 'hide') ~= (mode == 'hide')
end
if not has_changed then return {call, 'OK'} end
redis.call('HSET', board, 'bans', '1')
-- Ranges that were computed with a member, or without, are not found any more.
if changes_orders then
  for _, day in ipairs(redis.call('HKEYS', days)) do redis.call('HINCRBY', days, day, 1) end
end
redis.call('SET', kept_call, '1', 'PX', 60000)
return {call, 'OK'}

#!lua
--[[
Notes what a board does with a member's submissions: nothing more, hiding its entries, or refusing them.

KEYS[1] board      hash    revision, bans
KEYS[2] kept_call  string  this call's reply, for a repeat of it
KEYS[3] bans       hash    member id -> hide | block
KEYS[4] days       hash    day -> number of calls that wrote to it

ARGV[1] call      8 bytes, names this call
ARGV[2] revision  of the board, as the caller knows it
ARGV[3] id        the member
ARGV[4] mode      hide | block, or empty to take it back

Returns {call, status}.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED as status; nothing is written then.
Cost: O(days).
]]
local board, kept_call, bans, days = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, revision, id, mode = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

-- @include known_board

if redis.call('EXISTS', kept_call) == 1 then return {call, 'OK'} end
local fault = board_fault(board, revision)
if fault then return {call, fault} end
local before = redis.call('HGET', bans, id) or ''
if before == mode then return {call, 'OK'} end
if mode == '' then
  redis.call('HDEL', bans, id)
else
  redis.call('HSET', bans, id, mode)
  redis.call('HSET', board, 'bans', '1')
end
-- Ranges that were computed with the member, or without, are not found any more.
if (before == 'hide') ~= (mode == 'hide') then
  for _, day in ipairs(redis.call('HKEYS', days)) do redis.call('HINCRBY', days, day, 1) end
end
redis.call('SET', kept_call, '1', 'PX', 60000)
return {call, 'OK'}

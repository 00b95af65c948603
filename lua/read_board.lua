#!lua flags=no-writes
--[[
Reads a board's definition and where its keys stand.

KEYS[1] board  hash  definition, revision, born, index, slots, generations, closed

ARGV[1] call     8 bytes, names this call
ARGV[2..] types  of periods

Returns {call, status, definition, revision, born, index, slots, generations of the types, ends that were
  closed last, the server's time in microseconds}; what the board has not is empty.
Errors: BOARD_NOT_FOUND as status.
Cost: O(types).
]]
local board = KEYS[1]
local call, first_type = ARGV[1], 2

local standing = redis.call('HMGET', board, 'definition', 'revision', 'born', 'index', 'slots')
if not standing[1] then return {call, 'BOARD_NOT_FOUND'} end
local generations, closed = {}, {}
for position = first_type, #ARGV do
  local found = redis.call('HMGET', board, 'generation:' .. ARGV[position], 'closed:' .. ARGV[position])
  generations[#generations + 1] = found[1] or ''
  closed[#closed + 1] = found[2] or ''
end
local time = redis.call('TIME')
local now_us = string.format('%.0f', tonumber(time[1]) * 1000000 + tonumber(time[2]))
return {call, 'OK', standing[1], standing[2], standing[3], standing[4] or '', standing[5] or '', generations, closed,
  now_us}

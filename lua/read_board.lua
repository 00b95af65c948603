#!lua flags=no-writes
--[[
Reads a board's definition and where its keys stand.

KEYS[1] board  hash  definition, revision, generation, born, index

ARGV[1] call  8 bytes, names this call

Returns {call, status, definition, revision, generation, born, index}.
Errors: BOARD_NOT_FOUND as status.
Cost: O(1).
]]
local board = KEYS[1]
local call = ARGV[1]

local standing = redis.call('HMGET', board, 'definition', 'revision', 'generation', 'born', 'index')
if not standing[1] then return {call, 'BOARD_NOT_FOUND'} end
return {call, 'OK', unpack(standing)}

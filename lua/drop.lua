#!lua flags=allow-oom
--[[
Deletes a board and everything on it.

KEYS[1] board      hash    revision
KEYS[2] kept_call  string  this call's reply, for a repeat of it
KEYS[3..] owned    zset hash stream string: every other key of the board

ARGV[1] call      8 bytes, names this call
ARGV[2] revision  of the board, as the caller knows it

Returns {call, status}.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED as status; nothing is written then.
Cost: O(1) a key: memory is freed in the background.
]]
local board, kept_call = KEYS[1], KEYS[2]
local call, revision = ARGV[1], ARGV[2]

-- @include known_board

local CHUNK = 1000

if redis.call('EXISTS', kept_call) == 1 then return {call, 'OK'} end
local fault = board_fault(board, revision)
if fault then return {call, fault} end
redis.call('UNLINK', board)
for first = 3, #KEYS, CHUNK do
  redis.call('UNLINK', unpack(KEYS, first, math.min(first + CHUNK - 1, #KEYS)))
end
redis.call('SET', kept_call, '1', 'PX', 60000)
return {call, 'OK'}

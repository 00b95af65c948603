#!lua flags=allow-oom
--[[
Deletes a board and everything on it.

KEYS[1] board      hash    revision
KEYS[2] order      zset    the entries in order
KEYS[3] entries    hash    member id -> record
KEYS[4] distinct   zset    the distinct values of a dense board
KEYS[5] kept_call  string  this call's reply, for a repeat of it

ARGV[1] call      8 bytes, names this call
ARGV[2] revision  of the board, as the caller knows it

Returns {call, status}.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED as status; nothing is written then.
Cost: O(1): memory is freed in the background.
]]
local board, order, entries, distinct, kept_call = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call, revision = ARGV[1], ARGV[2]

-- @include known_board

if redis.call('EXISTS', kept_call) == 1 then return {call, 'OK'} end
local fault = board_fault(board, revision)
if fault then return {call, fault} end
redis.call('UNLINK', board, order, entries, distinct)
redis.call('SET', kept_call, '1', 'PX', 60000)
return {call, 'OK'}

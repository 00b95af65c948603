#!lua flags=no-writes
--[[
Reads the list of a board's windows that have been played and are kept, and the days of ranges.

KEYS[1] board    hash  revision
KEYS[2] periods  hash  the windows that have been played
KEYS[3] days     hash  day -> number of calls that wrote to it

ARGV[1] call      8 bytes, names this call
ARGV[2] revision  of the board, as the caller knows it

Returns {call, status, fields and values of the windows in turn, days and their numbers in turn}.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED as status.
Cost: O(windows + days): what is kept of at most seven periods, and a number a day.
]]
local board, periods, days = KEYS[1], KEYS[2], KEYS[3]
local call, revision = ARGV[1], ARGV[2]

-- @include known_board

local fault = board_fault(board, revision)
if fault then return {call, fault} end
return {call, 'OK', redis.call('HGETALL', periods), redis.call('HGETALL', days)}

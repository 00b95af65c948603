#!lua flags=no-writes
--[[
Counts the entries of windows.

KEYS[1..] orders  zset  the entries of each in order, at most 500

ARGV[1] call  8 bytes, names this call

Returns {call, status, totals}.
Errors: none.
Cost: O(1) a window.
]]
local call = ARGV[1]

local totals = {}
for index = 1, #KEYS do totals[index] = redis.call('ZCARD', KEYS[index]) end
return {call, 'OK', totals}

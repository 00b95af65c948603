#!lua flags=no-writes
--[[
Reads what a range of days is named by, and whether the one that was computed last is still there.

KEYS[1] days   hash    day -> number of calls that wrote to it
KEYS[2] state  string  of the range computed last

ARGV[1] call     8 bytes, names this call
ARGV[2..] names  of days, at most 1001

Returns {call, status, numbers of the days, 1 where the range is ready or 0}; an absent number is empty.
Errors: none.
Cost: O(days).
]]
local days, state = KEYS[1], KEYS[2]
local call, first_name = ARGV[1], 2

local numbers = redis.call('HMGET', days, unpack(ARGV, first_name))
for index = 1, #ARGV - first_name + 1 do numbers[index] = numbers[index] or '' end
return {call, 'OK', numbers, redis.call('GET', state) == 'ready' and 1 or 0}

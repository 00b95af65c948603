#!lua flags=no-writes
--[[
Reads some fields of a hash.

KEYS[1] records  hash  id -> JSON or digest

ARGV[1] call     8 bytes, names this call
ARGV[2..] ids    at most 1000

Returns {call, status, values}; an absent one is empty.
Errors: none.
Cost: O(ids).
]]
local records = KEYS[1]
local call, first_id = ARGV[1], 2

local values = redis.call('HMGET', records, unpack(ARGV, first_id))
for index = 1, #ARGV - first_id + 1 do values[index] = values[index] or '' end
return {call, 'OK', values}

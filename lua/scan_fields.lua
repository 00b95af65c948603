#!lua flags=no-writes
--[[
Reads the next fields of a hash.

KEYS[1] records  hash  member id -> JSON

ARGV[1] call    8 bytes, names this call
ARGV[2] cursor  of the walk, 0 at its beginning
ARGV[3] limit   fields, about

Returns {call, status, cursor, fields and values in turn}; cursor 0 ends the walk. What is there throughout comes at
  least once.
Errors: none.
Cost: O(limit).
]]
local records = KEYS[1]
local call, cursor, limit = ARGV[1], ARGV[2], ARGV[3]

local found = redis.call('HSCAN', records, cursor, 'COUNT', limit)
return {call, 'OK', found[1], found[2]}

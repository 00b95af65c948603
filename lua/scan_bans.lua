#!lua flags=no-writes
--[[
Reads the next bans of a project.

KEYS[1] bans  hash  member id -> JSON

ARGV[1] call    8 bytes, names this call
ARGV[2] cursor  of the walk, 0 at its beginning
ARGV[3] limit   bans, about

Returns {call, status, cursor, member ids and bans}; cursor 0 ends the walk.
Errors: none.
Cost: O(limit).
]]
local bans = KEYS[1]
local call, cursor, limit = ARGV[1], ARGV[2], ARGV[3]

local found = redis.call('HSCAN', bans, cursor, 'COUNT', limit)
return {call, 'OK', found[1], found[2]}

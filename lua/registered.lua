#!lua flags=no-writes
--[[
Says whether a project has profiles, and which of some members have one.

KEYS[1] profiles  hash  member id -> JSON

ARGV[1] call     8 bytes, names this call
ARGV[2..] ids    members, at most 50; or none

Returns {call, status, 1 where there are profiles, for each member 1 where it has one}.
Errors: none.
Cost: O(ids).
]]
local profiles = KEYS[1]
local call, first_id = ARGV[1], 2

local found = {}
for index = first_id, #ARGV do found[#found + 1] = redis.call('HEXISTS', profiles, ARGV[index]) end
return {call, 'OK', redis.call('EXISTS', profiles), found}

#!lua flags=no-writes
--[[
Reads some of a project's profiles, from where an earlier call stopped.

KEYS[1] profiles  hash  member id -> JSON

ARGV[1] call    8 bytes, names this call
ARGV[2] cursor  0 to begin
ARGV[3] count   about how many are wanted

Returns {call, status, cursor of the next call or 0, member id and profile in turn}. Profiles that are there all the
  while come once or more.
Errors: none.
Cost: O(count).
]]
local profiles = KEYS[1]
local call, cursor, count = ARGV[1], ARGV[2], ARGV[3]

local found = redis.call('HSCAN', profiles, cursor, 'COUNT', count)
return {call, 'OK', found[1], found[2]}

#!lua flags=no-writes
--[[
Reads the names of ranges that may be there.

KEYS[1] ranges  set  their names

ARGV[1] call   8 bytes, names this call
ARGV[2] limit  names, about

Returns {call, status, names}; none where there are no more.
Errors: none.
Cost: O(limit).
]]
local ranges = KEYS[1]
local call, limit = ARGV[1], ARGV[2]

return {call, 'OK', redis.call('SRANDMEMBER', ranges, limit)}

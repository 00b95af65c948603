#!lua flags=no-writes
--[[
Reads the names of some ranges that may be there.

KEYS[1] ranges  zset  ranges that may be there -> until when

ARGV[1] call   8 bytes, names this call
ARGV[2] limit  names

Returns {call, status, names}; none where there are no more.
Errors: none.
Cost: O(log ranges + limit).
]]
local ranges = KEYS[1]
local call, limit = ARGV[1], ARGV[2]

return {call, 'OK', redis.call('ZRANGE', ranges, 0, limit - 1)}

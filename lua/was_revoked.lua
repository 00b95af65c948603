#!lua flags=no-writes
--[[
Says whether a key was revoked, of those that are remembered.

KEYS[1] revoked  zset  digests of revoked keys -> when, in milliseconds

ARGV[1] call    8 bytes, names this call
ARGV[2] digest  of the key

Returns {call, status, 1 or 0}.
Errors: none.
Cost: O(1).
]]
local revoked = KEYS[1]
local call, digest = ARGV[1], ARGV[2]

return {call, 'OK', redis.call('ZSCORE', revoked, digest) and 1 or 0}

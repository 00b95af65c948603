#!lua flags=allow-oom
--[[
Forgets an API key of a project, and remembers the digest of the last 10,000: less than what it frees.

KEYS[1] digests    hash    key digest -> JSON of the key
KEYS[2] digest_of  hash    key id -> key digest
KEYS[3] ids        zset    ids of the project's keys
KEYS[4] kept_call  string  this call's reply, for a repeat of it
KEYS[5] revoked    zset    digests of revoked keys -> when, in milliseconds

ARGV[1] call  8 bytes, names this call
ARGV[2] id    of the key

Returns {call, status}.
Errors: KEY_NOT_FOUND as status.
Cost: O(log n).
]]
local digests, digest_of, ids, kept_call, revoked = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call, id = ARGV[1], ARGV[2]

local MOST_REVOKED = 10000

if redis.call('EXISTS', kept_call) == 1 then return {call, 'OK'} end
if redis.call('ZREM', ids, id) == 0 then return {call, 'KEY_NOT_FOUND'} end
local digest = redis.call('HGET', digest_of, id)
if digest then
  redis.call('HDEL', digests, digest)
  redis.call('ZADD', revoked, redis.call('TIME')[1] * 1000, digest)
  redis.call('ZREMRANGEBYRANK', revoked, 0, -1 - MOST_REVOKED)
end
redis.call('HDEL', digest_of, id)
redis.call('SET', kept_call, '1', 'PX', 60000)
return {call, 'OK'}

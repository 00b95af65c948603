#!lua flags=allow-oom
--[[
Forgets an API key of a project.

KEYS[1] digests    hash    key digest -> JSON of the key
KEYS[2] digest_of  hash    key id -> key digest
KEYS[3] ids        zset    ids of the project's keys
KEYS[4] kept_call  string  this call's reply, for a repeat of it

ARGV[1] call  8 bytes, names this call
ARGV[2] id    of the key

Returns {call, status}.
Errors: KEY_NOT_FOUND as status.
Cost: O(log n).
]]
local digests, digest_of, ids, kept_call = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, id = ARGV[1], ARGV[2]

if redis.call('EXISTS', kept_call) == 1 then return {call, 'OK'} end
if redis.call('ZREM', ids, id) == 0 then return {call, 'KEY_NOT_FOUND'} end
local digest = redis.call('HGET', digest_of, id)
if digest then redis.call('HDEL', digests, digest) end
redis.call('HDEL', digest_of, id)
redis.call('SET', kept_call, '1', 'PX', 60000)
return {call, 'OK'}

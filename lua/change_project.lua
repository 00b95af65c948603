#!lua
--[[
Replaces a project's record, or deletes it, if it is still the one the caller read.

KEYS[1] projects   hash    project id -> JSON
KEYS[2] ids        zset    ids of the projects
KEYS[3] kept_call  string  this call's reply, for a repeat of it

ARGV[1] call      8 bytes, names this call
ARGV[2] id        of the project
ARGV[3] standing  the record that was read; empty where there was none
ARGV[4] record    JSON, empty to delete it

Returns {call, status}.
Errors: PROJECT_CHANGED as status; nothing is written then.
Cost: O(log n).
]]
local projects, ids, kept_call = KEYS[1], KEYS[2], KEYS[3]
local call, id, standing, record = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

if redis.call('EXISTS', kept_call) == 1 then return {call, 'OK'} end
if (redis.call('HGET', projects, id) or '') ~= standing then return {call, 'PROJECT_CHANGED'} end
if record == '' then
  redis.call('HDEL', projects, id)
  redis.call('ZREM', ids, id)
else
  redis.call('HSET', projects, id, record)
  redis.call('ZADD', ids, 0, id)
end
redis.call('SET', kept_call, '1', 'PX', 60000)
return {call, 'OK'}

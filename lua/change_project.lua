#!lua
--[[
Replaces a project's record, or deletes it.

KEYS[1] projects   hash  project id -> JSON
KEYS[2] ids        zset  ids of the projects

ARGV[1] call    8 bytes, names this call
ARGV[2] id      of the project
ARGV[3] record  JSON, empty to delete it

Returns {call, status}.
Errors: none.
Cost: O(log n).
]]
local projects, ids = KEYS[1], KEYS[2]
local call, id, record = ARGV[1], ARGV[2], ARGV[3]

if record == '' then
  redis.call('HDEL', projects, id)
  redis.call('ZREM', ids, id)
else
  redis.call('HSET', projects, id, record)
  redis.call('ZADD', ids, 0, id)
end
return {call, 'OK'}

#!lua
--[[
Gives the seed that a project's player tokens grow from, made at first need; or drops it.

KEYS[1] projects   hash    project id -> JSON
KEYS[2] seeds      hash    project id -> seed
KEYS[3] kept_call  string  this call's reply, for a repeat of it

ARGV[1] call     8 bytes, names this call
ARGV[2] id       of the project
ARGV[3] seed     the one to be kept where there is none; empty to drop the one that is there
ARGV[4] default  id of the project that exists without a record

Returns {call, status, the seed that stands}; empty where it was dropped.
Errors: PROJECT_NOT_FOUND as status where one should be made; nothing is written then.
Cost: O(1).
]]
local projects, seeds, kept_call = KEYS[1], KEYS[2], KEYS[3]
local call, id, seed, default = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local kept = redis.call('GET', kept_call)
if kept then return {call, 'OK', kept} end
if seed == '' then
  redis.call('HDEL', seeds, id)
else
  if id ~= default and redis.call('HEXISTS', projects, id) == 0 then return {call, 'PROJECT_NOT_FOUND'} end
  redis.call('HSETNX', seeds, id, seed)
  seed = redis.call('HGET', seeds, id)
end
redis.call('SET', kept_call, seed, 'PX', 60000)
return {call, 'OK', seed}

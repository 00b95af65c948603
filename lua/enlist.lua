#!lua
--[[
Puts an id into a list of ids, or takes it out where what it names is gone.

KEYS[1] ids        zset    ids, all with score 0
KEYS[2] kept_call  string  this call's reply, for a repeat of it

ARGV[1] call   8 bytes, names this call
ARGV[2] id     the id
ARGV[3] stays  1 to put in, 0 to take out

Returns {call, status}.
Errors: none.
Cost: O(log n).
]]
local ids, kept_call = KEYS[1], KEYS[2]
local call, id, stays = ARGV[1], ARGV[2], ARGV[3]

if redis.call('EXISTS', kept_call) == 1 then return {call, 'OK'} end
if stays == '1' then
  redis.call('ZADD', ids, 0, id)
else
  redis.call('ZREM', ids, id)
end
redis.call('SET', kept_call, '1', 'PX', 60000)
return {call, 'OK'}

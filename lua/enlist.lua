#!lua
--[[
Puts an id into a list of ids, or takes it out where what it names is gone.

KEYS[1] ids    zset  ids, all with score 0

ARGV[1] call   8 bytes, names this call
ARGV[2] id     the id
ARGV[3] stays  1 to put in, 0 to take out

Returns {call, status}.
Errors: none.
Cost: O(log n).
]]
local ids = KEYS[1]
local call, id, stays = ARGV[1], ARGV[2], ARGV[3]

if stays == '1' then
  redis.call('ZADD', ids, 0, id)
else
  redis.call('ZREM', ids, id)
end
return {call, 'OK'}

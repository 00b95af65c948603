#!lua
--[[
Gives a worker boards that have a period to close. Nobody else is given them until the lease ends.

KEYS[1] closings   zset    boards by when they are due, in milliseconds
KEYS[2] kept_call  string  this call's reply, for a repeat of it

ARGV[1] call      8 bytes, names this call
ARGV[2] limit     boards
ARGV[3] lease_ms  how long

Returns {call, status, end of the lease, boards (project and id)}.
Errors: none.
Cost: O(limit log n).
]]
local closings, kept_call = KEYS[1], KEYS[2]
local call, limit, lease_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local kept = redis.call('GET', kept_call)
if kept then return cmsgpack.unpack(kept) end
local time = redis.call('TIME')
local now_ms = math.floor(tonumber(time[1]) * 1000 + tonumber(time[2]) / 1000)
local until_ms = string.format('%.0f', now_ms + lease_ms)
local due = redis.call('ZRANGEBYSCORE', closings, '-inf', now_ms, 'LIMIT', 0, limit)
for index = 1, #due do redis.call('ZADD', closings, until_ms, due[index]) end
local reply = {call, 'OK', until_ms, due}
if #due > 0 then redis.call('SET', kept_call, cmsgpack.pack(reply), 'PX', 60000) end
return reply

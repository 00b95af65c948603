#!lua
--[[
Notes a member's ban in its project, or takes it back.

KEYS[1] bans       hash    member id -> JSON
KEYS[2] kept_call  string  this call's reply, for a repeat of it

ARGV[1] call  8 bytes, names this call
ARGV[2] id    the member
ARGV[3] ban   JSON; empty to take it back

Returns {call, status, the ban before, empty where there was none}.
Errors: none.
Cost: O(1).
]]
local bans, kept_call = KEYS[1], KEYS[2]
local call, id, ban = ARGV[1], ARGV[2], ARGV[3]

local kept = redis.call('GET', kept_call)
if kept then return {call, 'OK', kept} end
local before = redis.call('HGET', bans, id) or ''
if ban == '' then redis.call('HDEL', bans, id) else redis.call('HSET', bans, id, ban) end
redis.call('SET', kept_call, before, 'PX', 60000)
return {call, 'OK', before}

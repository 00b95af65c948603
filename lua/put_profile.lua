#!lua
--[[
Writes a member's profile, where it is still the one that was read.

KEYS[1] profiles   hash    member id -> JSON
KEYS[2] kept_call  string  this call's reply, for a repeat of it

ARGV[1] call      8 bytes, names this call
ARGV[2] id        the member
ARGV[3] profile   JSON
ARGV[4] standing  JSON that was read; empty to write whatever stands there

Returns {call, status, 1 where the member had none before}.
Errors: PROFILE_CHANGED as status; nothing is written then.
Cost: O(1).
]]
local profiles, kept_call = KEYS[1], KEYS[2]
local call, id, profile, standing = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local kept = redis.call('GET', kept_call)
if kept then return {call, 'OK', tonumber(kept)} end
if standing ~= '' and redis.call('HGET', profiles, id) ~= standing then return {call, 'PROFILE_CHANGED'} end
local is_new = redis.call('HSET', profiles, id, profile)
redis.call('SET', kept_call, is_new, 'PX', 60000)
return {call, 'OK', is_new}

#!lua flags=allow-oom
--[[
Drops what a project that is deleted knew of members.

KEYS[1] profiles   hash    member id -> JSON
KEYS[2] bans       hash    member id -> JSON
KEYS[3] erasures   hash    id of an erasure -> JSON
KEYS[4] earlier    hash    those of the time before
KEYS[5] kept_call  string  this call's reply, for a repeat of it

ARGV[1] call  8 bytes, names this call

Returns {call, status}.
Errors: none.
Cost: O(1): memory is freed in the background.
]]
local profiles, bans, erasures, earlier, kept_call = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call = ARGV[1]

if redis.call('EXISTS', kept_call) == 1 then return {call, 'OK'} end
redis.call('UNLINK', profiles, bans, erasures, earlier)
redis.call('SET', kept_call, '1', 'PX', 60000)
return {call, 'OK'}

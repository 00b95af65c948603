#!lua
--[[
Drops what a project knows of a member beside its boards, and notes that the member was erased.

KEYS[1] profiles   hash    member id -> JSON
KEYS[2] bans       hash    member id -> JSON
KEYS[3] receipts   hash    id of an erasure -> JSON
KEYS[4] kept_call  string  this call's reply, for a repeat of it

ARGV[1] call     8 bytes, names this call
ARGV[2] id       the member
ARGV[3] receipt  id of this erasure
ARGV[4] text     what is noted of it, JSON without the member
ARGV[5] until_ms  when the receipts of this time go

Returns {call, status}.
Errors: none.
Cost: O(1).
]]
local profiles, bans, receipts, kept_call = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, id, receipt, text, until_ms = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

if redis.call('EXISTS', kept_call) == 1 then return {call, 'OK'} end
redis.call('HDEL', profiles, id)
redis.call('HDEL', bans, id)
redis.call('HSET', receipts, receipt, text)
redis.call('PEXPIREAT', receipts, until_ms)
redis.call('SET', kept_call, '1', 'PX', 60000)
return {call, 'OK'}

#!lua flags=allow-oom
--[[
Drops ranges that were computed, so that nothing of them is left before its time.

KEYS[1] ranges     zset    ranges that may be there -> until when
KEYS[2..] owned    string hash zset: the keys of the ranges that are dropped

ARGV[1] call      8 bytes, names this call
ARGV[2..] names   of these ranges, at most 100

Returns {call, status}.
Errors: none.
Cost: O(1) a key: memory is freed in the background.
]]
local ranges, first_owned = KEYS[1], 2
local call, first_name = ARGV[1], 2

redis.call('UNLINK', unpack(KEYS, first_owned))
redis.call('ZREM', ranges, unpack(ARGV, first_name))
return {call, 'OK'}

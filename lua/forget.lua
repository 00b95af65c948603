#!lua flags=allow-oom
--[[
Drops windows that are no longer kept.

KEYS[1] periods    hash    the windows that have been played
KEYS[2] kept_call  string  this call's reply, for a repeat of it
KEYS[3..] windows  order zset, entries hash, distinct zset, values zset, ties zset of each

ARGV[1] call       8 bytes, names this call
ARGV[2..] fields   of the windows in the periods, at most 100

Returns {call, status}.
Errors: none.
Cost: O(1) a window: memory is freed in the background.
]]
local periods, kept_call = KEYS[1], KEYS[2]
local call, first_field, first_window_key = ARGV[1], 2, 3

if redis.call('EXISTS', kept_call) == 1 then return {call, 'OK'} end
redis.call('UNLINK', unpack(KEYS, first_window_key))
redis.call('HDEL', periods, unpack(ARGV, first_field))
redis.call('SET', kept_call, '1', 'PX', 60000)
return {call, 'OK'}

#!lua
--[[
Keeps the digest of a new API key.

KEYS[1] digests    hash    key digest -> JSON of the key
KEYS[2] digest_of  hash    key id -> key digest
KEYS[3] ids        zset    ids of the project's keys
KEYS[4] kept_call  string  this call's reply, for a repeat of it
KEYS[5..] windows  hash    three: operation id -> reply, by day

ARGV[1] call          8 bytes, names this call
ARGV[2] first_window  day number of the first window
ARGV[3] operation     16 bytes id, 8 bytes fingerprint; or empty
ARGV[4] id            of the key
ARGV[5] digest        of the key
ARGV[6] record        JSON
ARGV[7] answer        what a repeat of the operation gets

Returns {call, status, answer, 1 where this is an earlier operation's reply}.
Errors: KEY_IN_USE, CLOCK_SKEW, IDEMPOTENCY_MISMATCH as status; nothing is written then.
Cost: O(log n).
]]
local digests, digest_of, ids, kept_call = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, first_window, operation, id, digest, record, answer =
  ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]

-- @include operations

local FIRST_WINDOW_KEY = 4

local kept = redis.call('GET', kept_call)
if kept then return {call, 'OK', kept, 0} end
local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local window = window_of(now_ms, first_window)
if not window then return {call, 'CLOCK_SKEW'} end
local answered = earlier_answer(FIRST_WINDOW_KEY, window, operation, now_ms, call)
if answered then return answered end
if redis.call('HEXISTS', digests, digest) == 1 then return {call, 'KEY_IN_USE'} end

redis.call('HSET', digests, digest, record)
redis.call('HSET', digest_of, id, digest)
redis.call('ZADD', ids, 0, id)
redis.call('SET', kept_call, answer, 'PX', 60000)
if operation ~= '' then remember(FIRST_WINDOW_KEY, window, operation, now_ms, answer) end
return {call, 'OK', answer, 0}

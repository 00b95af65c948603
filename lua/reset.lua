#!lua flags=allow-oom
--[[
Empties a board: the next generation begins, the old one's keys are unlinked.

KEYS[1] board         hash    revision, generation, metadata
KEYS[2] order         zset    of the generation that ends
KEYS[3] entries       hash    of the generation that ends
KEYS[4] distinct      zset    of the generation that ends
KEYS[5] kept_call     string  this call's reply, for a repeat of it
KEYS[6..] windows     hash    three: operation id -> reply, by day

ARGV[1] call          8 bytes, names this call
ARGV[2] revision      of the board, as the caller knows it
ARGV[3] first_window  day number of the first window
ARGV[4] operation     16 bytes id, 8 bytes fingerprint; or empty

Returns {call, status, entries removed, 1 where this is an earlier operation's reply}.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, CLOCK_SKEW, IDEMPOTENCY_MISMATCH as status; nothing is
  written then.
Cost: O(1): memory is freed in the background.
]]
local board, order, entries, distinct, kept_call = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call, revision, first_window, operation = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]

-- @include operations
-- @include known_board

local FIRST_WINDOW_KEY = 5

local kept = redis.call('GET', kept_call)
if kept then return {call, 'OK', kept, 0} end
local time = redis.call('TIME')
local now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
local now_ms = math.floor(now_us / 1000)
local window = window_of(now_ms, first_window)
if not window then return {call, 'CLOCK_SKEW'} end
if redis.call('EXISTS', board) == 1 then
  local answered = earlier_answer(FIRST_WINDOW_KEY, window, operation, now_ms, call)
  if answered then return answered end
end
local fault = board_fault(board, revision)
if fault then return {call, fault} end

local removed = string.format('%.0f', redis.call('ZCARD', order))
local now = string.format('%.0f', math.max(now_us, tonumber(revision) + 1))
redis.call('HSET', board, 'revision', now, 'generation', now)
redis.call('HDEL', board, 'metadata')
redis.call('UNLINK', order, entries, distinct)
redis.call('SET', kept_call, removed, 'PX', 60000)
if operation ~= '' then remember(FIRST_WINDOW_KEY, window, operation, now_ms, removed) end
return {call, 'OK', removed, 0}

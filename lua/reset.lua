#!lua flags=allow-oom
--[[
Ends running periods early: the next generation begins, the old one's keys are unlinked or archived.

KEYS[1] board       hash    revision, generations, archived
KEYS[2] kept_call   string  this call's reply, for a repeat of it
KEYS[3] periods     hash    the windows that have been played
KEYS[4] outbox      stream  events
KEYS[5..] kept      hash    three: operation id -> reply, by day
KEYS[8..] windows   order zset, entries hash, distinct zset, values zset, ties zset of each, see lib/windows
KEYS[..] forgotten  hash   where days and sessions are forgotten: day -> number of calls that wrote to it, then theirs

ARGV[1] call           8 bytes, names this call
ARGV[2] revision       of the board, as the caller knows it
ARGV[3] first_day      day number of the first of the operation's three hashes
ARGV[4] operation      16 bytes id, 8 bytes fingerprint; or empty
ARGV[5] archives       1 where what ends is kept
ARGV[6] window_count   windows
ARGV[7..] windows, three arguments each, see lib/windows; then the names of days that are forgotten

Returns {call, status, text, 1 where this is an earlier operation's reply}. The text: for each window its
  field, the entries it had, and the field of its archive or -; with spaces between. With CLOCK_SKEW
  or PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, CLOCK_SKEW, PERIOD_STALE, IDEMPOTENCY_MISMATCH as status; nothing
  is written then.
Cost: O(1) a period and a forgotten day: memory is freed in the background.
]]
local board, kept_call, periods, outbox = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, revision, first_day, operation, archives, window_count =
  ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], tonumber(ARGV[6])

-- @include operations
-- @include window_keys
-- @include windows
-- @include archives
-- @include known_board

local BEFORE_KEPT_KEYS, FIRST_WINDOW_KEY, FIRST_WINDOW_ARG = 4, 8, 7

local kept = redis.call('GET', kept_call)
if kept then return {call, 'OK', kept, 0} end
local now_us = microseconds(redis.call('TIME'))
local now_ms = math.floor(now_us / 1000)
local kept_day = window_of(now_ms, first_day)
if not kept_day then return {call, 'CLOCK_SKEW', string.format('%.0f', now_us)} end
if redis.call('EXISTS', board) == 1 then
  local answered = earlier_answer(BEFORE_KEPT_KEYS, kept_day, operation, now_ms, call)
  if answered then return answered end
end
local fault = board_fault(board, revision)
if fault then return {call, fault} end
learn_width(ARGV[FIRST_WINDOW_ARG])
local running = running_windows(read_windows(FIRST_WINDOW_KEY, FIRST_WINDOW_ARG, window_count), now_us)
if not running then return {call, 'PERIOD_STALE', string.format('%.0f', now_us)} end

local now = string.format('%.0f', math.max(now_us, tonumber(revision) + 1))
local words = {}
for period = 1, #running do
  local window = running[period]
  local total, archive = redis.call('ZCARD', window.order), '-'
  if archives == '1' then
    archive = archive_window(board, periods, outbox, window, now, total)
  else
    redis.call('UNLINK', unpack(keys_of(window)))
    if window.team then redis.call('UNLINK', unpack(keys_of(window.team))) end
    redis.call('HDEL', periods, window.field)
  end
  redis.call('HSET', board, 'generation:' .. string.match(window.field, '^%l+'), now)
  words[#words + 1] = window.field .. ' ' .. string.format('%.0f', total) .. ' ' .. archive
end
redis.call('HSET', board, 'revision', now)
-- Ranges that were computed from forgotten days are not found any more.
local days = FIRST_WINDOW_KEY + KEYS_A_WINDOW * window_count
for arg = FIRST_WINDOW_ARG + ARGS_A_WINDOW * window_count, #ARGV do redis.call('HINCRBY', KEYS[days], ARGV[arg], 1) end
for key = days + 1, #KEYS do redis.call('UNLINK', KEYS[key]) end
local text = table.concat(words, ' ')
redis.call('SET', kept_call, text, 'PX', 60000)
if operation ~= '' then remember(BEFORE_KEPT_KEYS, kept_day, operation, now_ms, text) end
return {call, 'OK', text, 0}

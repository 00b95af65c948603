#!lua
--[[
Closes a window whose time is over, once: records its final total and hands the event to the outbox.

KEYS[1] board      hash    revision, closed
KEYS[2] kept_call  string  this call's reply, for a repeat of it
KEYS[3] periods    hash    the windows that have been played
KEYS[4] outbox     stream  events
KEYS[5] order      zset    the window's entries in order
KEYS[6..] entries  hash    of windows that are no longer kept

ARGV[1] call      8 bytes, names this call
ARGV[2] revision  of the board, as the caller knows it
ARGV[3] field     the window's in the periods
ARGV[4] value     what stands there: start, end, generation
ARGV[5] due_us    when it closes, its end and the grace for late scores
ARGV[6..] fields  of these windows, to be taken off the list where nothing is left of them

Returns {call, status, 1 where this call closed it or 0}. With PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, PERIOD_STALE (it is not over) as status; nothing is written then.
Cost: O(fields).
]]
local board, kept_call, periods, outbox, order = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call, revision, field, value, due_us = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

-- @include window_keys
-- @include windows
-- @include archives
-- @include known_board

local FIRST_FIELD, FIRST_ENTRIES_KEY = 6, 6

local kept = redis.call('GET', kept_call)
if kept then return {call, 'OK', tonumber(kept)} end
local fault = board_fault(board, revision)
if fault then return {call, fault} end
local now_us = microseconds(redis.call('TIME'))
if now_us < due_us then return {call, 'PERIOD_STALE', string.format('%.0f', now_us)} end

local marker = 'closed:' .. string.match(field, '^%l+')
local ends = string.match(value, '^%S+ (%S+)')
local closes = tonumber(ends) > tonumber(redis.call('HGET', board, marker) or '-1')
if closes then
  local total = redis.call('ZCARD', order)
  redis.call('HSET', board, marker, ends)
  redis.call('HSET', periods, field, value .. ' ' .. total)
  announce_closed(outbox, field, value, total)
end
-- What has entries stays on the list, so that whoever has to find all entries does.
for index = 0, #ARGV - FIRST_FIELD do
  if redis.call('EXISTS', KEYS[FIRST_ENTRIES_KEY + index]) == 0 then
    redis.call('HDEL', periods, ARGV[FIRST_FIELD + index])
  end
end
redis.call('SET', kept_call, closes and '1' or '0', 'PX', 60000)
return {call, 'OK', closes and 1 or 0}

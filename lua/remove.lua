#!lua flags=allow-oom
--[[
Removes a member's entry from all running periods, and from the running day of ranges. On an arcade board: one
entry, which leaves days alone, or the next of all that the member has.

KEYS[1] board      hash    revision
KEYS[2] kept_call  string  this call's reply, for a repeat of it
KEYS[3] days       hash    day -> number of calls that wrote to it
KEYS[4] day        hash    the running day's records
KEYS[5..] windows  order zset, entries hash, distinct zset, values zset, ties zset of each, see lib/windows

ARGV[1] call          8 bytes, names this call
ARGV[2] revision      of the board, as the caller knows it
ARGV[3] layout        see lib/layouts
ARGV[4] indexed       1 where the distinct values are kept
ARGV[5] id            the member
ARGV[6] today         the running day's name
ARGV[7] starts_us     of that day; empty where days are not kept
ARGV[8] ends_us       of it
ARGV[9] entry         7 bytes: of an arcade board's entries the one that is meant; empty for all
ARGV[10] limit        entries of an arcade board to remove in each period
ARGV[11] window_count windows
ARGV[12..] windows, three arguments each, see lib/windows

Returns {call, status, 1 where the member has more}. With PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, PERIOD_STALE, ENTRY_NOT_FOUND (in any) as status; nothing is
  written then.
Cost: O(limit log n) a period.
]]
local board, kept_call, days, day = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, revision, layout, indexed, id, today, starts_us, ends_us, entry, limit, window_count =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11])

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include distinct
-- @include tails
-- @include values
-- @include owners
-- @include value_moves
-- @include window_keys
-- @include standings
-- @include windows
-- @include known_board
-- @include held_period

local kept = redis.call('GET', kept_call)
if kept then return {call, 'OK', tonumber(kept)} end
local fault = board_fault(board, revision)
if fault then return {call, fault} end
local now_us = server_us()
local stale = stale_reply(call, starts_us, ends_us, now_us)
if stale then return stale end
learn_width(ARGV[12])
local running = running_windows(read_windows(5, 12, window_count), now_us)
if not running then return {call, 'PERIOD_STALE', string.format('%.0f', now_us)} end

-- The ids of the entries to remove from a period.
local function ids_in(window)
  if not is_arcade then return {id} end
  if entry ~= '' then return {id .. entry} end
  local ids = owned_ids(window.values, OWNER, id, false, limit)
  for _, hidden in ipairs(owned_ids(window.values, SHELF, id, false, limit - #ids)) do ids[#ids + 1] = hidden end
  return ids
end

local was_there, has_more = false, 0
for period = 1, #running do
  local window = running[period]
  local ids = ids_in(window)
  if is_arcade and #ids == limit then has_more = 1 end
  for index = 1, #ids do
    local record = redis.call('HGET', window.entries, ids[index])
    if record then
      discard(window, ids[index], record, indexed == '1')
      redis.call('HDEL', window.entries, ids[index])
      was_there = true
    end
  end
end
if not was_there then return {call, 'ENTRY_NOT_FOUND'} end
if entry == '' and redis.call('HDEL', day, id) == 1 then redis.call('HINCRBY', days, today, 1) end
redis.call('SET', kept_call, has_more, 'PX', 60000)
return {call, 'OK', has_more}

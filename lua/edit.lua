#!lua
--[[
Changes metadata and fields of a standing entry in all running periods; score and arrival stay.

KEYS[1] board      hash    revision, metadata
KEYS[2] kept_call  string  this call's reply, for a repeat of it
KEYS[3..] windows  order zset, entries hash, distinct zset, values zset, ties zset of each, see lib/windows

ARGV[1] call          8 bytes, names this call
ARGV[2] revision      of the board, as the caller knows it
ARGV[3] layout        see lib/layouts
ARGV[4] indexed       1 where the distinct values are kept
ARGV[5] id            the member
ARGV[6] given         1 where metadata is replaced
ARGV[7] tail          metadata, empty to remove it, and fields to be changed, see lib/tails
ARGV[8] entry         7 bytes: of an arcade board's entries the one that is meant; empty for the member's best
ARGV[9] window_count  windows
ARGV[10..] windows, three arguments each, see lib/windows

Returns {call, status, number of the first window with the entry, its total, rank, record, id of the entry}. With
  PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, PERIOD_STALE, ENTRY_NOT_FOUND (in any) as status; nothing is
  written then.
Cost: O(log n) a period.
]]
local board, kept_call = KEYS[1], KEYS[2]
local call, revision, layout, indexed, id, given, tail, entry, window_count =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], tonumber(ARGV[9])

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include window_keys
-- @include windows
-- @include known_board
-- @include tails
-- @include values
-- @include owners
-- @include value_moves
-- @include distinct
-- @include standings

local kept = redis.call('GET', kept_call)
if kept then return cmsgpack.unpack(kept) end
local fault, has_metadata = board_fault(board, revision)
if fault then return {call, fault} end
local now_us = microseconds(redis.call('TIME'))
learn_width(ARGV[10])
local running = running_windows(read_windows(3, 10, window_count), now_us)
if not running then return {call, 'PERIOD_STALE', string.format('%.0f', now_us)} end

local changed_fields, new_metadata = tail_parts(tail, 1)
local is_change = given == '1' or changed_fields ~= ''

local function edited(record)
  local fields, metadata = tail_parts(record, fixed_length + 1)
  local after = tail_of(merged_fields(fields, changed_fields), given == '1' and new_metadata or metadata)
  return string.sub(record, 1, fixed_length) .. after
end

-- What the records of an arcade board know the entry by: the one that is named, or the best in the first period
-- where the member has one.
local function key_of_entry()
  if entry ~= '' then return id .. entry end
  for period = 1, #running do
    local best = best_of(running[period].values, id, true)
    if best then return best end
  end
  return id
end

if is_arcade then id = key_of_entry() end
local reply
for period = 1, #running do
  local window = running[period]
  local record = redis.call('HGET', window.entries, id)
  if record then
    if is_change then
      local before = record
      record = edited(before)
      redis.call('HSET', window.entries, id, record)
      local _, member = placed(record, key_length, id)
      if stands(window, member) then move_values(window, {{id, before, record}}, indexed == '1') end
    end
    if not reply then
      local number, member = placed(record, key_length, id)
      -- A shared rank is counted from the value alone, whether or not the entry stands.
      local rank = stands(window, member)
        and rank_in(style, descending, window.order, window.distinct, number, member, record, key_length) or 0
      reply = {call, 'OK', window.index, redis.call('ZCARD', window.order), rank, record, id}
    end
  end
end
if not reply then return {call, 'ENTRY_NOT_FOUND'} end
if is_change then
  redis.call('SET', kept_call, cmsgpack.pack(reply), 'PX', 60000)
  if #reply[6] > fixed_length and not has_metadata then redis.call('HSET', board, 'metadata', '1') end
end
return reply

#!lua
--[[
Applies submissions to one board in their order, and places each as of its own turn.

KEYS[1] board      hash    revision, arrival clock, metadata
KEYS[2] order      zset    the entries in order
KEYS[3] entries    hash    member id -> record
KEYS[4] distinct   zset    the distinct values of a dense board
KEYS[5] kept_call  string  this call's replies, for a repeat of it
KEYS[6..] windows  hash    three a group that names an operation: operation id -> reply

ARGV[1] call          8 bytes, names this call
ARGV[2] revision      of the board, as the caller knows it
ARGV[3] rule          best | latest | sum
ARGV[4] layout        see lib/layouts
ARGV[5] names         of the subscores, with commas between
ARGV[6] indexed       1 where the distinct values are kept
ARGV[7] open          1 where the board takes submissions
ARGV[8] first_window  day number of the first window
ARGV[9] groups        number of groups, each the submissions of one request
ARGV[10..] a group: operation (16 bytes id, 8 bytes fingerprint; or empty), 1 where its reply is kept
          though it applied nothing, number of entries; an entry: member id, tuple (flags, value, arrival
          if flag 2; or flag 128 and a refusal's number, for one that is not to be applied), metadata
          (given if flag 1)

Returns {call, status, reply of each group...}. A reply: u8 state (0 applied, 1 replayed, 2 other
  fingerprint, 3 board not open), u32 total before, 7 bytes arrival, then an entry: u8 flags
  (1 changed, 2 existed, 4 overflow, 8 record follows; from 128 as sent in), u32 rank, the fixed part of
  its record unless it is the one sent in, and where it replaced one u32 previous rank and the previous
  value. A replayed one: u8 1, u16 length and text of the layout and names it was made under, the reply.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, CLOCK_SKEW as status; a refused submission writes nothing.
Cost: O(log n) an entry, at most 50 entries a call.
]]
local board, order, entries, distinct, kept_call = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call, revision, rule, layout, names, indexed, open, first_window, groups =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9])

-- @include scores
-- @include records
-- @include layouts
-- @include arrivals
-- @include ranks
-- @include distinct
-- @include operations

local FIRST_GROUP, FIRST_WINDOW_KEY = 10, 5
local REFUSED = 128
local CALL_TTL_MS = 60000
local SIGN, COMPLEMENT = 2147483648, HALF - 1

local kept = redis.call('GET', kept_call)
if kept then return cmsgpack.unpack(kept) end
local standing = redis.call('HMGET', board, 'revision', 'arrival', 'metadata')
if not standing[1] then return {call, 'BOARD_NOT_FOUND'} end
if standing[1] ~= revision then return {call, 'BOARD_CHANGED'} end

local time = redis.call('TIME')
local now_us = tonumber(time[1]) * 1000000 + tonumber(time[2])
local now_ms = math.floor(now_us / 1000)
local at_us = math.max(now_us, tonumber(standing[2]) + 1)
local complemented = (string.sub(layout, 2, 2) == 'f') == descending
local window = window_of(now_ms, first_window)
if not window then return {call, 'CLOCK_SKEW'} end

local total = redis.call('ZCARD', order)
local records, written, brings_metadata = {}, {}, false

-- Every record the call needs, in one read; a member's later submissions see its earlier ones.
local function read_records()
  local ids, position = {}, FIRST_GROUP
  for _ = 1, groups do
    local count = tonumber(ARGV[position + 2])
    position = position + 3
    for _ = 1, count do
      ids[#ids + 1] = ARGV[position]
      position = position + 3
    end
  end
  if #ids == 0 then return end
  local found = redis.call('HMGET', entries, unpack(ids))
  for index = 1, #ids do records[ids[index]] = found[index] end
end

-- The sums of two keys' subscores, or nil where one leaves int64.
local function added_subscores(key, other)
  local parts = {}
  for index = 1, #layout - 3 do
    local high, low = struct.unpack('>I4I4', key, 8 * index - 7)
    local other_high, other_low = struct.unpack('>I4I4', other, 8 * index - 7)
    local against = (string.sub(layout, 3 + index, 3 + index) == 'd') ~= descending
    if against then
      high, low = COMPLEMENT - high, COMPLEMENT - low
      other_high, other_low = COMPLEMENT - other_high, COMPLEMENT - other_low
    end
    high, low = added(high - SIGN, low, other_high - SIGN, other_low)
    if not high then return nil end
    high = high + SIGN
    if against then high, low = COMPLEMENT - high, COMPLEMENT - low end
    parts[index] = struct.pack('>I4I4', high, low)
  end
  return table.concat(parts)
end

local function added_value(value, other)
  local high, low = struct.unpack('>i4I4', value)
  local other_high, other_low = struct.unpack('>i4I4', other)
  high, low = added(high, low, other_high, other_low)
  if not high then return nil end
  local subscores = added_subscores(string.sub(value, 9), string.sub(other, 9))
  return subscores and struct.pack('>i4I4', high, low) .. subscores
end

-- Whether a value stands above another one. Keys are stored in the walk's direction.
local function is_better(value, other)
  local high, low = struct.unpack('>i4I4', value)
  local other_high, other_low = struct.unpack('>i4I4', other)
  if high ~= other_high then return (high > other_high) == descending end
  if low ~= other_low then return (low > other_low) == descending end
  return sorts_before(value, other) ~= descending
end

local function keep_metadata(id, old, flags, metadata)
  if flags % 2 == 0 or rule == 'best' then return end
  local record = string.sub(old, 1, fixed_length) .. metadata
  brings_metadata = brings_metadata or metadata ~= ''
  if record ~= old then records[id], written[id] = record, true end
end

local function place(id, record, old, old_number, old_member)
  local number, member = placed(record, key_length, id)
  if old then
    if indexed == '1' then
      drop_value(order, distinct, descending, old_number, old_member, old, key_length)
    end
    redis.call('ZREM', order, old_member)
  else
    total = total + 1
  end
  redis.call('ZADD', order, number, member)
  if indexed == '1' then add_value(distinct, number, record, key_length) end
  records[id], written[id] = record, true
  brings_metadata = brings_metadata or #record > fixed_length
  return rank_in(style, descending, order, distinct, number, member, record, key_length)
end

local function next_arrival()
  at_us = at_us + 1
  return encoded_arrival(at_us - 1, complemented)
end

-- Applies one submission; returns its part of the reply.
local function apply(id, tuple, metadata)
  local flags = string.byte(tuple)
  if flags >= REFUSED then return struct.pack('>BI4', flags, 0) end
  local value = string.sub(tuple, 2, key_length + 2)
  local arrival = flags >= 2 and string.sub(tuple, key_length + 3)
  local old = records[id]
  if not old then
    local record = value .. (arrival or next_arrival()) .. metadata
    return struct.pack('>BI4', 1, place(id, record))
  end

  local old_value = value_of(old, key_length)
  if rule == 'sum' then value = added_value(old_value, value) end
  if not value then return struct.pack('>BI4', 4, 0) end
  local changed = value ~= old_value and (rule ~= 'best' or is_better(value, old_value))
  local old_number, old_member = placed(old, key_length, id)
  local old_rank =
    rank_in(style, descending, order, distinct, old_number, old_member, old, key_length)
  if not changed then
    keep_metadata(id, old, flags, metadata)
    return struct.pack('>BI4', 10, old_rank) .. string.sub(old, 1, fixed_length)
  end

  if rule ~= 'best' and flags % 2 == 0 then metadata = string.sub(old, fixed_length + 1) end
  local record = value .. (arrival or next_arrival()) .. metadata
  local rank = place(id, record, old, old_number, old_member)
  local is_sum = rule == 'sum'
  return struct.pack('>BI4', is_sum and 11 or 3, rank) .. (is_sum and string.sub(record, 1, fixed_length) or '')
    .. struct.pack('>I4', old_rank) .. old_value
end

local function apply_group(position, count)
  local parts = {struct.pack('>BI4', 0, total) .. encoded_arrival(at_us, false)}
  for index = 1, count do
    parts[index + 1] = apply(ARGV[position], ARGV[position + 1], ARGV[position + 2])
    position = position + 3
  end
  return table.concat(parts)
end

local function was_refused(reply)
  local flags = string.byte(reply, 13)
  return flags == 4 or flags >= REFUSED
end

-- One request's submissions: given again, refused, or applied.
local function answer_group(position, window_key)
  local operation, keeps, count = ARGV[position], ARGV[position + 1], tonumber(ARGV[position + 2])
  if operation ~= '' then
    local earlier, is_other = recall(window_key, window, operation, now_ms)
    if is_other then return struct.pack('B', 2), false end
    if earlier then return struct.pack('B', 1) .. earlier, false end
  end
  if open ~= '1' then return struct.pack('B', 3), false end
  local reply = apply_group(position + 3, count)
  if operation ~= '' and (keeps == '1' or not was_refused(reply)) then
    local made_under = layout .. ' ' .. names
    remember(window_key, window, operation, now_ms, struct.pack('>I2', #made_under) .. made_under .. reply)
    return reply, true
  end
  return reply, false
end

local function write_records()
  local fields = {}
  for id in pairs(written) do
    fields[#fields + 1] = id
    fields[#fields + 1] = records[id]
  end
  if #fields > 0 then redis.call('HSET', entries, unpack(fields)) end
  return #fields > 0
end

read_records()
local first_at_us = at_us
local replies, position, window_key, remembered = {call, 'OK'}, FIRST_GROUP, FIRST_WINDOW_KEY, false
for _ = 1, groups do
  local reply, is_kept = answer_group(position, window_key)
  replies[#replies + 1] = reply
  remembered = remembered or is_kept
  if ARGV[position] ~= '' then window_key = window_key + 3 end
  position = position + 3 + 3 * tonumber(ARGV[position + 2])
end
if at_us > first_at_us then redis.call('HSET', board, 'arrival', string.format('%.0f', at_us - 1)) end
if brings_metadata and not standing[3] then redis.call('HSET', board, 'metadata', '1') end
if write_records() or remembered then
  redis.call('SET', kept_call, cmsgpack.pack(replies), 'PX', CALL_TTL_MS)
end
return replies

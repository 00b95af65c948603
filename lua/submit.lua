#!lua
--[[
Applies submissions to one board in their order and places each one.

KEYS[1] board     hash  the board's revision and arrival clock
KEYS[2] order     zset  the entries in order
KEYS[3] entries   hash  member id -> record
KEYS[4] distinct  zset  the distinct values of a dense board
KEYS[5] calls     hash  call id -> reply, for a repeat of this call
KEYS[6..] windows hash  three a group with an operation: operation id -> reply, by day

ARGV[1] call          8 bytes, names this call
ARGV[2] revision      the revision of the board that the caller knows
ARGV[3] rule          best | latest | sum
ARGV[4] layout        order a|d, tie_break f|l, rank_style u|c|d, then a|d a subscore
ARGV[5] first_window  day number of the first window of each group
ARGV[6] groups        how many groups follow
ARGV[7..] a group: operation (16 bytes id + 8 bytes fingerprint, or empty), number of entries;
          an entry: member id, tuple (flags, score, subscores, arrival if flagged), metadata

Returns {call, status, reply of each group}; status OK, BOARD_CHANGED, BOARD_NOT_FOUND, CLOCK_SKEW.
  A reply: byte state (0 applied, 1 replayed, 2 other fingerprint), u32 total before, 7 bytes
  arrival; then an entry: byte flags (1 changed, 2 existed, 4 overflow), u32 rank, the fixed part
  of its record unless it is the one sent in, u32 previous rank and previous value if it replaced one.
Errors: none; a refused submission writes nothing.
Cost: O(log n) an entry, for at most 200 entries a call.
]]
local board, order, entries, distinct, calls = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call, revision, rule, layout, first_window, groups =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])

-- @include scores
-- @include records
-- @include arrivals
-- @include ranks

local CALL_TTL_MS = 60000
local WINDOW_MS = 86400000
local COMPLEMENT = HALF - 1

local earlier = redis.call('HGET', calls, call)
if earlier then return cmsgpack.unpack(earlier) end

local standing = redis.call('HMGET', board, 'revision', 'arrival')
if not standing[1] then return {call, 'BOARD_NOT_FOUND'} end
if standing[1] ~= revision then return {call, 'BOARD_CHANGED'} end

local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local at_us = math.max(tonumber(time[1]) * 1000000 + tonumber(time[2]), tonumber(standing[2]) + 1)
local window = math.floor(now_ms / WINDOW_MS) - first_window

local descending = string.sub(layout, 1, 1) == 'd'
local complemented = (string.sub(layout, 2, 2) == 'f') == descending
local style = string.sub(layout, 3, 3)
local key_length = 8 * (#layout - 3) + 7
local fixed_length = 8 + key_length

-- The subscore at `offset` of a key, in halves as stored: sign-flipped, complemented where the
-- subscore runs against the board's order.
local function subscores_added(ours, theirs)
  local parts = {}
  for index = 1, #layout - 3 do
    local offset = 8 * index - 7
    local high, low = struct.unpack('>I4I4', ours, offset)
    local other_high, other_low = struct.unpack('>I4I4', theirs, offset)
    local against = (string.sub(layout, 3 + index, 3 + index) == 'd') ~= descending
    if against then
      high, low = COMPLEMENT - high, COMPLEMENT - low
      other_high, other_low = COMPLEMENT - other_high, COMPLEMENT - other_low
    end
    high, low = added(high - 2147483648, low, other_high - 2147483648, other_low)
    if not high then return nil end
    high = high + 2147483648
    if against then high, low = COMPLEMENT - high, COMPLEMENT - low end
    parts[index] = struct.pack('>I4I4', high, low)
  end
  return table.concat(parts)
end

-- Whether one value stands above another: score in the board's order, then subscores, which are
-- stored in the walk's direction.
local function is_better(value, than)
  local high, low = struct.unpack('>i4I4', value)
  local other_high, other_low = struct.unpack('>i4I4', than)
  if high ~= other_high then return (high > other_high) == descending end
  if low ~= other_low then return (low > other_low) == descending end
  for offset = 9, #value - 7, 4 do
    local ours = struct.unpack('>I4', value, offset)
    local theirs = struct.unpack('>I4', than, offset)
    if ours ~= theirs then return (ours > theirs) == descending end
  end
  return false
end

local total = redis.call('ZCARD', order)
local records, written = {}, {}

-- Read every record the call needs in one go; later entries of a member see the earlier ones'.
do
  local ids, position = {}, 7
  for _ = 1, groups do
    local count = tonumber(ARGV[position + 1])
    position = position + 2
    for _ = 1, count do
      ids[#ids + 1] = ARGV[position]
      position = position + 3
    end
  end
  local found = redis.call('HMGET', entries, unpack(ids))
  for index = 1, #ids do records[ids[index]] = found[index] end
end

local function remove_value(number, record, position)
  local first = math.max(position - 1, 0)
  local near = redis.call(descending and 'ZREVRANGE' or 'ZRANGE', order, first, position + 1)
  local _ = number
  return near, record
end

local function apply(id, tuple, metadata)
  local flags = string.byte(tuple)
  local value = string.sub(tuple, 2, key_length + 2)
  local old = records[id]
  local old_value = old and value_of(old, key_length)
  if old and rule == 'sum' then
    local high, low = struct.unpack('>i4I4', old)
    local delta_high, delta_low = struct.unpack('>i4I4', value)
    high, low = added(high, low, delta_high, delta_low)
    local subscores = high and subscores_added(string.sub(old_value, 9), string.sub(value, 9))
    if not subscores then return struct.pack('>BI4', 4, 0) end
    value = struct.pack('>i4I4', high, low) .. subscores
  end
  local changed = value ~= old_value
  if old and rule == 'best' and changed then changed = is_better(value, old_value) end

  local old_number, old_member, old_rank
  if old then
    old_number, old_member = placed(old, key_length, id)
    old_rank = rank_in(style, descending, order, distinct, old_number, old_member, old, key_length)
    if not changed then
      if flags % 2 == 1 and rule ~= 'best' then
        local record = string.sub(old, 1, fixed_length) .. metadata
        if record ~= old then records[id], written[id] = record, true end
      end
      return struct.pack('>BI4', 2, old_rank) .. string.sub(old, 1, fixed_length)
    end
  end

  local arrival
  if flags >= 2 then
    arrival = string.sub(tuple, key_length + 3)
  else
    arrival = encoded_arrival(at_us, complemented)
    at_us = at_us + 1
  end
  if old and rule ~= 'best' and flags % 2 == 0 then metadata = string.sub(old, fixed_length + 1) end
  local record = value .. arrival .. metadata
  local number, member = placed(record, key_length, id)
  if old then redis.call('ZREM', order, old_member) end
  redis.call('ZADD', order, number, member)
  if not old then total = total + 1 end
  records[id], written[id] = record, true
  local rank = rank_in(style, descending, order, distinct, number, member, record, key_length)
  local fixed = rule == 'sum' and string.sub(record, 1, fixed_length) or ''
  if not old then return struct.pack('>BI4', 1, rank) .. fixed end
  return struct.pack('>BI4', 3, rank) .. fixed .. struct.pack('>I4', old_rank) .. old_value
end

local replies = {call, 'OK'}
local position = 7
for _ = 1, groups do
  local count = tonumber(ARGV[position + 1])
  position = position + 2
  local parts = {struct.pack('>BI4', 0, total) .. encoded_arrival(at_us, complemented)}
  for index = 1, count do
    parts[index + 1] = apply(ARGV[position], ARGV[position + 1], ARGV[position + 2])
    position = position + 3
  end
  replies[#replies + 1] = table.concat(parts)
end
local fields = {}
for id in pairs(written) do
  fields[#fields + 1] = id
  fields[#fields + 1] = records[id]
end
if #fields > 0 then redis.call('HSET', entries, unpack(fields)) end
redis.call('HSET', board, 'arrival', string.format('%.0f', at_us - 1))
redis.call('HSET', calls, call, cmsgpack.pack(replies))
redis.call('PEXPIRE', calls, CALL_TTL_MS)
return replies

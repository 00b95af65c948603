#!lua
--[[
Counts the next records of a day into a range. A member is counted once a day, whatever is repeated.

KEYS[1] board   hash    revision
KEYS[2] state   string  builder's token
KEYS[3] tally   hash    member id -> u16 number of the last day counted, value, arrival
KEYS[4] ranges  zset    ranges that may be there -> until when
KEYS[5] day     hash    member id -> sum and best, see lib/days

ARGV[1] call       8 bytes, names this call
ARGV[2] revision   of the board, as the caller knows it
ARGV[3] layout     see lib/layouts
ARGV[4] token      of the builder
ARGV[5] lease_ms   how long a builder may be silent
ARGV[6] kept_ms    how long the tally is kept
ARGV[7] name       of the range
ARGV[8] aggregate  sum | best
ARGV[9] number     of the day, in order
ARGV[10] cursor    of the walk, 0 at its beginning
ARGV[11] limit     records

Returns {call, status, cursor, records read}; cursor 0 ends the day. LOST: another builder has taken over.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, LOST as status.
Cost: O(limit).
]]
local board, state, tally, ranges, day = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call, revision, layout, token, lease_ms, kept_ms, name, aggregate, number, cursor, limit = ARGV[1], ARGV[2],
  ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], tonumber(ARGV[9]), ARGV[10], ARGV[11]

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include sums
-- @include days
-- @include listed_ranges
-- @include known_board

local is_mine = redis.call('GET', state) == token
local fault = board_fault(board, revision)
if fault then
  if is_mine then redis.call('UNLINK', state) end -- so that the next builder need not wait for the lease
  return {call, fault}
end
if not is_mine then return {call, 'LOST'} end

local found = redis.call('HSCAN', day, cursor, 'COUNT', limit)
local rows = found[2]
local ids = {}
for index = 1, #rows, 2 do ids[#ids + 1] = rows[index] end
if #ids > 0 then
  local counted, fields = redis.call('HMGET', tally, unpack(ids)), {}
  for index = 1, #ids do
    local record, old = rows[2 * index], counted[index]
    local pair = aggregate == 'sum' and string.sub(record, 1, PAIR_LENGTH) or string.sub(record, PAIR_LENGTH + 1)
    if old and struct.unpack('>I2', old) ~= number then
      local join = aggregate == 'sum' and joined_sum or joined_best
      pair = join(string.sub(old, 3), pair)
    elseif old then
      pair = string.sub(old, 3)
    end
    fields[#fields + 1] = ids[index]
    fields[#fields + 1] = struct.pack('>I2', number) .. pair
  end
  redis.call('HSET', tally, unpack(fields))
  redis.call('PEXPIRE', tally, kept_ms)
end
redis.call('PEXPIRE', state, lease_ms)
list_range(ranges, name, lease_ms, kept_ms)
return {call, 'OK', found[1], #ids}

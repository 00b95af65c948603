#!lua
--[[
Puts the next members of a range that was counted into their order.

KEYS[1] board     hash    revision
KEYS[2] state     string  builder's token
KEYS[3] tally     hash    member id -> u16, value, arrival
KEYS[4] ranges    zset    ranges that may be there -> until when
KEYS[5] order     zset    the range's entries in order
KEYS[6] entries   hash    member id -> record
KEYS[7] distinct  zset    the distinct values of a dense board
KEYS[8] bans      hash    member id -> hide | block

ARGV[1] call      8 bytes, names this call
ARGV[2] revision  of the board, as the caller knows it
ARGV[3] layout    see lib/layouts
ARGV[4] token     of the builder
ARGV[5] lease_ms  how long a builder may be silent
ARGV[6] kept_ms   how long the range is kept
ARGV[7] name      of the range
ARGV[8] indexed   1 where the distinct values are kept
ARGV[9] cursor    of the walk, 0 at its beginning
ARGV[10] limit    members

Returns {call, status, cursor, members placed}; cursor 0 ends the walk, and the range is ready.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, LOST (another builder has taken over) as status.
Cost: O(limit log n).
]]
local board, state, tally, ranges, order, entries, distinct, bans =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local call, revision, layout, token, lease_ms, kept_ms, name, indexed, cursor, limit =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include distinct
-- @include listed_ranges
-- @include known_board

local is_mine = redis.call('GET', state) == token
local fault = board_fault(board, revision)
if fault then
  if is_mine then redis.call('UNLINK', state) end -- so that the next builder need not wait for the lease
  return {call, fault}
end
if not is_mine then return {call, 'LOST'} end

local found = redis.call('HSCAN', tally, cursor, 'COUNT', limit)
local rows = found[2]
local places, fields, ids = {}, {}, {}
for index = 1, #rows, 2 do ids[#ids + 1] = rows[index] end
local modes = #ids > 0 and redis.call('HMGET', bans, unpack(ids)) or {}
for index = 1, #rows, 2 do
  local record = string.sub(rows[index + 1], 3)
  local number, member = placed(record, key_length, rows[index])
  local is_hidden = modes[(index + 1) / 2] == 'hide'
  if not is_hidden then
    places[#places + 1] = string.format('%.17g', number)
    places[#places + 1] = member
  end
  fields[#fields + 1] = rows[index]
  fields[#fields + 1] = record
  if indexed == '1' and not is_hidden then add_value(distinct, number, record, key_length) end
end
if #places > 0 then redis.call('ZADD', order, unpack(places)) end
if #fields > 0 then redis.call('HSET', entries, unpack(fields)) end
if found[1] == '0' then
  redis.call('SET', state, 'ready', 'PX', kept_ms)
  redis.call('UNLINK', tally)
else
  redis.call('PEXPIRE', state, lease_ms)
  redis.call('PEXPIRE', tally, kept_ms)
end
list_range(ranges, name, lease_ms, kept_ms)
for _, key in ipairs({order, entries, distinct}) do redis.call('PEXPIRE', key, kept_ms) end
return {call, 'OK', found[1], #rows / 2}

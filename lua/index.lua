#!lua
--[[
Indexes the distinct values, also within field values, of the next entries of a board that is to be dense. Writes of the same time
keep the index themselves, so the walk may cross them in any way.

KEYS[1] board     hash  revision
KEYS[2] order     zset  the entries in order
KEYS[3] entries   hash  member id -> record
KEYS[4] distinct  zset  the distinct values
KEYS[5] ties      zset  the distinct values within field values

ARGV[1] call      8 bytes, names this call
ARGV[2] revision  of the board, as the caller knows it
ARGV[3] layout    see lib/layouts
ARGV[4] number    the walk goes on after this place; empty at its beginning
ARGV[5] member    the place's sorted-set member
ARGV[6] limit     entries to index

Returns {call, status, number and member of the last entry indexed}; an empty number ends the walk.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED as status.
Cost: O(limit log n).
]]
local board, order, entries, distinct, ties = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call, revision, layout, number, member, limit =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include tails
-- @include values
-- @include value_moves
-- @include known_board

local fault, has_tails = board_fault(board, revision)
if fault then return {call, fault} end

local first = 0
if number ~= '' then first = place_position(order, descending, tonumber(number), member) end
local rows = redis.call(range_of(descending), order, first, first + limit - 1, 'WITHSCORES')
local numbered, ids = {}, {}
for position = 1, #rows, 2 do
  local record = record_of(rows[position], tonumber(rows[position + 1]), key_length)
  numbered[#numbered + 1] = rows[position + 1]
  numbered[#numbered + 1] = value_of(record, key_length)
  ids[#ids + 1] = string.sub(rows[position], REMAINDER_LENGTH + key_length + 1)
end

local function index_fields()
  local records, members, found = redis.call('HMGET', entries, unpack(ids)), {}, {}
  for position = 1, #ids do
    if has_values(records[position]) then value_members(records[position], ids[position], members, found) end
  end
  add_all(ties, found)
end

if #ids > 0 then
  redis.call('ZADD', distinct, unpack(numbered))
  if has_tails or is_arcade then index_fields() end
  local expires = redis.call('PEXPIRETIME', order)
  if expires > 0 then
    redis.call('PEXPIREAT', distinct, string.format('%.0f', expires))
    redis.call('PEXPIREAT', ties, string.format('%.0f', expires))
  end
end
if #rows < 2 * limit then return {call, 'OK', '', ''} end
return {call, 'OK', rows[#rows], rows[#rows - 1]}

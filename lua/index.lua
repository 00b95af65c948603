#!lua
--[[
Indexes the distinct values of the next entries of a board that is to be dense. Writes of the same time
keep the index themselves, so the walk may cross them in any way.

KEYS[1] board     hash  revision
KEYS[2] order     zset  the entries in order
KEYS[3] distinct  zset  the distinct values

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
local board, order, distinct = KEYS[1], KEYS[2], KEYS[3]
local call, revision, layout, number, member, limit =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include known_board

local fault = board_fault(board, revision)
if fault then return {call, fault} end

local first = 0
if number ~= '' then first = place_position(order, descending, tonumber(number), member) end
local rows = redis.call(range_of(descending), order, first, first + limit - 1, 'WITHSCORES')
local values = {}
for position = 1, #rows, 2 do
  local record = record_of(rows[position], tonumber(rows[position + 1]), key_length)
  values[#values + 1] = rows[position + 1]
  values[#values + 1] = value_of(record, key_length)
end
if #values > 0 then
  redis.call('ZADD', distinct, unpack(values))
  local expires = redis.call('PEXPIRETIME', order)
  if expires > 0 then redis.call('PEXPIREAT', distinct, string.format('%.0f', expires)) end
end
if #rows < 2 * limit then return {call, 'OK', '', ''} end
return {call, 'OK', rows[#rows], rows[#rows - 1]}

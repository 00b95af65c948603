#!lua flags=no-writes
--[[
Reads the rows around the place that a value would take if it were submitted now, and its rank.

KEYS[1] board     hash  revision, metadata, arrival clock
KEYS[2] order     zset  the entries in order
KEYS[3] entries   hash  member id -> record
KEYS[4] distinct  zset  the distinct values of a dense board

ARGV[1] call       8 bytes, names this call
ARGV[2] revision   of the board, as the caller knows it
ARGV[3] layout     see lib/layouts
ARGV[4] starts_us  of a period that is read as the running one, else empty
ARGV[5] ends_us    of it
ARGV[6] size       rows
ARGV[7] value      score and subscores, as in a record

Returns {call, status, total, 0, position of the first row, its rank, rows, records,
  1 where entries have metadata, rank of the value}.
  With PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, PERIOD_STALE as status.
Cost: O(log n + size); O(log n log t) where t entries share the score.
]]
local board, order, entries, distinct = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, revision, layout, starts_us, ends_us, size, value = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7]

-- @include scores
-- @include records
-- @include layouts
-- @include arrivals
-- @include ranks
-- @include rows
-- @include known_board
-- @include held_period

local fault, has_metadata = board_fault(board, revision)
if fault then return {call, fault} end
local now_us = server_us()
local stale = stale_reply(call, starts_us, ends_us, now_us)
if stale then return stale end

local at_us = math.max(now_us, tonumber(redis.call('HGET', board, 'arrival')) + 1)
local complemented = (string.sub(layout, 2, 2) == 'f') == descending
local number, member = placed(value .. encoded_arrival(at_us, complemented), key_length, '')
local position = place_position(order, descending, number, member)

local value_rank
if style == 'u' then
  value_rank = position + 1
elseif style == 'c' then
  value_rank = tie_position(order, descending, number, string.sub(member, 1, key_length - 5)) + 1
else
  value_rank = place_position(distinct, descending, number, value) + 1
end

local total = redis.call('ZCARD', order)
local first = position - math.floor((size - 1) / 2)
first = math.max(math.min(first, total - size), 0)
local ids, records = rows_at(order, entries, first, size, has_metadata)
local rank = rank_of_first(order, distinct, first, ids, records)
return {call, 'OK', total, 0, first, rank, ids, records, has_metadata and 1 or 0, value_rank}

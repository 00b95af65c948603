#!lua flags=no-writes
--[[
Reads the rows around a member; the window slides to stay full at both ends.

KEYS[1] board     hash  revision, metadata
KEYS[2] order     zset  the entries in order
KEYS[3] entries   hash  member id -> record
KEYS[4] distinct  zset  the distinct values of a dense board
KEYS[5] values    zset  field values, see lib/values

ARGV[1] call       8 bytes, names this call
ARGV[2] revision   of the board, as the caller knows it
ARGV[3] layout     see lib/layouts
ARGV[4] starts_us  of a period that is read as the running one, else empty
ARGV[5] ends_us    of it
ARGV[6] size       rows, the member's own included
ARGV[7] id         the member; on an arcade board the rows are around its best entry

Returns {call, status, total, 0, position of the first row, its rank, rows, records,
  1 where entries have metadata}.
  With PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, PERIOD_STALE, ENTRY_NOT_FOUND as status.
Cost: O(log n + size).
]]
local board, order, entries, distinct, values = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call, revision, layout, starts_us, ends_us, size, id = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7]

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include rows
-- @include tails
-- @include values
-- @include owners
-- @include known_board
-- @include held_period

local fault, has_metadata = board_fault(board, revision)
if fault then return {call, fault} end
local stale = stale_reply(call, starts_us, ends_us)
if stale then return stale end
local entry = id
if is_arcade then entry = best_of(values, id) end
local record = entry and redis.call('HGET', entries, entry)
if not record then return {call, 'ENTRY_NOT_FOUND'} end

local total = redis.call('ZCARD', order)
local _, member = placed(record, key_length, entry)
local position = position_of(order, descending, member)
if not position then return {call, 'ENTRY_NOT_FOUND'} end
local above = math.floor((size - 1) / 2)
local first = position - above
first = math.max(math.min(first, total - size), 0)
local ids, records = rows_at(order, entries, first, size, has_metadata)
local rank = rank_of_first(order, distinct, first, ids, records)
return {call, 'OK', total, 0, first, rank, ids, records, has_metadata and 1 or 0}

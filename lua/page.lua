#!lua flags=no-writes
--[[
Reads a page of a board, by position, by rank or from a place.

KEYS[1] board     hash  revision, metadata
KEYS[2] order     zset  the entries in order
KEYS[3] entries   hash  member id -> record
KEYS[4] distinct  zset  the distinct values of a dense board

ARGV[1] call          8 bytes, names this call
ARGV[2] revision      of the board, as the caller knows it
ARGV[3] layout        see lib/layouts
ARGV[4] starts_us     of a period that is read as the running one, else empty
ARGV[5] ends_us       of it
ARGV[6] limit         rows
ARGV[7] begin_number  the selection begins at this place; empty for the board's top
ARGV[8] begin_member  its sorted-set member
ARGV[9] end_number    the selection ends before this place; empty for the board's end
ARGV[10] end_member   its sorted-set member
ARGV[11] mode         offset | rank | after | before
ARGV[12] number       rows to skip; the rank; or the number of the place
ARGV[13] member       the place's sorted-set member

Returns {call, status, entries selected, position of the selection, position of the first row,
  its rank, rows, records, 1 where entries have metadata}.
  With PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, PERIOD_STALE as status.
Cost: O(log n + limit); O(log n log t) where t entries share a score.
]]
local board, order, entries, distinct = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, revision, layout, starts_us, ends_us, limit, begin_number, begin_member, end_number, end_member, mode,
  number, member = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7], ARGV[8], ARGV[9], ARGV[10],
  ARGV[11], tonumber(ARGV[12]), ARGV[13]

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include rows
-- @include known_board
-- @include held_period

local fault, has_metadata = board_fault(board, revision)
if fault then return {call, fault} end
local stale = stale_reply(call, starts_us, ends_us)
if stale then return stale end

local total = redis.call('ZCARD', order)
local selection, selection_end = 0, total
if begin_number ~= '' then
  selection = place_position(order, descending, tonumber(begin_number), begin_member)
end
if end_number ~= '' then
  selection_end = place_position(order, descending, tonumber(end_number), end_member)
end

-- The first row whose rank is at least the wanted one.
local function position_of_rank(rank)
  if style == 'u' or rank <= 1 then return rank - 1 end
  if style == 'd' then
    local found = redis.call(range_of(descending), distinct, rank - 1, rank - 1)[1]
    if not found then return total end
    local value_number, value_member = placed(found, key_length, '')
    return place_position(order, descending, value_number, edge_before(value_member, descending))
  end
  local standing = redis.call(range_of(descending), order, rank - 1, rank - 1, 'WITHSCORES')
  if not standing[1] then return total end
  local standing_number = tonumber(standing[2])
  local shared = string.sub(standing[1], 1, key_length - 5)
  if tie_position(order, descending, standing_number, shared) == rank - 1 then return rank - 1 end
  return place_position(order, descending, standing_number, edge_after(shared, descending))
end

local function position_after(place_number, place_member)
  local position = place_position(order, descending, place_number, place_member)
  local standing = redis.call(range_of(descending), order, position, position)[1]
  return standing == place_member and position + 1 or position
end

local first
if mode == 'offset' then
  first = selection + number
elseif mode == 'rank' then
  first = position_of_rank(number)
elseif mode == 'after' then
  first = position_after(number, member)
else
  local last = math.min(place_position(order, descending, number, member), selection_end)
  first = math.max(last - limit, selection)
  limit = last - first
end
first = math.max(first, selection)

local ids, records = rows_at(order, entries, first, math.min(limit, selection_end - first), has_metadata)
local rank = rank_of_first(order, distinct, first, ids, records)
return {call, 'OK', math.max(selection_end - selection, 0), selection, first, rank, ids, records, has_metadata and 1 or 0}

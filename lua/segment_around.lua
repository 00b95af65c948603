#!lua flags=no-writes
--[[
Reads the rows around a member, or around the place that a score would take now, among the entries of one field
value; the window slides to stay full at both ends.

KEYS[1] board    hash  revision, arrival clock
KEYS[2] entries  hash  member id -> record
KEYS[3] values   zset  field values, see lib/values
KEYS[4] ties     zset  the distinct values within field values, of a dense board

ARGV[1] call       8 bytes, names this call
ARGV[2] revision   of the board, as the caller knows it
ARGV[3] layout     see lib/layouts
ARGV[4] starts_us  of a period that is read as the running one, else empty
ARGV[5] ends_us    of it
ARGV[6] opening    slot and value
ARGV[7] size       rows
ARGV[8] id         the member, on an arcade board its best entry there; empty for a score
ARGV[9] value      score and subscores, as in a record; empty for a member

Returns {call, status, entries of the value, ids, records, ranks, rank of the score or the member}.
  With PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, PERIOD_STALE, ENTRY_NOT_FOUND (or without this value) as status.
Cost: O(size log n).
]]
local board, entries, values, ties = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, revision, layout, starts_us, ends_us, opening, size, id, value =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], tonumber(ARGV[7]), ARGV[8], ARGV[9]

-- @include scores
-- @include records
-- @include layouts
-- @include arrivals
-- @include tails
-- @include values
-- @include segments
-- @include owners
-- @include known_board
-- @include held_period

local fault = board_fault(board, revision)
if fault then return {call, fault} end
local now_us = server_us()
local stale = stale_reply(call, starts_us, ends_us, now_us)
if stale then return stale end

local record
local entry = id
if id ~= '' and is_arcade then
  entry, record = best_within(entries, values, opening, id)
  if not entry then return {call, 'ENTRY_NOT_FOUND'} end
elseif id ~= '' then
  record = redis.call('HGET', entries, id)
  if not record then return {call, 'ENTRY_NOT_FOUND'} end
  local own_place = place_within(record)
  if not redis.call('ZSCORE', values, opening .. own_place .. id) then return {call, 'ENTRY_NOT_FOUND'} end
else
  local at_us = math.max(now_us, tonumber(redis.call('HGET', board, 'arrival')) + 1)
  record = value .. encoded_arrival(at_us, (string.sub(layout, 2, 2) == 'f') == descending)
end

local low, high = '[' .. opening, '(' .. opening .. AFTER_PLACES
local total = redis.call('ZLEXCOUNT', values, low, high)
local place, shared = place_within(record)
local first = segment_position(values, opening, place, entry) - math.floor((size - 1) / 2)
first = math.max(math.min(first, total - size), 0)

local members = {}
local begin = member_at(values, low, high, descending, first)
if begin and descending then
  members = lex_range(values, low, '[' .. begin, true, size)
elseif begin then
  members = lex_range(values, '[' .. begin, high, false, size)
end

local ids, records, ranks = {}, {}, {}
for index = 1, #members do ids[index] = string.sub(members[index], #opening + fixed_length + 1) end
if #ids > 0 then records = redis.call('HMGET', entries, unpack(ids)) end
for index = 1, #ids do
  local own, own_shared = place_within(records[index])
  ranks[index] = segment_rank(values, ties, opening, own, own_shared, ids[index])
end
return {call, 'OK', total, ids, records, ranks, segment_rank(values, ties, opening, place, shared, entry)}

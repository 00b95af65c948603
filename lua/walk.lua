#!lua flags=no-writes
--[[
Reads a page of the order of field values: the entries of one value, or all that have a field, by its values;
of these the ones that have certain other values.

KEYS[1] board     hash  revision
KEYS[2] order     zset  the entries in order
KEYS[3] entries   hash  member id -> record
KEYS[4] distinct  zset  the distinct values of a dense board
KEYS[5] values    zset  field values, see lib/values
KEYS[6] ties      zset  the distinct values within field values, of a dense board

ARGV[1] call          8 bytes, names this call
ARGV[2] revision      of the board, as the caller knows it
ARGV[3] layout        see lib/layouts
ARGV[4] starts_us     of a period that is read as the running one, else empty
ARGV[5] ends_us       of it
ARGV[6] limit         rows
ARGV[7] opening       slot and value of the rows; or the slot alone, for all values
ARGV[8] length        of the field's values; 0 for texts, which end with a zero byte
ARGV[9] greatest      1 where values are walked from the greatest on
ARGV[10] least_score  of the rows, 8 bytes, sign flipped; empty where any will do
ARGV[11] most_score   of the rows, so too
ARGV[12] filters      values that a row has to have, as the fields of a tail
ARGV[13] budget       rows to look at
ARGV[14] segment      the opening that rows are ranked among; empty for ranks of the board
ARGV[15] mode         offset | rank | after | before
ARGV[16] number       rows to skip; or the rank
ARGV[17] place        member of the order of values that the page is after or before

Returns {call, status, entries (-1 where filters are to be tried), 1 where rows stand before, 1 where rows
  come after, place of the first row looked at, place of the last one, ids, records, ranks (0 of hidden ones)}.
  With PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, PERIOD_STALE as status.
Cost: O((limit + budget) log n).
]]
local board, order, entries, distinct, values, ties = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local call, revision, layout, starts_us, ends_us, limit, opening, length, greatest, least_score, most_score, filters,
  budget, segment, mode, number, place =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[8]), ARGV[9], ARGV[10],
  ARGV[11], ARGV[12], tonumber(ARGV[13]), ARGV[14], ARGV[15], tonumber(ARGV[16]), ARGV[17]

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include tails
-- @include values
-- @include segments
-- @include known_board
-- @include held_period

local fault = board_fault(board, revision)
if fault then return {call, fault} end
local stale = stale_reply(call, starts_us, ends_us)
if stale then return stale end

local LOOK = 100
local is_segment = #opening > 1
local low, high = '[' .. opening, '(' .. string.char(string.byte(opening) + 1)
if is_segment then high = '(' .. opening .. AFTER_PLACES end
local segment_low, segment_high = low, high
if least_score ~= '' then low = '[' .. opening .. least_score end
if most_score ~= '' then high = '(' .. opening .. most_score .. AFTER_PLACES end
local values_backwards = not is_segment and greatest == '1'
local is_one_walk = is_segment or values_backwards == descending

local function opening_at(member)
  if is_segment then return opening end
  if length > 0 then return string.sub(member, 1, 1 + length) end
  return string.sub(member, 1, string.find(member, '\0', 2, true))
end

-- The next members from a place on, this included or not, or from the beginning; against the page's order
-- where `is_back`. Where values are walked one way and their entries the other, value by value.
local function members_from(from, edge, count, is_back)
  local backwards = descending ~= is_back
  if is_one_walk then
    if not from then return lex_range(values, low, high, backwards, count) end
    if backwards then return lex_range(values, low, edge .. from, true, count) end
    return lex_range(values, edge .. from, high, false, count)
  end
  local found, values_back = {}, values_backwards ~= is_back
  local at = from or lex_range(values, low, high, values_back, 1)[1]
  while at and #found < count do
    local value = opening_at(at)
    local first, last = '[' .. value, '(' .. value .. AFTER_PLACES
    if from and backwards then last = edge .. from elseif from then first = edge .. from end
    local rows = lex_range(values, first, last, backwards, count - #found)
    for index = 1, #rows do found[#found + 1] = rows[index] end
    from = nil
    if values_back then
      at = lex_range(values, low, '(' .. value, true, 1)[1]
    else
      at = lex_range(values, '(' .. value .. AFTER_PLACES, high, false, 1)[1]
    end
  end
  return found
end

local function member_of_position(position)
  if is_one_walk then return member_at(values, low, high, descending, position) end
  local near = member_at(values, low, high, values_backwards, position)
  if not near then return nil end
  local value = opening_at(near)
  local first, last = '[' .. value, '(' .. value .. AFTER_PLACES
  local before
  if values_backwards then
    before = redis.call('ZLEXCOUNT', values, '(' .. value .. AFTER_PLACES, high)
  else
    before = redis.call('ZLEXCOUNT', values, low, '(' .. value)
  end
  return member_at(values, first, last, descending, position - before)
end

-- The position, among those selected, of the first entry whose rank in its segment is at least the wanted one.
local function position_of_rank(rank)
  local position = rank - 1
  if style == 'd' then
    local first, last = '[' .. PLACES .. opening, '(' .. PLACES .. opening .. AFTER_PLACES
    local tie = member_at(ties, first, last, descending, rank - 1)
    if not tie then return redis.call('ZLEXCOUNT', values, segment_low, segment_high) end
    position = count_before(values, opening, string.sub(tie, #opening + 2), AFTER_PLACES)
  elseif style == 'c' and rank > 1 then
    local standing = member_at(values, segment_low, segment_high, descending, rank - 1)
    if not standing then return redis.call('ZLEXCOUNT', values, segment_low, segment_high) end
    local shared = string.sub(standing, #opening + 1, #opening + key_length + 1)
    position = count_before(values, opening, shared, AFTER_PLACES)
    if position < rank - 1 then
      position = position + redis.call('ZLEXCOUNT', values, '[' .. opening .. shared, '(' .. opening .. shared .. AFTER_PLACES)
    end
  end
  local skipped = 0
  if descending and most_score ~= '' then
    skipped = redis.call('ZLEXCOUNT', values, '[' .. opening .. most_score .. AFTER_PLACES, segment_high)
  elseif not descending and least_score ~= '' then
    skipped = redis.call('ZLEXCOUNT', values, segment_low, '(' .. opening .. least_score)
  end
  return math.max(position - skipped, 0)
end

local wanted = {}
for slot, value in pairs(fields_of(filters)) do wanted[#wanted + 1] = {slot, value} end

local function passes(record, id)
  local fields = fields_of((tail_parts(record, fixed_length + 1)))
  if is_arcade then fields[OWNER] = owner_value(owner_of(id)) end
  for index = 1, #wanted do
    if fields[wanted[index][1]] ~= wanted[index][2] then return false end
  end
  return true
end

local function id_of(member)
  return string.sub(member, #opening_at(member) + fixed_length + 1)
end

local function records_of(members)
  local ids = {}
  for index = 1, #members do ids[index] = id_of(members[index]) end
  return #ids > 0 and redis.call('HMGET', entries, unpack(ids)) or {}
end

-- Looks at members from a place on until enough pass or the budget is spent. Returns the rows, their records, and
-- the first and the last member looked at.
local function look(from, edge, is_back)
  local rows, records, looked, first, last = {}, {}, 0, nil, nil
  while #rows < limit and looked < budget do
    local step = #wanted == 0 and limit - #rows or math.min(LOOK, budget - looked)
    local members = members_from(from, edge, step, is_back)
    local found = records_of(members)
    for index = 1, #members do
      if #rows == limit then break end
      first, last, looked = first or members[index], members[index], looked + 1
      if #wanted == 0 or passes(found[index], id_of(members[index])) then
        rows[#rows + 1], records[#records + 1] = members[index], found[index]
      end
    end
    if #members < step then break end
    from, edge = last, '('
  end
  return rows, records, first, last
end

local function reversed(list)
  local turned = {}
  for index = #list, 1, -1 do turned[#turned + 1] = list[index] end
  return turned
end

local from, edge = nil, '['
local is_there = true
if mode == 'offset' and number > 0 or mode == 'rank' then
  from = member_of_position(mode == 'rank' and position_of_rank(number) or number)
  is_there = from ~= nil
elseif mode == 'after' or mode == 'before' then
  from, edge = place, '('
end

local rows, records, first, last = {}, {}, nil, nil
if is_there then rows, records, first, last = look(from, edge, mode == 'before') end
if mode == 'before' then
  rows, records, first, last = reversed(rows), reversed(records), last, first
end

local ids, ranks = {}, {}
for index = 1, #rows do
  local record, id = records[index], id_of(rows[index])
  ids[index] = id
  if string.byte(opening) == SHELF then
    ranks[index] = 0
  elseif segment ~= '' then
    local own, shared = place_within(record)
    ranks[index] = segment_rank(values, ties, segment, own, shared, id)
  else
    local own_number, member = placed(record, key_length, id)
    ranks[index] = rank_in(style, descending, order, distinct, own_number, member, record, key_length)
  end
end
local has_earlier = first and #members_from(first, '(', 1, true) or 0
local has_later = last and #members_from(last, '(', 1, false) or 0
local total = #wanted == 0 and redis.call('ZLEXCOUNT', values, low, high) or -1
return {call, 'OK', total, has_earlier, has_later, first or '', last or '', ids, records, ranks}

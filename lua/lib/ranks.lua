-- Places and ranks. A place is a number (the double a score is ordered by) and a sorted-set member;
-- it needs no entry standing on it. Positions are 0-based, ranks 1-based, in the board's style:
--   u unique       the place in the full order
--   c competition  1 + the number of entries with a better score and subscores
--   d dense        1 + the number of better distinct values; `distinct` holds one member a value

local EXACT = 9007199254740992
local REMAINDER_LENGTH = 2

local function range_of(descending)
  return descending and 'ZREVRANGE' or 'ZRANGE'
end

local function position_of(set, descending, member)
  return redis.call(descending and 'ZREVRANK' or 'ZRANK', set, member)
end

-- How many members have a better number.
local function count_better(set, descending, number)
  local bound = '(' .. string.format('%.17g', number)
  if descending then return redis.call('ZCOUNT', set, bound, '+inf') end
  return redis.call('ZCOUNT', set, '-inf', bound)
end

-- Byte order, as the sorted set has it; Lua's own comparison follows the locale.
local function sorts_before(bytes, other)
  for index = 1, math.min(#bytes, #other) do
    local ours, theirs = string.byte(bytes, index), string.byte(other, index)
    if ours ~= theirs then return ours < theirs end
  end
  return #bytes < #other
end

-- How many members stand before a place: by counting better numbers, then by bisection among the
-- members of an equal number, which the set keeps in byte order. O(log n log t) for t such members.
local function place_position(set, descending, number, member)
  local first = count_better(set, descending, number)
  local text = string.format('%.17g', number)
  local last = first + redis.call('ZCOUNT', set, text, text)
  while first < last do
    local middle = math.floor((first + last) / 2)
    local candidate = redis.call(range_of(descending), set, middle, middle)[1]
    local stands_before
    if descending then
      stands_before = sorts_before(member, candidate)
    else
      stands_before = sorts_before(candidate, member)
    end
    if stands_before then first = middle + 1 else last = middle end
  end
  return first
end

-- The edges of a tie: bytes that stand before, and after, all members that begin with `shared`.
local function edge_before(shared, descending)
  return descending and shared .. string.rep('\255', 8) or shared
end

local function edge_after(shared, descending)
  return descending and shared or shared .. string.rep('\255', 8)
end

-- How many entries have a better value; `shared` is what members of one value begin with.
local function tie_position(order, descending, number, shared)
  if #shared == REMAINDER_LENGTH and math.abs(number) < EXACT then
    return count_better(order, descending, number)
  end
  return place_position(order, descending, number, edge_before(shared, descending))
end

-- The same for a standing entry, from whose own position its tie is searched backwards.
local function own_tie_position(order, descending, number, member, shared)
  local first = count_better(order, descending, number)
  if #shared == REMAINDER_LENGTH and math.abs(number) < EXACT then return first end
  local last = position_of(order, descending, member)
  if not last then return -1 end
  while first < last do
    local middle = math.floor((first + last) / 2)
    local candidate = redis.call(range_of(descending), order, middle, middle)[1]
    if string.sub(candidate, 1, #shared) == shared then last = middle else first = middle + 1 end
  end
  return first
end

-- The rank of an entry, 0 where it does not stand: while one that was hidden is put back.
local function rank_in(style, descending, order, distinct, number, member, record, key_length)
  if style == 'u' then return (position_of(order, descending, member) or -1) + 1 end
  if style == 'c' then
    local shared = string.sub(member, 1, key_length - 5)
    return own_tie_position(order, descending, number, member, shared) + 1
  end
  return (position_of(distinct, descending, value_of(record, key_length)) or -1) + 1
end

-- Ranks, 1-based, in the board's style.
--   unique       one's place in the full order
--   competition  1 + the number of entries with a better score and subscores
--   dense        1 + the number of better distinct values; `distinct` holds one member a value

local function position_of(order, descending, member)
  return redis.call(descending and 'ZREVRANK' or 'ZRANK', order, member)
end

-- How many entries have a better number (the double a score is ordered by).
local function count_better(order, descending, number)
  local bound = '(' .. string.format('%.17g', number)
  if descending then return redis.call('ZCOUNT', order, bound, '+inf') end
  return redis.call('ZCOUNT', order, '-inf', bound)
end

-- The first place of a tie: by bisection, since entries with equal value lie side by side.
local function first_of_tie(order, descending, number, member, shared_length)
  local first = count_better(order, descending, number)
  if shared_length == 2 and math.abs(number) < 9007199254740992 then return first end
  local last = position_of(order, descending, member)
  local shared = string.sub(member, 1, shared_length)
  local range = descending and 'ZREVRANGE' or 'ZRANGE'
  while first < last do
    local middle = math.floor((first + last) / 2)
    local candidate = redis.call(range, order, middle, middle)[1]
    if string.sub(candidate, 1, shared_length) == shared then
      last = middle
    else
      first = middle + 1
    end
  end
  return first
end

-- The rank of a standing entry. O(log n); O(log n log t) among t entries with one score and
-- several subscores.
local function rank_in(style, descending, order, distinct, number, member, record, key_length)
  if style == 'u' then return position_of(order, descending, member) + 1 end
  if style == 'c' then
    return first_of_tie(order, descending, number, member, key_length - 5) + 1
  end
  return position_of(distinct, descending, value_of(record, key_length)) + 1
end

-- The distinct values of a dense board: one member a value, ordered as the entries are. Adding is
-- idempotent and removing looks at the neighbours, so nothing is counted and an index can be built
-- in chunks while entries move.

local function add_value(distinct, number, record, key_length)
  redis.call('ZADD', distinct, number, value_of(record, key_length))
end

-- To be called while the entry still stands: drops its value where no neighbour shares it.
local function drop_value(order, distinct, descending, number, member, record, key_length)
  local position = position_of(order, descending, member)
  local first = math.max(position - 1, 0)
  local near = redis.call(range_of(descending), order, first, position + 1, 'WITHSCORES')
  local shared = string.sub(member, 1, key_length - 5)
  for index = 1, #near, 2 do
    local is_other = near[index] ~= member
    if is_other and tonumber(near[index + 1]) == number
      and string.sub(near[index], 1, #shared) == shared then return end
  end
  redis.call('ZREM', distinct, value_of(record, key_length))
end

-- Rows of a page: ids and records side by side, from a position on.

local function rows_at(order, entries, first, count)
  if count <= 0 then return {}, {} end
  local members = redis.call(range_of(descending), order, first, first + count - 1)
  if #members == 0 then return {}, {} end
  local prefix_length = REMAINDER_LENGTH + key_length
  local ids = {}
  for index = 1, #members do ids[index] = string.sub(members[index], prefix_length + 1) end
  return ids, redis.call('HMGET', entries, unpack(ids))
end

-- The rank of the first of these rows, or 0 where there are none; the rows after it follow from it.
local function rank_of_first(order, distinct, first, ids, records)
  if #ids == 0 then return 0 end
  if style == 'u' then return first + 1 end
  local number, member = placed(records[1], key_length, ids[1])
  return rank_in(style, descending, order, distinct, number, member, records[1], key_length)
end

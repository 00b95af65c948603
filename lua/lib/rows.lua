-- Rows of a page, from a position on. On a board that has metadata: member ids, and records beside them.
-- On one that has none the sorted set knows all: its members, each followed by its number, and no records.
-- So too for more rows than NARROW, whose metadata the caller reads after that, in parts.

local NARROW = 250

local function rows_at(order, entries, first, count, has_metadata)
  if count <= 0 then return {}, {} end
  local last = first + count - 1
  if not has_metadata or count > NARROW then
    return redis.call(range_of(descending), order, first, last, 'WITHSCORES'), {}
  end
  local members = redis.call(range_of(descending), order, first, last)
  if #members == 0 then return {}, {} end
  local ids = {}
  for index = 1, #members do
    ids[index] = string.sub(members[index], REMAINDER_LENGTH + key_length + 1)
  end
  return ids, redis.call('HMGET', entries, unpack(ids))
end

-- The rank of the first of these rows, or 0 where there are none; the rows after it follow from it.
local function rank_of_first(order, distinct, first, ids, records)
  if #ids == 0 then return 0 end
  if style == 'u' then return first + 1 end
  if not records[1] then
    local number = tonumber(ids[2])
    local record = record_of(ids[1], number, key_length)
    return rank_in(style, descending, order, distinct, number, ids[1], record, key_length)
  end
  local number, member = placed(records[1], key_length, ids[1])
  return rank_in(style, descending, order, distinct, number, member, records[1], key_length)
end

-- Places in the order of field values (lib/values). An opening is a slot and a value: what the members of one
-- segment begin with. Their walk is the board's.

-- The member at a 0-based position between two bounds.
local function member_at(set, low, high, backwards, position)
  if position >= redis.call('ZLEXCOUNT', set, low, high) then return nil end
  if backwards then
    local skipped = redis.call('ZCARD', set) - redis.call('ZLEXCOUNT', set, '-', high)
    return redis.call('ZREVRANGE', set, skipped + position, skipped + position)[1]
  end
  local last = redis.call('ZLEXCOUNT', set, '-', high)
  local skipped = last - redis.call('ZLEXCOUNT', set, low, high)
  return redis.call('ZRANGE', set, skipped + position, skipped + position)[1]
end

-- How many members of a segment stand before those that begin with its opening and these bytes.
local function count_before(set, opening, bytes, after_places)
  if descending then
    return redis.call('ZLEXCOUNT', set, '(' .. opening .. bytes .. after_places, '(' .. opening .. AFTER_PLACES)
  end
  return redis.call('ZLEXCOUNT', set, '[' .. opening, '(' .. opening .. bytes)
end

-- The position of a standing entry in its segment, or of a place that none stands on.
local function segment_position(values, opening, place, id)
  if descending then
    return redis.call('ZLEXCOUNT', values, '(' .. opening .. place .. id, '(' .. opening .. AFTER_PLACES)
  end
  return redis.call('ZLEXCOUNT', values, '[' .. opening, '(' .. opening .. place .. id)
end

-- The rank in a segment, in the board's style, of a place with the part it shares with tied entries.
local function segment_rank(values, ties, opening, place, shared, id)
  if style == 'u' then return segment_position(values, opening, place, id) + 1 end
  if style == 'c' then return count_before(values, opening, shared, AFTER_PLACES) + 1 end
  return count_before(ties, PLACES .. opening, shared, '') + 1
end

-- An entry's rank by a field, best value first: 0 where it has no value there. `fields` are the entry's own.
local function field_rank(values, ties, slot, is_descending, record, fields, id)
  local value = fields[slot]
  if not value then return 0 end
  local field, next_field = string.char(slot), string.char(slot + 1)
  local opening = field .. value
  local set, kind, after = values, '', opening .. AFTER_PLACES
  if style == 'd' then set, kind, after = ties, VALUES, opening end
  local better
  if is_descending then
    better = redis.call('ZLEXCOUNT', set, '(' .. kind .. after, '(' .. kind .. next_field)
  else
    better = redis.call('ZLEXCOUNT', set, '[' .. kind .. field, '(' .. kind .. opening)
  end
  if style ~= 'u' then return better + 1 end
  local place = place_within(record)
  return better + segment_position(values, opening, place, id) + 1
end

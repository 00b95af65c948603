-- The order of field values: a sorted set whose numbers are all 0, so that bytes order it. It holds for each field
-- that an entry has
--   slot | value | score (8 bytes, sign flipped) | key | member id
-- Beside it stand the ties of a dense board, another such set, with a member for each that occurs of
--   P | slot | value | score | subscores       V | slot | value
-- Values sort as bytes and none begins another one: texts end with a zero byte, others have one length a slot.
-- Within a value the walk is the board's: backwards where it is descending.
-- On an arcade board an entry's id is its member's and 7 bytes of its own, and the member is a value as well: under
-- OWNER of the entries that stand, under SHELF of those that are hidden, which have no other values here.

local PLACES, VALUES, UNPLACED, OWNER, SHELF = 'P', 'V', 255, 254, 253
local AFTER_PLACES = string.rep('\255', fixed_length)
local ENTRY_LENGTH, UUID_TAG = 7, 1

-- What an entry's place is within a value; `shared` is the part that tied entries have in common.
local function place_within(record)
  local flipped = string.char((string.byte(record) + 128) % 256)
  return flipped .. string.sub(record, 2, fixed_length), flipped .. string.sub(record, 2, key_length + 1)
end

local function owner_of(id)
  return string.sub(id, 1, -1 - ENTRY_LENGTH)
end

-- A member id as a value: a UUID is of one length, text is closed.
local function owner_value(owner)
  return string.byte(owner) == UUID_TAG and owner or owner .. '\0'
end

-- The members between two bounds, in the set's order or against it.
local function lex_range(set, low, high, backwards, count)
  if backwards then return redis.call('ZREVRANGEBYLEX', set, high, low, 'LIMIT', 0, count) end
  return redis.call('ZRANGEBYLEX', set, low, high, 'LIMIT', 0, count)
end

-- Adds to `members` those of one entry, and to `ties`, where these are kept, the ones it shares, each with what its
-- entries begin with.
local function value_members(record, id, members, ties)
  local fields = fields_of((tail_parts(record, fixed_length + 1)))
  if is_arcade then fields[OWNER] = owner_value(owner_of(id)) end
  local place, shared = place_within(record)
  for slot, value in pairs(fields) do
    if slot < UNPLACED and slot ~= PREVIOUS then
      local opening = string.char(slot) .. value
      members[opening .. place .. id] = true
      if ties then
        ties[PLACES .. opening .. shared] = opening .. shared
        ties[VALUES .. opening] = opening
      end
    end
  end
end

local function has_values(record)
  return record and (is_arcade or string.byte(record, fixed_length + 1) == FIELDS)
end

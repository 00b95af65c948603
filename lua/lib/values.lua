-- The order of field values: a sorted set whose numbers are all 0, so that bytes order it. It holds for each field
-- that an entry has
--   slot | value | score (8 bytes, sign flipped) | key | member id
-- Beside it stand the ties of a dense board, another such set, with a member for each that occurs of
--   P | slot | value | score | subscores       V | slot | value
-- Values sort as bytes and none begins another one: texts end with a zero byte, others have one length a slot.
-- Within a value the walk is the board's: backwards where it is descending.

local PLACES, VALUES, UNPLACED = 'P', 'V', 255
local AFTER_PLACES = string.rep('\255', fixed_length)

-- What an entry's place is within a value; `shared` is the part that tied entries have in common.
local function place_within(record)
  local flipped = string.char((string.byte(record) + 128) % 256)
  return flipped .. string.sub(record, 2, fixed_length), flipped .. string.sub(record, 2, key_length + 1)
end

-- Adds to `members` those of one entry, and to `ties`, where these are kept, the ones it shares, each with what its
-- entries begin with.
local function value_members(record, id, members, ties)
  local text = tail_parts(record, fixed_length + 1)
  if text == '' then return end
  local place, shared = place_within(record)
  for slot, value in pairs(fields_of(text)) do
    if slot < UNPLACED then
      local opening = string.char(slot) .. value
      members[opening .. place .. id] = true
      if ties then
        ties[PLACES .. opening .. shared] = opening .. shared
        ties[VALUES .. opening] = opening
      end
    end
  end
end

local function has_fields(record)
  return record and string.byte(record, fixed_length + 1) == FIELDS
end

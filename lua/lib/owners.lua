-- The entries of one member on an arcade board: a range of the order of field values (lib/values).

-- How many of a member's entries are looked at for one that has a certain value.
local LOOKS = 100

-- The ids under a slot, OWNER or SHELF, best first or worst first.
local function owned_ids(values, slot, owner, is_worst_first, count)
  local opening = string.char(slot) .. owner_value(owner)
  local found =
    lex_range(values, '[' .. opening, '(' .. opening .. AFTER_PLACES, descending ~= is_worst_first, count)
  for index = 1, #found do found[index] = string.sub(found[index], #opening + fixed_length + 1) end
  return found
end

-- The id of a member's best entry, a hidden one's where asked for; nil where it has none.
local function best_of(values, owner, with_shelf)
  local found = owned_ids(values, OWNER, owner, false, 1)
  if not found[1] and with_shelf then found = owned_ids(values, SHELF, owner, false, 1) end
  return found[1]
end

-- The id and the record of a member's best entry that stands within a value; nil where none of its best LOOKS does.
local function best_within(entries, values, opening, owner)
  local ids = owned_ids(values, OWNER, owner, false, LOOKS)
  local records = #ids > 0 and redis.call('HMGET', entries, unpack(ids)) or {}
  for index = 1, #ids do
    local record = records[index]
    if record and redis.call('ZSCORE', values, opening .. place_within(record) .. ids[index]) then
      return ids[index], record
    end
  end
  return nil
end

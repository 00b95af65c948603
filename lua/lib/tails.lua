-- Tails of records: what stands behind score and key. Where an entry has fields they come first: a byte 1 and
-- u16 length, then for each u8 slot, u16 length, value. The rest is metadata, JSON text, which never begins so.
-- What is sent in may name a field to be removed, by the length REMOVED and no value. Under PREVIOUS stands what
-- lib/previous keeps.

local FIELDS, REMOVED, PREVIOUS = 1, 65535, 252

-- Fields and metadata of a tail that begins at a position; each empty where there is none.
local function tail_parts(text, from)
  if string.byte(text, from) ~= FIELDS then return '', string.sub(text, from) end
  local length = struct.unpack('>I2', text, from + 1)
  return string.sub(text, from + 3, from + 2 + length), string.sub(text, from + 3 + length)
end

local function tail_of(fields, metadata)
  if fields == '' then return metadata end
  return string.char(FIELDS) .. struct.pack('>I2', #fields) .. fields .. metadata
end

-- Slot -> value, false for one that is to be removed.
local function fields_of(text)
  local fields, position = {}, 1
  while position < #text do
    local slot, length = struct.unpack('>BI2', text, position)
    position = position + 3
    fields[slot] = length ~= REMOVED and string.sub(text, position, position + length - 1)
    if length ~= REMOVED then position = position + length end
  end
  return fields
end

-- Fields after a change, by ascending slots, so that equal fields are equal bytes.
local function merged_fields(text, changes)
  if changes == '' then return text end
  local fields, slots, parts = fields_of(text), {}, {}
  for slot, value in pairs(fields_of(changes)) do fields[slot] = value or nil end
  for slot in pairs(fields) do slots[#slots + 1] = slot end
  table.sort(slots)
  for index = 1, #slots do
    local value = fields[slots[index]]
    parts[index] = struct.pack('>BI2', slots[index], #value) .. value
  end
  return table.concat(parts)
end

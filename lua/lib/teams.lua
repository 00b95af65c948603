-- Teams: the team of a member is a field of its record, a text; where members take along what they brought, the
-- record also has that share, a value, under a slot of its own that no order of values holds.

local SHARE = 255

-- The team that fields name, or nil.
local function team_in(text)
  local team = text ~= '' and fields_of(text)[team_slot]
  return team and string.sub(team, 1, -2) or nil
end

-- What of fields, or of changes to them, is about the team.
local function team_fields(text)
  if text == '' or team_slot == 0 then return '' end
  local fields, parts = fields_of(text), {}
  for _, slot in ipairs({team_slot, SHARE}) do
    local value = fields[slot]
    if value ~= nil then
      parts[#parts + 1] = struct.pack('>BI2', slot, value and #value or REMOVED) .. (value or '')
    end
  end
  return table.concat(parts)
end

local function negated(high, low)
  if low == 0 then return -high, 0 end
  return -high - 1, HALF - low
end

-- The difference of two int64 in halves, or nil where it leaves int64.
local function subtracted(high, low, other_high, other_low)
  return added(high, low, negated(other_high, other_low))
end

-- Sums of values: score and subscores, these in the walk's direction as keys have them.

local SIGN, COMPLEMENT = 2147483648, HALF - 1

-- The sum of two int64 in halves; at the nearer end of int64 where it would leave it and may not.
local function added_within(high, low, other_high, other_low)
  local sum_high, sum_low = added(high, low, other_high, other_low)
  if sum_high then return sum_high, sum_low end
  if other_high < 0 then return -SIGN, 0 end
  return SIGN - 1, COMPLEMENT
end

local function added_subscores(key, other, add)
  local parts = {}
  for index = 1, #layout - 3 do
    local high, low = struct.unpack('>I4I4', key, 8 * index - 7)
    local other_high, other_low = struct.unpack('>I4I4', other, 8 * index - 7)
    local against = (string.sub(layout, 3 + index, 3 + index) == 'd') ~= descending
    if against then
      high, low = COMPLEMENT - high, COMPLEMENT - low
      other_high, other_low = COMPLEMENT - other_high, COMPLEMENT - other_low
    end
    high, low = add(high - SIGN, low, other_high - SIGN, other_low)
    if not high then return nil end
    high = high + SIGN
    if against then high, low = COMPLEMENT - high, COMPLEMENT - low end
    parts[index] = struct.pack('>I4I4', high, low)
  end
  return table.concat(parts)
end

-- The sum of two values by `added`, which gives nil where it leaves int64, or by `added_within`.
local function added_value(value, other, add)
  local high, low = struct.unpack('>i4I4', value)
  local other_high, other_low = struct.unpack('>i4I4', other)
  high, low = add(high, low, other_high, other_low)
  if not high then return nil end
  if #value == 8 then return struct.pack('>i4I4', high, low) end
  local subscores = added_subscores(string.sub(value, 9), string.sub(other, 9), add)
  return subscores and struct.pack('>i4I4', high, low) .. subscores
end

-- Whether a value stands above another one; equal ones do not.
local function is_better(value, other)
  if value == other then return false end
  local high, low = struct.unpack('>i4I4', value)
  local other_high, other_low = struct.unpack('>i4I4', other)
  if high ~= other_high then return (high > other_high) == descending end
  if low ~= other_low then return (low > other_low) == descending end
  return sorts_before(value, other) ~= descending
end

-- Scores as halves. An int64 never becomes one Lua number: it is a signed high half and an
-- unsigned low half, so every value up to 2^63 is compared, added and ordered exactly.

local HALF = 4294967296

-- The double a sorted set orders by: the score rounded down to 53 significant bits, and the
-- remainder that the rounding took off (0..1023), which opens the sort prefix.
local function rounded(high, low)
  if high >= -2097152 and high < 2097152 then return high * HALF + low, 0 end
  local magnitude = high < 0 and -high - 1 or high
  local step = 1
  while magnitude >= 2097152 do
    magnitude = math.floor(magnitude / 2)
    step = step * 2
  end
  local remainder = low % step
  return high * HALF + (low - remainder), remainder
end

-- The sum of two int64 in halves, or nil where it leaves int64.
local function added(high, low, other_high, other_low)
  local low_sum = low + other_low
  local high_sum = high + other_high
  if low_sum >= HALF then
    low_sum = low_sum - HALF
    high_sum = high_sum + 1
  end
  if high_sum < -2147483648 or high_sum > 2147483647 then return nil end
  return high_sum, low_sum
end

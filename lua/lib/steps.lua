-- How far a score moves: the distance of two int64, which may need 64 bits.

-- Whether a value's score is further than `most` (8 bytes, not negative) from a record's, or from 0.
local function is_beyond(most, value, record)
  local high, low = struct.unpack('>i4I4', value)
  if record then
    local from_high, from_low = struct.unpack('>i4I4', record)
    high, low = high - from_high, low - from_low
    if low < 0 then high, low = high - 1, low + HALF end
  end
  if high < 0 then
    high, low = -high, -low
    if low < 0 then high, low = high - 1, low + HALF end
  end
  local most_high, most_low = struct.unpack('>i4I4', most)
  return high > most_high or high == most_high and low > most_low
end

-- Arrival: microseconds since 1970, moved by 2^55 so that they are never negative, in 7 bytes.
-- Stored in the direction of the walk: complemented where a later arrival has to sort lower.

local function encoded_arrival(at_us, complemented)
  local high = 8388608 + math.floor(at_us / HALF)
  local low = at_us % HALF
  if complemented then
    high = 16777215 - high
    low = HALF - 1 - low
  end
  return struct.pack('>I3I4', high, low)
end

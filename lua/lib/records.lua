-- Records: what the hash of entries keeps for a member id.
--   score    8 bytes, int64, big-endian two's complement
--   key      8 bytes a subscore, then 7 bytes arrival; already in the walk's direction
--   metadata the rest: JSON text, or nothing
-- The sorted set's member is the remainder of the score (2 bytes), the key, and the member id.

-- The number to order by, and the sorted set's member.
local function placed(record, key_length, id)
  local high, low = struct.unpack('>i4I4', record)
  local number, remainder = rounded(high, low)
  local opening = remainder == 0 and '\0\0' or struct.pack('>I2', remainder)
  return number, opening .. string.sub(record, 9, 8 + key_length) .. id
end

-- The record of a standing entry without its metadata, from its sorted-set member and number. The member
-- carries all of it but the score, which is the number plus the remainder.
local function record_of(member, number, key_length)
  local high = math.floor(number / HALF)
  local low = number - high * HALF + struct.unpack('>I2', member)
  return struct.pack('>i4I4', high, low) .. string.sub(member, 3, 2 + key_length)
end

-- What entries that share a rank have in common: score and subscores.
local function value_of(record, key_length)
  return string.sub(record, 1, key_length + 1)
end

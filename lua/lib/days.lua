-- Days of ranges: for each local day a hash of member id -> two values of that day's submissions, each
-- followed by the arrival it was reached at: their sum (within int64), and the best of them.

local VALUE_LENGTH = key_length + 1
local PAIR_LENGTH = VALUE_LENGTH + 7


-- What a further submission, or the record of a further day, makes of a record. Both are pairs.
local function joined_sum(pair, other)
  local value = string.sub(pair, 1, VALUE_LENGTH)
  local sum = added_value(value, string.sub(other, 1, VALUE_LENGTH), added_within)
  if sum == value then return pair end
  return sum .. string.sub(other, VALUE_LENGTH + 1)
end

local function joined_best(pair, other)
  if is_better(string.sub(other, 1, VALUE_LENGTH), string.sub(pair, 1, VALUE_LENGTH)) then return other end
  return pair
end

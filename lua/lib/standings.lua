-- Where an entry stands in a window besides its record: the order, on dense boards the distinct values, and the
-- order of its field values. A hidden member has a record and stands nowhere.

local function stands(window, member)
  return redis.call('ZSCORE', window.order, member) ~= false
end

-- Takes an entry out of a window's orders, if it stands there; its record stays. Returns whether it did.
local function take_out(window, id, record, is_dense)
  local number, member = placed(record, key_length, id)
  if not stands(window, member) then return false end
  if is_dense then drop_value(window.order, window.distinct, descending, number, member, record, key_length) end
  redis.call('ZREM', window.order, member)
  if has_fields(record) then move_values(window, {{id, record}}, is_dense) end
  return true
end

-- Puts an entry back into the orders by its record, if it does not stand there.
local function put_back(window, id, record, is_dense)
  local number, member = placed(record, key_length, id)
  if stands(window, member) then return false end
  redis.call('ZADD', window.order, number, member)
  bound_life(window.order, window.expires)
  if is_dense then
    add_value(window.distinct, number, record, key_length)
    bound_life(window.distinct, window.expires)
  end
  if has_fields(record) then move_values(window, {{id, false, record}}, is_dense) end
  return true
end

-- Windows of a script that goes over them all, from a key on; each lives as long as its entries do.
local function kept_windows(first_key, count)
  local windows = {}
  for key = first_key, first_key + KEYS_A_STANDING * (count - 1), KEYS_A_STANDING do
    local window = named_keys(key)
    window.expires = math.max(redis.call('PEXPIRETIME', window.entries), 0)
    windows[#windows + 1] = window
  end
  return windows
end

-- Where an entry stands in a window besides its record: the order, on dense boards the distinct values, and the
-- order of its field values. A hidden member has a record and stands nowhere.

local function stands(window, member)
  return redis.call('ZSCORE', window.order, member) ~= false
end

-- Where an arcade board keeps the entries of a hidden member, so that they can be found.
local function shelf_member(record, id)
  return string.char(SHELF) .. owner_value(owner_of(id)) .. place_within(record) .. id
end

local function shelve(window, id, record)
  redis.call('ZADD', window.values, '0', shelf_member(record, id))
  bound_life(window.values, window.expires)
end

-- Takes an entry out of a window's orders, if it stands there. Returns whether it did.
local function leave(window, id, record, is_dense)
  local number, member = placed(record, key_length, id)
  if not stands(window, member) then return false end
  if is_dense then drop_value(window.order, window.distinct, descending, number, member, record, key_length) end
  redis.call('ZREM', window.order, member)
  if has_values(record) then move_values(window, {{id, record}}, is_dense) end
  return true
end

-- Hides an entry: its record stays. Returns whether it stood.
local function take_out(window, id, record, is_dense)
  local stood = leave(window, id, record, is_dense)
  if stood and is_arcade then shelve(window, id, record) end
  return stood
end

-- Takes an entry out of a window for good, but for its record.
local function discard(window, id, record, is_dense)
  if not leave(window, id, record, is_dense) and is_arcade then
    redis.call('ZREM', window.values, shelf_member(record, id))
  end
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
  if has_values(record) then move_values(window, {{id, false, record}}, is_dense) end
  if is_arcade then redis.call('ZREM', window.values, shelf_member(record, id)) end
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

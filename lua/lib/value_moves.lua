-- Writes to the order of field values (lib/values).

local CHUNK = 3000

local function add_all(set, members)
  local args = {}
  for member in pairs(members) do
    args[#args + 1] = '0'
    args[#args + 1] = member
    if #args >= 2 * CHUNK then
      redis.call('ZADD', set, unpack(args))
      args = {}
    end
  end
  if #args > 0 then redis.call('ZADD', set, unpack(args)) end
end

local function remove_all(set, members)
  local gone = {}
  for member in pairs(members) do gone[#gone + 1] = member end
  for first = 1, #gone, CHUNK do
    redis.call('ZREM', set, unpack(gone, first, math.min(first + CHUNK - 1, #gone)))
  end
end

local function bound_life(key, expires)
  if expires ~= 0 then redis.call('PEXPIREAT', key, string.format('%.0f', expires)) end
end

-- Moves entries in a window's order of values: `changes` has {member id, record before or false, record after or
-- nil}. What is new is added before the old is taken out: a key that empties would lose its time to live.
local function move_values(window, changes, is_dense)
  local values = window.values
  local before, after = {}, {}
  local ties_before, ties_after = is_dense and {} or nil, is_dense and {} or nil
  for index = 1, #changes do
    local id, old, record = changes[index][1], changes[index][2], changes[index][3]
    if has_values(old) then value_members(old, id, before, ties_before) end
    if has_values(record) then value_members(record, id, after, ties_after) end
  end
  if next(before) == nil and next(after) == nil then return end
  for member in pairs(after) do
    if before[member] then before[member], after[member] = nil, nil end
  end
  add_all(values, after)
  if next(after) then bound_life(values, window.expires) end
  remove_all(values, before)
  if not is_dense then return end
  add_all(window.ties, ties_after)
  if next(ties_after) then bound_life(window.ties, window.expires) end
  for tie, opening in pairs(ties_before) do
    local low, high = '[' .. opening, '(' .. opening .. AFTER_PLACES
    if ties_after[tie] or redis.call('ZRANGEBYLEX', values, low, high, 'LIMIT', 0, 1)[1] then
      ties_before[tie] = nil
    end
  end
  remove_all(window.ties, ties_before)
end

#!lua
--[[
Gives entries the values of a field whose type was changed, in the place of those of the former type.

KEYS[1] board    hash  revision
KEYS[2] order    zset  the entries in order
KEYS[3] entries  hash  member id -> record
KEYS[4] values   zset  field values, see lib/values
KEYS[5] ties     zset  the distinct values within field values, of a dense board

ARGV[1] call       8 bytes, names this call
ARGV[2] revision   of the board, as the caller knows it
ARGV[3] layout     see lib/layouts
ARGV[4] indexed    1 where the distinct values are kept
ARGV[5] former     slot of the values that go
ARGV[6] slot       of those that come
ARGV[7..] entries  three each, about 50: member id, the former value, the value in its place

Returns {call, status, entries that were changed}; one that has another value by now stays as it is, and a value of
  the present type that is there already stays as well.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED as status; nothing is written then.
Cost: O(log n) an entry and field.
]]
local board, order, entries, values, ties = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call, revision, layout, indexed, former, slot, first_entry =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6]), 7

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include distinct
-- @include tails
-- @include values
-- @include value_moves
-- @include window_keys
-- @include standings
-- @include known_board

local fault = board_fault(board, revision)
if fault then return {call, fault} end
local window = {order = order, values = values, ties = ties, expires = math.max(redis.call('PEXPIRETIME', entries), 0)}
local changes, written = {}, {}
for position = first_entry, #ARGV, 3 do
  local id, from, to = ARGV[position], ARGV[position + 1], ARGV[position + 2]
  local record = redis.call('HGET', entries, id)
  local text, metadata = tail_parts(record or string.rep('\0', fixed_length), fixed_length + 1)
  local fields = fields_of(text)
  if record and fields[former] == from then
    local change = struct.pack('>BI2', former, REMOVED)
    if not fields[slot] then change = change .. struct.pack('>BI2', slot, #to) .. to end
    local after = string.sub(record, 1, fixed_length) .. tail_of(merged_fields(text, change), metadata)
    -- A hidden member has no place among values; it takes one by its record when it is shown again.
    local _, member = placed(record, key_length, id)
    if stands(window, member) then changes[#changes + 1] = {id, record, after} end
    written[#written + 1] = id
    written[#written + 1] = after
  end
end
if #written > 0 then
  redis.call('HSET', entries, unpack(written))
  move_values(window, changes, indexed == '1')
end
return {call, 'OK', #written / 2}

#!lua flags=no-writes
--[[
Reads the ranks of several members by their fields.

KEYS[1] entries  hash  member id -> record
KEYS[2] values   zset  field values, see lib/values
KEYS[3] ties     zset  the distinct values within field values, of a dense board

ARGV[1] call    8 bytes, names this call
ARGV[2] layout  see lib/layouts
ARGV[3] fields  for each field its slot, and d where its greatest value is the best, else a
ARGV[4..] ids   the members, at most 100

Returns {call, status, ranks: u32 a field for each member, 0 where it has none}.
Errors: none.
Cost: O(log n) a member and field.
]]
local entries, values, ties = KEYS[1], KEYS[2], KEYS[3]
local call, layout, fields, first_id = ARGV[1], ARGV[2], ARGV[3], 4

-- @include scores
-- @include layouts
-- @include tails
-- @include values
-- @include segments

local records, found = redis.call('HMGET', entries, unpack(ARGV, first_id)), {}
for index = 1, #ARGV - first_id + 1 do
  local parts = {}
  local own = records[index] and fields_of((tail_parts(records[index], fixed_length + 1))) or {}
  for position = 1, #fields, 2 do
    local slot, is_descending = string.byte(fields, position), string.sub(fields, position + 1, position + 1) == 'd'
    local rank = 0
    if records[index] then
      rank = field_rank(values, ties, slot, is_descending, records[index], own, ARGV[first_id + index - 1])
    end
    parts[#parts + 1] = struct.pack('>I4', rank)
  end
  found[index] = table.concat(parts)
end
return {call, 'OK', found}

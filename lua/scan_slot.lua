#!lua flags=no-writes
--[[
Reads the next entries that have a value in a slot, whether a field is declared for it or not.

KEYS[1] entries  hash  member id -> record

ARGV[1] call    8 bytes, names this call
ARGV[2] layout  see lib/layouts
ARGV[3] slot    of the values
ARGV[4] cursor  of the walk, 0 at its beginning
ARGV[5] limit   records to look at, about

Returns {call, status, cursor, member ids, values}; cursor 0 ends the walk. An entry that is there throughout comes at
  least once, wherever it moves meanwhile.
Errors: none.
Cost: O(limit).
]]
local entries = KEYS[1]
local call, layout, slot, cursor, limit = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]

-- @include layouts
-- @include tails

local found = redis.call('HSCAN', entries, cursor, 'COUNT', limit)
local rows, ids, values = found[2], {}, {}
for index = 1, #rows, 2 do
  local value = fields_of((tail_parts(rows[index + 1], fixed_length + 1)))[slot]
  if value then
    ids[#ids + 1] = rows[index]
    values[#values + 1] = value
  end
end
return {call, 'OK', found[1], ids, values}

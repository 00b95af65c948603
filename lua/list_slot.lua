#!lua flags=no-writes
--[[
Reads the next entries that have a value in a slot, whether a field is declared for it or not.

KEYS[1] values  zset  field values, see lib/values

ARGV[1] call   8 bytes, names this call
ARGV[2] slot   one byte
ARGV[3] after  member of the order of values that the list goes on after; empty at its beginning
ARGV[4] limit  entries

Returns {call, status, members of the order of values}.
Errors: none.
Cost: O(log n + limit).
]]
local values = KEYS[1]
local call, slot, after, limit = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local low = after == '' and '[' .. slot or '(' .. after
local high = '(' .. string.char(string.byte(slot) + 1)
return {call, 'OK', redis.call('ZRANGEBYLEX', values, low, high, 'LIMIT', 0, limit)}

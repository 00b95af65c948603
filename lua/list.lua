#!lua flags=no-writes
--[[
Reads a page of ids in byte order.

KEYS[1] ids  zset  ids, all with score 0

ARGV[1] call       8 bytes, names this call
ARGV[2] limit      ids
ARGV[3] direction  after | before
ARGV[4] id         the place to read from, itself left out; empty at the beginning

Returns {call, status, total, position of the first id, ids}.
Errors: none.
Cost: O(log n + limit).
]]
local ids = KEYS[1]
local call, limit, direction, id = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]

local found
if direction == 'before' then
  local backwards = redis.call('ZREVRANGEBYLEX', ids, '(' .. id, '-', 'LIMIT', 0, limit)
  found = {}
  for index = #backwards, 1, -1 do found[#found + 1] = backwards[index] end
else
  found = redis.call('ZRANGEBYLEX', ids, id == '' and '-' or '(' .. id, '+', 'LIMIT', 0, limit)
end
local first = found[1] and redis.call('ZRANK', ids, found[1]) or 0
return {call, 'OK', redis.call('ZCARD', ids), first, found}

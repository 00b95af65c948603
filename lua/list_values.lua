#!lua flags=no-writes
--[[
Lists the values of a field that occur, in their order, with the number of entries of each.

KEYS[1] board   hash  revision
KEYS[2] values  zset  field values, see lib/values

ARGV[1] call       8 bytes, names this call
ARGV[2] revision   of the board, as the caller knows it
ARGV[3] layout     see lib/layouts
ARGV[4] starts_us  of a period that is read as the running one, else empty
ARGV[5] ends_us    of it
ARGV[6] slot       of the field, one byte
ARGV[7] length     of its values; 0 for texts, which end with a zero byte
ARGV[8] after      the value that the list goes on after; empty at its beginning
ARGV[9] limit      values

Returns {call, status, values, counts}. With PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, PERIOD_STALE as status.
Cost: O(limit log n).
]]
local board, values = KEYS[1], KEYS[2]
local call, revision, layout, starts_us, ends_us, slot, length, after, limit =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], tonumber(ARGV[7]), ARGV[8], tonumber(ARGV[9])

-- @include layouts
-- @include tails
-- @include values
-- @include known_board
-- @include held_period

local fault = board_fault(board, revision)
if fault then return {call, fault} end
local stale = stale_reply(call, starts_us, ends_us)
if stale then return stale end

local low, high = '[' .. slot, '(' .. string.char(string.byte(slot) + 1)
if after ~= '' then low = '(' .. slot .. after .. AFTER_PLACES end
local found, counts = {}, {}
while #found < limit do
  local member = redis.call('ZRANGEBYLEX', values, low, high, 'LIMIT', 0, 1)[1]
  if not member then break end
  local last = length > 0 and 1 + length or string.find(member, '\0', 2, true)
  local opening = string.sub(member, 1, last)
  low = '(' .. opening .. AFTER_PLACES
  found[#found + 1] = string.sub(opening, 2)
  counts[#counts + 1] = redis.call('ZLEXCOUNT', values, '[' .. opening, low)
end
return {call, 'OK', found, counts}

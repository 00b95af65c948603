#!lua flags=no-writes
--[[
Reads the entries of several members with their positions and ranks.

KEYS[1] board     hash  revision
KEYS[2] order     zset  the entries in order
KEYS[3] entries   hash  member id -> record
KEYS[4] distinct  zset  the distinct values of a dense board
KEYS[5] values    zset  field values, see lib/values

ARGV[1] call       8 bytes, names this call
ARGV[2] revision   of the board, as the caller knows it
ARGV[3] layout     see lib/layouts
ARGV[4] starts_us  of a period that is read as the running one, else empty
ARGV[5] ends_us    of it
ARGV[6..] ids      the members, at most 50; on an arcade board it is the best entry of each that is read

Returns {call, status, ids of the entries, records, positions, ranks}; a missing or hidden member has an empty record.
  With PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, PERIOD_STALE as status.
Cost: O(log n) a member.
]]
local board, order, entries, distinct, values = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call, revision, layout, starts_us, ends_us, first_id = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], 6

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include tails
-- @include values
-- @include owners
-- @include known_board
-- @include held_period

local fault = board_fault(board, revision)
if fault then return {call, fault} end
local stale = stale_reply(call, starts_us, ends_us)
if stale then return stale end

local ids, positions, ranks = {unpack(ARGV, first_id)}, {}, {}
if is_arcade then
  for index = 1, #ids do ids[index] = best_of(values, ids[index]) or '' end
end
local records = redis.call('HMGET', entries, unpack(ids))
for index = 1, #ids do
  local record, id = records[index], ids[index]
  local number, member, position = 0, '', nil
  if record then
    number, member = placed(record, key_length, id)
    position = position_of(order, descending, member)
  end
  if position then
    positions[index] = position
    ranks[index] = style == 'u' and positions[index] + 1
      or rank_in(style, descending, order, distinct, number, member, record, key_length)
  else
    records[index], positions[index], ranks[index] = '', 0, 0
  end
end
return {call, 'OK', ids, records, positions, ranks}

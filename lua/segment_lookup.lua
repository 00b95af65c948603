#!lua flags=no-writes
--[[
Reads the entries of several members with their positions and ranks among the entries of one field value.

KEYS[1] board    hash  revision
KEYS[2] entries  hash  member id -> record
KEYS[3] values   zset  field values, see lib/values
KEYS[4] ties     zset  the distinct values within field values, of a dense board

ARGV[1] call       8 bytes, names this call
ARGV[2] revision   of the board, as the caller knows it
ARGV[3] layout     see lib/layouts
ARGV[4] starts_us  of a period that is read as the running one, else empty
ARGV[5] ends_us    of it
ARGV[6] opening    slot and value
ARGV[7..] ids      the members, at most 50; on an arcade board it is the best entry there of each that is read, of
                   its best 100

Returns {call, status, entries of the value, ids of the entries, records, positions, ranks}; a member that is not among them has an
  empty record. With PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, PERIOD_STALE as status.
Cost: O(log n) a member.
]]
local board, entries, values, ties = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, revision, layout, starts_us, ends_us, opening, first_id =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], 7

-- @include scores
-- @include records
-- @include layouts
-- @include tails
-- @include values
-- @include segments
-- @include owners
-- @include known_board
-- @include held_period

local fault = board_fault(board, revision)
if fault then return {call, fault} end
local stale = stale_reply(call, starts_us, ends_us)
if stale then return stale end

local ids, records, positions, ranks = {unpack(ARGV, first_id)}, {}, {}, {}
if is_arcade then
  for index = 1, #ids do
    local id, record = best_within(entries, values, opening, ids[index])
    ids[index], records[index] = id or '', record or false
  end
else
  records = redis.call('HMGET', entries, unpack(ids))
end
for index = 1, #ids do
  local record, id = records[index], ids[index]
  local place, shared = '', ''
  if record then place, shared = place_within(record) end
  -- An entry with another value, or a hidden one, has no place here.
  if record and redis.call('ZSCORE', values, opening .. place .. id) then
    positions[index] = segment_position(values, opening, place, id)
    ranks[index] = segment_rank(values, ties, opening, place, shared, id)
  else
    records[index], positions[index], ranks[index] = '', 0, 0
  end
end
local total = redis.call('ZLEXCOUNT', values, '[' .. opening, '(' .. opening .. AFTER_PLACES)
return {call, 'OK', total, ids, records, positions, ranks}

#!lua flags=no-writes
--[[
Reads one member's entry with its rank, and those it had in the period before.

KEYS[1] board     hash  revision
KEYS[2] order     zset  the entries in order
KEYS[3] entries   hash  member id -> record
KEYS[4] distinct  zset  the distinct values of a dense board
KEYS[5] values    zset  field values, see lib/values
KEYS[6..] earlier  order zset, entries hash, distinct zset, values zset of the period before; or none

ARGV[1] call       8 bytes, names this call
ARGV[2] revision   of the board, as the caller knows it
ARGV[3] layout     see lib/layouts
ARGV[4] starts_us  of a period that is read as the running one, else empty
ARGV[5] ends_us    of it
ARGV[6] id         the member; on an arcade board it is its best entry that is read
ARGV[7] is_own     1 where the member itself reads: a hidden one sees its entry, without a rank

Returns {call, status, total, rank (0 of a hidden member), record, rank and record in the period before (0 and empty where it has none), id of the
  entry}.
  With PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, PERIOD_STALE, ENTRY_NOT_FOUND as status.
Cost: O(log n).
]]
local board, order, entries, distinct, values = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call, revision, layout, starts_us, ends_us, id, is_own = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]

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

local FIRST_EARLIER = 6

-- The member's entry among those of a period: its id, record and rank, 0 where it does not stand.
local function found_in(set, hash, distinct_values, field_values)
  local entry = id
  if is_arcade then entry = best_of(field_values, id, is_own == '1') end
  local record = entry and redis.call('HGET', hash, entry)
  if not record then return nil end
  local number, member = placed(record, key_length, entry)
  if not position_of(set, descending, member) then return entry, record, 0 end
  return entry, record, rank_in(style, descending, set, distinct_values, number, member, record, key_length)
end

local entry, record, rank = found_in(order, entries, distinct, values)
if not entry or rank == 0 and is_own ~= '1' then return {call, 'ENTRY_NOT_FOUND'} end
local earlier_rank, earlier_record = 0, ''
if KEYS[FIRST_EARLIER] then
  local earlier, found, found_rank = found_in(unpack(KEYS, FIRST_EARLIER))
  if earlier and found_rank > 0 then earlier_rank, earlier_record = found_rank, found end
end
return {call, 'OK', redis.call('ZCARD', order), rank, record, earlier_rank, earlier_record, entry}

#!lua flags=no-writes
--[[
Reads one member's entry with its rank, and those it had in the period before.

KEYS[1] board     hash  revision
KEYS[2] order     zset  the entries in order
KEYS[3] entries   hash  member id -> record
KEYS[4] distinct  zset  the distinct values of a dense board
KEYS[5..] earlier  order zset, entries hash, distinct zset of the period before; or none

ARGV[1] call       8 bytes, names this call
ARGV[2] revision   of the board, as the caller knows it
ARGV[3] layout     see lib/layouts
ARGV[4] starts_us  of a period that is read as the running one, else empty
ARGV[5] ends_us    of it
ARGV[6] id         the member
ARGV[7] is_own     1 where the member itself reads: a hidden one sees its entry, without a rank

Returns {call, status, total, rank (0 of a hidden member), record, rank and record in the period before (0 and empty where it has none)}.
  With PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, PERIOD_STALE, ENTRY_NOT_FOUND as status.
Cost: O(log n).
]]
local board, order, entries, distinct = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, revision, layout, starts_us, ends_us, id, is_own = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include known_board
-- @include held_period

local fault = board_fault(board, revision)
if fault then return {call, fault} end
local stale = stale_reply(call, starts_us, ends_us)
if stale then return stale end
local record = redis.call('HGET', entries, id)
if not record then return {call, 'ENTRY_NOT_FOUND'} end

local FIRST_EARLIER = 5

local function ranked(set, values, found)
  local number, member = placed(found, key_length, id)
  if not position_of(set, descending, member) then return 0 end
  return rank_in(style, descending, set, values, number, member, found, key_length)
end

local rank = ranked(order, distinct, record)
if rank == 0 and is_own ~= '1' then return {call, 'ENTRY_NOT_FOUND'} end
local earlier_rank, earlier_record = 0, ''
if KEYS[FIRST_EARLIER] then
  local set, hash, values = unpack(KEYS, FIRST_EARLIER)
  earlier_record = redis.call('HGET', hash, id) or ''
  if earlier_record ~= '' then earlier_rank = ranked(set, values, earlier_record) end
  if earlier_rank == 0 then earlier_record = '' end
end
return {call, 'OK', redis.call('ZCARD', order), rank, record, earlier_rank, earlier_record}

#!lua
--[[
Replaces the metadata of a standing entry; score and arrival stay.

KEYS[1] board     hash  revision, metadata
KEYS[2] order     zset  the entries in order
KEYS[3] entries   hash  member id -> record
KEYS[4] distinct  zset  the distinct values of a dense board
KEYS[5] kept_call  string  this call's reply, for a repeat of it

ARGV[1] call      8 bytes, names this call
ARGV[2] revision  of the board, as the caller knows it
ARGV[3] layout    see lib/layouts
ARGV[4] id        the member
ARGV[5] given     1 where metadata is replaced
ARGV[6] metadata  JSON text, empty to remove it

Returns {call, status, total, rank, record}.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, ENTRY_NOT_FOUND as status; nothing is written then.
Cost: O(log n).
]]
local board, order, entries, distinct, kept_call = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call, revision, layout, id, given, metadata = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include known_board

local kept = redis.call('GET', kept_call)
if kept then return cmsgpack.unpack(kept) end
local fault, has_metadata = board_fault(board, revision)
if fault then return {call, fault} end
local record = redis.call('HGET', entries, id)
if not record then return {call, 'ENTRY_NOT_FOUND'} end

if given == '1' then record = string.sub(record, 1, fixed_length) .. metadata end
local number, member = placed(record, key_length, id)
local rank = rank_in(style, descending, order, distinct, number, member, record, key_length)
local reply = {call, 'OK', redis.call('ZCARD', order), rank, record}
if given == '1' then
  redis.call('HSET', entries, id, record)
  redis.call('SET', kept_call, cmsgpack.pack(reply), 'PX', 60000)
  if metadata ~= '' and not has_metadata then redis.call('HSET', board, 'metadata', '1') end
end
return reply

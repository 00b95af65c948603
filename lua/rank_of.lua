#!lua flags=no-writes
--[[
Reads one member's entry with its rank.

KEYS[1] board     hash  revision
KEYS[2] order     zset  the entries in order
KEYS[3] entries   hash  member id -> record
KEYS[4] distinct  zset  the distinct values of a dense board

ARGV[1] call      8 bytes, names this call
ARGV[2] revision  of the board, as the caller knows it
ARGV[3] layout    see lib/layouts
ARGV[4] id        the member

Returns {call, status, total, rank, record}.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, ENTRY_NOT_FOUND as status.
Cost: O(log n).
]]
local board, order, entries, distinct = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, revision, layout, id = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include known_board

local fault = board_fault(board, revision)
if fault then return {call, fault} end
local record = redis.call('HGET', entries, id)
if not record then return {call, 'ENTRY_NOT_FOUND'} end

local number, member = placed(record, key_length, id)
local rank = rank_in(style, descending, order, distinct, number, member, record, key_length)
return {call, 'OK', redis.call('ZCARD', order), rank, record}

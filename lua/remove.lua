#!lua flags=allow-oom
--[[
Removes one entry.

KEYS[1] board      hash    revision
KEYS[2] order      zset    the entries in order
KEYS[3] entries    hash    member id -> record
KEYS[4] distinct   zset    the distinct values of a dense board
KEYS[5] kept_call  string  this call's reply, for a repeat of it

ARGV[1] call      8 bytes, names this call
ARGV[2] revision  of the board, as the caller knows it
ARGV[3] layout    see lib/layouts
ARGV[4] indexed   1 where the distinct values are kept
ARGV[5] id        the member

Returns {call, status}.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, ENTRY_NOT_FOUND as status; nothing is written then.
Cost: O(log n).
]]
local board, order, entries, distinct, kept_call = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call, revision, layout, indexed, id = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include distinct
-- @include known_board

if redis.call('EXISTS', kept_call) == 1 then return {call, 'OK'} end
local fault = board_fault(board, revision)
if fault then return {call, fault} end
local record = redis.call('HGET', entries, id)
if not record then return {call, 'ENTRY_NOT_FOUND'} end

local number, member = placed(record, key_length, id)
if indexed == '1' then
  drop_value(order, distinct, descending, number, member, record, key_length)
end
redis.call('ZREM', order, member)
redis.call('HDEL', entries, id)
redis.call('SET', kept_call, '1', 'PX', 60000)
return {call, 'OK'}

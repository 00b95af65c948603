#!lua
--[[
Creates a board or replaces its definition, if it is still the one the caller read.

KEYS[1] board      hash    definition, revision, generation, born, index, arrival clock
KEYS[2] order      zset    the entries in order
KEYS[3] distinct   zset    the distinct values of a dense board
KEYS[4] kept_call  string  this call's reply, for a repeat of it

ARGV[1] call        8 bytes, names this call
ARGV[2] revision    the definition was read at; empty where there was no board
ARGV[3] definition  JSON
ARGV[4] reorders    1 where the change would reorder standing entries
ARGV[5] index       of distinct values: empty drops it; building begins it; built ends that; ready where
                    it is, or where there are no entries

Returns {call, status, the new revision}.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, BOARD_NOT_EMPTY, INDEX_NEEDED (a dense board whose entries are
  not indexed yet) as status; nothing is written then.
Cost: O(1).
]]
local board, order, distinct, kept_call = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, revision, definition, reorders, index = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local kept = redis.call('GET', kept_call)
if kept then return {call, 'OK', kept} end
local standing = redis.call('HMGET', board, 'revision', 'index')
if revision == '' and standing[1] then return {call, 'BOARD_CHANGED'} end
if revision ~= '' and not standing[1] then return {call, 'BOARD_NOT_FOUND'} end
if revision ~= '' and standing[1] ~= revision then return {call, 'BOARD_CHANGED'} end

local is_empty = redis.call('ZCARD', order) == 0
if reorders == '1' and not is_empty then return {call, 'BOARD_NOT_EMPTY'} end
if index == 'ready' and standing[2] ~= 'ready' and not is_empty then return {call, 'INDEX_NEEDED'} end
if index == 'built' then index = 'ready' end

local time = redis.call('TIME')
local now = string.format('%.0f', math.max(tonumber(time[1]) * 1000000 + tonumber(time[2]),
  tonumber(standing[1] or 0) + 1))
if not standing[1] then
  redis.call('HSET', board, 'generation', now, 'born', now, 'arrival', '0')
end
if index == '' and standing[2] and standing[2] ~= '' then redis.call('UNLINK', distinct) end
redis.call('HSET', board, 'definition', definition, 'revision', now, 'index', index)
redis.call('SET', kept_call, now, 'PX', 60000)
return {call, 'OK', now}

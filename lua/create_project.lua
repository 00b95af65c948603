#!lua
--[[
Creates a project.

KEYS[1] projects   hash    project id -> JSON
KEYS[2] ids        zset    ids of the projects
KEYS[3] kept_call  string  this call's reply, for a repeat of it
KEYS[4..] windows  hash    three: operation id -> reply, by day

ARGV[1] call          8 bytes, names this call
ARGV[2] first_window  day number of the first window
ARGV[3] operation     16 bytes id, 8 bytes fingerprint; or empty
ARGV[4] id            of the project
ARGV[5] record        JSON

Returns {call, status, record, 1 where this is an earlier operation's reply}.
Errors: PROJECT_EXISTS, CLOCK_SKEW, IDEMPOTENCY_MISMATCH as status; nothing is written then.
Cost: O(log n).
]]
local projects, ids, kept_call = KEYS[1], KEYS[2], KEYS[3]
local call, first_window, operation, id, record = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]

-- @include operations

local FIRST_WINDOW_KEY = 3

local kept = redis.call('GET', kept_call)
if kept then return {call, 'OK', kept, 0} end
local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local window = window_of(now_ms, first_window)
if not window then return {call, 'CLOCK_SKEW'} end
local answered = earlier_answer(FIRST_WINDOW_KEY, window, operation, now_ms, call)
if answered then return answered end
if redis.call('HEXISTS', projects, id) == 1 then return {call, 'PROJECT_EXISTS'} end

redis.call('HSET', projects, id, record)
redis.call('ZADD', ids, 0, id)
redis.call('SET', kept_call, record, 'PX', 60000)
if operation ~= '' then remember(FIRST_WINDOW_KEY, window, operation, now_ms, record) end
return {call, 'OK', record, 0}

#!lua
--[[
Says when a board has a period to close next.

KEYS[1] closings   zset    boards by when they are due, in milliseconds
KEYS[2] kept_call  string  this call's reply, for a repeat of it

ARGV[1] call      8 bytes, names this call
ARGV[2] board     project and id
ARGV[3] due_ms    when; empty where no period of it ends
ARGV[4] lease_ms  what the caller was given it until: written only if that still stands; empty to bring it
                  forward where it is due later

Returns {call, status}.
Errors: none.
Cost: O(log n).
]]
local closings, kept_call = KEYS[1], KEYS[2]
local call, board, due_ms, lease_ms = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

if redis.call('EXISTS', kept_call) == 1 then return {call, 'OK'} end
if lease_ms == '' then
  if due_ms ~= '' then redis.call('ZADD', closings, 'LT', due_ms, board) end
elseif tonumber(redis.call('ZSCORE', closings, board) or '-1') == tonumber(lease_ms) then
  if due_ms == '' then
    redis.call('ZREM', closings, board)
  else
    redis.call('ZADD', closings, due_ms, board)
  end
end
redis.call('SET', kept_call, '1', 'PX', 60000)
return {call, 'OK'}

#!lua
--[[
Asks for a range of days: it is ready, another caller is computing it, or this one is to.

KEYS[1] state     string  builder's token while it is computed, or ready
KEYS[2] tally     hash    what is counted while it is computed
KEYS[3] order     zset    the range's entries in order
KEYS[4] entries   hash    member id -> record
KEYS[5] distinct  zset    the distinct values of a dense board
KEYS[6] ranges    zset    ranges that may be there -> until when, for what has to find them all
KEYS[7..] days    hash    the days of the range, see lib/days

ARGV[1] call      8 bytes, names this call
ARGV[2] token     16 bytes, names the caller as its builder; empty to keep a ready one only
ARGV[3] lease_ms  how long a builder may be silent
ARGV[4] kept_ms   how long a range is kept after it was last asked for
ARGV[5] name      of the range

Returns {call, status, READY | BUILDING | BUILD, records in the days}.
Errors: none.
Cost: O(days + log ranges); what an earlier builder left is freed in the background.
]]
local state, tally, order, entries, distinct, ranges = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local call, token, lease_ms, kept_ms, name = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

-- @include listed_ranges

local FIRST_DAY = 7

list_range(ranges, name, lease_ms, kept_ms)
local standing = redis.call('GET', state)
if standing == 'ready' then
  for key = 1, FIRST_DAY - 2 do redis.call('PEXPIRE', KEYS[key], kept_ms) end
  return {call, 'OK', 'READY', 0}
end
if token == '' or standing and standing ~= token then return {call, 'OK', 'BUILDING', 0} end
redis.call('UNLINK', tally, order, entries, distinct)
redis.call('SET', state, token, 'PX', lease_ms)
local records = 0
for key = FIRST_DAY, #KEYS do records = records + redis.call('HLEN', KEYS[key]) end
return {call, 'OK', 'BUILD', records}

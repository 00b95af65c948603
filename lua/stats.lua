#!lua flags=no-writes
--[[
Reads a board's statistics: how many entries, the least and the greatest score, the scores at some
positions, and a histogram of equal steps.

KEYS[1] board  hash  revision
KEYS[2] order  zset  the entries in order

ARGV[1] call          8 bytes, names this call
ARGV[2] revision      of the board, as the caller knows it
ARGV[3] starts_us     of a period that is read as the running one, else empty
ARGV[4] ends_us       of it
ARGV[5] steps         of the histogram, at most 100
ARGV[6..] quantiles   shares of the entries, in 100,000ths, whose scores are not above the wanted one; below zero
  those whose scores are not below it

Returns {call, status, count, least and greatest score, scores of the quantiles, least scores of the steps,
  counts of the steps}; a score as its sorted-set number and member, lists empty where nothing stands.
  With PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, PERIOD_STALE as status.
Cost: O((quantiles + steps) log n).
]]
local board, order = KEYS[1], KEYS[2]
local call, revision, starts_us, ends_us, steps = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

-- @include known_board
-- @include held_period

local FIRST_QUANTILE, WHOLE = 6, 100000

local fault = board_fault(board, revision)
if fault then return {call, fault} end
local stale = stale_reply(call, starts_us, ends_us)
if stale then return stale end

local count = redis.call('ZCARD', order)
if count == 0 then return {call, 'OK', 0, {}, {}, {}, {}, {}} end

-- The score at a position from the least one, as the set has it.
local function score_at(position)
  local found = redis.call('ZRANGE', order, position, position, 'WITHSCORES')
  return {found[2], string.sub(found[1], 1, 2)}
end

local least, greatest = score_at(0), score_at(count - 1)
local quantiles = {}
for index = FIRST_QUANTILE, #ARGV do
  local share = tonumber(ARGV[index])
  local taken = math.ceil(math.abs(share) * count / WHOLE)
  local position = share < 0 and count - taken or taken - 1
  quantiles[#quantiles + 1] = score_at(math.min(math.max(position, 0), count - 1))
end

-- Steps begin at whole numbers that a double holds, so that counting by numbers counts scores exactly.
local low, high = tonumber(least[1]), tonumber(greatest[1])
local edges, counts = {}, {}
for step = 0, steps - 1 do
  local edge = math.max(math.floor(low + (high - low) / steps * step), low)
  if #edges == 0 or edge > tonumber(edges[#edges]) then edges[#edges + 1] = string.format('%.17g', edge) end
end
for index = 1, #edges do
  local bound = edges[index + 1] and '(' .. edges[index + 1] or '+inf'
  counts[index] = redis.call('ZCOUNT', order, edges[index], bound)
end
return {call, 'OK', count, least, greatest, quantiles, edges, counts}

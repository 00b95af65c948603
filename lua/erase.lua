#!lua flags=allow-oom
--[[
Takes a member out of windows, and of days of ranges, for good; on an arcade board some of its entries at a time.

KEYS[1] board      hash  revision
KEYS[2] bans       hash  member id -> hide | block
KEYS[3] days       hash  day -> number of calls that wrote to it
KEYS[4..] windows  order zset, entries hash, distinct zset, values zset, ties zset of each; then days hash

ARGV[1] call          8 bytes, names this call
ARGV[2] revision      of the board, as the caller knows it
ARGV[3] layout        see lib/layouts
ARGV[4] indexed       1 where the distinct values are kept
ARGV[5] id            the member
ARGV[6] limit         entries of an arcade board to erase
ARGV[7] window_count  windows, at most 50
ARGV[8..] names       of the days

Returns {call, status, entries that were erased, days, 1 where the member has more}.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED as status; nothing is written then.
Cost: O(log n) a window, entry and field, O(1) a day.
]]
local board, bans, days = KEYS[1], KEYS[2], KEYS[3]
local call, revision, layout, indexed, id, limit, window_count =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])

-- @include scores
-- @include records
-- @include layouts
-- @include ranks
-- @include distinct
-- @include tails
-- @include values
-- @include owners
-- @include value_moves
-- @include window_keys
-- @include standings
-- @include known_board

local FIRST_WINDOW_KEY, FIRST_NAME = 4, 8

local fault = board_fault(board, revision)
if fault then return {call, fault} end
local windows, erased, touched = kept_windows(FIRST_WINDOW_KEY, window_count), 0, 0

-- The ids of the entries to erase from a window.
local function ids_in(window)
  if not is_arcade then return {id} end
  local ids = owned_ids(window.values, OWNER, id, false, limit - erased)
  for _, hidden in ipairs(owned_ids(window.values, SHELF, id, false, limit - erased - #ids)) do ids[#ids + 1] = hidden end
  return ids
end

for _, window in ipairs(windows) do
  for _, own in ipairs(ids_in(window)) do
    local record = redis.call('HGET', window.entries, own)
    if record then
      discard(window, own, record, indexed == '1')
      redis.call('HDEL', window.entries, own)
      erased = erased + 1
    end
  end
end
local first_day_key = FIRST_WINDOW_KEY + KEYS_A_STANDING * window_count
for key = first_day_key, #KEYS do
  if redis.call('HDEL', KEYS[key], id) == 1 then
    redis.call('HINCRBY', days, ARGV[FIRST_NAME + key - first_day_key], 1)
    touched = touched + 1
  end
end
redis.call('HDEL', bans, id)
return {call, 'OK', erased, touched, is_arcade and erased == limit and 1 or 0}

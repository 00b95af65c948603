#!lua
--[[
Creates a board or replaces its definition, if it is still the one the caller read. Where the calendar
changes, a running period goes on under its new boundaries, with all its entries.

KEYS[1] board      hash    definition, revision, generations, born, index, arrival clock, closed, archived, previous
KEYS[2] kept_call  string  this call's reply, for a repeat of it
KEYS[3] periods    hash    the windows that have been played
KEYS[4] outbox     stream  events
KEYS[5..] windows  order zset, entries hash, distinct zset, values zset, ties zset of each: the running ones; as many
          that they become; then those of periods that are added; then the closed ones that are kept
KEYS[..] days      hash    days of ranges whose keeping changes, or all and their numbers where entries are reordered;
          with every key of windows that no name leads to any more

ARGV[1] call          8 bytes, names this call
ARGV[2] revision      the definition was read at; empty where there was no board
ARGV[3] definition    JSON
ARGV[4] reorders      1 where the change would reorder standing entries
ARGV[5] index         of distinct values: empty drops it; building begins it; built ends that; ready where
                      it is, or where there are no entries
ARGV[6] generation    of periods that move
ARGV[7] slots         what fields have been declared, see rankd/domain/fields.py
ARGV[8] window_count  running windows
ARGV[9] added_count   periods that are added
ARGV[10] day_count    keys of days
ARGV[11..] windows, three arguments each, see lib/windows; what becomes of each of the running ones: stays,
          moves, ends (into an archive) or leaves (its period is taken off the board); for each closed one
          its expiry in milliseconds, empty to leave it; for each key of days its expiry, empty to drop it

Returns {call, status, the new revision}. With PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, BOARD_NOT_EMPTY, INDEX_NEEDED (a dense board some of whose windows
  are not indexed yet), PERIOD_STALE as status; nothing is written then.
Cost: O(windows).
]]
local board, kept_call, periods, outbox = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, revision, definition, reorders, index, generation, slots, window_count, added_count, day_count =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9]),
  tonumber(ARGV[10])

-- @include window_keys
-- @include windows
-- @include archives

local FIRST_KEY, FIRST_ARG = 5, 11
local LEFT_TTL_MS, CLOCK_LEEWAY_US = 604800000, 5000000
local KINDS = {'all', 'daily', 'weekly', 'monthly', 'yearly', 'season', 'cron'}

local kept = redis.call('GET', kept_call)
if kept then return {call, 'OK', kept} end
local standing = redis.call('HMGET', board, 'revision', 'index')
if revision == '' and standing[1] then return {call, 'BOARD_CHANGED'} end
if revision ~= '' and not standing[1] then return {call, 'BOARD_NOT_FOUND'} end
if revision ~= '' and standing[1] ~= revision then return {call, 'BOARD_CHANGED'} end

local now_us = microseconds(redis.call('TIME'))
local now = string.format('%.0f', math.max(now_us, tonumber(standing[1] or 0) + 1))
learn_width(ARGV[FIRST_ARG])
local function read_next(position)
  return read_windows(FIRST_KEY + KEYS_A_WINDOW * position, FIRST_ARG + ARGS_A_WINDOW * position, window_count)
end
local windows, successors = read_next(0), read_next(window_count)
local added = read_windows(FIRST_KEY + KEYS_A_WINDOW * 2 * window_count,
  FIRST_ARG + ARGS_A_WINDOW * 2 * window_count, added_count)
-- The caller's clock has to be right for what comes as well: a window that has not begun would hide its entries.
local function is_stale()
  if not running_windows(windows, now_us) or not running_windows(successors, now_us) then return true end
  for _, window in ipairs(added) do
    if now_us < window.starts or now_us >= window.ends then return true end
  end
  return math.abs(tonumber(generation) - now_us) > CLOCK_LEEWAY_US
end

if is_stale() then return {call, 'PERIOD_STALE', string.format('%.0f', now_us)} end
local first_fate = FIRST_ARG + ARGS_A_WINDOW * (2 * window_count + added_count)
local first_closed = FIRST_KEY + KEYS_A_WINDOW * (2 * window_count + added_count)
local last_closed = #KEYS - day_count

local function is_empty()
  for key = FIRST_KEY, FIRST_KEY + KEYS_A_WINDOW * window_count - 1, KEYS_A_STANDING do
    if redis.call('EXISTS', KEYS[key + 1]) == 1 then return false end
  end
  for key = first_closed, last_closed, KEYS_A_STANDING do
    if redis.call('EXISTS', KEYS[key + 1]) == 1 then return false end
  end
  return true
end

-- Whether what a period brings back was played while the board was not dense.
local function lacks_index()
  for key = FIRST_KEY + KEYS_A_WINDOW * 2 * window_count, last_closed, KEYS_A_STANDING do
    if redis.call('EXISTS', KEYS[key]) == 1 and redis.call('EXISTS', KEYS[key + 2]) == 0 then return true end
  end
  return false
end

if reorders == '1' and not is_empty() then return {call, 'BOARD_NOT_EMPTY'} end
if index == 'ready' and (standing[2] ~= 'ready' and not is_empty() or lacks_index()) then
  return {call, 'INDEX_NEEDED'}
end
if index == 'built' then index = 'ready' end

local function kind_of(window)
  return string.match(window.field, '^%l+')
end

local function keep_for(keys, expires)
  for _, key in ipairs(keys) do
    if expires == 0 then
      redis.call('PERSIST', key)
    else
      redis.call('PEXPIREAT', key, string.format('%.0f', math.max(expires, now_us / 1000 + 1000)))
    end
  end
end

local function keep_both(window, expires)
  keep_for(keys_of(window), expires)
  if window.team then keep_for(keys_of(window.team), expires) end
end

-- The window's entries under its new boundaries. One that closed under the same name before is archived.
local function move(window, successor)
  local changes_key = window.order ~= successor.order
  local earlier = window.field ~= successor.field and redis.call('HGET', periods, successor.field)
  if earlier then
    redis.call('HSET', periods, archive_field(board, periods, successor), earlier)
    redis.call('HDEL', periods, successor.field)
  end
  redis.call('HDEL', periods, window.field)
  if changes_key then redis.call('HSET', board, 'generation:' .. kind_of(window), generation) end
  if redis.call('EXISTS', window.entries) == 0 then return end
  local function rename_all(keys, following)
    for index, key in ipairs(keys) do
      if redis.call('EXISTS', key) == 1 then redis.call('RENAME', key, following[index]) end
    end
  end
  if changes_key then
    rename_all(keys_of(window), keys_of(successor))
    if window.team then rename_all(keys_of(window.team), keys_of(successor.team)) end
  end
  keep_both(successor, successor.expires)
  if successor.expires ~= 0 then redis.call('HSET', periods, successor.field, successor.value) end
end

if not standing[1] then redis.call('HSET', board, 'born', now, 'arrival', '0') end
if index == '' then
  for key = FIRST_KEY, last_closed, KEYS_A_STANDING do redis.call('UNLINK', KEYS[key + 2], KEYS[key + 4]) end
end
for position, window in ipairs(windows) do
  local fate = ARGV[first_fate + position - 1]
  if fate == 'moves' then
    move(window, successors[position])
  elseif fate == 'ends' then
    local ends = string.match(window.value, '^%S+ (%S+)')
    local closed = redis.call('HGET', board, 'closed:' .. kind_of(window))
    local was_announced = tonumber(closed or '-1') >= tonumber(ends)
    archive_window(board, periods, outbox, window, ends, redis.call('ZCARD', window.order), was_announced)
    redis.call('HSET', board, 'generation:' .. kind_of(window), generation)
  elseif fate == 'leaves' and window.expires == 0 then
    keep_both(window, now_us / 1000 + LEFT_TTL_MS)
  end
end
for position = 0, (last_closed - first_closed + 1) / KEYS_A_WINDOW - 1 do
  local expires = tonumber(ARGV[first_fate + window_count + position])
  local key = first_closed + KEYS_A_WINDOW * position
  if expires then keep_for({unpack(KEYS, key, key + KEYS_A_WINDOW - 1)}, expires) end
end
-- What is left of periods that nobody can read any more has the old layout: no name leads there from now on.
for position = 1, day_count do
  local expires, key = tonumber(ARGV[#ARGV - day_count + position]), KEYS[last_closed + position]
  if expires then keep_for({key}, expires) else redis.call('UNLINK', key) end
end
if reorders == '1' then
  redis.call('UNLINK', periods)
  for _, kind in ipairs(KINDS) do redis.call('HSET', board, 'generation:' .. kind, generation) end
end
for _, window in ipairs(added) do
  if redis.call('EXISTS', window.entries) == 1 then
    keep_both(window, window.expires)
    if window.expires ~= 0 then redis.call('HSET', periods, window.field, window.value) end
  end
  redis.call('HSET', board, 'closed:' .. kind_of(window), now)
end
redis.call('HSET', board, 'definition', definition, 'revision', now, 'index', index, 'slots', slots)
redis.call('HSET', board, 'previous', cjson.decode(definition).previous_scores and '1' or '0')
redis.call('SET', kept_call, now, 'PX', 60000)
return {call, 'OK', now}

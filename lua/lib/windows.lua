-- Windows: the periods an entry may be written to, as the caller's calendar has them. Each comes as five keys
-- (order, entries, distinct, values, ties), on boards with teams five more for these, and three arguments: u8 number
-- of its period from 1 (and 128 where keys of teams come), i64 start, i64 end (microseconds), i64 expiry
-- (milliseconds, 0 for never); the field it has in the board's periods; and what stands there. The caller's clock may
-- be wrong: which window is now's is said by the server's.

local TEAMS = 128
local KEYS_A_WINDOW, ARGS_A_WINDOW = KEYS_A_STANDING, 3

-- Learns from a window's first argument whether each has keys of teams as well.
local function learn_width(arg)
  if arg and string.byte(arg) >= TEAMS then KEYS_A_WINDOW = 2 * KEYS_A_STANDING end
end

local function read_windows(first_key, first_arg, count)
  local windows = {}
  for index = 1, count do
    local key, arg = first_key + KEYS_A_WINDOW * (index - 1), first_arg + ARGS_A_WINDOW * (index - 1)
    local window = named_keys(key)
    local period, starts, ends, expires = struct.unpack('>Bi8i8i8', ARGV[arg])
    window.index, window.period, window.starts, window.ends, window.expires = index, period % TEAMS, starts, ends, expires
    window.field, window.value = ARGV[arg + 1], ARGV[arg + 2]
    if KEYS_A_WINDOW > KEYS_A_STANDING then
      window.team = named_keys(key + KEYS_A_STANDING)
      window.team.expires, window.team.is_of_teams = expires, true
    end
    windows[index] = window
  end
  return windows
end

-- The window of now for each period, or nil where the caller's clock has left one out.
local function running_windows(windows, now_us)
  local running, periods = {}, 0
  for index = 1, #windows do
    local window = windows[index]
    periods = math.max(periods, window.period)
    if window.starts <= now_us and now_us < window.ends then running[window.period] = window end
  end
  for period = 1, periods do
    if not running[period] then return nil end
  end
  return running
end

local function microseconds(time)
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local function keys_of(window)
  return {window.order, window.entries, window.distinct, window.values, window.ties}
end

-- Lists a window that has its first entry, and bounds the life of its keys. That of teams is not listed by itself.
local function begin_window(periods, window)
  if window.expires == 0 then return end
  if window.field then redis.call('HSET', periods, window.field, window.value) end
  for _, key in ipairs(keys_of(window)) do redis.call('PEXPIREAT', key, string.format('%.0f', window.expires)) end
end

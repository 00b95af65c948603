-- Windows: the periods an entry may be written to, as the caller's calendar has them. Each comes as five
-- keys (order, entries, distinct, values, ties) and three arguments: u8 number of its period from 1, i64 start, i64 end
-- (microseconds), i64 expiry (milliseconds, 0 for never); the field it has in the board's periods; and
-- what stands there. The caller's clock may be wrong: which window is now's is said by the server's.

local KEYS_A_WINDOW, ARGS_A_WINDOW = 5, 3

local function read_windows(first_key, first_arg, count)
  local windows = {}
  for index = 1, count do
    local key, arg = first_key + KEYS_A_WINDOW * (index - 1), first_arg + ARGS_A_WINDOW * (index - 1)
    local period, starts, ends, expires = struct.unpack('>Bi8i8i8', ARGV[arg])
    windows[index] = {
      index = index, period = period, starts = starts, ends = ends, expires = expires,
      order = KEYS[key], entries = KEYS[key + 1], distinct = KEYS[key + 2], values = KEYS[key + 3],
      ties = KEYS[key + 4],
      field = ARGV[arg + 1], value = ARGV[arg + 2],
    }
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

-- Lists a window that has its first entry, and bounds the life of its keys.
local function begin_window(periods, window)
  if window.expires == 0 then return end
  redis.call('HSET', periods, window.field, window.value)
  local expires = string.format('%.0f', window.expires)
  redis.call('PEXPIREAT', window.order, expires)
  redis.call('PEXPIREAT', window.entries, expires)
  redis.call('PEXPIREAT', window.distinct, expires)
  redis.call('PEXPIREAT', window.values, expires)
  redis.call('PEXPIREAT', window.ties, expires)
end

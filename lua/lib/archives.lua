-- Archives: windows that ended early, listed as `<type>:<id>~n`, and the event that a window has closed.

-- The next free name of an archive of this window. Where to look from is kept with the board, for one id.
local function archive_field(board, periods, window)
  local kind, id = string.match(window.field, '^(%l+):(.+)$')
  local counted = redis.call('HGET', board, 'archived:' .. kind)
  local last, number = string.match(counted or '', '^(%S+) (%d+)$')
  number = last == id and tonumber(number) + 1 or 1
  while redis.call('HEXISTS', periods, window.field .. '~' .. number) == 1 do number = number + 1 end
  redis.call('HSET', board, 'archived:' .. kind, id .. ' ' .. number)
  return window.field .. '~' .. number
end

-- Hands on that a window is closed. `value` is what stands in the periods: start, end, generation.
local function announce_closed(outbox, field, value, total)
  local starts, ends, generation = string.match(value, '^(%S+) (%S+) (%S+)')
  redis.call('XADD', outbox, 'MAXLEN', '~', 1000, '*', 'event', 'period.closed', 'period', field,
    'starts_us', starts, 'ends_us', ends, 'generation', generation, 'total', total)
end

-- Lists a window as ended, under a name of its own; its keys stay. Returns that name.
local function archive_window(board, periods, outbox, window, ends, total, was_announced)
  local starts, generation = string.match(window.value, '^(%S+) %S+ (%S+)')
  local field, value = archive_field(board, periods, window), starts .. ' ' .. ends .. ' ' .. generation
  redis.call('HSET', periods, field, value .. ' ' .. total)
  redis.call('HDEL', periods, window.field)
  if not was_announced then announce_closed(outbox, field, value, total) end
  return field
end

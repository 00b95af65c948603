-- Whether a period that is read as the running one still is, by the server's clock. Periods that are read
-- by their names, and those without an end, are not held against it: their bounds are empty.

local function server_us()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local function stale_reply(call, starts_us, ends_us, now_us)
  if ends_us == '' then return nil end
  now_us = now_us or server_us()
  if tonumber(starts_us) <= now_us and now_us < tonumber(ends_us) then return nil end
  return {call, 'PERIOD_STALE', string.format('%.0f', now_us)}
end

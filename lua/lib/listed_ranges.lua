-- The list of a board's ranges that may be there, each until when at the latest: in seconds of the server's clock.
-- It is as short as ranges live.

local LISTED_FOR = 2

local function list_range(ranges, name, lease_ms, kept_ms)
  local now_s, listed_ms = tonumber(redis.call('TIME')[1]), LISTED_FOR * (lease_ms + kept_ms)
  redis.call('ZADD', ranges, now_s + math.ceil(listed_ms / 1000), name)
  redis.call('ZREMRANGEBYSCORE', ranges, '-inf', now_s - 1)
  redis.call('PEXPIRE', ranges, listed_ms)
end

-- The list of a board's ranges that may be there, each until when at the latest: in seconds of the server's clock.
-- Every step that prolongs a range's life lists it anew, so the list holds no more than there is.

local function list_range(ranges, name, lease_ms, kept_ms)
  local now_s, listed_ms = tonumber(redis.call('TIME')[1]), lease_ms + kept_ms
  redis.call('ZADD', ranges, now_s + math.ceil(listed_ms / 1000), name)
  redis.call('ZREMRANGEBYSCORE', ranges, '-inf', now_s - 1)
  redis.call('PEXPIRE', ranges, listed_ms)
end

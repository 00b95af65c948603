-- Operations: what a client's Idempotency-Key names. Its first reply is kept for a day, in hashes
-- named by the day and a part of the id, so that each stays small and expires as a whole. Three
-- windows are given; the server's clock picks the one of now. The ones beside it are looked in too: a reply
-- may be of the day before, or of the next one where the clock was set back since.

local WINDOW_MS = 86400000

-- Which of the three windows is now's: 2 or 3, or nil where the caller's clock is half a day off.
local function window_of(now_ms, first_window)
  local index = math.floor(now_ms / WINDOW_MS) - first_window + 1
  if index == 2 or index == 3 then return index end
  return nil
end

-- The reply kept for an operation, or false and whether another request had used its id.
local function recall(base, window, operation, now_ms)
  local id, fingerprint = string.sub(operation, 1, 16), string.sub(operation, 17)
  for index = 3, window - 1, -1 do
    local kept = redis.call('HGET', KEYS[base + index], id)
    if kept and now_ms - tonumber(string.sub(kept, 9, 21)) < WINDOW_MS then
      if string.sub(kept, 1, 8) ~= fingerprint then return false, true end
      return string.sub(kept, 22), false
    end
  end
  return false, false
end

-- The whole reply of a script whose operation was answered before, or came with another request.
local function earlier_answer(base, window, operation, now_ms, call)
  if operation == '' then return nil end
  local earlier, is_other = recall(base, window, operation, now_ms)
  if is_other then return {call, 'IDEMPOTENCY_MISMATCH'} end
  return earlier and {call, 'OK', earlier, 1}
end

local function remember(base, window, operation, now_ms, reply)
  local kept = string.sub(operation, 17) .. string.format('%013.0f', now_ms) .. reply
  redis.call('HSET', KEYS[base + window], string.sub(operation, 1, 16), kept)
  redis.call('PEXPIRE', KEYS[base + window], 2 * WINDOW_MS)
end

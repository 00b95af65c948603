-- Sessions: a submission that names one says what the session's running value is by now, and moves scores by the
-- difference to what the session's last one said. What they said is kept in three hashes a board, by weeks, which are
-- the last keys of a call; that of now and the one before are read, so that a session may be silent for a week.

-- How far a session moves a score by saying a value, or nil where that leaves int64; and what keeps what it said.
local moved_by, keep_said

do -- a script has 200 locals at most
  local WEEK_DAYS = 7

  -- The hash of the week of now, or that of some weeks back. Of the three the first is that before `first_day`.
  local function sessions_of(weeks_back)
    local weeks = math.floor(math.floor(now_ms / WINDOW_MS) / WEEK_DAYS) - math.floor(first_day / WEEK_DAYS)
    return KEYS[#KEYS - 1 + weeks - weeks_back]
  end

  moved_by = function(session, value)
    local last = redis.call('HGET', sessions_of(0), session) or redis.call('HGET', sessions_of(1), session)
    if not last then return value end
    return added_value(value, last, subtracted)
  end

  keep_said = function(session, value)
    redis.call('HSET', sessions_of(0), session, value)
    redis.call('PEXPIRE', sessions_of(0), 2 * WEEK_DAYS * WINDOW_MS)
  end
end

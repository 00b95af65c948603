#!lua
--[[
Applies submissions to all periods of a board in their order, and places each as of its own turn.

KEYS[1] board      hash    revision, arrival clock, metadata, bans, previous
KEYS[2] kept_call  string  this call's replies, for a repeat of it
KEYS[3] periods    hash    the windows that have been played
KEYS[4] days       hash    day -> number of calls that wrote to it
KEYS[5] bans       hash    member id -> hide | block
KEYS[6..] windows  order zset, entries hash, distinct zset, values zset, ties zset of each, see lib/windows
KEYS[..] days      hash    member id -> record, see lib/days; then as many of teams, on boards that have them
KEYS[..] kept      hash    three a group that names an operation: operation id -> reply
KEYS[..] sessions  hash    three, where submissions name sessions: see lib/sessions

ARGV[1] call          8 bytes, names this call
ARGV[2] revision      of the board, as the caller knows it
ARGV[3] rule          best | latest | sum | set (as latest, and a day's sum and best become the value; an
          arrival that is given becomes the entry's also where the value stays)
ARGV[4] layout        see lib/layouts
ARGV[5] made_under    text that kept replies are read by: layout, names of subscores, windows
ARGV[6] indexed       1 where the distinct values are kept
ARGV[7] open          1 where the board takes submissions
ARGV[8] opens_us      before it the board has not started; empty where it has no start
ARGV[9] closes_us     from it on the board has ended; empty where it has no end
ARGV[10] late_us      how long after its end a period takes scores that were achieved in it
ARGV[11] max_step     8 bytes: a submission changes a score by no more; empty where it may
ARGV[12] first_day    day number of the first of an operation's three hashes
ARGV[13] window_count windows of the periods
ARGV[14] day_count    days of ranges
ARGV[15] groups       number of groups, each the submissions of one request
ARGV[16] team_rule    best | latest | sum; empty where the board has no teams
ARGV[17] team_slot    of the field that a member's team is; 0 where the board never had any
ARGV[18] team_moves   1 where a member who changes team takes along what it brought
ARGV[19] entry_cap    of an arcade board: a member's entries, of which the worst leave; 0 for any number
ARGV[20..] windows, three arguments each, see lib/windows; days, two each: as a window's first, and the day;
          then a group: operation (16 bytes id, 8 bytes fingerprint; or empty), 1 where its reply is kept
          though it applied nothing, number of entries; an entry: member id, tuple (flags, value, arrival
          if flag 2; 16 bytes name of a session if flag 32; or flag 128 and a refusal's number, for one that is not
          to be applied), tail (metadata given if flag 1, fields if flag 8, see lib/tails; the team among the fields
          if flag 16). On an arcade board the tuple may end in the 7 bytes of the entry that is meant (flag 4), else it is a new one,
          named by the arrival clock. Flag 64 has the script name and time a new one, see stamp; the tuple then ends in
          the u8 slot of a date field

Returns {call, status, reply of each group...}. A reply: u8 state (0 applied, 1 replayed, 2 other
  fingerprint, 3 board not open, 4 not started, 5 ended), u32 total before, 7 bytes arrival, u8 number of
  each period's running window, then an entry: for each period u8 flags (1 changed, 2 existed, 8 record
  follows, 32 in another window, or on an arcade board, 64 took the arrival; none of an entry that is worse than those a
  member may have), u32 rank (0 of a hidden member), by flag 32 its window's u8 number and u32 total, the fixed part of its
  record unless it is the one sent in, and where it replaced one u32 previous rank and the previous value. One that was refused has u8 flags (4 overflow, 5 period closed, 6 board
  ended, 7 in the future, 12 beyond max_step, 13 member
  blocked; from 128 as sent in) and u32 0 alone. A replayed reply: u8 1, u16 length and text of what it was
  made under, the reply. With CLOCK_SKEW or PERIOD_STALE: the server's time in microseconds.
Errors: BOARD_NOT_FOUND, BOARD_CHANGED, CLOCK_SKEW, PERIOD_STALE as status; a refused submission writes
  nothing in any period.
Cost: O(log n) an entry, period and field, at most 20 entries a call.
]]
local board, kept_call, periods, days, bans = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local call, revision, rule, layout, made_under, indexed, open, opens_us, closes_us, late_us, max_step, first_day,
  window_count, day_count, groups, team_rule, team_slot, team_moves, entry_cap = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7],
  tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), ARGV[11], tonumber(ARGV[12]), tonumber(ARGV[13]),
  tonumber(ARGV[14]), tonumber(ARGV[15]), ARGV[16], tonumber(ARGV[17]), ARGV[18],
  tonumber(ARGV[19])

-- @include scores
-- @include records
-- @include layouts
-- @include arrivals
-- @include ranks
-- @include distinct
-- @include operations
-- @include window_keys
-- @include windows
-- @include sums
-- @include days
-- @include tails
-- @include previous
-- @include values
-- @include value_moves
-- @include standings
-- @include steps
-- @include teams
-- @include owners

local FIRST_WINDOW_KEY, FIRST_WINDOW_ARG = 6, 20
learn_width(ARGV[FIRST_WINDOW_ARG])
local FIRST_DAY_KEY = FIRST_WINDOW_KEY + KEYS_A_WINDOW * window_count
local FIRST_DAY_ARG = FIRST_WINDOW_ARG + ARGS_A_WINDOW * window_count
local FIRST_GROUP, FIRST_KEPT_KEY = FIRST_DAY_ARG + 2 * day_count, FIRST_DAY_KEY + day_count * (KEYS_A_WINDOW / KEYS_A_STANDING) - 1
local CHANGED, EXISTED, HAS_RECORD, ELSEWHERE, TOOK, REFUSED = 1, 2, 8, 32, 64, 128
local OVERFLOW, PERIOD_CLOSED, BOARD_ENDED, IN_FUTURE, TOO_FAR, BLOCKED = 4, 5, 6, 7, 12, 13
local ENTRY_GIVEN, FIELDS_GIVEN, TEAM_GIVEN, IN_SESSION, STAMPED = 4, 8, 16, 32, 64
-- Entries beyond the cap that one submission drops at most, where the cap was lowered.
local MAX_DROPPED = 10
local FUTURE_US = 1000000
local CALL_TTL_MS = 60000

local kept = redis.call('GET', kept_call)
if kept then return cmsgpack.unpack(kept) end
local standing = redis.call('HMGET', board, 'revision', 'arrival', 'metadata', 'bans', 'previous')
if not standing[1] then return {call, 'BOARD_NOT_FOUND'} end
if standing[1] ~= revision then return {call, 'BOARD_CHANGED'} end

local now_us = microseconds(redis.call('TIME'))
local now_ms = math.floor(now_us / 1000)
local last_us = tonumber(standing[2])
local at_us = math.max(now_us, last_us + 1)
local complemented = (string.sub(layout, 2, 2) == 'f') == descending
-- @include sessions

local kept_day = window_of(now_ms, first_day)
if not kept_day then return {call, 'CLOCK_SKEW', string.format('%.0f', now_us)} end
local windows = read_windows(FIRST_WINDOW_KEY, FIRST_WINDOW_ARG, window_count)
local running = running_windows(windows, now_us)

-- Where an instant's day is among those given, or nil.
local function day_of(moment)
  for index = 1, day_count do
    local _, starts, ends = struct.unpack('>Bi8i8i8', ARGV[FIRST_DAY_ARG + 2 * (index - 1)])
    if starts <= moment and moment < ends then return index end
  end
  return nil
end

-- Whether the caller's clock has left out an earlier window that still takes late scores.
local function lacks_late_windows()
  local earliest = {}
  if late_us == 0 then return false end
  for index = 1, #windows do
    local window = windows[index]
    earliest[window.period] = math.min(earliest[window.period] or window.starts, window.starts)
  end
  for period = 1, #earliest do
    if now_us < earliest[period] + late_us then return true end
  end
  return false
end

if not running or lacks_late_windows() or day_count > 0 and not day_of(now_us) then
  return {call, 'PERIOD_STALE', string.format('%.0f', now_us)}
end

local total = redis.call('ZCARD', running[1].order)
local brings_tail, taken_arrival = false, nil
local touched_days = {}

local modes = {}

-- Every record the call needs, one read a running window; a member's later submissions see its earlier ones.
local function read_records()
  local ids, position = {}, FIRST_GROUP

  -- A new entry must not get a number that another one was given: the clock goes on behind those of about now. (Of
  -- what lies further ahead it would have to meet a microsecond.)
  local function pass_number(tuple)
    local flags = string.byte(tuple)
    if flags >= REFUSED or flags % 8 < ENTRY_GIVEN then return end
    local high, low = struct.unpack('>I3I4', string.sub(tuple, -ENTRY_LENGTH))
    local number = high * HALF + low
    if number >= at_us and number <= now_us + FUTURE_US then last_us, at_us = number, number + 1 end
  end

  for _ = 1, groups do
    local count = tonumber(ARGV[position + 2])
    position = position + 3
    for _ = 1, count do
      ids[#ids + 1] = ARGV[position]
      if is_arcade then pass_number(ARGV[position + 1]) end
      position = position + 3
    end
  end
  if standing[4] and #ids > 0 then
    local found = redis.call('HMGET', bans, unpack(ids))
    for index = 1, #ids do modes[ids[index]] = found[index] end
  end
  for period = 1, #running do
    local window, records = running[period], {}
    window.records, window.originals = records, {}
    if #ids > 0 and not is_arcade then
      local found = redis.call('HMGET', window.entries, unpack(ids))
      for index = 1, #ids do records[ids[index]] = found[index] end
    end
  end
end

local function record_in(window, id)
  if not window.records then window.records, window.originals = {}, {} end
  if window.records[id] == nil then window.records[id] = redis.call('HGET', window.entries, id) end
  return window.records[id]
end

-- The arrival of this submission: its own, or the clock's, which is taken once for all periods.
local function arrival_now(given)
  if given then return given end
  if not taken_arrival then
    taken_arrival = encoded_arrival(at_us, complemented)
    last_us, at_us = at_us, at_us + 1
  end
  return taken_arrival
end

local function arrival_us(encoded)
  local high, low = struct.unpack('>I3I4', encoded)
  if complemented then high, low = 16777215 - high, HALF - 1 - low end
  return (high - 8388608) * HALF + low
end

-- Whether a window was closed, be it by an earlier grace: its total has been told.
local function is_closed(window)
  local listed = redis.call('HGET', periods, window.field)
  return listed and string.match(listed, '^%S+ %S+ %S+ %d') ~= nil
end

-- The window of a period that an earlier instant belongs to and that still takes late scores.
local function window_at(period, given_us)
  local current = running[period]
  if given_us >= current.starts then return current end
  if given_us < current.starts - late_us then return nil end
  for index = 1, #windows do
    local window = windows[index]
    if window.period == period and window.starts <= given_us and given_us < window.ends
      and now_us < window.ends + late_us and not is_closed(window) then return window end
  end
  return nil
end

local function windows_at(given_us)
  local targets = {}
  for period = 1, #running do
    targets[period] = window_at(period, given_us)
    if not targets[period] then return nil end
  end
  return targets
end

-- What a submission makes of a member's value in each window, or nil where a sum leaves int64.
local function values_in(targets, id, value)
  local values = {}
  for period = 1, #targets do
    local old = rule == 'sum' and record_in(targets[period], id)
    values[period] = old and added_value(value_of(old, key_length), value, added) or not old and value
    if not values[period] then return nil end
  end
  return values
end

-- Whether the submission would change the standing score by more than the board allows: that of the first period
-- in which there is one. What is added up is a step by itself.
local function is_too_far(targets, id, value)
  if max_step == '' or rule == 'set' then return false end
  if rule == 'sum' then return is_beyond(max_step, value) end
  for period = 1, #targets do
    local old = record_in(targets[period], id)
    if old then
      return (rule ~= 'best' or is_better(value, value_of(old, key_length))) and is_beyond(max_step, value, old)
    end
  end
  return false
end

local function is_hidden(window, id)
  if window.is_of_teams then return false end
  return modes[is_arcade and owner_of(id) or id] == 'hide'
end

-- On an arcade board values move at once: they say what entries a member has.
local function move_own_values(window, id, old, record)
  if not is_hidden(window, id) then
    move_values(window, {{id, old, record}}, indexed == '1')
    return
  end
  shelve(window, id, record)
  if old and shelf_member(old, id) ~= shelf_member(record, id) then
    redis.call('ZREM', window.values, shelf_member(old, id))
  end
end

local function write_record(window, id, record)
  local old = window.records[id] or false
  if window.originals[id] == nil then window.originals[id] = old end
  window.records[id] = record
  if is_arcade and not window.is_of_teams then move_own_values(window, id, old, record) end
  brings_tail = brings_tail or #record > fixed_length
end

-- The tail that a submission leaves: `best` takes it whole from one submission, but for the team, which is that of
-- the last one that named one; other rules take what is given.
local function tail_after(old, flags, tail)
  local is_whole, has_teams = rule == 'best' or not old, old and team_slot > 0
  if flags % 2 == 0 and flags < FIELDS_GIVEN and not (is_whole and has_teams) then
    return is_whole and '' or string.sub(old, fixed_length + 1)
  end
  if is_whole and flags < FIELDS_GIVEN and not has_teams then return tail end
  local changes, metadata = tail_parts(tail, 1)
  local fields, old_metadata = '', ''
  if old then fields, old_metadata = tail_parts(old, fixed_length + 1) end
  if is_whole then fields, old_metadata = team_fields(fields), '' end
  return tail_of(merged_fields(fields, changes), flags % 2 == 1 and metadata or old_metadata)
end

local function keep_tail(window, id, old, flags, tail)
  local kept
  if rule == 'best' then
    local changes = flags >= TEAM_GIVEN and team_fields((tail_parts(tail, 1))) or ''
    if changes == '' then return end
    local fields, metadata = tail_parts(old, fixed_length + 1)
    kept = tail_of(merged_fields(fields, changes), metadata)
  else
    kept = tail_after(old, flags, tail)
  end
  local record = string.sub(old, 1, fixed_length) .. kept
  if record ~= old then write_record(window, id, record) end
end

-- A hidden member keeps its record up to date and stands nowhere.
local function hide(window, id, record)
  window.is_fresh = true
  write_record(window, id, record)
  return 0
end

local function place(window, id, record, old, old_number, old_member)
  if is_hidden(window, id) then return hide(window, id, record) end
  local number, member = placed(record, key_length, id)
  local order, distinct = window.order, window.distinct
  -- What is new is added before the old is taken out: a key that empties would lose its time to live.
  if indexed == '1' then
    add_value(distinct, number, record, key_length)
    if old and stands(window, old_member) and value_of(old, key_length) ~= value_of(record, key_length) then
      drop_value(order, distinct, descending, old_number, old_member, old, key_length)
    end
  end
  local added = redis.call('ZADD', order, number, member)
  if old and old_member ~= member then added = added - redis.call('ZREM', order, old_member) end
  if added == 1 and window == running[1] then
    total = total + 1
    window.is_fresh = window.is_fresh or total == 1
  elseif added == 1 and window.expires ~= 0 then
    window.is_fresh = window.is_fresh or redis.call('ZCARD', order) == 1
  end
  write_record(window, id, record)
  return rank_in(style, descending, order, distinct, number, member, record, key_length)
end

local in_session = false

-- Applies one submission in one window; returns its part of the reply: flags, what follows them.
local function apply_in(window, id, value, flags, arrival, tail)
  local old = record_in(window, id)
  if not old then
    local record = value .. arrival_now(arrival) .. tail_after(nil, flags, tail)
    local rank = struct.pack('>I4', place(window, id, record))
    if in_session then return CHANGED + HAS_RECORD, rank, string.sub(record, 1, fixed_length) end
    return CHANGED, rank, ''
  end

  -- One that is being hidden leaves the orders by the record it stands by, before that changes.
  if is_hidden(window, id) then take_out(window, id, old, indexed == '1') end
  local old_value = value_of(old, key_length)
  local changed = value ~= old_value and (rule ~= 'best' or is_better(value, old_value))
    or rule == 'set' and arrival and arrival ~= string.sub(old, key_length + 2, fixed_length)
  local old_number, old_member = placed(old, key_length, id)
  local old_rank = is_hidden(window, id) and 0 or
    rank_in(style, descending, window.order, window.distinct, old_number, old_member, old, key_length)
  if not changed then
    keep_tail(window, id, old, flags, tail)
    return EXISTED + HAS_RECORD, struct.pack('>I4', old_rank), string.sub(old, 1, fixed_length)
  end

  local reached, after = arrival_now(arrival), tail_after(old, flags, tail)
  if standing[5] == '1' then after = with_previous(after, old, reached) end
  local record = value .. reached .. after
  local rank = struct.pack('>I4', place(window, id, record, old, old_number, old_member))
  local replaced = struct.pack('>I4', old_rank) .. old_value
  if rule ~= 'sum' then return CHANGED + EXISTED, rank, replaced end
  return CHANGED + EXISTED + HAS_RECORD, rank, string.sub(record, 1, fixed_length) .. replaced
end

local function elsewhere(window)
  local count = window == running[1] and not is_arcade and total or redis.call('ZCARD', window.order)
  return struct.pack('>BI4', window.index, count)
end

-- Adds a submission to the sum and the best of its day, where that day is kept.
local function count_in_day(id, value, arrival, given_us, is_team)
  local index = day_of(given_us or now_us)
  if not index then return end
  local arg, key = FIRST_DAY_ARG + 2 * (index - 1), KEYS[FIRST_DAY_KEY + (is_team and day_count or 0) + index - 1]
  local _, _, _, expires = struct.unpack('>Bi8i8i8', ARGV[arg])
  local pair = value .. arrival_now(arrival)
  local old = redis.call('HGET', key, id)
  local record = pair .. pair
  if old and (rule ~= 'set' or is_arcade) then
    record = joined_sum(string.sub(old, 1, PAIR_LENGTH), pair) .. joined_best(string.sub(old, PAIR_LENGTH + 1), pair)
  end
  redis.call('HSET', key, id, record)
  redis.call('PEXPIREAT', key, string.format('%.0f', expires))
  touched_days[ARGV[arg + 1]] = true
end

-- @include team_totals

-- @include new_entries

-- Applies one submission to all periods, or to none; returns its part of the reply.
local function apply(member, tuple, tail)
  local flags = string.byte(tuple)
  if flags >= REFUSED then return struct.pack('>BI4', flags, 0) end
  local is_stamped = flags >= STAMPED
  if is_stamped then flags, member, tuple, tail = stamp(flags - STAMPED, tuple, tail) end
  if modes[member] == 'block' and rule ~= 'set' then return struct.pack('>BI4', BLOCKED, 0) end
  local value = string.sub(tuple, 2, key_length + 2)
  in_session = flags >= IN_SESSION
  local session, said = in_session and string.sub(tuple, key_length + 3), value
  if in_session then
    flags, value = flags - IN_SESSION, moved_by(session, said)
    if not value then return struct.pack('>BI4', OVERFLOW, 0) end
  end
  local arrival = flags % 4 >= 2 and string.sub(tuple, key_length + 3, key_length + 9) or nil
  local given_us = arrival and arrival_us(arrival)
  if given_us and given_us > now_us + FUTURE_US then return struct.pack('>BI4', IN_FUTURE, 0) end
  if closes_us and (given_us or now_us) >= closes_us then return struct.pack('>BI4', BOARD_ENDED, 0) end
  local targets = given_us and windows_at(given_us) or not given_us and running
  if not targets then return struct.pack('>BI4', PERIOD_CLOSED, 0) end
  local id = is_arcade and entry_key(member, tuple, flags) or member
  if is_too_far(targets, id, value) then return struct.pack('>BI4', TOO_FAR, 0) end
  local values = values_in(targets, id, value)
  -- What an arcade board's entry brings counts once, when it is new: sent again by its number it changes the entry.
  local counts = not is_arcade or not record_in(targets[1], id)
  -- Windows without keys of teams keep a member's team, and count nothing for it.
  local team = counts and flags >= TEAM_GIVEN and targets[1].team and team_in((tail_parts(tail, 1))) or nil
  local changes = team and team_changes(targets, id, team, value) or {}
  if not values or team and #changes == 0 then return struct.pack('>BI4', OVERFLOW, 0) end

  taken_arrival = nil
  if is_arcade and flags % 8 < ENTRY_GIVEN then arrival_now() end
  local parts = {}
  for period = 1, #targets do
    local window = targets[period]
    local change = changes[period]
    local own_tail = change and with_share(tail, change.share) or tail
    local state, rank, rest = apply_in(window, id, values[period], flags, arrival, own_tail)
    if change then
      if change.moves then apply_to_team(change.window, change.moves[1], change.moves[2], arrival, 'set') end
      apply_to_team(change.window, team, change.value, arrival, team_rule)
    end
    if is_arcade then
      keep_best(window, id)
      if not window.records[id] then state, rank, rest = 0, struct.pack('>I4', 0), '' end
    end
    if is_stamped then state, rest = state + HAS_RECORD, string.sub(window.records[id], 1, fixed_length) end
    if window ~= running[period] or is_arcade then state, rank = state + ELSEWHERE, rank .. elsewhere(window) end
    parts[period] = {state, rank .. rest}
  end
  if day_count > 0 and counts then count_in_day(member, value, arrival, given_us) end
  if day_count > 0 and team then count_in_day(team, value, arrival, given_us, true) end
  if in_session then keep_said(session, said) end
  for period = 1, #parts do
    local state = parts[period][1] + (taken_arrival and period == 1 and TOOK or 0)
    parts[period] = string.char(state) .. parts[period][2]
  end
  return table.concat(parts)
end

local function apply_group(position, count)
  local parts = {struct.pack('>BI4', 0, total) .. encoded_arrival(at_us, false)}
  for period = 1, #running do parts[period + 1] = string.char(running[period].index) end
  for _ = 1, count do
    parts[#parts + 1] = apply(ARGV[position], ARGV[position + 1], ARGV[position + 2])
    position = position + 3
  end
  return table.concat(parts)
end

local function was_refused(reply)
  local flags = string.byte(reply, 13 + #running)
  return flags >= REFUSED or math.floor(flags / 4) % 2 == 1
end

-- One request's submissions: given again, refused, or applied.
local function answer_group(position, kept_key)
  local operation, keeps, count = ARGV[position], ARGV[position + 1], tonumber(ARGV[position + 2])
  if operation ~= '' then
    local earlier, is_other = recall(kept_key, kept_day, operation, now_ms)
    if is_other then return struct.pack('B', 2), false end
    if earlier then return struct.pack('B', 1) .. earlier, false end
  end
  if open ~= '1' then return struct.pack('B', 3), false end
  if opens_us and now_us < opens_us then return struct.pack('B', 4), false end
  if closes_us and now_us >= closes_us + late_us then return struct.pack('B', 5), false end
  local reply = apply_group(position + 3, count)
  if operation ~= '' and (keeps == '1' or not was_refused(reply)) then
    remember(kept_key, kept_day, operation, now_ms, struct.pack('>I2', #made_under) .. made_under .. reply)
    return reply, true
  end
  return reply, false
end

local function write_window(window)
  local fields, dropped, changes = {}, {}, {}
  for id, old in pairs(window.originals or {}) do
    local record = window.records[id]
    if record then
      fields[#fields + 1] = id
      fields[#fields + 1] = record
    elseif old then
      dropped[#dropped + 1] = id
    end
    if not is_arcade and (has_values(old) or has_values(record)) and not is_hidden(window, id) then
      changes[#changes + 1] = {id, old, record}
    end
  end
  if #changes > 0 then move_values(window, changes, indexed == '1') end
  if #fields > 0 then redis.call('HSET', window.entries, unpack(fields)) end
  if #dropped > 0 then redis.call('HDEL', window.entries, unpack(dropped)) end
  if window.is_fresh then begin_window(periods, window) end
  return #fields > 0
end

local function write_records()
  local has_written = false
  for index = 1, #windows do
    local window = windows[index]
    local has_teams = window.team and write_window(window.team)
    has_written = write_window(window) or has_teams or has_written
  end
  for day in pairs(touched_days) do
    redis.call('HINCRBY', days, day, 1)
    has_written = true
  end
  return has_written
end

-- A function of its own, since Lua allows 200 locals side by side.
local function answer_all()
  local arrived_us = last_us
  read_records()
  local replies, position, kept_key, remembered = {call, 'OK'}, FIRST_GROUP, FIRST_KEPT_KEY, false
  for _ = 1, groups do
    local reply, is_kept = answer_group(position, kept_key)
    replies[#replies + 1] = reply
    remembered = remembered or is_kept
    if ARGV[position] ~= '' then kept_key = kept_key + 3 end
    position = position + 3 + 3 * tonumber(ARGV[position + 2])
  end
  if last_us > arrived_us then redis.call('HSET', board, 'arrival', string.format('%.0f', last_us)) end
  if brings_tail and not standing[3] then redis.call('HSET', board, 'metadata', '1') end
  if write_records() or remembered then
    redis.call('SET', kept_call, cmsgpack.pack(replies), 'PX', CALL_TTL_MS)
  end
  return replies
end

return answer_all()

-- Entries of arcade boards: how a new one is named, and which ones leave; part of submit.lua.

-- Names and times a submission by the clock: its member is its entry's number in decimal, its score the milliseconds,
-- and the date field whose slot ends the tuple the moment. That is a whole millisecond which no earlier entry has,
-- unless so many came at once that it would be far ahead.
local function stamp(flags, tuple, tail)
  local MAX_AHEAD_US = 1000000
  local moment = math.max(math.floor(now_us / 1000), math.floor(last_us / 1000) + 1) * 1000
  if moment - now_us < MAX_AHEAD_US then at_us = moment end
  local ms, fields, metadata = math.floor(at_us / 1000), tail_parts(tail, 1)
  local date = struct.pack('>BI2I4I4', string.byte(tuple, -1), 8, 2147483648 + math.floor(at_us / HALF), at_us % HALF)
  local score = struct.pack('>I4I4', math.floor(ms / HALF), ms % HALF)
  if flags < FIELDS_GIVEN then flags = flags + FIELDS_GIVEN end
  local value = string.char(flags) .. score .. string.sub(tuple, 10, -2)
  return flags, string.format('%.0f', at_us), value, tail_of(fields .. date, metadata)
end

-- The id of the entry that a submission to an arcade board is about: the one it names, or a new one that no window has.
local function entry_key(id, tuple, flags)
  if flags % 8 >= ENTRY_GIVEN then return id .. string.sub(tuple, -ENTRY_LENGTH) end
  local key = id .. struct.pack('>I3I4', math.floor(at_us / HALF), at_us % HALF)
  for index = 1, #windows do
    local window = windows[index]
    if not window.records then window.records, window.originals = {}, {} end
    window.records[key] = false
  end
  return key
end

-- Drops the worst of a member's entries where it has more than the board keeps.
local function keep_best(window, id)
  if entry_cap == 0 then return end
  local owner, slot = owner_of(id), is_hidden(window, id) and SHELF or OWNER
  local opening = string.char(slot) .. owner_value(owner)
  local count = redis.call('ZLEXCOUNT', window.values, '[' .. opening, '(' .. opening .. AFTER_PLACES)
  if count <= entry_cap then return end
  for _, worst in ipairs(owned_ids(window.values, slot, owner, true, math.min(count - entry_cap, MAX_DROPPED))) do
    local record = record_in(window, worst)
    discard(window, worst, record, indexed == '1')
    if window.originals[worst] == nil then window.originals[worst] = record end
    window.records[worst] = false
  end
end

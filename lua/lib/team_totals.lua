-- What submissions do to their members' teams; part of submit.lua.

-- What a team's entry becomes in each window, and the share its member then has there. Values are those that its rule
-- makes; where members take along what they brought, so that `moves` says what leaves the team before.
local function team_changes(targets, id, team, value)
  local changes = {}
  for period = 1, #targets do
    local window, brought, share, moves = targets[period].team, value, nil, nil
    if team_moves == '1' then
      local old = record_in(targets[period], id)
      local fields = old and fields_of((tail_parts(old, fixed_length + 1))) or {}
      local before, earlier = fields[team_slot], fields[SHARE]
      share = earlier and added_value(earlier, value, added) or not earlier and value
      if not share then return nil end
      if before and earlier and before ~= team .. '\0' then
        local from = string.sub(before, 1, -2)
        local standing_there = record_in(window, from)
        local left = standing_there and added_value(value_of(standing_there, key_length), earlier, subtracted)
        if standing_there and not left then return nil end
        brought, moves = share, standing_there and {from, left}
      end
    end
    local old = team_rule == 'sum' and record_in(window, team)
    local becomes = old and added_value(value_of(old, key_length), brought, added) or not old and brought
    if not becomes then return nil end
    changes[period] = {window = window, value = becomes, share = share, moves = moves}
  end
  return changes
end

-- Sets a value outright, or offers it by the team's rule.
local function apply_to_team(window, id, value, arrival, how)
  local old = record_in(window, id)
  if not old then
    place(window, id, value .. arrival_now(arrival))
    return
  end
  local old_value = value_of(old, key_length)
  if value == old_value or how == 'best' and not is_better(value, old_value) then return end
  local old_number, old_member = placed(old, key_length, id)
  place(window, id, value .. arrival_now(arrival), old, old_number, old_member)
end

-- The tail of a submission with the member's share after it, or with none: one from before is of another team by now.
local function with_share(tail, share)
  local fields, metadata = tail_parts(tail, 1)
  return tail_of(fields .. struct.pack('>BI2', SHARE, share and #share or REMOVED) .. (share or ''), metadata)
end

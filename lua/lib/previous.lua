-- The score that an entry had before its present one, on boards that keep it: a field that no order of values holds,
-- the score and the arrival of the one that took its place. An entry that changed while it was not kept has another
-- arrival, so that what stands there is known to be older.

local function with_previous(tail, old, arrival)
  local fields, metadata = tail_parts(tail, 1)
  local kept = string.sub(old, 1, 8) .. arrival
  return tail_of(merged_fields(fields, struct.pack('>BI2', PREVIOUS, #kept) .. kept), metadata)
end

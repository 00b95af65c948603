-- The keys of one standing in a window: of its members, or of its teams.

local KEYS_A_STANDING = 5

local function named_keys(key)
  return {
    order = KEYS[key], entries = KEYS[key + 1], distinct = KEYS[key + 2], values = KEYS[key + 3], ties = KEYS[key + 4],
  }
end

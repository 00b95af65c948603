-- Whether the board is the one the caller knows; every answer of a script names the call first.

local function board_fault(board, revision)
  local standing = redis.call('HGET', board, 'revision')
  if not standing then return 'BOARD_NOT_FOUND' end
  if standing ~= revision then return 'BOARD_CHANGED' end
  return nil
end

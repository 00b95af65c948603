-- Whether the board is the one the caller knows, and whether any entry of it has metadata; every answer
-- of a script names the call first.

local function board_fault(board, revision)
  local standing = redis.call('HMGET', board, 'revision', 'metadata')
  if not standing[1] then return 'BOARD_NOT_FOUND' end
  if standing[1] ~= revision then return 'BOARD_CHANGED' end
  return nil, standing[2] == '1'
end

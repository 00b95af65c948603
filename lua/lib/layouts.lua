-- A board's layout text: order a|d, tie_break f|l, rank_style u|c|d, then a|d for each subscore. A capital rank_style
-- marks an arcade board, on which each submission is an entry; what members have on it once (ranges), and teams', come
-- with a small one.

local descending = string.sub(layout, 1, 1) == 'd'
local style = string.lower(string.sub(layout, 3, 3))
local is_arcade = style ~= string.sub(layout, 3, 3)
local key_length = 8 * (#layout - 3) + 7
local fixed_length = 8 + key_length

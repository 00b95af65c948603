-- A board's layout text: order a|d, tie_break f|l, rank_style u|c|d, then a|d for each subscore.

local descending = string.sub(layout, 1, 1) == 'd'
local style = string.sub(layout, 3, 3)
local key_length = 8 * (#layout - 3) + 7
local fixed_length = 8 + key_length

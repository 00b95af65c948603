"""GAMEPOT's leaderboard API, under /gpapps/v2."""

from rankd.compat.gamepot import boards, scores
from rankd.compat.gamepot.doorway import DESCRIPTION, MOUNT, admit, refused
from rankd.http.families import Family

FAMILY = Family("gamepot", [*scores.ROUTES, *boards.ROUTES], admit, refused, (MOUNT,), DESCRIPTION)

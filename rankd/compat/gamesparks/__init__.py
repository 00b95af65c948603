"""GameSparks' callback that the tutorial "Pulling Leaderboard Data Using Python and Rest" sets up, under /callback."""

from rankd.compat.gamesparks.callback import ROUTES
from rankd.compat.gamesparks.doorway import DESCRIPTION, MOUNT, admit, refused
from rankd.http.families import Family

FAMILY = Family("gamesparks", ROUTES, admit, refused, (MOUNT,), DESCRIPTION)

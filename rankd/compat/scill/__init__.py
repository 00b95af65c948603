"""SCILL's API: /api/v2 of its leaderboard document, and /api/v1, which its published clients call."""

from rankd.compat.scill import accounts, events, leaderboards, rankings, resets
from rankd.compat.scill.doorway import DESCRIPTION, MOUNTS, admit, refused
from rankd.http.families import Family

ROUTES = [*leaderboards.ROUTES, *rankings.ROUTES, *resets.ROUTES, *accounts.ROUTES, *events.ROUTES]
FAMILY = Family("scill", ROUTES, admit, refused, MOUNTS, DESCRIPTION)

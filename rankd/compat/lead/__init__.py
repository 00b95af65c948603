"""Lead's leaderboard API, under /lead and /lead/v1."""

from rankd.compat.lead import dumps, fields, scores, usage
from rankd.compat.lead.doorway import DESCRIPTION, MOUNT, NAME, admit, refused
from rankd.http.families import Family

FAMILY = Family(
    NAME, [*scores.ROUTES, *fields.ROUTES, *dumps.ROUTES, *usage.ROUTES], admit, refused, (MOUNT,), DESCRIPTION
)

"""SCILL's resets: of a leaderboard, and of one user's places on all of them."""

from contextlib import suppress
from typing import Any

from rankd.compat.scill.doorway import V1, V2
from rankd.compat.scill.leaderboards import board_ids, for_each_board
from rankd.compat.scill.parameters import member_of
from rankd.domain.entries import WhichEntry
from rankd.errors import EntryNotFound, NotSupported
from rankd.http.endpoints import Answer, Call, Route, answered

DONE = {"status": 200, "message": "OK"}
_TEAM = "a team's entries come of its members' scores, and cannot be reset alone; reset the leaderboard"


async def leaderboard(call: Call) -> Answer:
    """Ends all running periods, and forgets days of spans and the values of sessions."""
    await call.services.boards.empty(call.project, call.param("leaderboardId"))
    return answered(DONE)


async def member(call: Call) -> Answer:
    kind, member_id = member_of(call)
    if kind == "team":
        raise NotSupported(_TEAM)

    async def remove(board_id: str) -> dict[str, Any]:
        with suppress(EntryNotFound):
            await call.services.scores.remove(call.principal, board_id, WhichEntry(member_id))
        return {}

    ids = await board_ids(call)
    while ids:
        await for_each_board(ids, remove)
        ids = await board_ids(call, ids[-1])
    return answered(DONE)


ROUTES = [
    Route("DELETE", V2 + "/leaderboards-reset/{appId}/{leaderboardId}", "scillResetLeaderboardV2Rankings", "admin",
          leaderboard, "Delete all that stands on a leaderboard"),
    Route("DELETE", V1 + "/reset-leaderboard/{memberType}/{appId}/{memberId}", "scillResetLeaderboardRankings", "admin",
          member, "Take a user off all leaderboards of the app"),
]  # fmt: skip

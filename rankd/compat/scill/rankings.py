"""SCILL's reads of one member's place: on one leaderboard, or on all of an app."""

from collections.abc import Callable
from typing import Any, Literal

from rankd.compat.scill.doorway import V1, V2
from rankd.compat.scill.leaderboards import board_as_asked, board_ids, for_each_board, where_days_are
from rankd.compat.scill.parameters import Asked, asked, member_of
from rankd.compat.scill.rows import absent_v1, absent_v2, member_v1, member_v2, ranking_v1, ranking_v2
from rankd.domain.boards import Board
from rankd.domain.entries import Entry
from rankd.domain.queries import EntryQuery
from rankd.errors import EntryNotFound, ValidationFailed
from rankd.http.endpoints import Answer, Call, Route, answered

# The type and id of the member asked about.
Who = tuple[Literal["user", "team"], str]
# A leaderboard and the entry of the member on it, if it has one, as the answer has them.
Shape = Callable[[Board, str, str, str, Entry | None], dict[str, Any]]


def _shape_v1(board: Board, name: str, kind: str, member: str, entry: Entry | None) -> dict[str, Any]:
    return ranking_v1(board, name, member_v1(kind, entry) if entry else absent_v1(kind, member))


def _shape_v2(board: Board, name: str, kind: str, member: str, entry: Entry | None) -> dict[str, Any]:
    return ranking_v2(board, name, member_v2(board, kind, entry) if entry else absent_v2(kind, member))


async def _entry(call: Call, board: Board, kind: Literal["user", "team"], member: str, query: Asked) -> Entry | None:
    """The member's entry, or None where it has none or the leaderboard has no teams."""
    wanted = {"member_type": kind, **query.span(board)}
    if member == call.principal.member and kind == "user":
        wanted["viewer"] = member
    try:
        found = await call.services.ranks.entry(call.project, board.id, member, EntryQuery.model_validate(wanted))
    except EntryNotFound:
        return None
    except ValidationFailed as refused:
        if any(fault.get("parameter") == "member_type" for fault in refused.faults or ()):
            return None
        raise
    return found.entry


async def _ranking(call: Call, board: Board, query: Asked, who: Who, shape: Shape) -> dict[str, Any]:
    entry = await _entry(call, board, *who, query)
    board, _ = await call.services.boards.known(call.project, board.id)  # the one that was read
    return shape(board, query.name_of(board), *who, entry)


async def _rankings(call: Call, shape: Shape) -> Answer:
    query, who = asked(call), member_of(call)
    read = where_days_are(
        call,
        query,
        lambda board: _ranking(call, board, query, who, shape),
        lambda board: shape(board, query.name_of(board), *who, None),
    )
    return answered(await for_each_board(await board_ids(call), read))


async def _one(call: Call, shape: Shape) -> Answer:
    query, who = asked(call), member_of(call)
    board = await board_as_asked(call, call.param("leaderboardId"), query)
    return answered(await _ranking(call, board, query, who, shape))


async def one_v1(call: Call) -> Answer:
    return await _one(call, _shape_v1)


async def one_v2(call: Call) -> Answer:
    return await _one(call, _shape_v2)


async def all_v1(call: Call) -> Answer:
    return await _rankings(call, _shape_v1)


async def all_v2(call: Call) -> Answer:
    return await _rankings(call, _shape_v2)


_MEMBER = "/leaderboards-members/{memberType}/{memberId}"

ROUTES = [
    Route("GET", V2 + _MEMBER + "/{leaderboardId}", "scillGetLeaderboardV2Ranking", "read", one_v2,
          "A member's place on a leaderboard", query=Asked),
    Route("GET", V2 + _MEMBER, "scillGetLeaderboardV2Rankings", "read", all_v2,
          "A member's place on all leaderboards of the app", query=Asked),
    Route("GET", V1 + _MEMBER + "/{leaderboardId}", "scillGetLeaderboardRanking", "read", one_v1,
          "A member's place on a leaderboard", query=Asked),
    Route("GET", V1 + _MEMBER, "scillGetLeaderboardRankings", "read", all_v1,
          "A member's place on all leaderboards of the app", query=Asked),
]  # fmt: skip

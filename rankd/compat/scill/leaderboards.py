"""SCILL's reads of leaderboards: one, or all of an app, with the rows of teams and of users."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from rankd.compat.scill.doorway import V1, V2
from rankd.compat.scill.parameters import Asked, asked
from rankd.compat.scill.rows import Shown, leaderboard_v1, leaderboard_v2, shown
from rankd.domain.boards import Board
from rankd.domain.queries import PageQuery
from rankd.errors import BoardNotFound, ValidationFailed
from rankd.http.endpoints import Answer, Call, Route, answered

# Of an app at most so many leaderboards are listed, and so many rows of a type among them.
MAX_BOARDS = 1000
MAX_ROWS = 50_000
_STEP = 20
NOBODY: Shown = ([], 0)
Row = dict[str, Any]
Read = Callable[[Board], Awaitable[Row]]
Shape = Callable[..., Row]


async def for_each_board(ids: Sequence[str], read: Callable[[str], Awaitable[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What is read of each of an app's leaderboards, by their ids; some at a time."""
    found: list[dict[str, Any]] = []

    async def read_one(board_id: str) -> dict[str, Any] | None:
        try:
            return await read(board_id)
        except BoardNotFound:  # deleted meanwhile
            return None

    for start in range(0, len(ids), _STEP):
        step = await asyncio.gather(*[read_one(board_id) for board_id in ids[start : start + _STEP]])
        found += [one for one in step if one is not None]
    return found


async def board_ids(call: Call, place: str = "") -> list[str]:
    """The ids of the app's leaderboards in order, as many as are listed, from behind a place on."""
    return (await call.services.boards.list_ids(call.project, MAX_BOARDS, "after", place)).ids


async def board_as_asked(call: Call, board_id: str, query: Asked) -> Board:
    """The board that a query is held against: read anew where it is about days, which boards keep or not.

    Otherwise as this process knows it; what is read of it then tells whether it is still the same.
    """
    boards = call.services.boards
    if query.names_days or query.aggregate:
        return await boards.get(call.project, board_id)
    return (await boards.known(call.project, board_id))[0]


def where_days_are(
    call: Call, query: Asked, read: Read, nobody: Callable[[Board], Row]
) -> Callable[[str], Awaitable[Row]]:
    """What reads a leaderboard by its id; one that has no day to show, where days are asked for, with nobody on it."""

    async def read_one(board_id: str) -> Row:
        board = await board_as_asked(call, board_id, query)
        return nobody(board) if query.names_days and not board.ranges.keep_days else await read(board)

    return read_one


async def _leaderboard(call: Call, board: Board, query: Asked, shape: Shape) -> dict[str, Any]:
    wanted = {"limit": query.limit, "offset": query.offset, **query.span(board)}
    ranks = call.services.ranks
    page = await ranks.page(call.project, board.id, PageQuery.model_validate(wanted))
    teams = NOBODY
    if page.board.has_teams:
        teams = shown(
            await ranks.page(call.project, board.id, PageQuery.model_validate({**wanted, "member_type": "team"}))
        )
    return shape(page.board, query.name_of(page.board), teams, shown(page))


async def _leaderboards(call: Call, shape: Shape) -> Answer:
    query = asked(call)
    ids = await board_ids(call)
    if len(ids) * query.limit > MAX_ROWS:
        detail = f"is too much for so many leaderboards: they would be more than {MAX_ROWS} rows; take fewer a page"
        raise ValidationFailed(faults=[{"parameter": "pageSize", "detail": detail}])

    read = where_days_are(
        call,
        query,
        lambda board: _leaderboard(call, board, query, shape),
        lambda board: shape(board, query.name_of(board), NOBODY, NOBODY),
    )
    return answered(await for_each_board(ids, read))


async def _one(call: Call, shape: Shape) -> Answer:
    query = asked(call)
    board = await board_as_asked(call, call.param("leaderboardId"), query)
    return answered(await _leaderboard(call, board, query, shape))


async def one_v1(call: Call) -> Answer:
    return await _one(call, leaderboard_v1)


async def one_v2(call: Call) -> Answer:
    return await _one(call, leaderboard_v2)


async def all_v1(call: Call) -> Answer:
    return await _leaderboards(call, leaderboard_v1)


async def all_v2(call: Call) -> Answer:
    return await _leaderboards(call, leaderboard_v2)


ROUTES = [
    Route("GET", V2 + "/leaderboards/{leaderboardId}", "scillGetLeaderboardV2", "read", one_v2,
          "A leaderboard with a page of teams and one of users", query=Asked),
    Route("GET", V2 + "/leaderboards", "scillGetLeaderboardsV2", "read", all_v2, "All leaderboards of the app",
          query=Asked),
    Route("GET", V1 + "/leaderboards/{leaderboardId}", "scillGetLeaderboard", "read", one_v1,
          "A leaderboard with a page of teams and one of users", query=Asked),
    Route("GET", V1 + "/leaderboards", "scillGetLeaderboards", "read", all_v1, "All leaderboards of the app",
          query=Asked),
]  # fmt: skip

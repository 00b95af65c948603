"""GAMEPOT's routes of leaderboards: information, and making, editing and deleting one."""

import asyncio
from typing import Any

from rankd.compat.gamepot.definitions import BoardBody, NewBoardBody, board_shape, edited_settings, new_settings
from rankd.compat.gamepot.doorway import MOUNT
from rankd.compat.gamepot.parameters import Paged, board_in_path, parameters, read
from rankd.domain.boards import Board, BoardSettings
from rankd.domain.queries import PageQuery
from rankd.errors import BoardNotFound
from rankd.http.codec import decode_pairs, decode_percent, validated
from rankd.http.endpoints import Answer, Call, Route, answered

BOARDS, BOARD = MOUNT + "/leaderboards", MOUNT + "/leaderboards/{leaderboardId}"
ALSO_BOARDS, ALSO_BOARD = MOUNT + "/leaderboard", MOUNT + "/leaderboard/{leaderboardId}"
MAX_BOARDS = 100
_IDS_A_CALL = 1000
_ONE_ROW = PageQuery.model_validate({"limit": 1})


async def listed(call: Call) -> Answer:
    """The project's boards, by id; of the manual's spelling `leaderboards?/{id}?...` the one it names."""
    raw: bytes = call.scope["query_string"]
    if raw.startswith(b"/"):
        named, _, rest = raw[1:].partition(b"?")
        call.params = {"leaderboardId": decode_percent(named)}
        query = validated(Paged, dict(decode_pairs(rest)))
        return await _one(call, query)
    query = await read(call, Paged)
    ids = await _ids(call, query.offset, min(query.per_page, MAX_BOARDS))
    shapes = await asyncio.gather(*[_shape_with_count(call, board_id) for board_id in ids])
    return answered([shape for shape in shapes if shape is not None])


async def get(call: Call) -> Answer:
    return await _one(call, await read(call, Paged))


async def _one(call: Call, query: Paged) -> Answer:
    """An array of one, as an array is what the other call answers; Raises BoardNotFound."""
    board_id = board_in_path(call)
    shape = await _shape_with_count(call, board_id)
    if shape is None:
        raise BoardNotFound(f"there is no leaderboard {board_id!r}")
    return answered([shape][query.offset : query.offset + query.per_page])


async def _ids(call: Call, offset: int, count: int) -> list[str]:
    """Ids of boards from a place on; those before it are walked over, a thousand a call."""
    found: list[str] = []
    place = ""
    while count:
        page = await call.services.boards.list_ids(call.project, min(offset + count, _IDS_A_CALL), "after", place)
        found += page.ids[offset : offset + count - len(found)]
        offset = max(offset - len(page.ids), 0)
        if len(found) == count or not page.ids or page.first + len(page.ids) >= page.total:
            break
        place = page.ids[-1]
    return found


async def _shape_with_count(call: Call, board_id: str) -> dict[str, Any] | None:
    """A board with the number of its users in the running period; None where it has gone."""
    try:
        page = await call.services.ranks.page(call.project, board_id, _ONE_ROW)
    except BoardNotFound:
        return None
    shape = board_shape(call.project, page.board, page.total)
    return {name: value for name, value in shape.items() if name not in ("createdAt", "updatedAt")}


async def create(call: Call) -> Answer:
    wanted = validated(NewBoardBody, await parameters(call))
    board = await call.services.boards.create(call.project, wanted.id, new_settings(wanted))
    return _changed(call, board)


async def edit(call: Call) -> Answer:
    board_id = board_in_path(call)
    changes = await read(call, BoardBody)

    def merged(present: Board) -> BoardSettings:
        return edited_settings(changes, present)

    return _changed(call, await call.services.boards.patch(call.project, board_id, merged))


async def delete(call: Call) -> Answer:
    board_id = board_in_path(call)
    board = await call.services.boards.get(call.project, board_id)
    await call.services.boards.delete(call.project, board_id)
    return _changed(call, board)


def _changed(call: Call, board: Board) -> Answer:
    return answered({"leaderboard": board_shape(call.project, board, None)})


ROUTES = [
    Route("GET", BOARDS, "gamepotListLeaderboards", "read", listed, "Leaderboards with their user counts",
          query=Paged, also=(ALSO_BOARDS,)),
    Route("GET", BOARD, "gamepotGetLeaderboard", "read", get, "One leaderboard with its user count",
          query=Paged, also=(ALSO_BOARD,)),
    Route("POST", BOARDS, "gamepotCreateLeaderboard", "admin", create, "Make a leaderboard", body=NewBoardBody,
          also=(ALSO_BOARDS,)),
    Route("PUT", BOARD, "gamepotEditLeaderboard", "admin", edit, "Change what is sent of a leaderboard",
          body=BoardBody, also=(ALSO_BOARD,)),
    Route("DELETE", BOARD, "gamepotDeleteLeaderboard", "admin", delete, "Delete a leaderboard with its scores",
          also=(ALSO_BOARD,)),
]  # fmt: skip

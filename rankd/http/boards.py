"""Routes of board definitions."""

from collections.abc import Mapping
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict

from rankd.domain.boards import ID_PATTERN, ID_RULE, NOT_SUPPORTED, Board, BoardSettings
from rankd.domain.queries import CursorQuery, Query
from rankd.errors import ValidationFailed
from rankd.http.codec import encode, validated
from rankd.http.endpoints import Answer, Call, Route, answered, link_headers, with_replay
from rankd.http.scores import BOARD
from rankd.http.shapes import board_shape

READ_ONLY = ("created_at", "updated_at", "version")


class ResetBody(BaseModel):
    """What POST /reset takes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    period: Literal["all"] | None = None


def _board_id(call: Call) -> str:
    board_id = call.param("board")
    if not ID_PATTERN.fullmatch(board_id):
        raise ValidationFailed(faults=[{"parameter": "board", "detail": f"not an id: {ID_RULE}"}])
    return board_id


def _settings(value: Any, board_id: str) -> BoardSettings:
    """Settings from a body; it may repeat the id of the path."""
    if isinstance(value, Mapping) and value.get("id") == board_id:
        value = {name: item for name, item in value.items() if name != "id"}
    return validated(BoardSettings, value, NOT_SUPPORTED)


async def _without_unchanged(call: Call, value: Any) -> Any:
    """A body without what only rankd sets, where it is as it stands: so what GET gave can be PUT back."""
    given = [name for name in READ_ONLY if isinstance(value, dict) and name in value]
    if not given:
        return value
    standing = orjson.loads(encode(board_shape(await call.services.boards.get(call.project, call.param("board")))))
    faults = [
        {"pointer": f"/{name}", "detail": "is set by rankd alone; leave it out"}
        for name in given
        if value[name] != standing[name]
    ]
    if faults:
        raise ValidationFailed(faults=faults)
    return {name: item for name, item in value.items() if name not in READ_ONLY}


async def put(call: Call) -> Answer:
    call.query(Query)
    board_id = _board_id(call)
    settings = _settings(await _without_unchanged(call, await call.json()), board_id)
    board, is_new = await call.services.boards.put(call.project, board_id, settings)
    return answered(board_shape(board), 201 if is_new else 200)


async def patch(call: Call) -> Answer:
    call.query(Query)
    board_id = _board_id(call)
    value = await _without_unchanged(call, await call.json())
    if not isinstance(value, dict):
        raise ValidationFailed(faults=[{"pointer": "", "detail": "must be an object"}])

    def merged(present: Board) -> BoardSettings:
        standing = {name: getattr(present, name) for name in BoardSettings.model_fields}
        standing["subscores"] = [subscore.model_dump() for subscore in present.subscores]
        return _settings({**standing, **value}, board_id)

    return answered(board_shape(await call.services.boards.patch(call.project, board_id, merged)))


async def get(call: Call) -> Answer:
    call.query(Query)
    return answered(board_shape(await call.services.boards.get(call.project, call.param("board"))))


async def delete(call: Call) -> Answer:
    call.query(Query)
    await call.services.boards.delete(call.project, call.param("board"))
    return Answer(204)


async def listed(call: Call) -> Answer:
    query = call.query(CursorQuery)
    boards, total, following, previous = await call.services.boards.page(call.project, query)
    value = {"boards": [board_shape(board) for board in boards], "total": total, "next": following, "prev": previous}
    return answered(value, headers=link_headers(call, following, previous))


async def reset(call: Call) -> Answer:
    call.query(Query)
    if call.has_unread_body:
        await call.model(ResetBody, {"archive": False})
    board_id = call.param("board")
    operation = call.operation()
    named = operation.named(call.project, f"{board_id} 0") if operation else b""
    removed, is_replay = await call.services.boards.reset(call.project, board_id, named)
    return with_replay(answered({"board": board_id, "removed": removed}), is_replay)


ROUTES = [
    Route("GET", "/v1/boards", "listBoards", "read", listed, "The project's boards", query=CursorQuery),
    Route("PUT", BOARD, "putBoard", "admin", put, "Create a board or replace its settings", body=BoardSettings,
          query=Query, success=(200, 201)),
    Route("PATCH", BOARD, "patchBoard", "admin", patch, "Change some settings of a board",
          body=BoardSettings, query=Query),
    Route("GET", BOARD, "getBoard", "read", get, "A board's settings", query=Query),
    Route("DELETE", BOARD, "deleteBoard", "admin", delete, "Delete a board and everything on it",
          query=Query, success=(204,)),
    Route("POST", BOARD + "/reset", "resetBoard", "admin", reset, "Empty a board", body=ResetBody, query=Query,
          needs_body=False, takes_operation=True),
]  # fmt: skip

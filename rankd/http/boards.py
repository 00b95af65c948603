"""Routes of board definitions."""

from collections.abc import Collection, Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

from rankd.domain.boards import ID_PATTERN, ID_RULE, Board, BoardSettings
from rankd.domain.periods import PeriodType
from rankd.domain.queries import CursorQuery, Query
from rankd.errors import BoardNotFound, ValidationFailed
from rankd.http.codec import encode, validated
from rankd.http.endpoints import Answer, Call, Route, answered, link_headers, with_replay
from rankd.http.scores import BOARD
from rankd.http.shapes import board_shape, listed_period_shape

# Of these, PATCH keeps what is not given.
NESTED = ("reset", "ranges")
READ_ONLY = ("created_at", "updated_at", "version")


class ResetBody(BaseModel):
    """What POST /reset takes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    period: PeriodType | None = Field(
        default=None, description="the one to reset; all running ones where it is left out"
    )
    archive: bool = Field(default=False, description="keep what was reset, under the period's id and ~1, ~2 ...")


def _board_id(call: Call) -> str:
    board_id = call.param("board")
    if not ID_PATTERN.fullmatch(board_id):
        raise ValidationFailed(faults=[{"parameter": "board", "detail": f"not an id: {ID_RULE}"}])
    return board_id


def _settings(value: Any, board_id: str) -> BoardSettings:
    """Settings from a body; it may repeat the id of the path."""
    if not isinstance(value, Mapping) or "id" not in value:
        return validated(BoardSettings, value)
    rest = _without(value, ("id",))
    if value["id"] == board_id:
        return validated(BoardSettings, rest)
    faults = [{"pointer": "/id", "detail": f"is not the board of the URL; leave it out, or write {board_id!r}"}]
    try:
        validated(BoardSettings, rest)
    except ValidationFailed as refused:
        faults += refused.faults or []
    raise ValidationFailed(faults=faults)


async def _without_unchanged(call: Call, value: Any) -> Any:
    """A body without what only rankd sets, where it is as it stands: so what GET gave can be PUT back.

    Where there is no such board nothing stands that it could differ from: the answer of a board that was deleted, or of
    another server, makes it anew.
    """
    given = [name for name in READ_ONLY if isinstance(value, dict) and name in value]
    if not given:
        return value
    try:
        board = await call.services.boards.get(call.project, call.param("board"))
    except BoardNotFound:
        return _without(value, given)
    standing = orjson.loads(encode(board_shape(board)))
    faults = [
        {"pointer": f"/{name}", "detail": "is set by rankd alone; leave it out"}
        for name in given
        if value[name] != standing[name]
    ]
    if faults:
        raise ValidationFailed(faults=faults)
    return _without(value, given)


def _without(value: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: item for name, item in value.items() if name not in names}


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
        standing = present.model_dump(mode="json", include=set(BoardSettings.model_fields))
        nested = {name: {**standing[name], **value[name]} for name in NESTED if isinstance(value.get(name), dict)}
        return _settings({**standing, **value, **nested}, board_id)

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
    body = await call.model(ResetBody) if call.has_unread_body else ResetBody()
    board_id = call.param("board")
    operation = call.operation()
    named = operation.named(call.project, f"{board_id} 0") if operation else b""
    windows, is_replay = await call.services.boards.reset(
        call.project, board_id, body.period, named, archives=body.archive
    )
    periods = [{"type": one.type, "id": one.id, "removed": one.removed, "archive": one.archive} for one in windows]
    value = {"board": board_id, "removed": windows[0].removed, "periods": periods}
    return with_replay(answered(value), is_replay)


async def periods(call: Call) -> Answer:
    call.query(Query)
    board_id = call.param("board")
    listed = await call.services.periods.listed(call.project, board_id)
    return answered({"board": board_id, "periods": [listed_period_shape(one) for one in listed]})


ROUTES = [
    Route("GET", "/v1/boards", "listBoards", "read", listed, "The project's boards", query=CursorQuery),
    Route("PUT", BOARD, "putBoard", "admin", put, "Create a board or replace its settings", body=BoardSettings,
          query=Query, success=(200, 201)),
    Route("PATCH", BOARD, "patchBoard", "admin", patch, "Change some settings of a board",
          body=BoardSettings, query=Query),
    Route("GET", BOARD, "getBoard", "read", get, "A board's settings", query=Query),
    Route("DELETE", BOARD, "deleteBoard", "admin", delete, "Delete a board and everything on it",
          query=Query, success=(204,)),
    Route("GET", BOARD + "/periods", "listPeriods", "read", periods, "The running and kept periods of a board",
          query=Query),
    Route("POST", BOARD + "/reset", "resetBoard", "admin", reset, "End running periods early, archived or not",
          body=ResetBody, query=Query, needs_body=False, takes_operation=True),
]  # fmt: skip

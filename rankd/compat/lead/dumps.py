"""Lead's dump: all an app has, hidden scores and fields too, sent while it is read."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from rankd.compat.lead.columns import BOARD, ID, PLAYED, SUBMISSION, columns_of
from rankd.compat.lead.doorway import APP, both, streamed
from rankd.domain.boards import Board
from rankd.domain.entries import Entry
from rankd.domain.queries import CursorQuery, EntryQuery, ExportQuery
from rankd.errors import BoardNotFound, EntryNotFound
from rankd.http.codec import encode
from rankd.http.endpoints import Answer, Call, Route

_BANS_A_STEP = 50
_NATIVE = (ID, SUBMISSION, *PLAYED)


class DumpQuery(BaseModel):
    """Who asks."""

    model_config = ConfigDict(extra="ignore")

    adminKey: str


async def dump(call: Call) -> Answer:
    try:
        board = await call.services.boards.get(call.project, BOARD)
    except BoardNotFound:
        return streamed(_whole(call, None))
    return streamed(_whole(call, board))


async def _whole(call: Call, board: Board | None) -> AsyncIterator[bytes]:
    """The JSON of a dump. The scores are walked twice, so that none of it has to be held."""
    fields = [] if board is None else _fields(call.project, board)
    for opening, rows in (
        (b'{"score":[', _scores(call, board)),
        (b'],"field":[', _one_step(fields)),
        (b'],"score_field":[', _values(call, board)),
    ):
        yield opening
        comma = b""
        async for step in rows:
            if step:
                yield comma + encode(step)[1:-1]
                comma = b","
    yield b"]}"


async def _one_step(rows: list[dict[str, Any]]) -> AsyncIterator[list[dict[str, Any]]]:
    yield rows


def _fields(appid: str, board: Board) -> list[dict[str, Any]]:
    hidden = {rule.name: rule.hidden for rule in board.fields}
    return [
        {"appid": appid, "name": one.name, "type": one.type, "hidden": hidden[one.name]}
        for one in columns_of(board, with_hidden=True).values()
        if one.name not in _NATIVE
    ]


async def _scores(call: Call, board: Board | None) -> AsyncIterator[list[dict[str, Any]]]:
    async for entries, is_hidden in _entries(call, board):
        yield [
            {
                ID: entry.entry_id,
                "appid": call.project,
                SUBMISSION: entry.at_us // 1000,
                "win": entry.fields.get("win"),
                "ip": "",  # not kept
                "board": entry.fields.get("board"),
                "hidden": is_hidden,
                "mods": entry.fields.get("mods"),
                "cheats": entry.fields.get("cheats"),
            }
            for entry in entries
        ]


async def _values(call: Call, board: Board | None) -> AsyncIterator[list[dict[str, Any]]]:
    """The values of custom fields, those of hidden fields too; what is null is left out."""
    columns = {} if board is None else columns_of(board, with_hidden=True)
    custom = [one for one in columns.values() if one.name not in _NATIVE]
    async for entries, _ in _entries(call, board):
        yield [
            {ID: entry.entry_id, "appid": call.project, "name": one.name, "value": one.dumped(value)}
            for entry in entries
            for one in custom
            if (value := entry.fields.get(one.name, entry.hidden_fields.get(one.name))) is not None
        ]


async def _entries(call: Call, board: Board | None) -> AsyncIterator[tuple[Sequence[Entry], bool]]:
    """All rows of an app, some at a time, and whether they are hidden: those that stand first, by their ids."""
    if board is None:
        return
    export = await call.services.exports.begun(call.project, BOARD, ExportQuery.model_validate({}))
    async for entries in export.steps:
        yield entries, False
    cursor: str | None = None
    while True:
        query = CursorQuery.model_validate({"limit": _BANS_A_STEP, **({"cursor": cursor} if cursor else {})})
        bans, cursor = await call.services.bans.listed(call.project, query)
        members = [member for member, ban in bans if ban.mode_on(BOARD) == "hide"]
        found = await asyncio.gather(*[_own_entry(call, member) for member in members])
        yield [entry for entry in found if entry], True
        if cursor is None:
            return


async def _own_entry(call: Call, member: str) -> Entry | None:
    """What a hidden member has, which for an app's rows is one entry."""
    query = EntryQuery.model_validate({"viewer": member})
    try:
        return (await call.services.ranks.bare_entry(call.project, BOARD, member, query)).entry
    except EntryNotFound:
        return None


DUMP = APP + "/dump"
ROUTES = [
    Route("GET", DUMP, "leadDump", "admin", dump, "All of an app, hidden scores and fields too", query=DumpQuery,
          gives=("application/json",), also=both(DUMP)),
]  # fmt: skip

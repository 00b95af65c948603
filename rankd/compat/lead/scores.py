"""Lead's routes of scores: list, add, and hiding one or showing it again."""

from collections.abc import AsyncIterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from rankd.compat.lead.apps import Unprepared, demand_rows, prepare
from rankd.compat.lead.columns import BOARD, ID, REQUIRED, SUBMISSION, Column, Rows, columns_of
from rankd.compat.lead.doorway import APP, both, given, parameters, streamed
from rankd.compat.lead.lists import ROWS_A_PAGE, ListQuery, pages, wanted_of
from rankd.domain.bans import Ban
from rankd.domain.boards import Board
from rankd.domain.entries import Submission
from rankd.domain.fields import FieldValue
from rankd.domain.queries import EntryQuery
from rankd.errors import BanNotFound, BoardNotFound, EntryNotFound
from rankd.http.codec import encode
from rankd.http.endpoints import OPEN, Answer, Call, Route, with_replay

_MAX_TRIES = 4


class NewScoreForm(BaseModel):
    """A score to be added; custom fields come by their own names."""

    model_config = ConfigDict(extra="allow")

    writeKey: str
    win: str
    board: str
    mods: str = ""
    cheats: str = ""


class ScoreForm(BaseModel):
    """A score by its id."""

    model_config = ConfigDict(extra="ignore")

    adminKey: str
    id: int


async def listed(call: Call) -> Answer:
    wanted = wanted_of(call)
    found = pages(call, wanted)
    if wanted.count > ROWS_A_PAGE:
        first: list[dict[str, Any]] = await anext(found, [])
        return streamed(_array(first, found))
    return given([shown async for rows in found for shown in rows])


async def _array(first: list[dict[str, Any]], rest: AsyncIterator[list[dict[str, Any]]]) -> AsyncIterator[bytes]:
    """A JSON array, sent as it is read."""
    opening = b"["
    for shown in first:
        yield opening + encode(shown)
        opening = b","
    async for rows in rest:
        if rows:
            yield opening + encode(rows)[1:-1]
            opening = b","
    yield b"[]" if opening == b"[" else b"]"


async def add(call: Call) -> Answer:
    """Adds a score: what is not sent has its type's default, what the app does not know is ignored."""
    form = await parameters(call, *REQUIRED)
    made: dict[str, Any] = {}

    def submission(board: Board) -> Submission:
        demand_rows(board)
        values = {one.name: _value(one, form) for one in columns_of(board).values() if one.name != SUBMISSION}
        made["values"] = {name: value for name, value in values.items() if value is not None}
        made["board"] = board
        return Submission("", 0, fields=made["values"], stamped=SUBMISSION)

    operation = call.operation()
    for _ in range(_MAX_TRIES):
        try:
            placing, is_replay = await call.services.scores.submit_fitted(call.principal, BOARD, submission, operation)
            break
        except (Unprepared, BoardNotFound):
            await prepare(call)
    shown = Rows(made["board"]).row(placing.entry_id or 0, placing.at_us, made["values"])
    return with_replay(given(shown), is_replay)


def _value(column: Column, form: dict[str, str]) -> FieldValue | None:
    text = form.get(column.name)
    return column.omitted() if text is None else column.read(text)


async def hide(call: Call) -> Answer:
    """Takes a score out of every list; natively its member is hidden on the board."""
    member = await _member(call)
    try:
        await call.services.ranks.bare_entry(call.project, BOARD, member, EntryQuery.model_validate({}))
    except (EntryNotFound, BoardNotFound):
        return given({})
    await call.services.bans.put(call.project, member, Ban(mode="hide", boards=[BOARD]))
    return given({})


async def show(call: Call) -> Answer:
    """Puts a score that was hidden back where it was."""
    member = await _member(call)
    try:
        ban = await call.services.bans.get(call.project, member)
    except BanNotFound:
        return given({})
    if ban.mode_on(BOARD) == "hide":
        await call.services.bans.lift(call.project, member)
    return given({})


async def _member(call: Call) -> str:
    """The member that the row of an id is. Raises BadRequest, ValidationFailed."""
    entry_id = Column(ID, "long").read((await parameters(call, ID))[ID])
    return str(entry_id)


LIST, ADD, HIDE, SHOW = APP + "/list", APP + "/add", APP + "/del-score", APP + "/restore-score"
ROUTES = [
    Route("GET", LIST, "leadListScores", OPEN, listed, "An app's scores, filtered and sorted", query=ListQuery,
          also=both(LIST)),
    Route("POST", ADD, "leadAddScore", "write", add, "Add a score to an app", body=NewScoreForm, also=both(ADD),
          takes_operation=True),
    Route("POST", HIDE, "leadDeleteScore", "admin", hide, "Hide a score", body=ScoreForm, also=both(HIDE)),
    Route("POST", SHOW, "leadRestoreScore", "admin", show, "Show a hidden score again", body=ScoreForm,
          also=both(SHOW)),
]  # fmt: skip

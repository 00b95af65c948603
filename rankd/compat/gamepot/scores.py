"""GAMEPOT's routes of scores, which it calls leaderboard logs."""

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from rankd.compat.gamepot.doorway import MOUNT
from rankd.compat.gamepot.parameters import BoardId, Paged, board_in_path, read
from rankd.compat.gamepot.rows import log, row
from rankd.domain.entries import ONLY_SUBSCORE, Submission, WhichEntry
from rankd.domain.numbers import Int64, to_int64
from rankd.domain.periods import PeriodName
from rankd.domain.queries import EntryQuery, PageQuery
from rankd.domain.submissions import Member, Metadata, metadata_text, to_member
from rankd.errors import EntryNotFound, ValidationFailed
from rankd.http.endpoints import Answer, Call, Route, answered, with_replay
from rankd.service.pages import FoundEntry

LOGS = MOUNT + "/leaderboardlogs"
_ANY = EntryQuery.model_validate({})
_RANGE = re.compile(r"\s*(-?[0-9]+)\s*-\s*(-?[0-9]+)\s*")


class NewLog(BaseModel):
    """A score to be registered."""

    model_config = ConfigDict(extra="ignore")

    leaderboardId: BoardId
    userId: Member
    score: Int64 = 0
    subscore: Int64 = 0
    metadata: Metadata = Field("", description="any text")

    @field_validator("metadata")
    @classmethod
    def _text(cls, value: Any) -> str:
        if type(value) is not str:
            raise ValueError("must be text; put JSON into a string")
        return value


class LogsQuery(Paged):
    """Which scores to list."""

    leaderboardId: BoardId
    search: Literal["user_id", "score"] | None = None
    query: str | None = Field(None, description="a user id, or a range of scores such as 99-120", validate_default=True)

    @field_validator("query")
    @classmethod
    def _searched(cls, text: str | None, info: ValidationInfo) -> str | None:
        search = info.data.get("search")
        if search and text is None:
            raise ValueError("is needed with search")
        if search == "user_id":
            to_member(text or "")
        elif search == "score":
            _range(text or "")
        return text


class LogNames(BaseModel):
    """Whose score to delete."""

    model_config = ConfigDict(extra="ignore")

    leaderboardId: BoardId
    userId: Member


def _range(text: str) -> tuple[int, int]:
    """The scores of a range, both included. Raises ValueError."""
    found = _RANGE.fullmatch(text)
    if found is None:
        raise ValueError("give the least and the greatest score, such as 99-120 or -50--10")
    return to_int64(int(found[1])), to_int64(int(found[2]))


async def register(call: Call) -> Answer:
    wanted = await read(call, NewLog)
    board_id = wanted.leaderboardId
    subscores = {ONLY_SUBSCORE: wanted.subscore} if wanted.subscore else None
    text = metadata_text(wanted.metadata) if "metadata" in wanted.model_fields_set else None
    submission = Submission(wanted.userId, wanted.score, subscores, text)
    placing, is_replay = await call.services.scores.submit_one(call.principal, board_id, submission, call.operation())
    board, calendar = await call.services.boards.known(call.project, board_id)
    window = calendar.named(PeriodName(calendar.first, placing.period), placing.at_us)
    shape = log(call.project, board, placing, wanted.metadata, window.end_us if window else None)
    return with_replay(answered({"leaderboardlog": shape}), is_replay)


async def listed(call: Call) -> Answer:
    query = await read(call, LogsQuery)
    if query.search == "user_id":
        return answered((await _rows_of(call, query))[query.offset : query.offset + query.per_page])
    asked: dict[str, Any] = {"limit": query.per_page or 1, "offset": query.offset}
    if query.search == "score":
        least, greatest = _range(query.query or "")
        if least > greatest:
            await call.services.boards.get(call.project, query.leaderboardId)
            return answered([])
        asked |= {"score_min": least, "score_max": greatest}
    page = await call.services.ranks.page(call.project, query.leaderboardId, PageQuery.model_validate(asked))
    ends_us = page.period.window.end_us
    rows = [row(call.project, page.board, entry, ends_us) for entry in page.entries]
    return answered(rows[: query.per_page])


async def _rows_of(call: Call, query: LogsQuery) -> list[dict[str, Any]]:
    """A user's row, or none where the user has no score."""
    try:
        return [(await _found(call, query.leaderboardId, query.query or ""))[0]]
    except EntryNotFound:
        return []


async def _found(call: Call, board_id: str, member: str) -> tuple[dict[str, Any], FoundEntry]:
    """A user's row, and the entry it is of. Raises EntryNotFound."""
    found = await call.services.ranks.entry(call.project, board_id, member, _ANY)
    board, _ = await call.services.boards.known(call.project, board_id)
    return row(call.project, board, found.entry, found.period.window.end_us), found


async def one(call: Call) -> Answer:
    """One user's score, with the number of users and the score before."""
    try:
        member = to_member(call.param("userId"))
    except ValueError as error:
        raise ValidationFailed(faults=[{"parameter": "userId", "detail": str(error)}]) from None
    shape, found = await _found(call, board_in_path(call), member)
    return answered({**shape, "prev_score": found.entry.previous_score, "user_count": found.total})


async def delete(call: Call) -> Answer:
    """Deletes a user's score in all running periods; answers what it was."""
    wanted = await read(call, LogNames)
    shape, _ = await _found(call, wanted.leaderboardId, wanted.userId)
    await call.services.scores.remove(call.principal, wanted.leaderboardId, WhichEntry(wanted.userId))
    return answered([{name: value for name, value in shape.items() if name != "rank"}])


_USER, _USER_TOO = "/user/{userId}", "/user{userId}"
_ALONE, _PLURAL = MOUNT + "/leaderboard/{leaderboardId}", MOUNT + "/leaderboards/{leaderboardId}"

ROUTES = [
    Route("POST", LOGS, "gamepotRegisterScore", "write", register, "Register a user's score", body=NewLog,
          takes_operation=True),
    Route("GET", LOGS, "gamepotListScores", "read", listed, "Scores in order, or those searched for", query=LogsQuery),
    Route("DELETE", LOGS, "gamepotDeleteScore", "admin", delete, "Delete a user's score", query=LogNames),
    Route("GET", _ALONE + _USER, "gamepotGetScore", "read", one, "One user's score",
          also=(_ALONE + _USER_TOO, _PLURAL + _USER, _PLURAL + _USER_TOO)),
]  # fmt: skip

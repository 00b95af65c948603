"""GAMEPOT's routes of scores, which it calls leaderboard logs."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from rankd.compat.gamepot.doorway import MOUNT
from rankd.compat.gamepot.parameters import board_id, read
from rankd.compat.gamepot.rows import log, row
from rankd.domain.entries import ONLY_SUBSCORE, Submission
from rankd.domain.numbers import Int64, Offset, to_count
from rankd.domain.periods import PeriodName
from rankd.domain.queries import PageQuery
from rankd.domain.submissions import Member, Metadata, metadata_text
from rankd.http.endpoints import Answer, Call, Route, answered, with_replay

LOGS = MOUNT + "/leaderboardlogs"
MAX_ROWS = 1000


class NewLog(BaseModel):
    """A score to be registered."""

    model_config = ConfigDict(extra="ignore")

    leaderboardId: str
    userId: Member
    score: Int64 = 0
    subscore: Int64 = 0
    metadata: Metadata = None


class ListQuery(BaseModel):
    """Which scores to list."""

    model_config = ConfigDict(extra="ignore")

    leaderboardId: str
    offset: Offset = 0
    per_page: Annotated[int, BeforeValidator(to_count), Field(ge=0)] = 20


async def register(call: Call) -> Answer:
    wanted = await read(call, NewLog)
    name = board_id(wanted.leaderboardId)
    subscores = {ONLY_SUBSCORE: wanted.subscore} if wanted.subscore else None
    text = metadata_text(wanted.metadata) if wanted.metadata is not None else None
    submission = Submission(wanted.userId, wanted.score, subscores, text)
    placing, is_replay = await call.services.scores.submit_one(call.principal, name, submission, call.operation())
    board, calendar = await call.services.boards.known(call.project, name)
    window = calendar.named(PeriodName(calendar.first, placing.period), placing.at_us)
    shape = log(call.project, board, placing, wanted.metadata or "", window.end_us if window else None)
    return with_replay(answered({"leaderboardlog": shape}), is_replay)


async def listed(call: Call) -> Answer:
    query = await read(call, ListQuery)
    name = board_id(query.leaderboardId)
    asked = PageQuery.model_validate({"limit": min(query.per_page, MAX_ROWS) or 1, "offset": query.offset})
    page = await call.services.ranks.page(call.project, name, asked)
    rows = [row(call.project, page.board, entry, page.period.window.end_us) for entry in page.entries]
    return answered(rows[: query.per_page])


ROUTES = [
    Route("POST", LOGS, "gamepotRegisterScore", "write", register, "Register a score", body=NewLog,
          takes_operation=True),
    Route("GET", LOGS, "gamepotListScores", "read", listed, "List scores", query=ListQuery),
]  # fmt: skip

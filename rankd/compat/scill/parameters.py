"""What SCILL's clients ask for: pages, spans of days and a language; and their bodies."""

from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from rankd.domain.boards import Board
from rankd.domain.numbers import INT64_MAX, Offset, Rank, to_day, to_instant
from rankd.domain.submissions import to_member
from rankd.domain.zones import zone_of
from rankd.errors import NotFound, ValidationFailed
from rankd.http.bodies import json_object, query_pairs
from rankd.http.codec import validated
from rankd.http.endpoints import Call

M = TypeVar("M", bound=BaseModel)
MEMBER_TYPES: tuple[Literal["team"], Literal["user"]] = ("team", "user")
MAX_PAGE = 1000
_KEEPS_NO_DAYS = "the leaderboard keeps no days: its `ranges.keep_days` is 0; leave startDate and endDate out"


def _day_text(value: Any) -> Any:
    """A date, or an instant whose day is that of the board's zone; either as it was sent."""
    try:
        to_day(value)
    except ValueError:
        try:
            to_instant(value)
        except ValueError:
            raise ValueError("give a day as YYYY-MM-DD, or RFC 3339 text with an offset") from None
    return value


def _in_capitals(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


DayText = Annotated[str, BeforeValidator(_day_text), WithJsonSchema({"type": "string", "format": "date"})]


class Asked(BaseModel):
    """The parameters of reads; unknown ones mean nothing."""

    model_config = ConfigDict(extra="ignore")

    startDate: DayText | None = Field(None, description="first day, itself included, in the leaderboard's time zone")
    endDate: DayText | None = Field(None, description="last day, itself included")
    aggregate: Annotated[Literal["BEST", "SUM"] | None, BeforeValidator(_in_capitals)] = Field(
        None, description="of the days: the best score or the sum; SUM where it is left out"
    )
    currentPage: Rank = 1
    currentPosition: Offset | None = Field(None, description="first place shown, from 1; goes before currentPage")
    pageSize: Rank = Field(25, description=f"rows, {MAX_PAGE} at most")
    language: str | None = None

    @property
    def limit(self) -> int:
        return min(self.pageSize, MAX_PAGE)

    @property
    def offset(self) -> int:
        if self.currentPosition is not None:
            return max(self.currentPosition - 1, 0)
        return min((self.currentPage - 1) * self.limit, INT64_MAX)  # what lies beyond is empty either way

    @property
    def names_days(self) -> bool:
        return self.startDate is not None or self.endDate is not None

    def span(self, board: Board) -> dict[str, Any]:
        """What a core read takes for the days that are asked for; nothing where there are none.

        Without dates an aggregate is over all days that are kept; where none are, over all there is.
        """
        if not self.names_days and (self.aggregate is None or not board.ranges.keep_days):
            return {}
        since, until = _day(board, self.startDate) or date.min, _day(board, self.endDate) or date.max
        if until < since:
            raise ValidationFailed(faults=[{"parameter": "endDate", "detail": "lies before startDate"}])
        if not board.ranges.keep_days:
            raise ValidationFailed(faults=[{"parameter": "startDate", "detail": _KEEPS_NO_DAYS}])
        return {"from": since, "to": until, "aggregate": (self.aggregate or "SUM").lower()}

    def name_of(self, board: Board) -> str:
        """The board's name in the language asked for, else its own."""
        if self.language is None:
            return board.name
        names = {tag.lower(): name for tag, name in board.names.items()}
        tag = self.language.replace("_", "-").lower()
        return names.get(tag) or names.get(tag.partition("-")[0]) or board.name


def _day(board: Board, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return to_day(text)
    except ValueError:
        instant = to_instant(text)
    try:
        return instant.astimezone(zone_of(board.timezone)).date()
    except OverflowError:  # at the ends of the calendar, where the zone's day would lie beyond
        return instant.date()


def asked(call: Call) -> Asked:
    """The parameters of a read; those without a value count as left out. Raises ValidationFailed."""
    given = {name: text for name, text in query_pairs(call) if text}
    return call.as_parameters(lambda: validated(Asked, given))


async def payload(call: Call, model: type[M]) -> M:
    """The JSON body as a model. Raises BadJson, TooLarge, ValidationFailed."""
    return validated(model, await json_object(call))


def member_of(call: Call) -> tuple[Literal["user", "team"], str]:
    """The type and id of the member in the path. Raises NotFound, ValidationFailed."""
    kind = call.param("memberType")
    if kind not in MEMBER_TYPES:
        raise NotFound(f"there is no member type {kind!r}; it is user or team")
    try:
        return ("team" if kind == "team" else "user"), to_member(call.param("memberId"))
    except ValueError as error:
        raise ValidationFailed(faults=[{"parameter": "memberId", "detail": str(error)}]) from None

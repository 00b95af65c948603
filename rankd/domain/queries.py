"""What the reads of the API can be asked for."""

import re
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, Self

import orjson
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from rankd.domain.cursors import Cursor, decode_cursor
from rankd.domain.instants import to_us
from rankd.domain.numbers import Arrival, Day, Int64, Limit, Offset, Rank, to_count
from rankd.domain.periods import PeriodType
from rankd.domain.submissions import MAX_ENTRY_ID, Member
from rankd.errors import StaleCursor

MAX_STEPS = 100
MAX_FILTERS = 16
MAX_TOPS = 10
_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3})?")
# Where a walk of a hash begins, and what the store says at its end.
_SCAN_EDGE = "0"


def _each(value: Any) -> Any:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


Filters = Annotated[tuple[str, ...], BeforeValidator(_each), Field(max_length=MAX_FILTERS)]


def _share(value: Any) -> Any:
    """Percent as text in 100,000ths."""
    if not isinstance(value, str) or not _PERCENT.fullmatch(value) or not 0 < float(value) <= 100:  # noqa: PLR2004
        raise ValueError("give percent, more than 0 and at most 100, with at most three decimals")
    return round(float(value) * 1000)


Share = Annotated[
    int, BeforeValidator(_share), WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 100})
]
Tops = Annotated[tuple[Share, ...], BeforeValidator(_each), Field(max_length=MAX_TOPS)]


class Query(BaseModel):
    """Parameters of a read; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    int64: Literal["string"] | None = Field(None, description="`string`: scores come as text, for JavaScript")


class NoQuery(BaseModel):
    """A call without parameters; all are unknown."""

    model_config = ConfigDict(extra="forbid")


class ResumableQuery(Query):
    """A read that goes on by cursor."""

    # What a cursor does not carry: it may differ from one request to the next.
    OWN: ClassVar[frozenset[str]] = frozenset({"cursor", "int64"})

    cursor: str | None = Field(None, description="`next` or `prev` of an answer, which goes on from there")

    def _params(self, **options: Any) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True, exclude=set(self.OWN), **options)

    def resumed(self) -> tuple[Self, Cursor | None]:
        """The parameters of this page, with those its cursor carries, and the cursor, which is still to be checked
        against what it has to belong to."""
        if self.cursor is None:
            return self, None
        given = self._params(exclude_unset=True)
        defaults = {field.alias or name: field.default for name, field in type(self).model_fields.items()}
        cursor = decode_cursor(self.cursor, given, defaults)
        params = {**{name: getattr(self, name) for name in self.OWN}, **cursor.params, **given}
        try:
            return type(self).model_validate(params), cursor
        except ValidationError:
            raise StaleCursor("this is not a cursor that a page has given; take `next` or `prev` as they are") from None

    def cursor_to(self, binding: str, direction: str, place: str) -> str:
        return Cursor(binding, direction, place, self._params(exclude_defaults=True)).encode()


class CursorQuery(ResumableQuery):
    """A list that comes in pages."""

    limit: Limit = Field(25, description="how many at most")

    def cursors_beside(self, binding: str, ids: list[str], first: int, total: int) -> tuple[str | None, str | None]:
        """The cursors after and before a page of a list of ids, whose first id stands at a 0-based position."""
        following = previous = None
        if ids and first + len(ids) < total:
            following = self.cursor_to(binding, "after", ids[-1])
        if ids and first > 0:
            previous = self.cursor_to(binding, "before", ids[0])
        return following, previous

    def scanned(self, binding: str) -> tuple[Self, str]:
        """The parameters of this page of a hash, and the store's cursor to go on from. Raises StaleCursor."""
        query, cursor = self.resumed()
        if cursor is None:
            return query, _SCAN_EDGE
        cursor.check(binding)
        if not cursor.place.isdecimal():
            raise StaleCursor("this is not a cursor that a list has given; take `next` as it is")
        return query, cursor.place

    def cursor_behind(self, binding: str, place: str) -> str | None:
        """The cursor of the next page of a hash; none at its end."""
        return self.cursor_to(binding, "after", place) if place != _SCAN_EDGE else None


class PeriodQuery(Query):
    """A read of one period of a board: the first one that runs, where none is named."""

    period: str | None = Field(
        None,
        max_length=64,
        description="weekly is the running one of that type, weekly:-1 the one before; or an id, 2026-W46. "
        "Left out, the running one of the board's first type",
    )


class SpanQuery(PeriodQuery):
    """A read of one period, or of a span of days."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)

    member_type: Literal["user", "team"] = Field("user", description="whose standings: those of members, or of teams")
    since: Day | None = Field(None, alias="from", description="first day of a span, YYYY-MM-DD")
    to: Day | None = Field(None, description="last day of a span, itself included", validate_default=True)
    aggregate: Literal["sum", "best"] | None = Field(
        None, description="of a span: what counts for a member; left out, sum on boards that sum, else best"
    )

    @field_validator("since")
    @classmethod
    def _instead_of_a_period(cls, since: date | None, info: ValidationInfo) -> date | None:
        if since is not None and info.data.get("period") is not None:
            raise ValueError("a span of days and a period exclude each other; give one of them")
        return since

    @field_validator("to")
    @classmethod
    def _in_order(cls, to: date | None, info: ValidationInfo) -> date | None:
        if "since" not in info.data:
            return to  # `from` has a fault of its own
        since = info.data["since"]
        if (since is None) != (to is None):
            raise ValueError("a span of days has both from and to")
        if since is not None and to is not None and to < since:
            raise ValueError("lies before from")
        return to

    @field_validator("aggregate")
    @classmethod
    def _of_a_span(cls, aggregate: str | None, info: ValidationInfo) -> str | None:
        if aggregate is not None and info.data.get("since", True) is None:
            raise ValueError("says how a span of days counts; give from and to with it")
        return aggregate

    @property
    def is_span(self) -> bool:
        return self.since is not None


class SegmentQuery(SpanQuery):
    """A read of a board, or of the entries that share a field's value."""

    segment: str | None = Field(
        None,
        max_length=400,
        description="FIELD:VALUE; ranks and totals are then the segment's. Also team:ID, and member:ID on "
        "an arcade board",
    )


EntryId = Annotated[int, BeforeValidator(to_count), Field(ge=0, le=MAX_ENTRY_ID)]
OneOfEntries = Annotated[
    EntryId | None, Field(description="of an arcade board: which of the member's entries; left out, its best")
]
Viewer = Annotated[
    Member | None,
    Field(description="the member whom it is shown to: a hidden one sees its own entry, without a rank"),
]


class ViewedQuery(SegmentQuery):
    """A read of entries of members that are named."""

    viewer: Viewer = None


class EntryQuery(ViewedQuery):
    """A read of one member's entry."""

    entry_id: OneOfEntries = None


class PageQuery(CursorQuery, SegmentQuery):
    """A page of entries."""

    sort: str | None = Field(
        None, max_length=65, description="a field, smallest value first; -FIELD for greatest first"
    )
    filter: Filters = Field(
        (),
        description="FIELD:VALUE, repeatable: entries that have all these values, by the board's ranks. Also team:ID, "
        "and member:ID on an arcade board",
    )
    offset: Offset | None = Field(None, description="how many entries to pass over")
    rank: Rank | None = Field(None, description="the rank to begin at")
    score_min: Int64 | None = Field(None, description="the least score that is shown")
    score_max: Int64 | None = Field(None, description="the greatest score that is shown")
    viewer: Member | None = Field(
        None, description="on an arcade board with filter=member:ID of the same member: a hidden one sees its entries"
    )

    @field_validator("rank")
    @classmethod
    def _one_start(cls, rank: int | None, info: ValidationInfo) -> int | None:
        if rank is not None and info.data.get("offset") is not None:
            raise ValueError("offset and rank both say where to begin; give one of them")
        return rank


class MemberEntriesQuery(CursorQuery):
    """A member's entries on all boards: of each board's first period, or of one type where boards have it."""

    limit: Limit = 1000
    period: PeriodType | None = None
    viewer: Viewer = None


class AroundQuery(SegmentQuery):
    """Rows around a place."""

    size: Limit = Field(11, description="how many rows, that in the middle included")


class AroundMemberQuery(AroundQuery, ViewedQuery):
    """Rows around a member's entry."""

    entry_id: OneOfEntries = None


class ValuesQuery(CursorQuery, PeriodQuery):
    """The values of a field."""


class EditQuery(Query):
    """A change of one member's entry."""

    entry_id: OneOfEntries = None


class RemovalQuery(Query):
    """A removal."""

    entry_id: EntryId | None = Field(
        None, description="of an arcade board: which of the member's entries; left out, all of them"
    )


class AroundScoreQuery(AroundQuery):
    """Rows around a score. Subscores come as `subscore.NAME`, and are checked against the board."""

    score: Int64 = Field(description="the score to look up; nobody has to have it")


class StatsQuery(SpanQuery):
    """Statistics of a period or a span."""

    steps: Annotated[int, BeforeValidator(to_count), Field(ge=1, le=MAX_STEPS)] = Field(
        10, description="how many steps the histogram has"
    )
    top: Tops = Field((), description="percent, repeatable: the score that it takes to be among so many of the best")


class LastEntry(BaseModel):
    """An entry as it was exported, so far as that says where it stood."""

    member: Member
    score: Int64
    subscores: dict[str, Int64] = Field(default_factory=dict)
    entry_id: EntryId | None = None
    updated_at: Arrival

    @property
    def at_us(self) -> int:
        return to_us(self.updated_at)


def _from_json(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ValueError("not JSON; give the last exported entry as its NDJSON line has it") from None


class ExportQuery(ResumableQuery, PeriodQuery):
    """A whole board."""

    OWN: ClassVar[frozenset[str]] = ResumableQuery.OWN | {"after"}

    format: Literal["ndjson", "csv", "parquet"] = "ndjson"
    member_type: Literal["user", "team"] = "user"
    after: Annotated[LastEntry | None, BeforeValidator(_from_json), WithJsonSchema({"type": ["string", "null"]})] = (
        Field(
            None,
            description="goes on behind an entry: its JSON, of which member, score, subscores, entry_id and updated_at "
            "count; with the cursor of the export it was in, which makes sure that the board was not reset meanwhile",
        )
    )


class ImportQuery(PeriodQuery):
    """Entries to be set as they stood."""

    period: str | None = Field(
        None, max_length=64, description="this one alone, closed ones and archives too; left out, all that run"
    )
    format: Literal["ndjson", "csv"] | None = Field(None, description="else the Content-Type says it")
    member_type: Literal["user", "team"] = Field("user", description="team sets teams' own entries, of one period")

    @field_validator("member_type")
    @classmethod
    def _of_one_period(cls, member_type: str, info: ValidationInfo) -> str:
        if member_type == "team" and info.data.get("period", "") is None:
            raise ValueError("teams' own entries are set in one period: give period with member_type=team")
        return member_type

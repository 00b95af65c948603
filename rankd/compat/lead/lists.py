"""What Lead's list asks for, as pages of the native API: filters, a sort in both directions, any count."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from rankd.compat.lead.apps import known_app
from rankd.compat.lead.columns import BOARD, ID, NEW, NULL, SUBMISSION, Column, Rows, columns_of
from rankd.domain.boards import Board, BoardSettings
from rankd.domain.fields import FieldValue
from rankd.domain.queries import PageQuery
from rankd.errors import BoardChanging, BoardNotFound, ValidationFailed
from rankd.http.bodies import query_pairs
from rankd.http.endpoints import Call
from rankd.service.pages import EntryPage

DEFAULT_COUNT = 20
ROWS_A_PAGE = 1000
_MAX_DIGITS = 18
_MAX_TRIES = 4
_COLUMN_OF_ID = Column(ID, "long")


class ListQuery(BaseModel):
    """Which scores to list."""

    model_config = ConfigDict(extra="ignore")

    filter: list[str] = Field(default=[], description="`field,value`, repeatable: scores that have all these values")
    sort: str = Field(default=SUBMISSION, description="a field; scores without a value are left out")
    order: str = Field(default="desc", description="asc or desc")
    count: int = Field(default=DEFAULT_COUNT, ge=0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list as it was asked for, its names still to be held against an app."""

    filters: tuple[tuple[str, str], ...]
    sort: str
    order: str
    count: int

    def query(self, board: BoardSettings) -> dict[str, Any] | None:
        """The parameters of native pages, or None where no score can match. Raises ValidationFailed."""
        columns = {ID: _COLUMN_OF_ID, **columns_of(board)}
        if self.sort not in columns:
            raise _fault("sort", f"names no field of this app: {self.sort!r}")
        wanted: dict[str, FieldValue | None] = {}
        can_match = self.count > 0
        for name, text in self.filters:
            if name not in columns:
                raise _fault("filter", f"names no field of this app: {name!r}")
            value = None if text == NULL else columns[name].read(text)
            can_match = can_match and value is not None and wanted.setdefault(name, value) == value
        if not can_match:
            return None
        field = SUBMISSION if self.sort == ID else self.sort
        filters = tuple(_native(columns[name], value) for name, value in wanted.items() if value is not None)
        query: dict[str, Any] = {"limit": min(self.count, ROWS_A_PAGE)}
        if filters:
            query["filter"] = filters
        # One row needs no order, and is found at once by its id.
        return query if ID in wanted else {**query, "sort": "-" * (self.order == "desc") + field}


def _native(column: Column, value: FieldValue) -> str:
    """A filter of the native API; ids are members there."""
    name = "member" if column.name == ID else column.name
    return f"{name}:{column.native(value)}"


def wanted_of(call: Call) -> Wanted:
    """Raises ValidationFailed."""
    pairs = query_pairs(call)
    first = dict(reversed(pairs))
    order, count = first.get("order", "desc"), first.get("count", str(DEFAULT_COUNT))
    if order not in ("asc", "desc"):
        raise _fault("order", "must be asc or desc")
    if not (count.isascii() and count.isdecimal() and len(count) <= _MAX_DIGITS):
        raise _fault("count", "must be a whole number, 0 or more")
    filters = []
    for text in (text for name, text in pairs if name == "filter"):
        name, comma, value = text.partition(",")
        if not comma:
            raise _fault("filter", "must be `field,value`")
        filters.append((name, value))
    return Wanted(tuple(filters), first.get("sort", SUBMISSION), order, int(count))


async def pages(call: Call, wanted: Wanted) -> AsyncIterator[list[dict[str, Any]]]:
    """The rows a list asks for, some at a time. Raises ValidationFailed before the first of them."""
    left, cursor, more = wanted.count, None, True
    while more:
        page = await _page(call, wanted, cursor)
        if page is None:
            return
        rows = [one for one in Rows(page.board).of(page.entries[:left]) if one.get(wanted.sort) is not None]
        yield rows
        left, cursor = left - len(rows), page.next
        more = left > 0 and cursor is not None


async def _page(call: Call, wanted: Wanted, cursor: str | None) -> EntryPage | None:
    """A page, read by the fields that the app has at that time. None where there is nothing to read."""
    board = await known_app(call)
    for _ in range(_MAX_TRIES):
        try:
            page = await _read(call, board, wanted, cursor)
        except ValidationFailed:
            # What this process knew of the app's fields may be old.
            fresh = board and await call.services.boards.get(call.project, BOARD)
            if fresh is None or board is None or fresh.version == board.version:
                raise
            board = fresh
            continue
        if page is None or board is None or page.board.version == board.version:
            return page
        board = page.board
    raise BoardChanging("the app's fields kept changing; try again")


async def _read(call: Call, board: Board | None, wanted: Wanted, cursor: str | None) -> EntryPage | None:
    query = wanted.query(board or NEW)
    if query is None or board is None:
        return None
    asked = PageQuery.model_validate({**query, **({"cursor": cursor} if cursor else {})})
    try:
        return await call.services.ranks.page(call.project, BOARD, asked)
    except BoardNotFound:
        return None


def _fault(name: str, detail: str) -> ValidationFailed:
    return ValidationFailed(faults=[{"parameter": name, "detail": detail}])

"""Entries as lines of text: NDJSON as pages have them, CSV for spreadsheets and for `import`."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson

from rankd.domain.boards import Board
from rankd.domain.entries import Entry
from rankd.domain.spreadsheets import guarded
from rankd.http.codec import encode
from rankd.http.shapes import entry_shape

Steps = AsyncIterator[list[Entry]]
_FIRST, _LAST = ("rank", "member", "score"), ("metadata", "updated_at")
RESERVED = frozenset({*_FIRST, *_LAST, "team", "fields", "entry_id", "achieved_at", "field_ranks", "profile", "reason"})
FIELD, SUBSCORE = "field.", "subscore."


def subscore_column(name: str) -> str:
    """The column of a subscore: its name, unless that means another column."""
    return SUBSCORE + name if name in RESERVED else name


async def ndjson(steps: Steps, as_text: bool) -> AsyncIterator[bytes]:
    """A line an entry."""
    async for entries in steps:
        yield b"".join([encode(entry_shape(entry, as_text)) + b"\n" for entry in entries])


class CsvColumns:
    """The columns that a board's entries have, and an entry's cells under them."""

    def __init__(self, board: Board) -> None:
        shape = board.model_dump()
        self._subscores = [subscore["name"] for subscore in shape["subscores"]]
        self._fields: list[str] = [one["name"] for one in shape.get("fields", [])]
        self._has_teams = "team" in shape.get("member_types", [])

    @property
    def header(self) -> list[str]:
        subscores = map(subscore_column, self._subscores)
        fields = [FIELD + name for name in self._fields]
        return [*_FIRST, *subscores, *fields, *(["team"] if self._has_teams else []), *_LAST]

    def cells(self, shape: dict[str, Any], metadata: bytes) -> list[Any]:
        fields = shape.get("fields") or {}
        return [
            shape["rank"],
            guarded(shape["member"]),
            shape["score"],
            *[shape["subscores"][name] for name in self._subscores],
            *[_field_cell(fields.get(name)) for name in self._fields],
            *([guarded(shape.get("team") or "")] if self._has_teams else []),
            guarded(metadata.decode()),
            shape["updated_at"],
        ]


def _field_cell(value: Any) -> Any:
    if isinstance(value, str):
        return guarded(value)
    return "" if value is None else orjson.dumps(value).decode()


async def csv_lines(steps: Steps, board: Board, has_header: bool) -> AsyncIterator[bytes]:
    """A header, then a record an entry. (`int64=string` changes nothing where all is text.)"""
    columns = CsvColumns(board)
    if has_header:
        yield _text([columns.header])
    async for entries in steps:
        yield _text([columns.cells(entry_shape(entry, as_text=False), entry.metadata) for entry in entries])


def _text(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()

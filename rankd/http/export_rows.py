"""Entries as lines of text: NDJSON as pages have them, CSV for spreadsheets and for `import`."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson

from rankd.domain.boards import Board
from rankd.domain.entries import Entry
from rankd.domain.spreadsheets import FIELD, FIRST_COLUMNS, LAST_COLUMNS, guarded, subscore_column
from rankd.http.codec import encode
from rankd.http.shapes import entry_shape

Steps = AsyncIterator[Sequence[Entry]]


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
        self._is_arcade = not board.unique

    @property
    def header(self) -> list[str]:
        subscores = map(subscore_column, self._subscores)
        fields = [FIELD + name for name in self._fields]
        own = [*(["team"] if self._has_teams else []), *(["entry_id"] if self._is_arcade else [])]
        return [*FIRST_COLUMNS, *subscores, *fields, *own, *LAST_COLUMNS]

    def cells(self, shape: dict[str, Any], metadata: bytes) -> list[Any]:
        fields = shape.get("fields") or {}
        return [
            shape["rank"],
            guarded(shape["member"]),
            shape["score"],
            *[shape["subscores"][name] for name in self._subscores],
            *[_field_cell(fields.get(name)) for name in self._fields],
            *([guarded(shape.get("team") or "")] if self._has_teams else []),
            *([shape.get("entry_id", "")] if self._is_arcade else []),
            guarded(metadata.decode()),
            shape["updated_at"],
        ]


def _field_cell(value: Any) -> Any:
    if isinstance(value, str):
        return guarded(value) or "'"
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

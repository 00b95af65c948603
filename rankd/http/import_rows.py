"""Entries read from a body as it comes: NDJSON or CSV, a line at a time, each faulty one with its number."""

import csv
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from rankd.domain.boards import Board
from rankd.domain.entries import Submission
from rankd.domain.fields import FieldType, parsed_value
from rankd.domain.spreadsheets import FIELD, subscore_of, unguarded
from rankd.domain.submissions import SubmissionBody
from rankd.errors import BadJson, RankdError, TooLarge, ValidationFailed
from rankd.http.codec import decode, validated

MAX_LINE_BYTES = 65_536
_BOM = b"\xef\xbb\xbf"
# What an export says of an entry beyond what can be set.
_PASSED_OVER = ("rank", "position", "previous_score", "field_ranks", "profile", "reason")
_TOO_LONG = TooLarge(f"the line is longer than {MAX_LINE_BYTES} bytes")


class _Names(NamedTuple):
    """What columns of a board mean: the types of its fields, and its subscores."""

    kinds: dict[str, FieldType]
    subscores: set[str]


class Line(NamedTuple):
    """A line, by its number from 1: its text, and the submission it is, or why it is none."""

    number: int
    text: bytes
    item: Submission | RankdError


async def ndjson_lines(parts: AsyncIterator[bytes]) -> AsyncIterator[Line]:
    """An entry a line; blank ones are passed over."""
    async for number, text in _lines(parts):
        if text is None:
            yield Line(number, b"", _TOO_LONG)
        elif text.strip():
            yield Line(number, text, _read(text))


def _read(text: bytes) -> Submission | RankdError:
    try:
        value = decode(text)
        if not isinstance(value, dict):
            raise BadJson("the line is no JSON object; give an entry a line")
        return _submission(value)
    except RankdError as error:
        return error


def _submission(entry: dict[str, Any]) -> Submission:
    """An entry as it was exported, as a submission that sets it. Raises ValidationFailed, NotSupported."""
    value = {name: item for name, item in entry.items() if name not in _PASSED_OVER}
    arrival = value.pop("updated_at", None)
    if arrival is not None:
        value.setdefault("achieved_at", arrival)
    return validated(SubmissionBody, value).as_submission()


async def csv_lines(parts: AsyncIterator[bytes], board: Board) -> AsyncIterator[Line]:
    """A header with `member` and `score`, then a record an entry. Raises ValidationFailed where there is no header."""
    names = _Names(
        {rule.name: rule.type for rule in board.fields if not rule.hidden}, {one.name for one in board.subscores}
    )
    header: list[str] | None = None
    async for number, text in _records(parts):
        if text is None:
            yield Line(number, b"", _TOO_LONG)
        elif header is None:
            header = _header(text)
        elif text.strip():
            yield Line(number, text, _read_record(header, names, text))


def _header(text: bytes) -> list[str]:
    names = [name.strip() for name in _cells(text)]
    lacking = [name for name in ("member", "score") if name not in names]
    if lacking or len(set(names)) < len(names):
        detail = f"has no column {' and none '.join(lacking)}" if lacking else "names a column twice"
        raise ValidationFailed(faults=[{"line": 1, "detail": f"the header {detail}; it is: {','.join(names)[:200]}"}])
    return names


def _cells(text: bytes) -> list[str]:
    """Raises BadJson's like for CSV: ValidationFailed."""
    try:
        return next(csv.reader([text.decode()], strict=True), [])
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValidationFailed(faults=[{"pointer": "", "detail": f"not CSV: {error}"}]) from None


def _read_record(header: list[str], names: _Names, text: bytes) -> Submission | RankdError:
    try:
        cells = _cells(text)
        if len(cells) != len(header):
            detail = f"has {len(cells)} cells under a header of {len(header)}"
            raise ValidationFailed(faults=[{"pointer": "", "detail": detail}])
        return _submission(_entry(dict(zip(header, cells, strict=True)), names))
    except RankdError as error:
        return error


def _entry(row: dict[str, str], names: _Names) -> dict[str, Any]:
    """The entry that a record is. An empty cell is an absent value; metadata and fields that are absent are none."""
    entry: dict[str, Any] = {}
    subscores, fields = dict[str, str](), dict[str, Any]()
    for column, cell in row.items():
        if column == "metadata":
            entry[column] = decode(unguarded(cell).encode()) if cell else None
        elif column.startswith(FIELD):
            entry["fields"] = fields
            if cell:
                name = column.removeprefix(FIELD)
                fields[name] = _field_value(names.kinds.get(name), unguarded(cell))
        elif column == "member" or (cell and column == "team"):
            entry[column] = unguarded(cell)
        elif column in _PASSED_OVER and column not in names.subscores:
            continue
        elif cell and (subscore := subscore_of(column)):
            subscores[subscore] = cell
        elif cell and not column:
            detail = "the line has a cell under a column without a name; name the column in the header"
            raise ValidationFailed(faults=[{"pointer": "", "detail": detail}])
        elif cell:
            entry[column] = cell
    return {**entry, "subscores": subscores} if subscores else entry


def _field_value(kind: FieldType | None, cell: str) -> Any:
    """A cell as JSON would have it; what it is not stays text, and is refused where it is held against the board."""
    try:
        return parsed_value(kind, cell) if kind in ("boolean", "number") else cell
    except ValueError:
        return cell


async def _records(parts: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, bytes | None]]:
    """Records of CSV by the number of their first line: a quoted cell may hold line ends."""
    held, first = b"", 0
    async for number, text in _lines(parts):
        if text is None or len(held) + len(text) > MAX_LINE_BYTES:
            yield first or number, None
            held, first = b"", 0
            continue
        held = held + b"\n" + text if first else text
        first = first or number
        if held.count(b'"') % 2 == 0:
            yield first, held
            held, first = b"", 0
    if first:
        yield first, held


async def _lines(parts: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, bytes | None]]:
    """Lines without their ends, by their numbers from 1; None for one that is too long, which is not kept."""
    number, rest, is_long = 1, b"", False
    async for part in parts:
        *whole, rest = (rest + part).split(b"\n")
        for text in whole:
            yield number, None if is_long or len(text) > MAX_LINE_BYTES else _bare(number, text)
            number, is_long = number + 1, False
        if len(rest) > MAX_LINE_BYTES:
            rest, is_long = b"", True
    if rest or is_long:
        yield number, None if is_long else _bare(number, rest)


def _bare(number: int, text: bytes) -> bytes:
    return (text.removeprefix(_BOM) if number == 1 else text).removesuffix(b"\r")

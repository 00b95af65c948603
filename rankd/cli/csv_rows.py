"""Submissions read from CSV: a header, then a record a submission; the rules of a row are those of `rows`."""

import csv
import io
from collections.abc import Generator, Iterable, Iterator
from typing import IO, Any

from rankd.cli.rows import BOM, REASON, Row, UnreadableFile, checked_row, separator_hint, strict_json

_PASSED_OVER = ("rank", REASON)
_NOT_SUBSCORES = ("member", "score", "team", "fields", "metadata", "achieved_at", "entry_id")
_JSON_COLUMNS = ("fields", "metadata")


def csv_rows(source: IO[bytes]) -> Generator[Row, None, None]:
    """A header `member,score[,subscore...][,team][,metadata]`, then rows; other names are subscores."""
    # Undecodable bytes are kept as surrogates, so that only their row is refused.
    text = io.TextIOWrapper(source, encoding="utf-8", errors="surrogateescape", newline="")
    try:
        records = _Records(text)
        columns = _header(records)
        if columns:
            yield from _csv_rows(records, columns)
    finally:
        text.detach()


class _Records:
    """The records of a CSV file, each with its first line's number and the text it was read from."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines: list[str] = []
        self._reader = csv.reader(self._noted(lines))
        self.line = 0

    def _noted(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            self._lines.append(line)
            yield line

    def next(self) -> list[str]:
        """The cells of the next record. Errors: StopIteration, csv.Error."""
        self._lines.clear()
        self.line = self._reader.line_num + 1
        return next(self._reader)

    @property
    def text(self) -> bytes:
        return "".join(self._lines).rstrip("\r\n").encode("utf-8", "surrogateescape")


def _csv_rows(records: _Records, columns: tuple[str, ...]) -> Iterator[Row]:
    while True:
        try:
            cells = records.next()
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(records.line, fault=f"not CSV: {error}", text=records.text, columns=columns)
            continue
        if cells:
            yield _csv_row(records.line, columns, cells, records.text)


def _header(records: _Records) -> tuple[str, ...]:
    """The names of the columns, none of an empty file; blank lines before it are passed over."""
    try:
        while not (cells := records.next()):
            pass
    except StopIteration:
        return ()
    except csv.Error as error:
        raise UnreadableFile(f"its first line is no CSV header: {error}") from None
    header = tuple(name.removeprefix(BOM).strip() for name in cells)
    shown = ",".join(header)
    missing = [name for name in ("member", "score") if name not in header]
    if missing:
        lacking = f"the header has no {' and no '.join(missing)} column; it is: {shown}"
        raise UnreadableFile(f"{lacking}{separator_hint(shown)}")
    if len(set(header)) < len(header) or "" in header:
        raise UnreadableFile(f"each column needs a name of its own; the header is: {shown}")
    return header


def _csv_row(line: int, columns: tuple[str, ...], cells: list[str], text: bytes) -> Row:
    header = columns
    if header[-1] == REASON and len(cells) == len(header) - 1:
        header = header[:-1]  # a mended row needs no reason any more
    if len(cells) != len(header):
        fault = f"{len(cells)} cells under a header of {len(header)}"
        return Row(line, fault=fault, text=text, columns=columns)
    submission: dict[str, Any] = {}
    subscores: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=True):
        if name in ("member", "score"):
            submission[name] = cell if name == "member" else cell.strip()
        elif name in _PASSED_OVER or not cell:
            continue
        elif name in _JSON_COLUMNS:
            try:
                submission[name] = strict_json(cell)
            except (ValueError, RecursionError) as error:
                return Row(line, fault=f"{name} is not JSON: {error}", text=text, columns=columns)
        elif name in _NOT_SUBSCORES:
            submission[name] = cell
        else:
            subscores[name] = cell.strip()
    if subscores:
        submission["subscores"] = subscores
    return checked_row(line, submission, text, columns)

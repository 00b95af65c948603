"""What becomes of refused rows: the first are told on stderr, all are kept in a file if one is given.

The file has the format of the input, so that it can be mended and imported: each row with the reason beside
it, which an import passes over; a row that could not be read at all as it was.
"""

import csv
import io
import json
from typing import IO

from rankd.cli.progress import Progress
from rankd.cli.rows import REASON, Row

SHOWN_REJECTS = 20


class Rejected:
    """Tells of refused rows, in the order given."""

    def __init__(self, file: IO[bytes] | None) -> None:
        self._file = file
        self._told = 0
        self._header: tuple[str, ...] = ()

    def add(self, row: Row, reason: str, progress: Progress) -> None:
        if self._file is not None:
            if row.columns and not self._header:
                self._header = _with_reason(row.columns)
                self._file.write(_csv_line(self._header))
            self._file.write(_mendable(row, reason))
        self._told += 1
        if self._told <= SHOWN_REJECTS:
            progress.note(f"line {row.line}: {reason}")
        elif self._told == SHOWN_REJECTS + 1:
            progress.note("More rows are refused; --rejects FILE keeps them all.")


def _mendable(row: Row, reason: str) -> bytes:
    told = f"line {row.line}: {reason}"
    if row.columns:
        return _csv_reject(row, told) or row.text + b"\n"
    if not row.body:
        return row.text + b"\n"
    return json.dumps(json.loads(row.body) | {REASON: told}, ensure_ascii=False).encode() + b"\n"


def _csv_reject(row: Row, told: str) -> bytes:
    """The row under the header with its reason; empty if its cells do not fit the header."""
    text = row.text.decode("utf-8", "surrogateescape")
    try:
        cells = next(csv.reader(io.StringIO(text, newline="")))
    except (StopIteration, csv.Error):
        return b""
    if len(cells) == len(row.columns) - 1 and row.columns[-1] == REASON:
        cells.append("")
    if len(cells) != len(row.columns):
        return b""
    kept = [cell for name, cell in zip(row.columns, cells, strict=True) if name != REASON]
    return _csv_line([*kept, told])


def _with_reason(columns: tuple[str, ...]) -> tuple[str, ...]:
    return (*(name for name in columns if name != REASON), REASON)


def _csv_line(cells: list[str] | tuple[str, ...]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode("utf-8", "surrogateescape")

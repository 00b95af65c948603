"""Submissions read from NDJSON or CSV, a row at a time, so that a file of any length needs little memory.

What cannot be sent at all is found here, with its line, because one unreadable row would make the server
refuse the whole array. What the numbers and ids may be is the server's word alone.
"""

import csv
import io
import json
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

MAX_ROW_BYTES = 65_536
MAX_KEPT_BYTES = 1_048_576  # of the text of a row that is too long
MAX_DEPTH = 15  # the server's 16, less the array around the row
REASON = "reason"  # `--rejects` writes it beside a refused row; reading passes over it
_PASSED_OVER = ("rank", REASON)
_NOT_SUBSCORES = ("member", "score", "team", "fields", "metadata", "achieved_at")
_SEPARATORS = {";": "semicolons", "\t": "tabs"}
_JSON_COLUMNS = ("fields", "metadata")
_BOM = "\ufeff"


class UnreadableFile(Exception):
    """The file as a whole cannot be read: the detail says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file: `body`, the submission as JSON, or `fault`, why there is none.

    `text` is the row as it was read, without its line end; `columns` the header of a CSV file.
    """

    line: int
    body: bytes = b""
    fault: str = ""
    text: bytes = b""
    columns: tuple[str, ...] = ()


def ndjson_rows(source: IO[bytes], guessed: bool = False) -> Generator[Row, None, None]:
    """A submission a line, as in the HTTP API; blank lines are passed over.

    Where the format is only `guessed`, a file that begins otherwise is an UnreadableFile.
    """
    line = 0
    while text := source.readline(MAX_ROW_BYTES + 1):
        line += 1
        too_long = len(text) > MAX_ROW_BYTES and not text.endswith(b"\n")
        if not text.strip():
            continue
        if guessed:
            _demand_object(text)
            guessed = False
        if too_long:
            yield _long_row(line, text + _rest_of_line(source))
        else:
            yield _json_row(line, text)


def _demand_object(text: bytes) -> None:
    start = text.decode("utf-8-sig", "replace").strip()
    if start.startswith("{"):
        return
    if start.startswith("["):
        raise UnreadableFile("this looks like a JSON array; give one object a line, as `jq -c '.[]'` writes them")
    if any(separator in start for separator in (",", *_SEPARATORS)):
        raise UnreadableFile(f"this looks like CSV; give --format csv{_separator_hint(start)}")
    raise UnreadableFile("its first line is no JSON object; for CSV give --format csv")


def _separator_hint(line: str) -> str:
    found = next((name for separator, name in _SEPARATORS.items() if separator in line), None)
    return f", with commas between the cells: this file has {found}" if found and "," not in line else ""


def _rest_of_line(source: IO[bytes]) -> bytes:
    """What is left of a line, of which a bounded part is kept."""
    kept = b""
    while rest := source.readline(MAX_ROW_BYTES):
        if len(kept) < MAX_KEPT_BYTES:
            kept += rest
        if rest.endswith(b"\n"):
            break
    return kept


def _long_row(line: int, text: bytes) -> Row:
    cut = f"; only its first {MAX_KEPT_BYTES} are kept" if len(text) > MAX_KEPT_BYTES else ""
    return Row(line, fault=f"longer than {MAX_ROW_BYTES} bytes{cut}", text=text[:MAX_KEPT_BYTES].rstrip(b"\r\n"))


def _json_row(line: int, read: bytes) -> Row:
    text = read.removeprefix(_BOM.encode()) if line == 1 else read
    text = text.rstrip(b"\r\n")
    try:
        value = json.loads(text.decode(), object_pairs_hook=_object, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return Row(line, fault=f"not JSON: {error}", text=text)
    if not isinstance(value, dict):
        return Row(line, fault="not a JSON object", text=text)
    value.pop(REASON, None)
    return _row(line, value, text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _row(line: int, submission: dict[str, Any], text: bytes, columns: tuple[str, ...] = ()) -> Row:
    body, fault = b"", ""
    try:
        if _depth(submission) > MAX_DEPTH:
            fault = f"nested more than {MAX_DEPTH} deep"
        else:
            body = json.dumps(submission, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except UnicodeEncodeError:
        fault = "not UTF-8"
    except ValueError:
        fault = "a number is beyond what JSON can carry"
    except RecursionError:
        fault = f"nested more than {MAX_DEPTH} deep"
    if len(body) > MAX_ROW_BYTES:
        body, fault = b"", f"longer than {MAX_ROW_BYTES} bytes"
    return Row(line, body, fault, text, columns)


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def csv_rows(source: IO[bytes]) -> Generator[Row, None, None]:
    """A header `member,score[,subscore...][,metadata]`, then rows; other names are subscores."""
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
    header = tuple(name.removeprefix(_BOM).strip() for name in cells)
    shown = ",".join(header)
    missing = [name for name in ("member", "score") if name not in header]
    if missing:
        lacking = f"the header has no {' and no '.join(missing)} column; it is: {shown}"
        raise UnreadableFile(f"{lacking}{_separator_hint(shown)}")
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
                submission[name] = json.loads(cell, object_pairs_hook=_object, parse_constant=_refuse_constant)
            except (ValueError, RecursionError) as error:
                return Row(line, fault=f"{name} is not JSON: {error}", text=text, columns=columns)
        elif name in _NOT_SUBSCORES:
            submission[name] = cell
        else:
            subscores[name] = cell.strip()
    if subscores:
        submission["subscores"] = subscores
    return _row(line, submission, text, columns)

"""Submissions read from NDJSON or CSV, a row at a time, so that a file of any length needs little memory.

What cannot be sent at all is found here, with its line, because one unreadable row would make the server
refuse the whole array. What the numbers and ids may be is the server's word alone.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

MAX_ROW_BYTES = 65_536
MAX_DEPTH = 15  # the server's 16, less the array around the row
_NOT_SUBSCORES = ("member", "score", "team", "fields", "metadata", "achieved_at", "rank")
_JSON_COLUMNS = ("fields", "metadata")
_BOM = "\ufeff"


class UnreadableFile(Exception):
    """The file as a whole cannot be read: the detail says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file: `body`, the submission as JSON, or `fault`, why there is none."""

    line: int
    body: bytes = b""
    fault: str = ""


def ndjson_rows(source: IO[bytes]) -> Iterator[Row]:
    """A submission a line, as in the HTTP API; blank lines are passed over."""
    line = 0
    while text := source.readline(MAX_ROW_BYTES + 1):
        line += 1
        if len(text) > MAX_ROW_BYTES and not text.endswith(b"\n"):
            _skip_line(source)
            yield Row(line, fault=f"longer than {MAX_ROW_BYTES} bytes")
        elif text.strip():
            yield _json_row(line, text)


def _skip_line(source: IO[bytes]) -> None:
    while (rest := source.readline(MAX_ROW_BYTES)) and not rest.endswith(b"\n"):
        pass


def _json_row(line: int, text: bytes) -> Row:
    try:
        value = json.loads(
            text.decode("utf-8-sig" if line == 1 else "utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        return Row(line, fault=f"not JSON: {error}")
    if not isinstance(value, dict):
        return Row(line, fault="not a JSON object")
    return _row(line, value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _row(line: int, submission: dict[str, Any]) -> Row:
    try:
        if _depth(submission) > MAX_DEPTH:
            return Row(line, fault=f"nested more than {MAX_DEPTH} deep")
        body = json.dumps(submission, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except UnicodeEncodeError:
        return Row(line, fault="not UTF-8")
    except ValueError:
        return Row(line, fault="a number is beyond what JSON can carry")
    except RecursionError:
        return Row(line, fault=f"nested more than {MAX_DEPTH} deep")
    if len(body) > MAX_ROW_BYTES:
        return Row(line, fault=f"longer than {MAX_ROW_BYTES} bytes")
    return Row(line, body)


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def csv_rows(source: IO[bytes]) -> Iterator[Row]:
    """A header `member,score[,subscore...][,metadata]`, then rows; other names are subscores."""
    # Undecodable bytes are kept as surrogates, so that only their row is refused.
    text = io.TextIOWrapper(source, encoding="utf-8", errors="surrogateescape", newline="")
    try:
        reader = csv.reader(text)
        header = _header(reader)
        yield from _csv_rows(reader, header)
    finally:
        text.detach()


def _csv_rows(reader: Any, header: list[str]) -> Iterator[Row]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(line, fault=f"not CSV: {error}")
            continue
        if cells:
            yield _csv_row(line, header, cells)


def _header(reader: Iterator[list[str]]) -> list[str]:
    try:
        header = [name.removeprefix(_BOM).strip() for name in next(reader)]
    except (StopIteration, csv.Error):
        raise UnreadableFile("the file is empty: its first line has to be a header, member,score") from None
    missing = [name for name in ("member", "score") if name not in header]
    if missing:
        raise UnreadableFile(f"the header has no {' and no '.join(missing)} column; it is: {','.join(header)}")
    if len(set(header)) < len(header) or "" in header:
        raise UnreadableFile(f"each column needs a name of its own; the header is: {','.join(header)}")
    return header


def _csv_row(line: int, header: list[str], cells: list[str]) -> Row:
    if len(cells) != len(header):
        return Row(line, fault=f"{len(cells)} cells under a header of {len(header)}")
    submission: dict[str, Any] = {}
    subscores: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=True):
        if name in ("member", "score"):
            submission[name] = cell if name == "member" else cell.strip()
        elif name == "rank" or not cell:
            continue
        elif name in _JSON_COLUMNS:
            try:
                submission[name] = json.loads(cell, object_pairs_hook=_object, parse_constant=_refuse_constant)
            except (ValueError, RecursionError) as error:
                return Row(line, fault=f"{name} is not JSON: {error}")
        elif name in _NOT_SUBSCORES:
            submission[name] = cell
        else:
            subscores[name] = cell.strip()
    if subscores:
        submission["subscores"] = subscores
    return _row(line, submission)

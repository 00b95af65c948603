"""Submissions read from NDJSON, a row at a time, so that a file of any length needs little memory.

What cannot be sent at all is found here, with its line, because one unreadable row would make the server
refuse the whole array. What the numbers and ids may be is the server's word alone.
"""

import json
from collections.abc import Generator
from dataclasses import dataclass
from typing import IO, Any

MAX_ROW_BYTES = 65_536
MAX_KEPT_BYTES = 1_048_576  # of the text of a row that is too long
MAX_DEPTH = 15  # the server's 16, less the array around the row
REASON = "reason"  # `--rejects` writes it beside a refused row; reading passes over it
SEPARATORS = {";": "semicolons", "\t": "tabs"}
BOM = "\ufeff"


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

    @property
    def looks_exported(self) -> bool:
        """Whether it says what only a line of an export does."""
        if self.columns:
            return {"rank", "updated_at"} <= set(self.columns)
        return b'"rank":' in self.text and b'"updated_at":' in self.text


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
    if any(separator in start for separator in (",", *SEPARATORS)):
        raise UnreadableFile(f"this looks like CSV; give --format csv{separator_hint(start)}")
    raise UnreadableFile("its first line is no JSON object; for CSV give --format csv")


def separator_hint(line: str) -> str:
    """What to say of a line whose cells are not parted by commas."""
    found = next((name for separator, name in SEPARATORS.items() if separator in line), None)
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
    text = read.removeprefix(BOM.encode()) if line == 1 else read
    text = text.rstrip(b"\r\n")
    try:
        value = strict_json(text.decode())
    except (ValueError, RecursionError) as error:
        return Row(line, fault=f"not JSON: {error}", text=text)
    if not isinstance(value, dict):
        return Row(line, fault="not a JSON object", text=text)
    value.pop(REASON, None)
    return checked_row(line, value, text)


def strict_json(text: str) -> Any:
    """The value, as the server would read it. Errors: ValueError, RecursionError."""
    return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def checked_row(line: int, submission: dict[str, Any], text: bytes, columns: tuple[str, ...] = ()) -> Row:
    """The row of a submission, faulty if no server could read it."""
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

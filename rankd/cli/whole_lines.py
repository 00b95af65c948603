"""Exports as they arrive: only whole lines are passed on, and where the last one stood is known.

So an export that breaks off goes on behind its last whole line, and a file never holds a part of one.
"""

import csv
import io
import json
from typing import IO, Any

from rankd.domain.spreadsheets import subscore_of, unguarded

_READ_BYTES = 1 << 20
# What of an entry says where it stood; those of arcade boards have a number.
_PLACE = ("member", "score", "subscores", "entry_id", "updated_at")


class WholeLines:
    """Writes the lines of NDJSON or the records of CSV to a file, each once it has come whole."""

    def __init__(self, file: IO[bytes], is_csv: bool) -> None:
        self._file = file
        self._is_csv = is_csv
        self._held = b""
        self._header: list[str] = []
        self._last = b""
        self.count = 0

    def write(self, part: bytes) -> None:
        self._held += part
        end = self._whole_end()
        if end == 0:
            return
        whole, self._held = self._held[:end], self._held[end:]
        self._file.write(whole)
        self._note(whole)

    def forget_rest(self) -> None:
        """Drops what has come of a line whose end never will."""
        self._held = b""

    def taken_up(self, part: IO[bytes]) -> None:
        """Notes the lines of an earlier run, and cuts off what follows the last whole one."""
        end = 0
        while read := part.read(_READ_BYTES):
            self._held += read
            if whole_end := self._whole_end():
                self._note(self._held[:whole_end])
                self._held, end = self._held[whole_end:], end + whole_end
        self.forget_rest()
        part.truncate(end)
        part.seek(end)

    def _whole_end(self) -> int:
        """Where the last whole line ends; in CSV line ends within quotes end none."""
        end = self._held.rfind(b"\n") + 1
        while self._is_csv and end and self._held.count(b'"', 0, end) % 2:
            end = self._held.rfind(b"\n", 0, end - 1) + 1
        return end

    def _note(self, whole: bytes) -> None:
        if not self._is_csv:
            self.count += whole.count(b"\n")
            self._last = whole[whole.rfind(b"\n", 0, -1) + 1 :]
            return
        records = list(csv.reader(io.StringIO(whole.decode(), newline="")))
        if not self._header:
            self._header, *records = records
        self.count += len(records)
        if records:
            self._last = json.dumps(_entry(self._header, records[-1])).encode()

    @property
    def last_place(self) -> str | None:
        """Where the last entry stood, as `after` takes it; None before the first."""
        if not self._last:
            return None
        entry = json.loads(self._last)
        return json.dumps({name: entry[name] for name in _PLACE if name in entry})


def _entry(header: list[str], cells: list[str]) -> dict[str, Any]:
    row = dict(zip(header, cells, strict=True))
    subscores = {name: row[column] for column in header if (name := subscore_of(column))}
    return {**row, "member": unguarded(row["member"]), "subscores": subscores}

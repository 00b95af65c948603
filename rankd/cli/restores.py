"""Entries sent to a board as they stood: batches of lines through the import route, gone on with where they stopped."""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from rankd.cli.client import Client, path
from rankd.cli.downloads import write_whole
from rankd.cli.failures import Refusal, faults_of
from rankd.cli.patience import patiently
from rankd.cli.progress import Progress
from rankd.cli.transfers import Transfer

LINES_A_BATCH = 1000
MAX_BATCH_BYTES = 1_000_000
SHOWN_FAULTS = 20
_MAX_LINE_BYTES = 1 << 20
_KINDS = {"ndjson": "application/x-ndjson", "csv": "text/csv"}


@dataclass(slots=True)
class Restored:
    """What became of the lines so far, and where in the file they end."""

    lines: int = 0
    taken: int = 0
    changed: int = 0
    refused: int = 0
    offset: int = 0
    read_lines: int = 0

    def __str__(self) -> str:
        lines = "1 line" if self.lines == 1 else f"{self.lines:,} lines"
        return f"{lines}: {self.taken:,} taken, {self.changed:,} changed the board, {self.refused:,} refused"


class Restore:
    """One file's lines into one board. `notes` beside the file keep how far it came; a pipe has none."""

    def __init__(self, client: Client, purpose: Transfer, progress: Progress, retry_for_s: float) -> None:
        self._client = client
        self._purpose = purpose
        self._progress = progress
        self._retry_for_s = retry_for_s
        self.done = Restored()

    def run(self, source: IO[bytes], notes: Path | None) -> Restored:
        """Sends all that is not sent yet. Raises Refusal."""
        header = _header(source) if self._purpose.format == "csv" else b""
        about = {**asdict(self._purpose), "url": self._client.url, "project": self._client.project}
        about["size"] = notes.with_name(notes.name.removesuffix(".import.json")).stat().st_size if notes else 0
        if notes is not None:
            self._take_up(notes, about, source)
        for batch, lines in _batches(source, bool(header)):
            self._send(header, batch, lines)
            if notes is not None:
                self.done.offset = source.tell()
                with contextlib.suppress(OSError):  # without notes a repeat only takes longer
                    write_whole(notes, {"about": about, "done": asdict(self.done)})
        if notes is not None:
            notes.unlink(missing_ok=True)
        return self.done

    def send_lines(self, lines: list[bytes]) -> None:
        """Sends lines that lie in no file. Raises Refusal."""
        for start in range(0, len(lines), LINES_A_BATCH):
            batch = lines[start : start + LINES_A_BATCH]
            self._send(b"", b"".join(batch), len(batch))

    def _take_up(self, notes: Path, about: dict[str, Any], source: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            known = json.loads(notes.read_text("utf-8"))
            if known["about"] == about:
                self.done = Restored(**known["done"])
                source.seek(self.done.offset)
                self._progress.note(f"Going on behind line {self.done.read_lines:,}")

    def _send(self, header: bytes, batch: bytes, lines: int) -> None:
        where = path("boards", self._purpose.board, "import")
        body = header + batch
        name = hashlib.sha256(f"{self._purpose}\0{self.done.read_lines}\0".encode() + body).hexdigest()
        headers = {"Content-Type": _KINDS[self._purpose.format], "Idempotency-Key": f"restore-{name}"}

        def exchange() -> dict[str, Any]:
            answer = self._client.send("POST", where, params=self._purpose.params, content=body, headers=headers)
            told = answer.json()
            if not isinstance(told, dict) or "taken" not in told:
                raise Refusal("The server did not say what became of the lines", f"POST {where}")
            return told

        told = patiently(exchange, self._retry_for_s, self._waiting)
        first_line = self.done.read_lines + 1  # the header is line 1 of each body, and of the file
        for fault in told["faults"][: max(SHOWN_FAULTS - self.done.refused, 0)]:
            reason = "; ".join(faults_of(fault)) or fault.get("detail")
            self._progress.note(f"line {fault['line'] + first_line - 1}: {reason}")
        for count in ("lines", "taken", "changed", "refused"):
            setattr(self.done, count, getattr(self.done, count) + told[count])
        self.done.read_lines += lines
        self._progress.rows(self.done.lines)

    def _waiting(self, refusal: Refusal, pause_s: float) -> None:
        self._progress.note(f"{refusal.what}; trying again in {pause_s:.1f} s")


def _header(source: IO[bytes]) -> bytes:
    header = source.readline(_MAX_LINE_BYTES)
    return header if header.endswith(b"\n") else header + b"\n"


def _batches(source: IO[bytes], is_csv: bool) -> Iterator[tuple[bytes, int]]:
    """Whole lines of bounded size, with their number; a CSV record whose cells hold line ends stays together."""
    parts: list[bytes] = []
    size = quotes = 0
    while line := source.readline(_MAX_LINE_BYTES):
        parts.append(line if line.endswith(b"\n") else line + b"\n")
        size += len(line)
        quotes += line.count(b'"') if is_csv else 0
        if quotes % 2 == 0 and (len(parts) >= LINES_A_BATCH or size > MAX_BATCH_BYTES):
            yield b"".join(parts), len(parts)
            parts, size, quotes = [], 0, 0
    if parts:
        yield b"".join(parts), len(parts)

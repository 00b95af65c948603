"""One export, fetched until it is whole: broken off, it goes on behind the last line that came."""

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import typer

from rankd.cli.client import Client, path
from rankd.cli.failures import Refusal
from rankd.cli.patience import patiently
from rankd.cli.progress import Progress
from rankd.cli.transfers import Transfer
from rankd.cli.whole_lines import WholeLines

PARQUET = "parquet"


class Download:
    """One export into an open file. `cursor` is that of the walk, once the server has answered."""

    def __init__(self, client: Client, asked: Transfer, progress: Progress, retry_for_s: float) -> None:
        self._client = client
        self._asked = asked
        self._progress = progress
        self._retry_for_s = retry_for_s
        self.cursor: str | None = None
        self.noted: Callable[[str], None] = lambda cursor: None

    def to(self, file: IO[bytes]) -> int:
        """Fetches lines to where they are taken up; their number. Raises Refusal."""
        return self.on(WholeLines(file, self._asked.format == "csv"))

    def on(self, lines: WholeLines) -> int:
        """The same behind lines of an earlier run. Each time it comes further, patience begins anew."""
        while True:
            before = lines.count
            try:
                patiently(lambda: self._attempt(lines), self._retry_for_s, self._waiting)
                return lines.count
            except Refusal as refusal:
                if not refusal.may_pass or lines.count == before:
                    raise

    def raw(self, file: IO[bytes]) -> None:
        """Fetches a file whose parts mean nothing: from its beginning, each time."""

        def attempt() -> None:
            file.seek(0)
            file.truncate()
            self._fetch(self._asked.params, file.write)

        patiently(attempt, self._retry_for_s, self._waiting)

    def raw_to_pipe(self, pipe: IO[bytes]) -> None:
        """The same where nothing that was written can be taken back: once."""
        self._fetch(self._asked.params, pipe.write)

    def _attempt(self, lines: WholeLines) -> None:
        params = self._asked.params
        lines.forget_rest()
        if self.cursor and (place := lines.last_place):
            # The cursor has the period, and makes sure that the board is still the same.
            params = {name: value for name, value in params.items() if name != "period"}
            params |= {"cursor": self.cursor, "after": place}

        def take(part: bytes) -> None:
            lines.write(part)
            self._progress.rows(lines.count)

        self._fetch(params, take)

    def _fetch(self, params: dict[str, str], take: Callable[[bytes], object]) -> None:
        with self._client.streamed(path("boards", self._asked.board, "export"), params) as answer:
            self.cursor = self.cursor or answer.headers.get("Rankd-Cursor")
            if self.cursor:
                self.noted(self.cursor)
            for part in answer.iter_bytes():
                take(part)

    def _waiting(self, refusal: Refusal, pause_s: float) -> None:
        self._progress.note(f"{refusal.what}; going on in {pause_s:.1f} s")


def download_file(download: Download, asked: Transfer, file: Path, client: Client) -> int | None:
    """An export into FILE, by way of FILE.part and what is known of it beside it; the number of entries."""
    part, notes = file.with_name(file.name + ".part"), file.with_name(file.name + ".part.json")
    told = {"url": client.url, "project": client.project, **asked.params, "board": asked.board}
    known = _read_notes(notes)
    try:
        if asked.format == PARQUET:
            with part.open("wb") as sink:
                download.raw(sink)
            count = None
        else:
            count = _lines_to(part, notes, download, asked, known if _same(known, told) else None, told)
    except OSError as error:
        raise typer.BadParameter(f"{part}: {error.strerror}", param_hint="--output") from None
    part.replace(file)
    notes.unlink(missing_ok=True)
    return count


def _lines_to(  # noqa: PLR0913, PLR0917 - what is known of the two files
    part: Path, notes: Path, download: Download, asked: Transfer, known: dict[str, Any] | None, told: dict[str, Any]
) -> int:
    goes_on = known is not None and part.exists()
    with part.open("r+b" if goes_on else "wb") as sink:
        lines = WholeLines(sink, asked.format == "csv")
        if goes_on and known is not None:
            lines.taken_up(sink)
            download.cursor = known["cursor"] if lines.last_place else None
            if not lines.last_place:
                sink.seek(0)
                sink.truncate()
                lines = WholeLines(sink, asked.format == "csv")
        download.noted = lambda cursor: write_whole(notes, {**told, "cursor": cursor})
        try:
            return download.on(lines)
        except Refusal as refusal:
            if refusal.code == "STALE_CURSOR":
                refusal.then = f"The board was reset since {part} was begun: remove it to begin anew."
            raise


def _same(known: dict[str, Any], told: dict[str, Any]) -> bool:
    return {name: value for name, value in known.items() if name != "cursor"} == told and "cursor" in known


def _read_notes(notes: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(notes.read_text("utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def write_whole(file: Path, document: Any) -> None:
    """Replaces a file by a JSON document, or leaves it as it was."""
    new = file.with_name(file.name + ".new")
    new.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
    os.replace(new, file)  # noqa: PTH105 - atomic, and says so

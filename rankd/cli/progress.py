"""How far an import is: a bar on a terminal, silence in a pipe. Both go to stderr."""

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from typing import IO, Any

from rankd.cli.output import note
from rankd.cli.texts import clean


class Progress:
    """Without a terminal: only notes are printed."""

    def rows(self, count: int) -> None:
        """`count` rows are answered."""

    def note(self, text: str) -> None:
        """A line that stays, above the bar where there is one."""
        note(text)


class Bar(Progress):
    """A bar over the file's bytes, or a count of rows where the length is not known."""

    def __init__(self, bar: Any, source: IO[bytes], length: int | None) -> None:
        self._bar, self._source, self._length = bar, source, length
        self._task = bar.add_task("0 rows", total=length)

    def rows(self, count: int) -> None:
        place = self._source.tell() if self._length is not None else None
        self._bar.update(self._task, description=f"{count:,} rows", completed=place)

    def note(self, text: str) -> None:
        self._bar.console.print(clean(text), markup=False, highlight=False, style="dim", soft_wrap=True)


class CountBar(Progress):
    """A bar over rows whose number is known beforehand, by and large."""

    def __init__(self, bar: Any, total: int | None) -> None:
        self._bar = bar
        self._task = bar.add_task("0 entries", total=total)

    def rows(self, count: int) -> None:
        self._bar.update(self._task, description=f"{count:,} entries", completed=count)

    def note(self, text: str) -> None:
        self._bar.console.print(clean(text), markup=False, highlight=False, style="dim", soft_wrap=True)


def _length(source: IO[bytes]) -> int | None:
    try:
        found = os.fstat(source.fileno())
    except (OSError, AttributeError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


@contextlib.contextmanager
def progress_of(source: IO[bytes]) -> Iterator[Progress]:
    """The bar while `source` is read."""
    with _bar() as bar:
        yield Progress() if bar is None else Bar(bar, source, _length(source))


@contextlib.contextmanager
def progress_to(total: int | None) -> Iterator[Progress]:
    """The bar while so many rows are fetched."""
    with _bar() as bar:
        yield Progress() if bar is None else CountBar(bar, total)


@contextlib.contextmanager
def _bar() -> Iterator[Any]:
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress  # noqa: PLC0415 - a pipe does without
    from rich.console import Console  # noqa: PLC0415

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True)) as bar:
        yield bar

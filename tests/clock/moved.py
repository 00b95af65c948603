"""One clock in a test's hands."""

import mmap
import os
import tempfile
import time
from pathlib import Path

from tests.clock.compiled import shim

SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
DAY_US = 24 * HOUR_US
_OFFSET, _STANDING = 0, 1


class MovedClock:
    """The wall clock of every process started with its `environment`; see this package's docstring."""

    def __init__(self) -> None:
        self._preloaded = shim()
        number, path = tempfile.mkstemp(prefix="rankd-clock-")
        self._path = Path(path)
        os.ftruncate(number, 16)
        self._map = mmap.mmap(number, 16)
        os.close(number)
        self._cells = memoryview(self._map).cast("q")

    def __enter__(self) -> "MovedClock":
        return self

    def __exit__(self, *_: object) -> None:
        self._cells.release()
        self._map.close()
        self._path.unlink(missing_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        """What a process is started with to live by this clock, and its children with it."""
        return {"LD_PRELOAD": str(self._preloaded), "MOVED_CLOCK_FILE": str(self._path)}

    def now_us(self) -> int:
        """What the clock shows, microseconds since 1970; exact to the tick only while it stands still."""
        return self._cells[_STANDING] or time.time_ns() // 1000 + self._cells[_OFFSET]

    @property
    def offset_us(self) -> int:
        """How far the clock is ahead of the machine's, while it runs."""
        return self._cells[_OFFSET]

    @offset_us.setter
    def offset_us(self, offset_us: int) -> None:
        self._cells[_OFFSET] = offset_us

    def move(self, by_us: int) -> None:
        """Jumps, on or back; a standing clock then stands elsewhere."""
        if self._cells[_STANDING]:
            self._cells[_STANDING] += by_us
        else:
            self._cells[_OFFSET] += by_us

    def run_from(self, at_us: int) -> None:
        """Jumps to an instant and runs on from it."""
        self._cells[_OFFSET] = at_us - time.time_ns() // 1000
        self._cells[_STANDING] = 0

    def stand_at(self, at_us: int) -> None:
        """Jumps to an instant and stays there until moved: every process shows exactly this."""
        assert at_us > 0
        self._cells[_STANDING] = at_us

    def run(self) -> None:
        """Runs on from what is shown."""
        self.run_from(self.now_us())

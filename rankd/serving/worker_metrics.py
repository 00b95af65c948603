"""The directory in which workers keep their metrics, so that any of them answers for all.

The metrics library finds it in a variable of the environment when a worker imports it. The parent makes it and
removes it; where the parent was killed, its orphaned workers do.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.multiprocess import mark_process_dead

from rankd.datadir import StartRefused
from rankd.telemetry import WORKER_PREFIX

_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
# On a disk that is busy, a write to a mapped file can wait for it; in memory none does.
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - the directory made in it is private


@contextmanager
def metrics_directory() -> Iterator[Path]:
    """A new directory that processes started within the block write to. Errors: StartRefused."""
    directory = _made()
    before = os.environ.get(_VARIABLE)  # noqa: TID251 - the library's, not a setting; it takes no other way
    os.environ[_VARIABLE] = str(directory)  # noqa: TID251
    try:
        yield directory
    finally:
        os.environ.pop(_VARIABLE)  # noqa: TID251
        if before is not None:
            os.environ[_VARIABLE] = before  # noqa: TID251
        remove(directory)


def _made() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="rankd-metrics-", dir=_IN_MEMORY))
    except OSError:
        pass  # not Linux, or closed to this user
    try:
        return Path(tempfile.mkdtemp(prefix="rankd-metrics-"))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StartRefused(
            f"No temporary directory for the workers' metrics can be made: {reason}."
            " Name one in TMPDIR, or use --workers 1, which needs none."
        ) from None


def remove(directory: Path) -> None:
    """Remove the directory, which may have gone already. What is mapped from it stays usable."""
    shutil.rmtree(directory, ignore_errors=True)


def name_of(place: int) -> str:
    """What the worker in a place among its siblings is called, and its files after it."""
    return f"{WORKER_PREFIX}{place}"


def end_gauges(directory: Path, name: str) -> None:
    """A worker has ended: what it was in the middle of no longer counts. Its counters stay, for its successor."""
    mark_process_dead(name, directory)

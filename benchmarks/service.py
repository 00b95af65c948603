"""A rankd of the benchmark's own, on an embedded store in a temporary directory."""

import asyncio
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop
from redis import Redis

from rankd.bench.figures import BenchFailed
from rankd.bench.loading import load
from rankd.bench.server import Server
from rankd.bench.target import Target
from rankd.bench.workloads import first_scores
from rankd.datadir import DataDir

SEED = 20_261_121
_START_S = 30.0
_STOP_S = 15.0


@dataclass(frozen=True, slots=True)
class Service:
    """A running rankd: where it answers, its store, and a loop to drive it from."""

    target: Target
    server: Server
    store: Redis
    runner: asyncio.Runner

    def loaded_board(self, ids: Sequence[str]) -> str:
        """A new board with one entry a member, loaded through the API."""
        board = self.server.make_board()
        load(self.runner, self.target, board, first_scores(ids, SEED))
        return board

    def info(self, section: str) -> dict[str, Any]:
        """A section of the store's INFO."""
        return dict(self.store.info(section))


@contextmanager
def own_service() -> Iterator[Service]:
    """Starts a rankd, and stops it and its store when the block ends, however it ends."""
    with tempfile.TemporaryDirectory(prefix="rankd-benchmarks-") as name:
        place = DataDir(Path(name))
        process = _start(place)
        try:
            target = Target.at(_url(process), place.root_key())
            with (
                Server(target) as server,
                Redis(unix_socket_path=str(place.socket_path()), protocol=2) as store,
                asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
            ):
                yield Service(target, server, store, runner)
        finally:
            _stop(process, place)


def _start(place: DataDir) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "rankd", "serve", "--port", "0", "--data-dir", str(place.path)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, start_new_session=True
    )


def _url(process: subprocess.Popen[str]) -> str:
    """The URL that `rankd serve` prints once it answers."""
    assert process.stdout is not None  # noqa: S101  it is a pipe
    deadline_s = time.monotonic() + _START_S
    while (left_s := deadline_s - time.monotonic()) > 0:
        ready, _, _ = select.select([process.stdout], [], [], left_s)
        line = process.stdout.readline() if ready else ""
        if found := re.search(r"https?://[^\s'\"]+", line):
            return found[0].rstrip("/.,")
        if not line:
            break
    raise BenchFailed("rankd serve did not print its URL; what it wrote above says why.")


def _stop(process: subprocess.Popen[str], place: DataDir) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(OSError, ValueError):
        os.kill(int(place.store_pid.read_text()), signal.SIGKILL)
    if process.stdout:
        process.stdout.close()

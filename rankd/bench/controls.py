"""What rankd is compared with, measured in the same rounds: the naive way over HTTP, and the bare command.

Both write the rows that rankd is sent, to a store of the kind and settings that rankd embeds, which the run
starts and stops. For that alone this file imports redis, and naive.py redis and starlette.
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from types import TracebackType
from typing import Any, Self

import orjson
from redis import Redis

from rankd.bench.driver import Pace
from rankd.bench.figures import BenchFailed, Sample
from rankd.bench.target import Target
from rankd.bench.workloads import (
    ARRAYS,
    SINGLE_REQUESTS,
    Row,
    Workload,
    arrays,
    first_scores,
    rows,
    submission,
)

NAIVE = "naive submit"
BARE = "bare ZADD"
_START_S = 20.0
_STOP_S = 15.0


class Controls:
    """The process of the controls, for as long as the context lasts."""

    def __init__(self, ids: Sequence[str], seed: int, concurrency: int) -> None:
        self._ids, self._seed, self._concurrency = ids, seed, concurrency
        self._process: subprocess.Popen[bytes] | None = None
        self._store_pid = 0

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "rankd.bench.naive", str(self._concurrency)]
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        try:
            told = self._first_line()
            self.target = Target("127.0.0.1", told["port"])
            self._store_pid = told["store_pid"]
            self._store = Redis(unix_socket_path=told["socket"], protocol=2)
            self._load()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.close()
        self._stop()

    def store(self) -> str:
        """Which server the controls wrote to."""
        facts = self._store.info("server")
        if "valkey_version" in facts:
            return f"valkey {facts['valkey_version']}"
        return f"redis {facts['redis_version']}"

    def naive(self) -> Workload:
        """The rows of `submit`, sent to the naive service."""
        sent = [
            self.target.request("POST", "/boards/naive/scores", submission(row))
            for row in islice(rows(self._ids, self._seed), SINGLE_REQUESTS)
        ]
        return Workload(NAIVE, sent, self._concurrency)

    def bare(self) -> Iterator[list[Row]]:
        """The rows of `batch submit`, over and over."""
        return cycle(list(islice(arrays(rows(self._ids, self._seed)), ARRAYS)))

    def bare_slice(self, chunks: Iterator[list[Row]], pace: Pace) -> Sample:
        """Sends redis-py pipelines of BATCH_ROWS ZADD commands, one trip after the other."""
        self._trips(chunks, pace.warmup_s)
        return self._trips(chunks, pace.seconds or 0.0)

    def _trips(self, chunks: Iterator[list[Row]], seconds: float) -> Sample:
        sample = Sample()
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        now_s = began_s
        while now_s - began_s < seconds:
            self._zadd("bare", next(chunks))
            sent_s, now_s = now_s, time.perf_counter()
            sample.latencies_s.append(now_s - sent_s)
        sample.elapsed_s = now_s - began_s
        sample.cpu_s = time.process_time() - began_cpu_s
        return sample

    def _zadd(self, key: str, chunk: Sequence[Row]) -> None:
        pipeline = self._store.pipeline(transaction=False)
        for member, score in chunk:
            pipeline.zadd(key, {member: score})
        pipeline.execute()

    def _load(self) -> None:
        for key in ("naive", "bare"):
            for chunk in arrays(first_scores(self._ids, self._seed)):
                self._zadd(key, chunk)

    def _first_line(self) -> Any:
        assert self._process is not None and self._process.stdout is not None  # noqa: S101
        ready, _, _ = select.select([self._process.stdout], [], [], _START_S)
        line = self._process.stdout.readline() if ready else b""
        if not line:
            raise BenchFailed("The controls did not start (see above); --no-controls measures without them.")
        return orjson.loads(line)

    def _stop(self) -> None:
        """Ends standard input, by which the process stops; kills it and its store if it does not."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return
        process.stdin.close()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            if self._store_pid:
                os.kill(self._store_pid, signal.SIGKILL)
        process.stdout.close()

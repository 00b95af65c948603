"""A closed loop over HTTP/1.1: each lane sends a request, waits for its answer, sends the next.

Kept so light that the driver is not what is measured: requests are bytes made beforehand, an answer is only
looked at for its status and length, its body is counted and never copied.
"""

import asyncio
import re
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from rankd.bench.figures import BenchFailed, Sample
from rankd.bench.target import Target

_LENGTH = re.compile(rb"\r\n(?i:content-length): *(\d+)")
_CHUNKED = re.compile(rb"\r\n(?i:transfer-encoding): *chunked")
_CLOSE = re.compile(rb"\r\n(?i:connection): *close")
_REFUSED_ITEM = b'"status":'
_CONNECT_S = 5.0
_LAST_ANSWERS_S = 10.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How many requests are under way at once, and for how long; without seconds, until all are sent."""

    concurrency: int
    seconds: float | None = None
    warmup_s: float = 0.0


class Lane(asyncio.Protocol):
    """One connection with at most one request under way."""

    __slots__ = ("_chunked", "_closing", "_head", "_loop", "_missing", "_sent_s", "_status", "transport")

    def __init__(self, loop: "ClosedLoop") -> None:
        self._loop = loop
        self.transport: asyncio.Transport | None = None
        self._head = b""
        self._status = b""
        self._missing = 0
        self._chunked = self._closing = False
        self._sent_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self.transport = cast(asyncio.Transport, transport)
        self._send(time.perf_counter())

    def data_received(self, data: bytes) -> None:
        loop = self._loop
        if not self._missing:
            data = self._read_head(data)
        if loop.counts_items and _REFUSED_ITEM in data:
            loop.sample.refused_rows += data.count(_REFUSED_ITEM)
        self._missing -= len(data)
        if self._chunked and data.endswith(b"0\r\n\r\n"):
            self._missing = 0
        if self._missing > 0 or self._head:
            return
        now_s = time.perf_counter()
        if loop.counting:
            if self._status.startswith(b"2"):
                loop.sample.latencies_s.append(now_s - self._sent_s)
            else:
                loop.sample.errors[_word(self._status)] += 1
        if self._closing and self.transport is not None:
            self.transport.close()
        else:
            self._send(now_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._loop.lost(self, unanswered=self._sent_s > 0 and not self._closing)

    def _send(self, now_s: float) -> None:
        request = None if self._loop.stopping else next(self._loop.requests, None)
        if request is None:
            self._sent_s = 0.0
            self._loop.finished(self)
        elif self.transport is not None:
            self._sent_s = now_s
            self.transport.write(request)

    def _read_head(self, data: bytes) -> bytes:
        """Takes the head off and returns the body's start; `_head` is set while the head is incomplete."""
        if self._head:
            data = self._head + data
            self._head = b""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self._head = data
            return b""
        self._status = data[9:12]
        found = _LENGTH.search(data, 0, end)
        self._missing = int(found[1]) if found else 0
        self._chunked = found is None and _CHUNKED.search(data, 0, end) is not None
        if self._chunked:
            self._missing = 1 << 62
        self._closing = _CLOSE.search(data, 0, end) is not None
        return data[end + 4 :]


def _word(status: bytes) -> str:
    return status.decode() if status.isdigit() else "unreadable"


class ClosedLoop:
    """The lanes of one slice, what they send and what came of it."""

    def __init__(self, target: Target, requests: Iterator[bytes], *, counts_items: bool = False) -> None:
        self.target = target
        self.requests = requests
        self.counts_items = counts_items
        self.sample = Sample()
        self.counting = False
        self.stopping = False
        self._lanes: set[Lane] = set()
        self._open: set[Lane] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._done = asyncio.Event()
        self._reconnects_left = 0

    async def run(self, pace: Pace) -> Sample:
        """Counts what is answered in the time given, after a warm-up, and waits for the last answers."""
        self._reconnects_left = 10 * pace.concurrency
        self.counting = pace.seconds is None
        try:
            await asyncio.gather(*(self._connect() for _ in range(pace.concurrency)))
            if pace.seconds is not None:
                await self._wait(pace.warmup_s)
                self.sample = Sample()
            await self._count(pace.seconds)
            self.stopping = True
            await self._wait(_LAST_ANSWERS_S)
            if self._open:
                self.sample.errors["timeout"] += len(self._open)
        finally:
            self._close()
        return self.sample

    async def _count(self, seconds: float | None) -> None:
        self.counting = True
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        await self._wait(seconds)
        self.sample.elapsed_s = time.perf_counter() - began_s
        self.sample.cpu_s = time.process_time() - began_cpu_s
        self.counting = False

    def finished(self, lane: Lane) -> None:
        self._open.discard(lane)
        if not self._open and not self._tasks:
            self._done.set()

    def lost(self, lane: Lane, *, unanswered: bool) -> None:
        """Replaces a connection that the server ended, a bounded number of times."""
        self._lanes.discard(lane)
        if lane not in self._open:
            return
        if unanswered:
            self.sample.errors["connection"] += 1
        if not self.stopping and self._reconnects_left > 0:
            self._reconnects_left -= 1
            task = asyncio.ensure_future(self._reconnect())
            self._tasks.add(task)
            task.add_done_callback(self._reconnected)
        self.finished(lane)

    async def _connect(self) -> None:
        lane = Lane(self)
        self._lanes.add(lane)
        self._open.add(lane)
        tls = ssl.create_default_context() if self.target.tls else None
        loop = asyncio.get_running_loop()
        opening = loop.create_connection(lambda: lane, self.target.host, self.target.port, ssl=tls)
        try:
            await asyncio.wait_for(opening, _CONNECT_S)
        except (OSError, TimeoutError) as error:
            self.finished(lane)
            why = str(error) or "no answer in time"
            raise BenchFailed(f"{self.target.url} takes no connection: {why}") from None

    async def _reconnect(self) -> None:
        try:
            await self._connect()
        except BenchFailed:
            self.sample.errors["connection"] += 1

    def _reconnected(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not self._open and not self._tasks:
            self._done.set()

    async def _wait(self, seconds: float | None) -> None:
        """Until every lane has ended, but at most `seconds`."""
        try:
            await asyncio.wait_for(self._done.wait(), seconds)
        except TimeoutError:
            return

    def _close(self) -> None:
        self.stopping = True
        for task in self._tasks:
            task.cancel()
        for lane in self._lanes:
            if lane.transport is not None:
                lane.transport.close()
        self._open.clear()


async def drive(target: Target, requests: Iterator[bytes], pace: Pace, *, counts_items: bool = False) -> Sample:
    """Sends `requests` at a pace. `counts_items` looks for refused items in the answers to arrays."""
    return await ClosedLoop(target, requests, counts_items=counts_items).run(pace)

"""Requests at a steady rate, whatever their answers take: what users meet who do not know of each other.

A request that waits because the one before it was slow counts from when it was due.
"""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from statistics import median

from rankd.bench.figures import BenchFailed, percentile
from rankd.bench.target import Target

_LENGTH = re.compile(rb"\r\n(?i:content-length): *(\d+)")
_ON_TIME_S = 0.002  # timers are no finer
_CLIENTS = 8


class Stream:
    """One kind of request, from several connections that take turns. Keeps when each was due, and its latency."""

    def __init__(self, target: Target, requests: Iterator[bytes], per_s: float) -> None:
        self._target = target
        self._requests = requests
        self._per_s = per_s
        self._found: list[tuple[float, float]] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Stream":
        begins_s = time.time()
        self._tasks = [asyncio.create_task(self._client(begins_s + one / self._per_s)) for one in range(_CLIENTS)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        for found in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(found, Exception):
                raise found

    def p99_ms(self, since_s: float, until_s: float) -> float:
        """Of each second between two instants the p99, and of these the median: one stall tells little."""
        by_second = defaultdict(list)
        for due_s, took_s in self._found:
            if since_s <= due_s < until_s:
                by_second[int(due_s - since_s)].append(took_s)
        return median(percentile(sorted(found), 0.99) for found in by_second.values()) * 1000

    def longest_ms(self, since_s: float, until_s: float) -> float:
        return max((took_s for due_s, took_s in self._found if since_s <= due_s < until_s), default=0.0) * 1000

    async def _client(self, due_s: float) -> None:
        reader, writer = await asyncio.open_connection(self._target.host, self._target.port)
        try:
            while True:
                await asyncio.sleep(max(0.0, due_s - time.time()))
                began_s = time.time()
                writer.write(next(self._requests))
                status, body = await _answer(reader)
                if not status.startswith("2"):
                    raise BenchFailed(f"A request was answered {status}: {body.decode()[:200]}")
                took_s = time.time() - (due_s if began_s - due_s > _ON_TIME_S else began_s)
                self._found.append((due_s, took_s))
                due_s += _CLIENTS / self._per_s
        finally:
            writer.close()


async def ask(target: Target, request: bytes) -> tuple[str, bytes]:
    """One request on a connection of its own, however long its answer takes: status and body."""
    reader, writer = await asyncio.open_connection(target.host, target.port)
    try:
        writer.write(request)
        return await _answer(reader)
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    body = await reader.readexactly(int(length[1])) if length else b""
    return head[9:12].decode(), body

"""Do top pages slow down when a thousand boards roll over at one instant?

Boards of a period that ends every minute are read and written at a steady rate. Each minute gives the p99 of top
pages while nothing ends, and from the rollover until the last period is closed. Then the old windows of half of
the boards expire within ten seconds (in life within ten minutes, by which boards differ), and those of the other
half on a store that frees what expires on the spot.
"""

import asyncio
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from itertools import cycle
from statistics import median
from typing import NamedTuple
from zlib import crc32

import orjson

from benchmarks.figures import Figure
from benchmarks.service import SEED, Service, own_service
from benchmarks.steady import Stream
from rankd.bench.driver import Pace, drive
from rankd.bench.figures import BenchFailed
from rankd.bench.target import Target
from rankd.bench.workloads import batch_request, first_scores, members, submit_request

BOARDS = 1000
ENTRIES = 200
LARGE_BOARDS, LARGE_TIMES = 3, 250  # a few boards have so many times the entries
MINUTES = 3
LIMIT_RATIO = 2.0
_MINUTE_S = 60.0
_CALM_FROM_S = 46.0
_CALM_BEFORE_S = 10.0
_EXPIRE_OVER_S = 10.0
_READS_PER_S, _WRITES_PER_S = 150, 50
_SETTINGS = orjson.dumps({"update": "latest", "periods": [{"type": "cron", "cron": "* * * * *"}, {"type": "all"}]})
_CLOSINGS = "rankd:{.}:closings"
_WINDOW = re.compile(rb"rankd:\{[^/]*/([^}]*)\}:(?:order|entries):cron\.(\d+)\.")
_CHUNK = 1000


class Met(NamedTuple):
    """Milliseconds that top pages took before something happened and while it did, and how long it did."""

    calm_p99_ms: float
    p99_ms: float
    lasting_calm_p99_ms: float
    lasting_p99_ms: float
    longest_ms: float
    took_s: float


def measure(entries: int = ENTRIES) -> list[Figure]:
    """Takes about five minutes, most of it waiting for the clock."""
    names = [f"b{number}" for number in range(BOARDS)]
    with own_service() as service:
        _load(service, names, entries)
        clients = Clients(service, names, entries)
        before = _lag(service)
        rollovers = [service.runner.run(_rollover(clients)) for _ in range(MINUTES)]
        total_s, closed = (after - earlier for after, earlier in zip(_lag(service), before, strict=True))
        lazily = service.runner.run(_expiry(clients, names[::2]))
        service.store.config_set("lazyfree-lazy-expire", "no")
        at_once = service.runner.run(_expiry(clients, names[1::2]))
    return [
        Figure("boards", len(names), ""),
        *_figures("rollover", rollovers, LIMIT_RATIO),
        Figure("rollover: a period was closed after, mean", total_s / closed, "s"),
        *_figures("expiry", [lazily], LIMIT_RATIO),
        *_figures("expiry without lazyfree", [at_once], None),
    ]


def _load(service: Service, names: list[str], entries: int) -> None:
    """Boards of `entries` members each, a few of them larger."""
    target = service.target
    rows = list(first_scores(members(entries * LARGE_TIMES, SEED), SEED))
    made = [target.request("PUT", f"/v1/boards/{name}", _SETTINGS) for name in names]
    filled = [batch_request(target, name, rows[:entries]) for name in names]
    for name in names[:LARGE_BOARDS]:
        filled += [batch_request(target, name, rows[at : at + _CHUNK]) for at in range(0, len(rows), _CHUNK)]
    for requests in (made, filled):
        sample = service.runner.run(drive(target, iter(requests), Pace(4), counts_items=True))
        if sample.errors or sample.refused_rows:
            raise BenchFailed(f"Loading the boards failed: {dict(sample.errors)}")


class Clients:
    """Those that read top pages, of the period that rolls over and of the one that lasts, and those that submit."""

    def __init__(self, service: Service, names: list[str], entries: int) -> None:
        target, drawn = service.target, random.Random(SEED)
        self.store = service.store
        chosen = drawn.choices(names, k=5000) + names[:LARGE_BOARDS] * 10
        drawn.shuffle(chosen)
        rows = list(first_scores(members(entries, SEED), SEED))
        submissions = (submit_request(target, drawn.choice(names), drawn.choice(rows)) for _ in iter(int, 1))
        self.rolling = Stream(target, _tops(target, chosen, ""), _READS_PER_S)
        self.lasting = Stream(target, _tops(target, chosen, "&period=all"), _READS_PER_S)
        self.writing = Stream(target, submissions, _WRITES_PER_S)

    async def met(self, calm_from_s: float, from_s: float, is_over: Callable[[], bool], within_s: float) -> Met:
        """Reads and writes until something that begins at an instant is over."""
        async with AsyncExitStack() as stack:
            for stream in (self.rolling, self.lasting, self.writing):
                await stack.enter_async_context(stream)
            await asyncio.sleep(from_s - time.time())
            while not await asyncio.to_thread(is_over):
                if time.time() - from_s > within_s:
                    raise BenchFailed(f"It was not over within {within_s:g} s.")
                await asyncio.sleep(0.1)
            took_s = time.time() - from_s
            calm, during = (calm_from_s, from_s - 1), (from_s, time.time())
        return Met(
            self.rolling.p99_ms(*calm),
            self.rolling.p99_ms(*during),
            self.lasting.p99_ms(*calm),
            self.lasting.p99_ms(*during),
            max(self.rolling.longest_ms(*during), self.lasting.longest_ms(*during)),
            took_s,
        )


def _tops(target: Target, names: list[str], query: str) -> Iterator[bytes]:
    return cycle([target.request("GET", f"/v1/boards/{name}/entries?limit=100{query}") for name in names])


async def _rollover(clients: Clients) -> Met:
    """From the calm part of a minute until every period that ended with it is closed."""
    await asyncio.sleep((_CALM_FROM_S - time.time()) % _MINUTE_S)
    calm_from_s = time.time() + 1
    ends_at_s = (time.time() // _MINUTE_S + 1) * _MINUTE_S

    def all_closed() -> bool:
        return not clients.store.zcount(_CLOSINGS, "-inf", (ends_at_s + _MINUTE_S / 2) * 1000)

    return await clients.met(calm_from_s, ends_at_s, all_closed, _CALM_FROM_S - 1)


async def _expiry(clients: Clients, names: list[str]) -> Met:
    """Has all windows of boards that are over expire, a board's at one instant."""
    await asyncio.sleep((_CALM_FROM_S - time.time()) % _MINUTE_S)
    at_s = time.time() + _CALM_BEFORE_S
    with clients.store.pipeline(transaction=False) as sent:
        for key in _windows_over(clients, set(names)):
            sent.pexpireat(key, int((at_s + _EXPIRE_OVER_S * crc32(key[: key.index(b"}")]) / 2**32) * 1000))
        sent.execute()
    return await clients.met(time.time() + 1, at_s, lambda: time.time() > at_s + _EXPIRE_OVER_S, 2 * _EXPIRE_OVER_S)


def _windows_over(clients: Clients, names: set[str]) -> list[bytes]:
    """Keys of the windows of boards that are over."""
    since_us = time.time() // _MINUTE_S * _MINUTE_S * 1e6
    found = ((key, _WINDOW.match(key)) for key in clients.store.scan_iter(match="*:cron.*", count=_CHUNK))
    return [key for key, of in found if of and of[1].decode() in names and int(of[2]) < since_us]


def _lag(service: Service) -> tuple[float, float]:
    """Seconds after their end at which periods were closed, all together; and how many were."""
    text = service.server.call("GET", "/metrics").text
    found = dict(re.findall(r"^rankd_rollover_lag_seconds_(sum|count) (\S+)", text, re.MULTILINE))
    return float(found["sum"]), float(found["count"])


def _figures(name: str, mets: list[Met], limit: float | None) -> list[Figure]:
    """Medians, also of the ratios: noise that lasts longer than a minute meets both sides alike."""
    met = Met(*map(median, zip(*mets, strict=True)))
    rolling = median(one.p99_ms / one.calm_p99_ms for one in mets)
    lasting = median(one.lasting_p99_ms / one.lasting_calm_p99_ms for one in mets)
    return [
        Figure(f"{name}: p99 of top pages of the rolling period, before", met.calm_p99_ms, "ms"),
        Figure(f"{name}: the same, meanwhile", met.p99_ms, "ms"),
        Figure(f"{name}: the same, meanwhile / before", rolling, "x", limit),
        Figure(f"{name}: p99 of top pages of `all`, before", met.lasting_calm_p99_ms, "ms"),
        Figure(f"{name}: the same, meanwhile", met.lasting_p99_ms, "ms"),
        Figure(f"{name}: the same, meanwhile / before", lasting, "x", limit),
        Figure(f"{name}: longest of them meanwhile", met.longest_ms, "ms"),
        Figure(f"{name}: over after", met.took_s, "s"),
    ]

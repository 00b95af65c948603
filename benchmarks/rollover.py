"""Do top pages slow down when a thousand boards roll over at one instant?

Boards of a period that ends every minute are read and written by a few clients without a pause. Each minute gives
the p99 of top pages while nothing ends, and from the rollover until the last period is closed. Then the old
windows of half of the boards expire at one instant (in life they are spread over ten minutes), and those of the
other half on a store that frees what expires on the spot.
"""

import asyncio
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from statistics import median
from typing import Any

import orjson

from benchmarks.figures import Figure
from benchmarks.service import SEED, Service, own_service
from rankd.bench.driver import Pace, drive
from rankd.bench.figures import BenchFailed, percentile
from rankd.bench.target import Target
from rankd.bench.workloads import Row, batch_request, first_scores, members, submit_request

BOARDS = 1000
ENTRIES = 200
LARGE_BOARDS, LARGE_TIMES = 3, 250  # a few boards have so many times the entries
MINUTES = 3
LIMIT_RATIO = 2.0
_MINUTE_S = 60
_CALM_FROM_S, _CALM_UNTIL_S = 42, 57
_EXPIRING_S, _EXPIRE_IN_S = 12, 3
_SETTINGS = orjson.dumps({"update": "latest", "periods": [{"type": "cron", "cron": "* * * * *"}, {"type": "all"}]})
_READERS, _WRITERS = 4, 2
_CLOSINGS = "rankd:{.}:closings"
_CHUNK = 1000


@dataclass(slots=True)
class Reads:
    """Latencies of top pages: of the period that rolls over, and of the one that goes on."""

    rolling_s: list[float] = field(default_factory=list)
    lasting_s: list[float] = field(default_factory=list)

    def p99_ms(self) -> tuple[float, float]:
        rolling, lasting = percentile(sorted(self.rolling_s), 0.99), percentile(sorted(self.lasting_s), 0.99)
        return rolling * 1000, lasting * 1000


@dataclass(frozen=True, slots=True)
class Minute:
    """One rollover: p99 before it and until all was closed, in milliseconds, and how long that took."""

    calm: tuple[float, float]
    rolling: tuple[float, float]
    closed_in_s: float


def measure(entries: int = ENTRIES) -> list[Figure]:
    """Takes about five minutes, most of it waiting for the clock."""
    names = [f"b{number}" for number in range(BOARDS)]
    with own_service() as service:
        _load(service, names, entries)
        clients = Clients(service, names, entries)
        minutes = [_minute(clients) for _ in range(MINUTES)]
        calm = clients.read_for(_EXPIRING_S).p99_ms()
        lazily = _expiry(clients, names[::2])
        service.store.config_set("lazyfree-lazy-expire", "no")
        at_once = _expiry(clients, names[1::2])
        lag_s = _mean_lag_s(service)
    return [
        Figure("boards", len(names), ""),
        *_rollovers(minutes),
        Figure("period closed after its end, mean", lag_s, "s"),
        *_against("expiry at one instant", calm, lazily, LIMIT_RATIO),
        *_against("expiry at one instant, lazyfree-lazy-expire no", calm, at_once, None),
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
    """Those that read top pages without a pause, and those that submit."""

    def __init__(self, service: Service, names: list[str], entries: int) -> None:
        self.service = service
        target, drawn = service.target, random.Random(SEED)
        chosen = drawn.choices(names, k=5000) + names[:LARGE_BOARDS] * 10
        self._rolling = cycle([target.request("GET", f"/v1/boards/{name}/entries?limit=100") for name in chosen])
        self._lasting = cycle(
            [target.request("GET", f"/v1/boards/{name}/entries?limit=100&period=all") for name in chosen]
        )
        rows = list(first_scores(members(entries, SEED), SEED))
        self._submissions = _submissions(target, names, rows, drawn)

    def read_for(self, seconds: float) -> Reads:
        reads = Reads()
        self.service.runner.run(self._read(reads, seconds))
        return reads

    async def _read(self, reads: Reads, seconds: float) -> None:
        target = self.service.target
        readers, writers = Pace(_READERS, seconds, 0.05), Pace(_WRITERS, seconds, 0.05)
        samples = await asyncio.gather(
            drive(target, self._rolling, readers),
            drive(target, self._lasting, readers),
            drive(target, self._submissions, writers),
        )
        if errors := [sample.errors for sample in samples if sample.errors]:
            raise BenchFailed(f"Reading and submitting met errors: {dict(errors[0])}")
        reads.rolling_s += samples[0].latencies_s
        reads.lasting_s += samples[1].latencies_s

    def read_until_closed(self, ended_at_s: float) -> tuple[Reads, float]:
        """Reads in slices of a second until every period that ended then is closed; and how long after it that was."""
        reads = Reads()
        while True:
            self.service.runner.run(self._read(reads, 1.0))
            took_s = time.time() - ended_at_s
            if not self.service.store.zcount(_CLOSINGS, "-inf", (ended_at_s + _MINUTE_S / 2) * 1000):
                return reads, took_s
            if took_s > _CALM_FROM_S:
                raise BenchFailed(f"{took_s:.0f} s after their end periods are still not closed.")


def _submissions(target: Target, names: list[str], rows: list[Row], drawn: random.Random) -> Iterator[bytes]:
    while True:
        yield submit_request(target, drawn.choice(names), drawn.choice(rows))


def _minute(clients: Clients) -> Minute:
    """Reads in the calm part of a minute, and over its end."""
    _wait_until(_next_minute_s() + _CALM_FROM_S if _second() > _CALM_FROM_S else _this_minute_s() + _CALM_FROM_S)
    ends_at_s = _next_minute_s()
    calm = clients.read_for(_CALM_UNTIL_S - _second())
    _wait_until(ends_at_s - 0.2)
    rolling, closed_in_s = clients.read_until_closed(ends_at_s)
    return Minute(calm.p99_ms(), rolling.p99_ms(), closed_in_s)


def _this_minute_s() -> float:
    return time.time() // _MINUTE_S * _MINUTE_S


def _next_minute_s() -> float:
    return _this_minute_s() + _MINUTE_S


def _second() -> float:
    return time.time() % _MINUTE_S


def _wait_until(at_s: float) -> None:
    time.sleep(max(0.0, at_s - time.time()))


def _expiry(clients: Clients, names: list[str]) -> tuple[float, float]:
    """Has all windows of boards that are over expire in a moment, and reads meanwhile."""
    _wait_until(_next_minute_s() + _CALM_FROM_S if _second() > _CALM_FROM_S else _this_minute_s() + _CALM_FROM_S)
    store, chosen = clients.service.store, set(names)
    at_ms = int((time.time() + _EXPIRE_IN_S) * 1000)
    with store.pipeline(transaction=False) as sent:
        for key in store.scan_iter(match="*:cron.*", count=_CHUNK):
            found = re.match(rb"rankd:\{[^/]*/([^}]*)\}:(?:order|entries):cron\.(\d+)\.", key)
            if found and found[1].decode() in chosen and int(found[2]) < _this_minute_s() * 1e6:
                sent.pexpireat(key, at_ms)
        sent.execute()
    return clients.read_for(_EXPIRING_S).p99_ms()


def _mean_lag_s(service: Service) -> float:
    text = service.server.call("GET", "/metrics").text
    total, count = (re.search(rf"^rankd_rollover_lag_seconds_{part} (\S+)", text, re.M) for part in ("sum", "count"))
    return float(total[1]) / max(float(count[1]), 1.0) if total and count else float("nan")


def _rollovers(minutes: list[Minute]) -> list[Figure]:
    """The medians of the minutes."""
    calm: Any = [median(part) for part in zip(*(minute.calm for minute in minutes), strict=True)]
    rolling: Any = [median(part) for part in zip(*(minute.rolling for minute in minutes), strict=True)]
    closed_in_s = median(minute.closed_in_s for minute in minutes)
    return [*_against("rollover", calm, rolling, LIMIT_RATIO), Figure("rollover: all closed after", closed_in_s, "s")]


def _against(name: str, calm: tuple[float, float], met: tuple[float, float], limit: float | None) -> list[Figure]:
    figures = []
    for kind, normal_ms, met_ms in zip(("period that rolls over", "all"), calm, met, strict=True):
        figures += [
            Figure(f"{name}: p99 of top pages, {kind}, in calm", normal_ms, "ms"),
            Figure(f"{name}: p99 of top pages, {kind}, then", met_ms, "ms"),
            Figure(f"{name}: p99 of top pages, {kind}, then / in calm", met_ms / normal_ms, "x", limit),
        ]
    return figures

"""Spans of days: computed beside requests, once for all that ask, and kept for as long as they are asked for.

A span whose days were not written to since is answered from what was computed. What is computed quickly is
always of now. What takes long may be some times older than the time it took, and is computed again behind the
answer.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from rankd import telemetry
from rankd.domain.calendars import DAY
from rankd.domain.instants import instant_text
from rankd.domain.periods import Window
from rankd.domain.queries import SpanQuery
from rankd.errors import RangePending, ValidationFailed
from rankd.store.clock import StoreClock
from rankd.store.periods import Period
from rankd.store.ranges import KEPT_MS, Aggregate, RangeKeys, RangeLost, RangeStore, new_token
from rankd.store.standing import StandingBoard

QUICK_S = 0.25
QUICK_RECORDS = 10_000
STALE_FOR = 10  # times as long as it took
MAX_STALE_S = 60.0
WAIT_S = 20.0
MAX_BUILDS = 4
_OPENED_FOR_S = KEPT_MS / 4000
_POLL_S = 0.05
_MAX_KNOWN = 1000
_DAY = timedelta(days=1)

Asked = tuple[str, ...]


@dataclass(slots=True)
class Span:
    """A range that is ready. `ready_at` and `opened_at` are seconds of the monotonic clock."""

    ranged: RangeKeys
    as_of_us: int
    ready_at: float
    opened_at: float
    cost_s: float


class SpanNote(NamedTuple):
    """What is said beside a span: the instant it is of, and its first day that is still kept where others are not."""

    as_of: str
    kept_from: str | None


@dataclass(slots=True)
class Build:
    """A computation under way, and how far it is."""

    ranged: RangeKeys
    task: "asyncio.Task[Span] | None" = None
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    total: int = 0
    done: int = 0


class Ranges:
    """Reads of spans of days."""

    def __init__(self, store: RangeStore, clock: StoreClock) -> None:
        self._store = store
        self._clock = clock
        self._ready: OrderedDict[Asked, Span] = OrderedDict()
        self._builds: dict[Asked, Build] = {}
        self._turns = asyncio.Semaphore(MAX_BUILDS)

    async def asked(
        self, standing: StandingBoard, query: SpanQuery, confirm: Callable[[], Awaitable[None]]
    ) -> tuple[Period, SpanNote]:
        """The entries of a span as a period to read, and what is to be said of them.

        `confirm` makes sure of the board before a request is refused. Raises ValidationFailed, RangePending where
        it is not ready within WAIT_S, BoardChanged.
        """
        if standing.board.ranges.keep_days == 0:
            await confirm()
            raise ValidationFailed(
                faults=[{"parameter": "from", "detail": "the board keeps no days: `ranges.keep_days` is 0"}]
            )
        assert query.since is not None and query.to is not None  # noqa: S101 a span has both
        now_us = self._clock.now_us()
        today = date.fromisoformat(standing.calendar.running(DAY, now_us).id)
        first = max(query.since, today - standing.board.ranges.keep_days * _DAY)
        # A day that has not come holds nothing; tomorrow may have, by the clock of the store.
        days = [str(first + index * _DAY) for index in range((min(query.to, today + _DAY) - first).days + 1)]
        rule = standing.board.update if query.member_type == "user" else standing.board.team_update
        aggregate = Aggregate(query.aggregate or ("sum" if rule == "sum" else "best"), query.member_type)
        asked = (standing.keys.tag.decode(), str(query.since), str(query.to), *aggregate, standing.layout.text)
        known = self._ready.get(asked)
        ranged, is_there = await self._store.named(standing, days, aggregate, known.ranged if known else None)
        if not is_there and self._ready.get(asked) is known:
            self._ready.pop(asked, None)
        span = await self._span(standing, ranged, asked, now_us)
        window = _window(standing, query.since, query.to)
        kept_from = str(first) if first > query.since else None
        return Period(window, window.id, span.ranged.window_keys), SpanNote(instant_text(span.as_of_us), kept_from)

    async def _span(self, standing: StandingBoard, ranged: RangeKeys, asked: Asked, now_us: int) -> Span:
        known = await self._still_ready(standing, asked)
        if known is not None:
            if known.ranged.name == ranged.name:
                known.as_of_us = now_us
                return known
            age_s = time.monotonic() - known.ready_at
            if known.cost_s > QUICK_S:
                if age_s > min(known.cost_s * STALE_FOR, MAX_STALE_S) and asked not in self._builds:
                    await self._build(standing, ranged, asked, now_us)
                return known
        try:
            async with asyncio.timeout(WAIT_S):
                build = await self._build(standing, ranged, asked, now_us)
                assert build.task is not None  # noqa: S101 it was begun
                return await asyncio.shield(build.task)
        except TimeoutError:
            raise RangePending(_pending(self._builds.get(asked))) from None

    async def _still_ready(self, standing: StandingBoard, asked: Asked) -> Span | None:
        """The range that was computed last, if the store has it still."""
        known = self._ready.get(asked)
        if known is not None and time.monotonic() - known.opened_at > _OPENED_FOR_S:
            state, _ = await self._store.open(standing, known.ranged, b"")
            if state != "READY":
                self._ready.pop(asked, None)
                return None
            known.opened_at = time.monotonic()
        return known

    async def _build(self, standing: StandingBoard, ranged: RangeKeys, asked: Asked, now_us: int) -> Build:
        """The computation under way, unless it is a short one of days that were written to since; else a new one."""
        while (build := self._builds.get(asked)) is not None:
            await build.opened.wait()
            if build.ranged.name == ranged.name or build.total > QUICK_RECORDS or build.task is None:
                return build
            await asyncio.wait([build.task])
        build = self._builds[asked] = Build(ranged)
        build.task = asyncio.create_task(self._computed(standing, build, asked, now_us))
        build.task.add_done_callback(_seen)
        return build

    async def _computed(self, standing: StandingBoard, build: Build, asked: Asked, now_us: int) -> Span:
        outcome = "failed"
        telemetry.RANGE_BUILDS_RUNNING.inc()
        try:
            async with self._turns:
                began = time.monotonic()
                outcome = await self._compute(standing, build)
            now = time.monotonic()
            span = self._ready[asked] = Span(build.ranged, now_us, now, now, now - began)
            telemetry.RANGE_BUILD_SECONDS.observe(span.cost_s)
            self._ready.move_to_end(asked)
            if len(self._ready) > _MAX_KNOWN:
                self._ready.popitem(last=False)
            return span
        finally:
            build.opened.set()
            self._builds.pop(asked, None)
            telemetry.RANGE_BUILDS_RUNNING.dec()
            self._forget(build)
            telemetry.RANGE_BUILDS.labels(outcome).inc()

    @staticmethod
    def _forget(build: Build) -> None:
        """Takes a computation out of what is shown to be under way."""
        telemetry.RANGE_RECORDS_TO_READ.dec(build.total)
        telemetry.RANGE_RECORDS_READ.dec(build.done)
        build.total = build.done = 0

    async def _compute(self, standing: StandingBoard, build: Build) -> str:
        """Computes the range, or waits for whoever does. Returns the outcome."""
        token = new_token()
        while True:
            state, records = await self._store.open(standing, build.ranged, token)
            if state == "READY":
                return "done"
            if state == "BUILD":
                self._forget(build)
                build.total = records
                telemetry.RANGE_RECORDS_TO_READ.inc(records)
                build.opened.set()
                try:
                    async for read in self._store.build(standing, build.ranged, token):
                        build.done += read
                        telemetry.RANGE_RECORDS_READ.inc(read)
                    return "done"
                except RangeLost:
                    continue
            build.opened.set()
            await asyncio.sleep(_POLL_S)


def _seen(task: "asyncio.Task[Span]") -> None:
    """Whoever waits is told of a failure; where nobody does, the next to ask begins anew."""
    if not task.cancelled():
        task.exception()


def _window(standing: StandingBoard, since: date, until: date) -> Window:
    starts_us = _started(lambda: standing.calendar.day_start(since))
    return Window("range", f"{since}..{until}", starts_us, _started(lambda: standing.calendar.day_start(until + _DAY)))


def _started(found: Callable[[], int]) -> int | None:
    """When a day begins, or None where no date can say."""
    try:
        return found()
    except OverflowError:
        return None


def _pending(build: Build | None) -> str:
    begun = build if build is not None and build.total else None
    read = f"{begun.done:,} of {begun.total:,} records are read" if begun else "others go before it"
    return f"the range is being computed: {read}; ask again"

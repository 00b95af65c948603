"""The ledger of boards with periods: which period each submission went to, held against what the store's clock
showed while it was under way, and what each period may then say.

Boards here go by UTC and have the periods all, daily and cron (every so many minutes), so that what a period is
called follows from an instant by arithmetic alone, without rankd's calendar.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from tests.clock import DAY_US, SECOND_US, MovedClock
from tests.faults.conftest import client_of, use_project_key
from tests.faults.ledger import Ledger, Operation, State, applied
from tests.faults.posting import Poster
from tests.rankd_processes import RankdProcess
from tests.store_servers import StoreServer

MINUTE_US = 60 * SECOND_US
KEEP = 72  # cron periods: three days of hours
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Ids = tuple[str, str]  # of the daily and the cron period
Slot = tuple[str, str, str | None]  # board, type and id


class WatchedClock:
    """A store's clock with its past: what it may have shown between two moments of the machine's clock."""

    def __init__(self, clock: MovedClock) -> None:
        self._clock = clock
        self._spans = [(0, clock.offset_us)]  # since when, how far ahead

    @property
    def now_us(self) -> int:
        return self._clock.now_us()

    def move(self, by_us: int) -> None:
        self._spans.append((time.time_ns() // 1000, self._clock.offset_us + by_us))
        self._clock.move(by_us)

    def run_from(self, at_us: int) -> None:
        self.move(at_us - self._clock.now_us())

    def shown(self, since_us: int, until_us: int) -> list[tuple[int, int]]:
        """Spans of what it showed, one between two jumps."""
        found = []
        for index, (from_us, offset_us) in enumerate(self._spans):
            to_us = self._spans[index + 1][0] if index + 1 < len(self._spans) else until_us
            if from_us <= until_us and to_us >= since_us:
                found.append((max(since_us, from_us) + offset_us, min(until_us, to_us) + offset_us))
        return found


@dataclass(kw_only=True)
class PeriodLedger(Ledger):
    """Follows every member in every period. Submissions are held to be in order a member, as Ledger sends them."""

    clock: WatchedClock
    poster: Poster
    cron_minutes: int
    filed: dict[Slot, dict[str, State]] = field(default_factory=dict)
    counts: Counter[Slot] = field(default_factory=Counter)
    misfiled: int = 0
    lost: int = 0
    repeats: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        cron = f"*/{self.cron_minutes} * * * *" if self.cron_minutes < 60 else "0 * * * *"
        self.settings = {"periods": [{"type": "all"}, {"type": "daily"}, {"type": "cron", "cron": cron, "keep": KEEP}]}

    async def post(self, path: str, body: Any, headers: dict[str, str]) -> httpx2.Response:
        return await self.poster.post(path, body, headers)

    def ids_at(self, at_us: int) -> Ids:
        day, cron = (EPOCH + timedelta(microseconds=at_us - at_us % each) for each in (DAY_US, self.cron_us))
        return f"{day:%Y-%m-%d}", f"{cron:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def cron_us(self) -> int:
        return self.cron_minutes * MINUTE_US

    def possible_ids(self, operation: Operation) -> set[Ids]:
        """What the periods of an operation may be called, that was sent some time ago and is answered now."""
        possible: set[Ids] = set()
        for first_us, last_us in self.clock.shown(operation.sent_us, time.time_ns() // 1000):
            begun_us = range(first_us - first_us % self.cron_us, last_us + 1, self.cron_us)
            possible |= {self.ids_at(at_us) for at_us in begun_us}
        return possible

    def _judge(self, operation: Operation, answer: httpx2.Response) -> None:
        super()._judge(operation, answer)
        if operation.outcome != "ok":
            return
        possible = self.possible_ids(operation)
        placings = answer.json() if len(operation.scores) > 1 else [answer.json()]
        for placing in placings:
            member, parts = placing["member"], placing["periods"]
            if list(parts) != ["all", "daily", "cron"] or "id" in parts["all"] or placing["period"] != "all":
                self.wrongs.append(f"not the board's periods: {placing}")
                continue
            ids = parts["daily"]["id"], parts["cron"]["id"]
            if ids not in possible:
                self.misfiled += 1
                self.wrongs.append(f"{operation.board} {member}: filed under {ids}, the clock had {possible}")
            for kind, name in ("all", None), ("daily", ids[0]), ("cron", ids[1]):
                self._file((operation.board, kind, name), member, operation.scores[member], parts[kind])

    def _file(self, slot: Slot, member: str, score: int, part: dict[str, Any]) -> None:
        """The chain within a period: the answer names what the submission makes of the state before."""
        self.counts[slot] += 1
        states = self.filed.setdefault(slot, {})
        before = states.get(member)
        after = applied(self.rules[slot[0]], before, score)
        if (part["score"], part["changed"]) != (after, after != before):
            self.wrongs.append(f"{slot} {member} +{score}: {before} -> {part}, expected {after}")
        states[member] = part["score"]

    async def repeat(self, operation: Operation) -> None:
        """Sends an answered operation again, which has to be answered with the same bytes."""
        while True:
            again = await self._send(Operation(operation.board, operation.scores, operation.key))
            if again is not None:
                break
            await asyncio.sleep(0.05)  # a client's pause between attempts
        if again.headers.get("idempotent-replayed") != "true" or again.content != operation.answer:
            self.wrongs.append(f"first {operation.answer!r}, repeated {again.status_code} {again.content!r}")
        is_over = self.ids_at(self.clock.now_us)[1] not in operation.answer.decode()
        self.repeats["across a boundary" if is_over else "in its period"] += 1

    def ended(self, board: str) -> list[tuple[str, str, int]]:
        """Type, id and total of the board's periods that are over by the store's clock and were played."""
        running = self.ids_at(self.clock.now_us)
        return sorted(
            (kind, name, len(states))
            for (of_board, kind, name), states in self.filed.items()
            if of_board == board and name is not None and name not in running
        )

    async def close(self) -> None:
        """Holds every period of every board against the ledger, by its id, and the list of periods."""
        await super().close()
        for slot, states in self.filed.items():
            board, kind, name = slot
            found = {row["member"]: row["score"] for row in await self._walk(board, period=name or kind)}
            if found != states:
                self.lost += len(states.keys() - found.keys())
                wrong = {member: (found.get(member), state) for member, state in states.items()}
                self.wrongs.append(f"{slot}: {found.keys() - states.keys()} too many, (found, expected) {wrong}")
        for board in self.rules:
            listed = (await self.client.get(f"/v1/boards/{board}/periods")).json()["periods"]
            for row in listed:
                known = self.filed.get((board, row["type"], row["id"] if row["type"] != "all" else None), {})
                if row["total"] != len(known):
                    self.wrongs.append(f"{board}: listed {row}, the ledger has {len(known)}")

    def figures(self) -> dict[str, Any]:
        submissions = sum(len(operation.scores) for operation in self.operations if operation.outcome == "ok")
        found = {"misfiled": self.misfiled, "lost": self.lost, "repeats": dict(self.repeats)}
        return {"submissions": submissions, **super().figures(), **found}


@dataclass(frozen=True)
class Closing:
    """A `period.closed` event of a board's outbox."""

    kind: str
    name: str
    total: int
    after_ms: float  # from the period's end until the event, by the store's clock


def closings(store: StoreServer, board: str) -> list[Closing]:
    found = []
    for number, event in store.control.xrange(f"rankd:{{default/{board}}}:outbox"):
        if event[b"event"] == b"period.closed":
            kind, _, name = event[b"period"].decode().partition(":")
            after_ms = int(number.split(b"-")[0]) - int(event[b"ends_us"]) / 1000
            found.append(Closing(kind, name, int(event[b"total"]), after_ms))
    return found


def immortal_keys(store: StoreServer) -> list[bytes]:
    """Keys of periods that end which nothing will ever remove."""
    ending = [
        key
        for key in store.control.scan_iter(match="rankd:{default/*}:*", count=1000)
        if key.split(b":")[2] in (b"order", b"entries", b"distinct") and not key.split(b":")[3].startswith(b"all.")
    ]
    return [key for key in ending if store.control.pttl(key) == -1]


@contextlib.asynccontextmanager
async def period_ledger_on(
    data_dir: Path,
    redis_url: str,
    clock: WatchedClock,
    *options: str,
    rankd_clock: MovedClock,
    cron_minutes: int,
    rules: dict[str, str],
) -> AsyncIterator[PeriodLedger]:
    """A service on a clock of its own, boards with periods, and a ledger ready to drive it."""
    process = RankdProcess(data_dir, redis_url, *options, clock=rankd_clock)
    try:
        await asyncio.to_thread(process.wait_ready)
        async with client_of(process) as client:
            await use_project_key(client)
            with contextlib.closing(Poster(process.url, client.headers["Authorization"])) as poster:
                ledger = PeriodLedger(client, rules=rules, clock=clock, poster=poster, cron_minutes=cron_minutes)
                await ledger.define_boards()
                yield ledger
    finally:
        await asyncio.to_thread(process.stop)

"""The end of periods: noticed by asking what is due, closed once whoever notices, whatever was missed."""

import asyncio
import time

import structlog

from rankd import telemetry
from rankd.domain.periods import Window
from rankd.errors import BoardNotFound, RankdError
from rankd.service.boards import Boards, next_due_us
from rankd.service.periods import Periods
from rankd.store.clock import StoreClock
from rankd.store.rollovers import RolloverStore
from rankd.store.standing import Record, StandingBoard

log = structlog.get_logger()

BATCH = 20
AT_ONCE = 4
MAX_PAUSE_S = 0.01
LEASE_MS = 10_000
# The time an answer takes is no difference between clocks.
CLOCK_LEEWAY_US = 100_000
# What a board that nobody looked at for long makes up for; windows that were played are closed all the same.
MAX_MISSED = 32


class Rollovers:
    """Closes windows that are over."""

    def __init__(self, boards: Boards, periods: Periods, store: RolloverStore, clock: StoreClock) -> None:
        self._boards = boards
        self._periods = periods
        self._store = store
        self._clock = clock

    async def tick(self) -> int:
        """Closes what is due on some boards. Returns how many boards were due, at most BATCH."""
        claim = await self._store.claim(BATCH, LEASE_MS)
        self._clock.learn((claim.lease_ms - LEASE_MS) * 1000, CLOCK_LEEWAY_US)
        telemetry.ROLLOVERS_DUE.set(len(claim.boards))
        turns = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*[self._looked_at(turns, *board, claim.lease_ms) for board in claim.boards])
        return len(claim.boards)

    async def _looked_at(self, turns: asyncio.Semaphore, project: str, board_id: str, lease_ms: int) -> None:
        """Closes what is over on one board, in its turn."""
        async with turns:
            began = time.monotonic()
            try:
                await self._roll_over(project, board_id, lease_ms)
            except BoardNotFound:
                await self._store.schedule(project, board_id, None, lease_ms)
            except RankdError as error:
                log.warning("rollover_failed", project=project, board=board_id, reason=error.detail)
            except Exception:  # one board's trouble is not the others'
                log.exception("rollover_failed", project=project, board=board_id)
            finally:
                telemetry.ROLLOVERS_DUE.dec()
            # Half of the time is left to requests when many boards end at one instant.
            await asyncio.sleep(min(time.monotonic() - began, MAX_PAUSE_S))

    async def _roll_over(self, project: str, board_id: str, lease_ms: int) -> None:
        async def work(standing: StandingBoard) -> int | None:
            await self._boards.confirm(project, standing)
            now_us = self._clock.now_us()
            for record in await self._over(standing, now_us):
                await self._close(standing, record, now_us)
            return next_due_us(standing.calendar, now_us)

        due_us = await self._boards.applied(project, board_id, work)
        await self._store.schedule(project, board_id, None if due_us is None else due_us // 1000 + 1, lease_ms)

    async def _close(self, standing: StandingBoard, record: Record, now_us: int) -> None:
        end_us = record.end_us or 0
        due_us = end_us + standing.calendar.late_us
        forgotten = await self._forgotten(standing, record.type, now_us)
        if await self._store.close(standing, record, due_us, forgotten):
            telemetry.PERIODS_CLOSED.inc()
            telemetry.ROLLOVER_LAG_SECONDS.observe(max(0.0, (self._clock.now_us() - due_us) / 1e6))

    async def _forgotten(self, standing: StandingBoard, kind: str, now_us: int) -> list[Record]:
        """A type's windows that are no longer kept, with their archives."""
        if kind in ("all", "season"):
            return []
        records = (await self._store.played(standing, now_us)).records.values()
        expiry = standing.calendar.expiry_us
        return [one for one in records if one.type == kind and (expiry(one.window) or now_us) < now_us]

    async def _over(self, standing: StandingBoard, now_us: int) -> list[Record]:
        """Windows that are over and not closed yet, in the order they ended."""
        standing.known_played = None
        played = (await self._store.played(standing, now_us)).records
        found = {one.field: one for one in played.values() if not one.is_archive and one.total is None}
        for kind in standing.calendar.types:
            found |= {one.field: played.get(one.field, one) for one in self._missed(standing, kind, now_us)}
        late_us = standing.calendar.late_us
        over = [
            one
            for one in found.values()
            if one.end_us is not None
            and one.end_us + late_us <= now_us
            and one.end_us > standing.closed.get(one.type, int(standing.keys.born))
            and (one.field in played or standing.calendar.is_open_in(one.window))
        ]
        return sorted(over, key=lambda one: one.end_us or 0)

    def _missed(self, standing: StandingBoard, kind: str, now_us: int) -> list[Record]:
        """The last windows of a type that ended since one was closed, played or not."""
        calendar = standing.calendar
        since_us = standing.closed.get(kind, int(standing.keys.born))
        window: Window | None = calendar.running(kind, now_us)
        found: list[Record] = []
        while window is not None and len(found) < MAX_MISSED and (window.end_us or now_us) > since_us:
            generation = standing.keys.generation(kind)
            found.append(Record(kind, window.id, window.start_us, window.end_us, generation))
            window = calendar.before(window)
        return found

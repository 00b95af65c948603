"""F15: ten thousand submissions across a boundary, with repeats, lost replies, and rankd's clock an hour off."""

import asyncio
import contextlib
import random
import time
import uuid
from pathlib import Path

import httpx2
import pytest

from tests.clock import DAY_US, HOUR_US, SECOND_US, MovedClock
from tests.conftest import Report
from tests.faults.ledger import Operation
from tests.faults.periods import (
    MINUTE_US,
    Closing,
    PeriodLedger,
    WatchedClock,
    closings,
    immortal_keys,
    period_ledger_on,
)
from tests.faults.proxy import CUT_AFTER_SEND, CUT_BEFORE_SEND, running_proxy
from tests.store_servers import StoreServer, running_store
from tests.waiting import until

SUBMISSIONS = 10_000
CLIENTS = 64
BOARD = "points"
CLOSED_WITHIN_S = 15
CUTS, CUT_SHARE = [CUT_AFTER_SEND, CUT_AFTER_SEND, CUT_BEFORE_SEND], 0.05
ABANDONED, REPEATED = 0.02, 0.08  # of the submissions
FIRST_US, LEFT_US = 50 * SECOND_US, SECOND_US // 2  # before the boundary, at first and once the load is on


async def abandon(ledger: PeriodLedger, operation: Operation, after_s: float) -> None:
    """Sends an operation and hangs up, so that its client does not know what became of it."""
    operation.sent_us = time.time_ns() // 1000
    headers, path = {"Idempotency-Key": str(operation.key)}, f"/v1/boards/{operation.board}/scores"
    with contextlib.suppress(TimeoutError, httpx2.TransportError):
        async with asyncio.timeout(after_s):
            await ledger.post(path, operation.body, headers)
        return
    ledger.repeats["hung up"] += 1


async def work_and_repeat(ledger: PeriodLedger, number: int, submissions: int) -> None:
    """One client: members of its own, one submission after the other, some of them sent again any time later."""
    chance, sent = random.Random(number), list[Operation]()
    for turn in range(submissions):
        operation = Operation(BOARD, {f"c{number}-{turn % 3}": chance.randint(-5, 1000)}, str(uuid.uuid4()))
        if chance.random() < ABANDONED:
            await abandon(ledger, operation, chance.uniform(0.001, 0.02))
        await ledger.run(operation)
        sent.append(operation)
        if chance.random() < REPEATED:
            await ledger.repeat(chance.choice(sent))


async def closed_periods(ledger: PeriodLedger, store: StoreServer) -> list[Closing]:
    """What the outbox says once every period that is over has closed; each has to be there once, with its total."""
    ended = ledger.ended(BOARD)

    def announced() -> list[tuple[str, str, int]]:
        return sorted((closing.kind, closing.name, closing.total) for closing in closings(store, BOARD))

    with contextlib.suppress(TimeoutError):
        await until(lambda: set(ended) <= set(announced()), CLOSED_WITHIN_S, "periods to close")
    assert [closing for closing in announced() if closing[2]] == ended  # minutes that nobody played in have no total
    return closings(store, BOARD)


# What an hour does to rankd's clock is not the store's matter: one kind of store for each.
@pytest.mark.parametrize(
    ("store_kind", "rankd_ahead_us"),
    [("valkey", 0), ("redis", 0), ("valkey", HOUR_US), ("redis", -HOUR_US)],
    ids=["valkey-in-step", "redis-in-step", "valkey-hour-ahead", "redis-hour-behind"],
    indirect=["store_kind"],
)
async def test_each_submission_across_a_boundary_is_in_one_period_which_closes_once(
    store_kind: str, rankd_ahead_us: int, tmp_path: Path, report: Report
) -> None:
    # given two workers on a board of minutes and days, less than a minute before midnight by the store's clock
    midnight_us = (time.time_ns() // 1000 // DAY_US + 1) * DAY_US
    with MovedClock() as moved, MovedClock() as own, running_store(store_kind, clock=moved) as store:
        clock = WatchedClock(moved)
        clock.run_from(midnight_us - FIRST_US)
        own.run_from(midnight_us - FIRST_US + rankd_ahead_us)
        async with (
            running_proxy(store.socket, CUTS, CUT_SHARE) as proxy,
            period_ledger_on(
                tmp_path, proxy.url, clock, "--workers", "2", rankd_clock=own, cron_minutes=1, rules={BOARD: "sum"}
            ) as ledger,
        ):
            # when midnight comes amid ten thousand submissions
            proxy.armed = True
            each = [len(range(number, SUBMISSIONS, CLIENTS)) for number in range(CLIENTS)]
            async with asyncio.TaskGroup() as load:
                for number in range(CLIENTS):
                    load.create_task(work_and_repeat(ledger, number, each[number]))
                await until(lambda: len(ledger.operations) >= 0.4 * SUBMISSIONS, 45, "load")
                clock.run_from(midnight_us - LEFT_US)
                own.run_from(midnight_us - LEFT_US + rankd_ahead_us)
            proxy.armed = False

            # then the periods that end there close, once and soon, with the members they had
            at_midnight = await closed_periods(ledger, store)
            await ledger.close()
            clock.move(+MINUTE_US)
            await closed_periods(ledger, store)  # the next minute too, and none again

            filed = {str(slot[2]): count for slot, count in ledger.counts.items() if slot[1] == "cron"}
            late_ms = max(closing.after_ms for closing in at_midnight)
            report(
                store=store.version(), rankd_ahead_us=rankd_ahead_us, cuts=dict(proxy.done), **ledger.figures(),
                filed=filed, closed=len(at_midnight), closed_after_ms=late_ms,
            )  # fmt: skip
            assert ledger.wrongs == []
            assert immortal_keys(store) == []
            assert all(filed[ledger.ids_at(at_us)[1]] >= SUBMISSIONS // 10 for at_us in (midnight_us - 1, midnight_us))
            assert sum(filed.values()) == ledger.answered == SUBMISSIONS
            assert ledger.repeats["across a boundary"] >= 20
            assert sum(proxy.done.values()) >= 10
            assert 0 <= late_ms <= CLOSED_WITHIN_S * 1000

"""F14: the clock of the store jumps, and rankd's, under load and while outcomes are open."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.clock import DAY_US, HOUR_US, SECOND_US, MovedClock
from tests.conftest import Report
from tests.faults.ledger import RULES
from tests.faults.periods import PeriodLedger, WatchedClock, closings, immortal_keys, period_ledger_on
from tests.faults.proxy import CUT_AFTER_SEND, Proxy, running_proxy
from tests.store_servers import StoreServer, running_store
from tests.waiting import until

WORKERS = 8
BETWEEN = 120  # operations answered from one jump to the next
NEAR_US = SECOND_US // 2  # to a boundary
CLOSED_WITHIN_S = 15


class Jump(NamedTuple):
    """What moves a clock, once the store's shows an instant and enough was answered."""

    make: Callable[[], None]
    after_us: int = 0


class Scene(NamedTuple):
    """Boards of days and hours that are a day old, on a store and a service with clocks of their own."""

    ledger: PeriodLedger
    store: StoreServer
    proxy: Proxy
    clock: WatchedClock
    rankd_clock: MovedClock
    start_us: int


@contextlib.asynccontextmanager
async def scene(store_kind: str, data_dir: Path) -> AsyncIterator[Scene]:
    with MovedClock() as moved, MovedClock() as own, running_store(store_kind, clock=moved) as store:
        clock, start_us = WatchedClock(moved), half_past_one_us()
        clock.run_from(start_us - DAY_US)
        own.run_from(start_us - DAY_US)
        async with (
            running_proxy(store.socket, [CUT_AFTER_SEND], share=1.0) as proxy,
            period_ledger_on(data_dir, proxy.url, clock, rankd_clock=own, cron_minutes=60, rules=RULES) as ledger,
        ):
            clock.run_from(start_us)
            own.run_from(start_us)
            yield Scene(ledger, store, proxy, clock, own, start_us)


def half_past_one_us() -> int:
    """Of the next day in UTC: two hours earlier is another day, and every whole hour is a boundary."""
    return (time.time_ns() // 1000 // DAY_US + 1) * DAY_US + HOUR_US * 3 // 2


async def jump_under_load(ledger: PeriodLedger, jumps: list[Jump]) -> None:
    """Clients submit all the while; the clocks jump one time after the other."""
    ended = asyncio.Event()

    async def keep_loading(worker: int) -> None:
        chance = random.Random(worker)
        while not ended.is_set():
            await ledger.run(ledger.chosen(worker, chance))

    async with asyncio.TaskGroup() as load:
        for worker in range(WORKERS):
            load.create_task(keep_loading(worker))
        for jump in [*jumps, Jump(ended.set)]:
            due = ledger.answered + BETWEEN

            def is_due(due: int = due, after_us: int = jump.after_us) -> bool:
                is_enough = ledger.answered >= due and ledger.clock.now_us >= after_us
                return is_enough or bool(ledger.wrongs)

            await until(is_due, 30, "load between jumps")
            jump.make()


async def hold_all_periods(ledger: PeriodLedger, store: StoreServer, later_us: int) -> dict[str, int]:
    """Holds everything against the ledger at an instant when all that was played is over and, at last, closed."""
    ledger.clock.run_from(later_us)
    counted = {"closed": 0, "closed_twice": 0}
    for board in ledger.rules:
        ended = {row[:2] for row in ledger.ended(board)}

        def announced(board: str = board) -> list[tuple[str, str]]:
            return [(closing.kind, closing.name) for closing in closings(store, board)]

        await until(lambda ended=ended, found=announced: ended <= set(found()), CLOSED_WITHIN_S, "periods to close")
        counted["closed"] += len(announced())
        counted["closed_twice"] += len(announced()) - len(set(announced()))
    await ledger.close()
    assert immortal_keys(store) == []
    return counted


async def test_a_store_whose_clock_jumps_keeps_every_entry_in_the_period_it_showed(
    store_kind: str, tmp_path: Path, report: Report
) -> None:
    async with scene(store_kind, tmp_path) as (ledger, store, _, clock, _, start_us):
        # given jumps on and back, over hours and days, and one second back just after a boundary
        hour_us = start_us + HOUR_US // 2
        steps_us = [2 * HOUR_US, -2 * HOUR_US, -2 * HOUR_US, 2 * HOUR_US, DAY_US, -DAY_US]
        jumps = [Jump(lambda by_us=by_us: clock.move(by_us)) for by_us in steps_us]
        jumps += [
            Jump(lambda: clock.run_from(hour_us - NEAR_US)),
            Jump(lambda: clock.run_from(hour_us - NEAR_US), hour_us + NEAR_US),
            Jump(lambda: None, hour_us + NEAR_US),
        ]

        # when the store's clock makes them under load
        await jump_under_load(ledger, jumps)

        # then nothing is lost, misfiled or counted twice
        counted = await hold_all_periods(ledger, store, start_us + 2 * DAY_US)
        report(store=store.version(), jumps=len(jumps), **counted, **ledger.figures())
        assert ledger.wrongs == []
        assert counted["closed_twice"] == 0
        assert len(ledger.counts) >= len(RULES) * 8


@pytest.mark.parametrize("store_kind", ["valkey"], indirect=True)  # whose own clock is right
async def test_a_service_whose_clock_jumps_misfiles_nothing(store_kind: str, tmp_path: Path, report: Report) -> None:
    async with scene(store_kind, tmp_path) as (ledger, store, _, clock, own, start_us):
        # given jumps of an hour, and boundaries that are crossed an hour ahead and an hour behind
        def come_near(boundary_us: int, rankd_ahead_us: int) -> None:
            clock.run_from(boundary_us - NEAR_US)
            own.run_from(boundary_us - NEAR_US + rankd_ahead_us)

        first_us, second_us = start_us + HOUR_US // 2, start_us + HOUR_US * 3 // 2
        jumps = [Jump(lambda by_us=by_us: own.move(by_us)) for by_us in (HOUR_US, -HOUR_US, -HOUR_US, HOUR_US)]
        jumps += [
            Jump(lambda: come_near(first_us, HOUR_US)),
            Jump(lambda: come_near(second_us, -HOUR_US), first_us + NEAR_US),
            Jump(lambda: own.move(2 * HOUR_US), second_us - NEAR_US // 2),
            Jump(lambda: None, second_us + NEAR_US),
        ]

        # when the service's clock makes them under load, and the store's is right
        await jump_under_load(ledger, jumps)

        # then every submission is where the store's clock says, and none had to be repeated
        counted = await hold_all_periods(ledger, store, start_us + DAY_US)
        report(store=store.version(), jumps=len(jumps), **counted, **ledger.figures())
        assert ledger.wrongs == []
        assert counted["closed_twice"] == 0
        assert set(ledger.statuses) == {200}


@pytest.mark.parametrize("by_us", [2 * HOUR_US, -2 * HOUR_US], ids=["two-hours-on", "two-hours-back-over-midnight"])
async def test_an_open_outcome_is_settled_by_its_key_although_the_clock_jumped(
    store_kind: str, by_us: int, tmp_path: Path, report: Report
) -> None:
    async with scene(store_kind, tmp_path) as (ledger, store, proxy, clock, _, start_us):
        # given submissions that the store applied, whose replies were all lost
        await ledger.work(WORKERS, 5)  # the store knows the script
        proxy.armed = True
        load = [asyncio.create_task(ledger.work(worker, 2)) for worker in range(4)]
        await until(lambda: ledger.statuses[503] >= 8, 30, "eight unknown outcomes")

        # when the store's clock jumps before their clients repeat them
        clock.move(by_us)
        proxy.armed = False
        await asyncio.gather(*load)

        # then each counts once, in the period it was first placed in
        counted = await hold_all_periods(ledger, store, start_us + DAY_US)
        report(store=store.version(), by_us=by_us, cuts=dict(proxy.done), **counted, **ledger.figures())
        assert ledger.wrongs == []
        assert ledger.figures()["replayed"] >= 1


@pytest.mark.parametrize(("kind", "by_us"), [("cron", 2 * HOUR_US), ("daily", DAY_US)], ids=["hour", "day"])
async def test_a_running_period_survives_a_jump_past_its_end_and_back(
    store_kind: str, kind: str, by_us: int, tmp_path: Path
) -> None:
    async with scene(store_kind, tmp_path) as (ledger, store, _, clock, _, _):
        # given entries in a running hour and a running day, kept as long as boards keep them unasked
        periods = [{"type": "daily"}, {"type": "cron", "cron": "0 * * * *"}]
        await ledger.client.put("/v1/boards/unasked", json={"update": "sum", "periods": periods})
        await ledger.client.post("/v1/boards/unasked/scores", json={"member": "m", "score": 7})

        # when the store's clock jumps, every key is looked at, and it jumps back
        clock.move(by_us)
        store.dump()
        clock.move(-by_us)

        # then the period still has what was in it, and adds to it
        again = await ledger.client.post("/v1/boards/unasked/scores", json={"member": "m", "score": 1})
        assert again.json()["periods"][kind]["score"] == 8

"""The end of periods: each window is closed once, whoever looks and whatever their clocks say, and handed on."""

import asyncio

import pytest

from rankd.service.rollovers import BATCH, LEASE_MS
from rankd.store.boards import BoardStore
from rankd.store.client import StoreClient
from rankd.store.outcomes import ClocksDiffer
from rankd.store.rollovers import RolloverStore
from rankd.store.standing import Record
from tests.clock import DAY_US, HOUR_US, SECOND_US
from tests.timed_service import NOON, TAG, TimedService, us

MIDNIGHT = "2026-11-22T00:00:00Z"
MINUTELY = {"type": "cron", "cron": "* * * * *", "keep": 60}


async def ticks(timed: TimedService) -> int:
    """Looks until nothing is due; returns how many boards were."""
    due = 0
    while found := await timed.tick():
        due += found
    return due


async def test_a_window_that_is_over_is_closed_with_its_total_and_an_event(timed: TimedService) -> None:
    # given a day with two entries
    await timed.board("daily", "all", update="sum")
    for member in ("u", "v", "u"):
        await timed.send(member, 1)
    board = timed.store.control.hgetall(TAG + "board")

    # when it is over
    timed.at(MIDNIGHT, +1000)
    assert await timed.tick() == 1

    # then its event is in the outbox, its total in the list, and its end with the board
    generation = board[b"born"].decode()
    starts_us, ends_us = us("2026-11-21T00:00:00Z"), us(MIDNIGHT)
    assert timed.events() == [
        {
            "event": "period.closed",
            "period": "daily:2026-11-21",
            "starts_us": str(starts_us),
            "ends_us": str(ends_us),
            "generation": generation,
            "total": "2",
        }
    ]
    listed = timed.store.control.hgetall(TAG + "periods")
    assert listed == {b"daily:2026-11-21": f"{starts_us} {ends_us} {generation} 2".encode()}
    assert timed.store.control.hget(TAG + "board", "closed:daily") == str(ends_us).encode()


async def test_nothing_is_closed_before_it_is_over(timed: TimedService) -> None:
    await timed.board("daily", late_s=60)
    await timed.send("u", 1)
    for now, off_us in ((MIDNIGHT, -1), (MIDNIGHT, 0), ("2026-11-22T00:01:00Z", -1), ("2026-11-22T00:01:00Z", 0)):
        timed.at(now, off_us)
        assert (await timed.tick(), timed.events()) == (0, [])
    timed.at("2026-11-22T00:01:00Z", +1000)
    assert (await timed.tick(), timed.closed()) == (1, [("daily:2026-11-21", 1)])


async def test_a_late_score_counts_in_the_total_at_the_close(timed: TimedService) -> None:
    await timed.board("daily", late_s=60)
    await timed.send("u", 1)
    timed.at("2026-11-22T00:00:59Z")
    await ticks(timed)
    await timed.send("late", 1, achieved_at="2026-11-21T23:59:30Z")
    timed.at("2026-11-22T00:01:01Z")
    await ticks(timed)
    assert timed.closed() == [("daily:2026-11-21", 2)]


# exactly once


async def test_many_workers_looking_at_once_close_a_window_once(timed: TimedService) -> None:
    # given three windows that end at one instant, on two boards
    await timed.board("daily", "weekly", MINUTELY)
    await timed("PUT", "/v1/boards/other", {"periods": [{"type": "daily"}]})
    await timed.send("u", 1)
    workers = [timed.worker() for _ in range(6)]
    timed.at("2026-11-23T00:00:00Z", +SECOND_US)

    # when six workers look at once, again and again
    for _ in range(3):
        await asyncio.gather(*[worker.tick() for worker in workers])

    # then each window is closed once
    closed = timed.closed()
    assert sorted(one for one in closed if not one[0].startswith("cron")) == [
        ("daily:2026-11-21", 1), ("daily:2026-11-22", 0), ("weekly:2026-W47", 1),
    ]  # fmt: skip
    assert len(closed) == len(set(closed)) > 3
    assert timed.closed("other") == [("daily:2026-11-21", 0), ("daily:2026-11-22", 0)]


async def test_a_worker_that_died_with_a_claim_is_stood_in_for_after_its_lease(timed: TimedService) -> None:
    # given a worker that took the board and was never heard of again
    await timed.board("daily")
    await timed.send("u", 1)
    timed.at(MIDNIGHT, +1000)
    client = StoreClient(timed.store.url)
    assert (await RolloverStore(client).claim(BATCH, LEASE_MS)).boards == [("default", "b")]
    await client.close()

    # when others look within its lease, and after it
    assert await timed.tick() == 0
    timed.clock.move(LEASE_MS * 1000 + 1000)
    assert await timed.tick() == 1

    # then the window is closed, and the board is due at the next midnight
    assert timed.closed() == [("daily:2026-11-21", 1)]
    assert timed.due_us() == us("2026-11-23T00:00:00Z") + 1000


async def test_a_worker_that_comes_back_after_its_lease_closes_nothing_again(timed: TimedService) -> None:
    # given two workers that both believe a window to be theirs
    await timed.board("daily")
    await timed.send("u", 1)
    clients = [StoreClient(timed.store.url) for _ in range(2)]
    boards = [await BoardStore(client).read("default", "b") for client in clients]
    timed.at(MIDNIGHT)
    window = boards[0].calendar.at("daily", us(NOON))
    record = Record(window.type, window.id, window.start_us, window.end_us, boards[0].keys.born)

    # when both close it
    done = await asyncio.gather(
        *[
            RolloverStore(client).close(board, record, us(MIDNIGHT), [])
            for client, board in zip(clients, boards, strict=True)
        ]
    )

    # then one did
    assert sorted(done) == [False, True]
    assert timed.closed() == [("daily:2026-11-21", 1)]
    for client in clients:
        await client.close()


async def test_the_stores_clock_refuses_to_close_early_and_writes_nothing(timed: TimedService) -> None:
    # given a worker whose clock says that a window is over
    await timed.board("daily")
    await timed.send("u", 1)
    client = StoreClient(timed.store.url)
    board = await BoardStore(client).read("default", "b")
    window = board.calendar.at("daily", us(NOON))
    record = Record(window.type, window.id, window.start_us, window.end_us, board.keys.born)
    timed.at(MIDNIGHT, -1)
    before = timed.contents()

    # when it closes it
    with pytest.raises(ClocksDiffer) as stale:
        await RolloverStore(client).close(board, record, us(MIDNIGHT), [])

    # then it is told the time, and nothing is written
    assert stale.value.store_us == us(MIDNIGHT) - 1
    assert timed.contents() == before
    await client.close()


@pytest.mark.parametrize("ahead_us", [HOUR_US, -HOUR_US, 3 * DAY_US, -3 * DAY_US])
async def test_a_worker_with_a_wrong_clock_closes_by_the_stores(timed: TimedService, ahead_us: int) -> None:
    await timed.board("daily")
    await timed.send("u", 1)
    timed.ahead_us = ahead_us
    timed.at(MIDNIGHT, -1)
    assert (await ticks(timed), timed.events()) == (0, [])
    timed.at(MIDNIGHT, +1000)
    assert (await ticks(timed), timed.closed()) == (1, [("daily:2026-11-21", 1)])
    assert timed.due_us() == us("2026-11-23T00:00:00Z") + 1000


@pytest.mark.parametrize("ahead_us", [HOUR_US, -HOUR_US])
async def test_a_board_looked_at_too_early_by_a_wrong_clock_closes_nothing(timed: TimedService, ahead_us: int) -> None:
    # given a board that is said to be due before it is
    await timed.board("daily")
    await timed.send("u", 1)
    timed.at(MIDNIGHT, -SECOND_US)
    timed.store.control.zadd("rankd:{.}:closings", {"default/b": us(NOON) // 1000})
    timed.ahead_us = ahead_us

    # when a worker looks
    assert await timed.tick() == 1

    # then nothing is closed, and the board is due when it should be
    assert timed.events() == []
    assert timed.due_us() == us(MIDNIGHT) + 1000


async def test_a_store_whose_clock_went_back_closes_nothing_twice(timed: TimedService) -> None:
    await timed.board(MINUTELY)
    await timed.send("u", 1)
    timed.at("2026-11-21T12:01:00Z", +1000)
    await ticks(timed)
    timed.at("2026-11-21T12:00:30Z")
    await ticks(timed)
    await timed.send("v", 1)
    timed.at("2026-11-21T12:01:30Z")
    await ticks(timed)
    timed.at("2026-11-21T12:02:01Z")
    await ticks(timed)
    assert [name for name, _ in timed.closed()] == ["cron:2026-11-21T12:00:00Z", "cron:2026-11-21T12:01:00Z"]

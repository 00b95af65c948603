"""The end of periods: each window is closed once, whoever looks and however late, and handed on."""

import asyncio
from typing import Any

import pytest

from rankd.service.rollovers import BATCH, LEASE_MS, MAX_MISSED
from rankd.store.boards import BoardStore
from rankd.store.client import StoreClient
from rankd.store.outcomes import ClocksDiffer
from rankd.store.rollovers import RolloverStore
from tests.clock import DAY_US, HOUR_US, SECOND_US
from tests.timed_service import BOARD, NOON, TAG, TimedService, us

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

    # when both close it
    done = await asyncio.gather(
        *[
            RolloverStore(client).close(board, window, board.keys.born, us(MIDNIGHT), [])
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
    timed.at(MIDNIGHT, -1)
    before = timed.contents()

    # when it closes it
    with pytest.raises(ClocksDiffer) as stale:
        await RolloverStore(client).close(board, window, board.keys.born, us(MIDNIGHT), [])

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


# whatever was missed


async def test_windows_that_were_missed_are_closed_in_order(timed: TimedService) -> None:
    # given a minute that was played, and nobody looking for ten
    await timed.board(MINUTELY)
    await timed.send("u", 1)
    timed.at("2026-11-21T12:04:30Z")
    await timed.send("u", 1)
    await timed.send("v", 1)
    timed.at("2026-11-21T12:10:30Z")

    # when somebody looks, then each is closed, unplayed ones too
    assert await ticks(timed) == 1
    totals = {0: 1, 4: 2}
    expected = [(f"cron:2026-11-21T12:{minute:02}:00Z", totals.get(minute, 0)) for minute in range(10)]
    assert timed.closed() == expected


async def test_after_a_long_absence_what_was_played_is_closed_and_the_last_of_the_rest(timed: TimedService) -> None:
    await timed.board({**MINUTELY, "keep": 1000}, "daily")
    await timed.send("u", 1)
    timed.at("2026-11-21T12:30:30Z")
    await timed.send("u", 1)
    timed.at("2026-11-21T14:00:30Z")
    await ticks(timed)
    names = [name for name, _ in timed.closed()]
    assert [name for name, total in timed.closed() if total] == [
        "cron:2026-11-21T12:00:00Z", "cron:2026-11-21T12:30:00Z",
    ]  # fmt: skip
    assert names == sorted(set(names))
    assert 2 <= len(names) <= 2 + MAX_MISSED
    assert names[-1] == "cron:2026-11-21T13:59:00Z"


async def test_a_board_that_nobody_played_on_has_its_windows_closed(timed: TimedService) -> None:
    await timed.board("daily", "weekly")
    timed.at(MIDNIGHT, +1000)
    await ticks(timed)
    timed.at("2026-11-23T00:00:00Z", +1000)
    await ticks(timed)
    assert timed.closed() == [("daily:2026-11-21", 0), ("daily:2026-11-22", 0), ("weekly:2026-W47", 0)]


async def test_windows_from_before_the_board_are_not_closed(timed: TimedService) -> None:
    await timed.board(MINUTELY)
    timed.at("2026-11-21T12:01:00Z", +1000)
    await ticks(timed)
    assert timed.closed() == [("cron:2026-11-21T12:00:00Z", 0)]


async def test_a_period_of_keep_0_is_closed_with_its_total(timed: TimedService) -> None:
    await timed.board({"type": "daily", "keep": 0}, late_s=60)
    await timed.send("u", 1)
    timed.at("2026-11-22T00:01:01Z")
    await ticks(timed)
    assert timed.closed() == [("daily:2026-11-21", 1)]


async def test_a_season_closes_once_and_is_due_no_more(timed: TimedService) -> None:
    await timed.board("all", "season", starts_at="2026-11-01T00:00:00Z", ends_at=MIDNIGHT, late_s=60)
    await timed.send("u", 1)
    assert timed.due_us() == us("2026-11-22T00:01:00Z") + 1000
    for now in ("2026-11-22T00:01:01Z", "2026-11-23T00:00:00Z", "2027-11-23T00:00:00Z"):
        timed.at(now)
        await ticks(timed)
    assert timed.closed() == [("season:season", 1)]
    assert timed.due_us() is None


async def test_windows_shorter_than_their_grace_close_one_by_one(timed: TimedService) -> None:
    # given minutes that take late scores for five
    await timed.board(MINUTELY, late_s=300)
    timed.at("2026-11-21T12:05:59Z")
    await ticks(timed)
    assert timed.events() == []
    expected = []

    # when each one's grace ends, then it is closed, and the board is due a minute later
    for minute in range(8):
        assert timed.due_us() == us("2026-11-21T12:06:00Z") + minute * 60 * SECOND_US + 1000
        timed.at("2026-11-21T12:06:00Z", minute * 60 * SECOND_US + 1000)
        assert await timed.tick() == 1
        expected.append((f"cron:2026-11-21T12:{minute:02}:00Z", 0))
        assert timed.closed() == expected


@pytest.mark.parametrize("look_at", ["2026-11-22T00:00:00Z", "2026-11-22T00:00:59Z"])
async def test_a_season_looked_at_within_its_grace_closes_after_it(timed: TimedService, look_at: str) -> None:
    await timed.board("season", starts_at="2026-11-01T00:00:00Z", ends_at=MIDNIGHT, late_s=60)
    timed.at(look_at)
    await timed.change(name="x")
    timed.store.control.zadd("rankd:{.}:closings", {"default/b": us(look_at) // 1000})
    assert (await timed.tick(), timed.events()) == (1, [])
    assert timed.due_us() == us("2026-11-22T00:01:00Z") + 1000


async def test_a_board_without_an_end_is_never_due(timed: TimedService) -> None:
    await timed.board("all")
    assert timed.due_us() is None


async def test_a_board_deleted_meanwhile_is_forgotten(timed: TimedService) -> None:
    # given a board that is due and gone
    await timed.board("daily")
    await timed.send("u", 1)
    assert (await timed("DELETE", BOARD)).status == 204
    timed.at(MIDNIGHT, +1000)

    # when a worker looks, then it is due no more, and nothing of it comes back
    assert await timed.tick() == 1
    assert timed.due_us() is None
    assert timed.expiries_us() == {}


async def test_a_board_made_again_under_its_name_is_closed_as_itself(timed: TimedService) -> None:
    await timed.board("daily")
    await timed.send("u", 1)
    await timed("DELETE", BOARD)
    await timed.board("daily", "weekly")
    timed.at(MIDNIGHT, +1000)
    await ticks(timed)
    assert timed.closed() == [("daily:2026-11-21", 0)]
    assert timed.due_us() == us("2026-11-23T00:00:00Z") + 1000


async def test_more_boards_than_a_batch_are_all_closed(timed: TimedService) -> None:
    names = [f"n{number:02}" for number in range(BATCH + 5)]
    for name in names:
        await timed("PUT", f"/v1/boards/{name}", {"periods": [{"type": "daily"}]})
    timed.at(MIDNIGHT, +1000)
    assert [await timed.tick() for _ in range(3)] == [BATCH, 5, 0]
    assert [timed.closed(name) for name in names] == [[("daily:2026-11-21", 0)]] * len(names)


async def test_a_board_whose_settings_another_process_changed_is_closed_by_the_new_ones(timed: TimedService) -> None:
    # given a worker that knows a board, and a process that gives it a grace
    await timed.board("daily")
    await timed.send("u", 1)
    timed.at(MIDNIGHT, +1000)
    await ticks(timed)
    other = await timed.another()
    assert (await other("PATCH", BOARD, {"late_s": 300})).status == 200
    await timed.send("u", 1)

    # when the next day is over
    timed.at("2026-11-23T00:00:00Z", +1000)
    await ticks(timed)
    assert timed.closed() == [("daily:2026-11-21", 1)]
    timed.at("2026-11-23T00:05:00Z", +1000)
    await ticks(timed)

    # then it is closed after the grace
    assert timed.closed() == [("daily:2026-11-21", 1), ("daily:2026-11-22", 1)]


# when a board is due


@pytest.mark.parametrize(
    ("change", "due"),
    [
        ({"late_s": 120}, "2026-11-22T00:02:00Z"),
        ({"timezone": "Asia/Tokyo"}, "2026-11-21T15:00:00Z"),
        ({"timezone": "America/New_York"}, "2026-11-22T05:00:00Z"),
        ({"reset": {"time": "18:30:00"}}, "2026-11-21T18:30:00Z"),
        ({"periods": [{"type": "daily"}, {"type": "cron", "cron": "15 * * * *"}]}, "2026-11-21T12:15:00Z"),
        ({"periods": [{"type": "weekly"}]}, "2026-11-23T00:00:00Z"),
        ({"periods": [{"type": "all"}]}, None),
        ({"ends_at": "2026-11-21T20:00:00Z"}, "2026-11-22T00:00:00Z"),
        ({"name": "x"}, "2026-11-22T00:00:00Z"),
    ],
)
async def test_a_change_moves_when_a_board_is_looked_at(
    timed: TimedService, change: dict[str, Any], due: str | None
) -> None:
    # given a board that is due at midnight
    await timed.board("daily")
    assert timed.due_us() == us(MIDNIGHT) + 1000

    # when its settings change, then it is looked at no later than it has to be
    await timed.change(**change)
    due_us = timed.due_us()
    assert due_us is not None
    assert due_us <= (us(due) + 1000 if due else due_us)

    # and, once it was looked at too early, just when it has to be
    while due_us is not None and due_us < (us(due) + 1000 if due else 2**62):
        timed.clock.stand_at(due_us)
        assert await timed.tick() == 1
        due_us = timed.due_us()
    assert due_us == (us(due) + 1000 if due else None)
    assert timed.events() == []


# what is no longer kept


async def test_windows_no_longer_kept_are_taken_off_the_list(timed: TimedService) -> None:
    # given minutes that were played, of which two are kept
    await timed.board({**MINUTELY, "keep": 2})
    for minute in range(4):
        timed.at(f"2026-11-21T12:{minute:02}:30Z")
        await timed.send("u", 1)
        await ticks(timed)

    # when their keys have gone with their time
    timed.at("2026-11-21T18:00:30Z")
    await timed.send("u", 1)
    await ticks(timed)

    # then the list has forgotten them
    listed = [name.decode() for name in timed.store.control.hkeys(TAG + "periods")]
    assert [name for name in listed if name < "cron:2026-11-21T13"] == []
    assert [name for name in timed.expiries_us() if name.startswith("order:")] == [
        name for name in timed.expiries_us() if name.startswith(f"order:cron.{us('2026-11-21T18:00:00Z')}")
    ]

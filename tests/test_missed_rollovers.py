"""The end of periods that nobody looked at in time, and when boards are looked at."""

from typing import Any

import pytest

from rankd.service.rollovers import BATCH, MAX_MISSED
from tests.clock import SECOND_US
from tests.test_rollovers import MIDNIGHT, MINUTELY, ticks
from tests.timed_service import BOARD, TAG, TimedService, us

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


async def test_boards_of_a_project_that_is_deleted_are_forgotten(timed: TimedService) -> None:
    await timed("POST", "/v1/projects", {"id": "p", "name": "p"})
    of_p = {"X-Project-Id": "p"}
    assert (await timed("PUT", BOARD, {"periods": [{"type": "daily"}]}, of_p)).status == 201
    assert (await timed("DELETE", "/v1/projects/p")).status == 204
    timed.at(MIDNIGHT, +1000)
    assert await timed.tick() == 1
    assert timed.store.control.zcard("rankd:{.}:closings") == 0


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

"""How long keys live: those of windows go by themselves once nothing can ask for them, the others stay."""

from typing import Any

import pytest

from tests.clock import DAY_US, SECOND_US
from tests.timed_service import BOARD, TAG, TimedService, us

SEASON = {"starts_at": "2026-11-01T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z"}
MINUTELY = {"type": "cron", "cron": "* * * * *", "keep": 3}
# Of each type: what a board is given, and when its fourth window after the running one ends.
KEPT_UNTIL = [
    ("daily", "2026-11-26T00:00:00Z"),
    ("weekly", "2026-12-21T00:00:00Z"),
    ("monthly", "2027-04-01T00:00:00Z"),
    ("yearly", "2031-01-01T00:00:00Z"),
    ({"type": "cron", "cron": "30 6 * * *"}, "2026-11-26T06:30:00Z"),
]


def of_windows(timed: TimedService) -> dict[str, int | None]:
    """When the keys of windows go."""
    kinds = ("order:", "entries:", "distinct:")
    return {name: at_us for name, at_us in timed.expiries_us().items() if name.startswith(kinds)}


@pytest.mark.parametrize(("period", "kept_until"), KEPT_UNTIL)
@pytest.mark.parametrize("late_s", [0, 300])
async def test_all_keys_of_a_window_outlive_what_it_is_kept_for(
    timed: TimedService, period: Any, kept_until: str, late_s: int
) -> None:
    # given a dense board, so that a window has each kind of key
    await timed.board(period, rank_style="dense", late_s=late_s)

    # when the first score is sent
    await timed.send("u", 1)

    # then they have a time to live, longer than anybody may ask and not for ever
    found = of_windows(timed)
    assert {name.partition(":")[0] for name in found} == {"order", "entries", "distinct"}
    kept_us = us(kept_until) + late_s * SECOND_US
    assert all(at_us is not None and kept_us < at_us <= kept_us + 2 * DAY_US for at_us in found.values())
    assert len(set(found.values())) == 1


async def test_what_has_no_end_has_no_time_to_live(timed: TimedService) -> None:
    await timed.board("all", "season", rank_style="dense", **SEASON)
    await timed.send("u", 1)
    assert len(of_windows(timed)) == 6
    assert set(of_windows(timed).values()) == {None}


async def test_only_what_belongs_to_the_board_itself_stays_for_ever(timed: TimedService) -> None:
    # given a board of everything, played over a boundary, reset, and closed
    periods = ["daily", "weekly", MINUTELY, "all"]
    await timed.board(*periods, rank_style="dense", ranges={"keep_days": 5}, late_s=60)
    for _ in range(3):
        await timed("POST", BOARD + "/scores", {"member": "u", "score": 1}, {"Idempotency-Key": "k"})
        await timed.send("u", 2)
        await timed.reset(archive=True)
        await timed.send("u", 3)
        await timed.get("/entries?from=2026-11-20&to=2026-11-22")
        timed.clock.move(3700 * SECOND_US)
        await timed.tick()

    # then these are all the keys without an end
    endless = {key.decode() for key in timed.store.control.scan_iter(count=1000) if timed.store.control.pttl(key) < 0}
    of_the_board = {name.removeprefix(TAG).partition(".")[0] for name in endless if name.startswith(TAG)}
    born = timed.store.control.hget(TAG + "board", "born").decode()
    assert of_the_board == {
        "board", "periods", "outbox", f"days:{born}", "order:all", "entries:all", "distinct:all",
    }  # fmt: skip
    assert {name for name in endless if not name.startswith(TAG)} == {"rankd:{default}:boards", "rankd:{.}:closings"}


@pytest.mark.parametrize("update", ["best", "latest", "sum"])
@pytest.mark.parametrize("style", ["unique", "dense"])
async def test_a_lone_entry_that_changes_keeps_its_keys_time_to_live(
    timed: TimedService, update: str, style: str
) -> None:
    await timed.board("daily", update=update, rank_style=style)
    await timed.send("u", 1)
    before = of_windows(timed)
    await timed.send("u", 5, metadata={"n": 1})
    await timed("PUT", BOARD + "/entries/u", {"score": 3})
    await timed("PATCH", BOARD + "/entries/u", {"metadata": {"n": 2}})
    assert of_windows(timed) == before
    assert None not in before.values()


@pytest.mark.parametrize("style", ["unique", "dense"])
async def test_a_window_that_was_emptied_begins_anew(timed: TimedService, style: str) -> None:
    # given a window whose only entry is removed, so that its keys are gone
    await timed.board("daily", "all", rank_style=style)
    await timed.send("u", 1)
    before = of_windows(timed)
    assert (await timed("DELETE", BOARD + "/entries/u")).status == 204
    assert of_windows(timed) == {}

    # when there is an entry again, by a submission or set outright
    for method, path, body in (
        ("POST", "/scores", {"member": "v", "score": 1}),
        ("PUT", "/entries/w", {"score": 1}),
        ("POST", "/scores", [{"member": "x", "score": 1}, {"member": "y", "score": 1}]),
    ):
        assert (await timed(method, BOARD + path, body)).status in (200, 201)

        # then they live as long as before
        assert of_windows(timed) == before
        for member in "vwxy":
            await timed("DELETE", f"{BOARD}/entries/{member}")


async def test_a_window_that_is_first_among_several_periods_or_last_is_bounded_all_the_same(
    timed: TimedService,
) -> None:
    await timed.board("all", "daily", "weekly")
    await timed.send("u", 1)
    timed.at("2026-11-22T00:00:00Z")
    await timed.send("u", 1)
    await timed.send("v", 1)
    bounded = {name: at_us for name, at_us in of_windows(timed).items() if ":all." not in name}
    assert len(bounded) == 6
    assert None not in bounded.values()


async def test_windows_go_by_themselves_and_what_they_were_is_gone(timed: TimedService) -> None:
    # given minutes that were played
    await timed.board(MINUTELY)
    for minute in range(3):
        timed.at(f"2026-11-21T12:0{minute}:00Z")
        await timed.send("u", 1)
    last_us = max(at_us or 0 for at_us in of_windows(timed).values())

    # when the last of them may go, without anybody looking
    timed.clock.stand_at(last_us + SECOND_US)

    # then none is left, and none can be read
    assert of_windows(timed) == {}
    assert await timed.code("/entries?period=2026-11-21T12:02:00Z") == "PERIOD_NOT_FOUND"


async def test_boards_of_one_schedule_do_not_go_at_one_instant(timed: TimedService) -> None:
    for name in ("one", "two", "three"):
        await timed("PUT", f"/v1/boards/{name}", {"periods": [{"type": "daily"}]})
        await timed("POST", f"/v1/boards/{name}/scores", {"member": "u", "score": 1})
    keys = list(timed.store.control.scan_iter("rankd:{default/*:order:*", count=1000))
    expiries = sorted(timed.store.control.pexpiretime(key) for key in keys)
    assert len(set(expiries)) == 3
    assert expiries[-1] - expiries[0] <= 600_000


async def test_a_day_of_ranges_lives_until_no_span_may_ask_for_it(timed: TimedService) -> None:
    await timed.board(ranges={"keep_days": 3})
    await timed.send("u", 1)
    await timed.send("v", 1, achieved_at="2026-11-20T12:00:00Z")
    for name, at_us in timed.expiries_us().items():
        if name.startswith("day:"):
            day_us = us(f"{name[4:14]}T00:00:00Z")
            assert day_us + 4 * DAY_US < (at_us or 0) <= day_us + 6 * DAY_US


async def test_a_kept_answer_lives_for_a_day_and_a_calls_reply_for_a_minute(timed: TimedService) -> None:
    await timed.board("daily")
    await timed("POST", BOARD + "/scores", {"member": "u", "score": 1}, {"Idempotency-Key": "k"})
    left_ms = {
        key.decode().removeprefix(TAG).partition(":")[0]: timed.store.control.pttl(key)
        for key in timed.store.control.scan_iter(TAG + "*", count=1000)
    }
    assert 0 < left_ms["call"] <= 60_000
    assert 86_400_000 <= left_ms["operations"] <= 2 * 86_400_000

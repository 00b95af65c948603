"""Calendars changed in place: whatever runs goes on with all its entries, what closed stays as it was."""

import asyncio
from typing import Any

import pytest

from tests.timed_service import BOARD, TAG, TimedService, us

FRIDAY, SATURDAY, SUNDAY, MONDAY = (f"2026-11-{day}T12:00:00Z" for day in (20, 21, 22, 23))
DAYS = {"type": "daily"}
LONG = {"starts_at": "2026-11-01T00:00:00Z", "ends_at": "2026-12-22T00:00:00Z"}


async def played(timed: TimedService, *periods: Any, **settings: Any) -> None:
    """A board made on Friday, with an entry then and two on Saturday, which it is now."""
    timed.at(FRIDAY)
    await timed.board(*(periods or ("daily",)), **settings)
    await timed.send("u", 5)
    timed.at(SATURDAY)
    await timed.tick()
    await timed.send("u", 7)
    await timed.send("v", 6)


# windows that run


@pytest.mark.parametrize(
    ("kind", "change", "name", "starts_at"),
    [
        ("daily", {"timezone": "Asia/Tokyo"}, "2026-11-21", "2026-11-20T15:00:00Z"),
        ("daily", {"timezone": "Pacific/Kiritimati"}, "2026-11-22", "2026-11-21T10:00:00Z"),
        ("daily", {"reset": {"time": "06:00:00"}}, "2026-11-21", "2026-11-21T06:00:00Z"),
        ("daily", {"reset": {"time": "11:59:59"}}, "2026-11-21", "2026-11-21T11:59:59Z"),
        ("daily", {"reset": {"time": "12:00:01"}}, "2026-11-20", "2026-11-20T12:00:01Z"),
        ("weekly", {"reset": {"weekday": "saturday"}}, "2026-W47", "2026-11-21T00:00:00Z"),
        ("weekly", {"reset": {"weekday": "sunday"}}, "2026-W46", "2026-11-15T00:00:00Z"),
        ("monthly", {"reset": {"day": 31}}, "2026-10", "2026-10-31T00:00:00Z"),
        ("yearly", {"timezone": "America/New_York"}, "2026", "2026-01-01T05:00:00Z"),
    ],
)
async def test_a_running_window_goes_on_under_its_new_boundaries(
    timed: TimedService, kind: str, change: dict[str, Any], name: str, starts_at: str
) -> None:
    # given a period with entries
    timed.at(SATURDAY)
    await timed.board(kind, "all")
    await timed.send("u", 5)
    await timed.send("v", 6, metadata={"n": 1})
    before = (await timed.get("/entries"))["entries"]

    # when its boundaries change
    await timed.change(**change)

    # then its window has other bounds, and all its entries
    page = await timed.get("/entries")
    assert (page["period"]["id"], page["period"]["starts_at"]) == (name, starts_at)
    assert page["entries"] == before
    placing = await timed.send("u", 9)
    assert (placing["period"], placing["rank"], placing["previous_rank"], placing["total"]) == (name, 1, 2, 2)

    # and at its end the next one begins, and it is closed with its entries
    timed.at(page["period"]["ends_at"])
    timed.clock.move(1000)
    assert (await timed.send("u", 1))["total"] == 1
    assert await timed.scores(name) == {"u": 9, "v": 6}
    await timed.tick()
    assert timed.closed()[-1] == (f"{kind}:{name}", 2)


async def test_a_cron_expression_is_changed_in_place(timed: TimedService) -> None:
    timed.at("2026-11-21T12:10:00Z")
    await timed.board({"type": "cron", "cron": "0 * * * *"})
    await timed.send("u", 5)
    await timed.change(periods=[{"type": "cron", "cron": "*/5 * * * *"}])
    assert (await timed.get("/entries"))["period"]["id"] == "2026-11-21T12:10:00Z"
    assert await timed.scores() == {"u": 5}
    await timed.change(periods=[{"type": "cron", "cron": "30 4 * * *"}])
    page = await timed.get("/entries")
    assert (page["period"]["id"], page["total"]) == ("2026-11-21T04:30:00Z", 1)
    assert page["next_reset_at"] == "2026-11-22T04:30:00Z"


async def test_the_keys_of_a_moved_window_live_as_long_as_its_new_time_wants(timed: TimedService) -> None:
    timed.at(SATURDAY)
    await timed.board("daily", rank_style="dense")
    await timed.send("u", 5)
    await timed.change(timezone="America/New_York", periods=[{"type": "daily", "keep": 30}])
    expiries = {name: at_us for name, at_us in timed.expiries_us().items() if "daily." in name}
    assert len(expiries) == 3
    assert all(at_us is not None and at_us > us("2026-12-22T05:00:00Z") for at_us in expiries.values())


async def test_a_change_of_what_is_no_boundary_renames_nothing(timed: TimedService) -> None:
    await played(timed)
    before = timed.expiries_us()
    await timed.change(name="x", update="sum", enabled=False)
    assert timed.expiries_us() == before


# windows that are closed


@pytest.mark.parametrize(
    "change", [{"timezone": "Asia/Tokyo"}, {"reset": {"time": "06:00:00"}}, {"late_s": 300}, {"rank_style": "dense"}]
)
async def test_closed_windows_keep_their_names_bounds_and_entries(timed: TimedService, change: dict[str, Any]) -> None:
    # given a closed day
    await played(timed)
    before = await timed.get("/entries?period=2026-11-20")

    # when the calendar changes
    await timed.change(**change)

    # then it is read as before, and listed so
    assert await timed.get("/entries?period=2026-11-20") == before
    assert await timed.scores() == {"u": 7, "v": 6}
    rows = (await timed.get("/periods"))["periods"]
    assert {row["id"]: row["total"] for row in rows} == {"2026-11-21": 2, "2026-11-20": 1}
    assert rows[-1]["starts_at"] == "2026-11-20T00:00:00Z"
    assert (await timed.get("/entries/u"))["movement"]["period"] == "2026-11-20"


async def test_a_window_whose_name_comes_again_is_archived_under_it(timed: TimedService) -> None:
    # given Friday closed, and Saturday running by the clocks of Greenwich
    await played(timed)
    timed.at("2026-11-22T05:00:00Z")
    await timed.tick()
    await timed.send("w", 3)

    # when the board goes by those of Hawaii
    await timed.change(timezone="Pacific/Honolulu")

    # then what runs is Saturday again, and the Saturday that closed is its archive
    page = await timed.get("/entries")
    assert (page["period"]["id"], page["period"]["starts_at"]) == ("2026-11-21", "2026-11-21T10:00:00Z")
    assert await timed.scores() == {"w": 3}
    assert await timed.scores("2026-11-21~1") == {"u": 7, "v": 6}
    assert await timed.scores("2026-11-20") == {"u": 5}


async def test_a_window_that_is_archived_under_a_name_in_use_takes_the_next_one(timed: TimedService) -> None:
    # given a Saturday that was reset with its archive and closed, and a Sunday that was too
    await played(timed)
    await timed.reset(archive=True)
    await timed.send("x", 4)
    timed.at("2026-11-22T05:00:00Z")
    await timed.tick()
    await timed.send("w", 3)
    await timed.reset(archive=True)
    await timed.send("y", 2)

    # when what runs becomes Saturday again
    await timed.change(timezone="Pacific/Honolulu")

    # then each has a name of its own
    assert await timed.scores("2026-11-21~1") == {"u": 7, "v": 6}
    assert await timed.scores("2026-11-21~2") == {"x": 4}
    assert await timed.scores("2026-11-22~1") == {"w": 3}
    assert await timed.scores("2026-11-21") == {"y": 2}


async def test_keep_raised_and_lowered_changes_what_is_read_and_how_long_keys_live(timed: TimedService) -> None:
    # given two closed days
    await played(timed, {"type": "daily", "keep": 3})
    timed.at(SUNDAY)
    await timed.tick()
    await timed.send("u", 9)
    friday = f"order:daily.{us('2026-11-20T00:00:00Z')}"

    def goes_us() -> int:
        return next(at_us or 0 for name, at_us in timed.expiries_us().items() if name.startswith(friday))

    expires_us = goes_us()

    # when more are kept, then keys live longer
    await timed.change(periods=[{"type": "daily", "keep": 10}])
    assert goes_us() >= expires_us + 7 * 86_400_000_000
    running = [at_us for name, at_us in timed.expiries_us().items() if us("2026-11-22T00:00:00Z").__str__() in name]
    assert all(at_us is not None and at_us > us("2026-12-03T00:00:00Z") for at_us in running)

    # when fewer are kept, then older ones are gone, and their keys live no longer than they are wanted for
    await timed.change(periods=[{"type": "daily", "keep": 1}])
    assert await timed.code("/entries?period=2026-11-20") == "PERIOD_NOT_FOUND"
    assert await timed.scores("daily:-1") == {"u": 7, "v": 6}
    assert goes_us() < expires_us


async def test_keep_0_hides_closed_windows_at_once_and_raising_it_brings_them_back(timed: TimedService) -> None:
    await played(timed)
    await timed.change(periods=[{"type": "daily", "keep": 0}])
    assert await timed.code("/entries?period=daily:-1") == "PERIOD_NOT_FOUND"
    assert await timed.scores() == {"u": 7, "v": 6}
    await timed.change(periods=[{"type": "daily", "keep": 4}])
    assert await timed.scores() == {"u": 7, "v": 6}
    assert await timed.scores("daily:-1") == {"u": 5}


@pytest.mark.parametrize("settings", [{"late_s": 0}, {"reset": {"time": "00:00:30"}}, {"timezone": "Etc/GMT-1"}])
async def test_what_is_over_by_the_new_settings_is_closed_at_once(
    timed: TimedService, settings: dict[str, Any]
) -> None:
    # given a day within its grace
    timed.at(SATURDAY)
    await timed.board("daily", late_s=300)
    await timed.send("u", 5)
    timed.at("2026-11-22T00:02:00Z")
    await timed.tick()
    assert timed.events() == []

    # when the settings change
    await timed.change(**{"late_s": 0, **settings})

    # then the next look closes what they say is over
    assert await timed.tick() == 1
    assert timed.closed() == [("daily:2026-11-21", 1)]


# others at the same time


async def test_another_process_writes_by_the_new_calendar_at_once(timed: TimedService) -> None:
    await played(timed)
    other = await timed.another()
    await other("GET", BOARD + "/entries")
    await timed.change(timezone="Pacific/Kiritimati")
    placing = (await other("POST", BOARD + "/scores", {"member": "w", "score": 1})).json
    assert (placing["period"], placing["total"]) == ("2026-11-22", 3)


async def test_another_process_finds_a_period_that_was_added(timed: TimedService) -> None:
    await played(timed)
    other = await timed.another()
    await other("GET", BOARD + "/entries")
    await timed.change(periods=[DAYS, {"type": "weekly"}])
    answer = await other("GET", BOARD + "/entries?period=weekly")
    assert answer.status == 200, answer.body


async def test_changes_amid_submissions_lose_and_double_nothing(timed: TimedService) -> None:
    # given a sum board that many write to
    timed.at(SATURDAY)
    await timed.board("daily", "all", update="sum")
    other = await timed.another()
    zones = ["Asia/Tokyo", "UTC", "America/New_York", "Pacific/Kiritimati", "UTC"] * 2

    async def submit(number: int) -> None:
        taken = 0
        while taken < 20:
            answer = await other("POST", BOARD + "/scores", {"member": f"u{number}", "score": 1})
            assert answer.status == 200 or answer.code == "BOARD_CHANGING", answer.body
            taken += answer.status == 200

    async def change() -> None:
        for zone in zones:
            await timed.change(timezone=zone)

    # when its calendar changes all the while
    await asyncio.gather(change(), *[submit(number) for number in range(5)])

    # then the running day has every one of them once
    expected = {f"u{number}": 20 for number in range(5)}
    assert await timed.scores("daily") == await timed.scores("all") == expected
    assert sum(name.startswith("order:") for name in timed.expiries_us()) == 2


async def test_a_late_score_after_a_change_leaves_the_closed_window_whole(timed: TimedService) -> None:
    # given a day that is over, and a calendar changed within its grace
    await played(timed, late_s=300)
    timed.at("2026-11-22T00:01:00Z")
    await timed.send("today", 1)
    await timed.change(reset={"time": "00:00:30"})

    # when a score of that day comes late
    timed.at("2026-11-22T00:02:00Z")
    placing = await timed.send("late", 9, achieved_at="2026-11-21T23:59:00Z")

    # then it joins its entries
    assert (placing["period"], placing["total"]) == ("2026-11-21", 3)
    assert await timed.scores("2026-11-21") == {"late": 9, "u": 7, "v": 6}


async def test_a_replay_after_a_change_is_the_first_answer(timed: TimedService) -> None:
    await played(timed, "daily", "weekly")
    body, key = {"member": "u", "score": 9}, {"Idempotency-Key": "k"}
    first = await timed("POST", BOARD + "/scores", body, key)
    await timed.change(timezone="Pacific/Kiritimati", periods=[{"type": "all"}, DAYS])
    again = await timed("POST", BOARD + "/scores", body, key)
    assert (again.body, again.headers["idempotent-replayed"]) == (first.body, "true")
    assert await timed.scores("all") == {}


# the end of a board


async def test_a_deleted_board_leaves_nothing_but_what_its_repeats_need(timed: TimedService) -> None:
    # given a board with closed windows, archives, moved and removed periods, days and a range
    await played(timed, "daily", "all", "weekly", "season", rank_style="dense", ranges={"keep_days": 10}, **LONG)
    await timed("POST", BOARD + "/scores", {"member": "x", "score": 1}, {"Idempotency-Key": "k"})
    await timed.reset(period="daily", archive=True)
    await timed.send("u", 7)
    await timed.reset(period="weekly", archive=True, headers={"Idempotency-Key": "r"})
    await timed.change(timezone="Asia/Tokyo")
    await timed.send("u", 8)
    await timed.change(periods=[DAYS, {"type": "weekly"}])
    await timed.get("/entries?from=2026-11-20&to=2026-11-21")
    timed.at(SUNDAY)
    await timed.send("u", 1)

    # when it is deleted
    assert (await timed("DELETE", BOARD)).status == 204

    # then all that is left are records of calls and the computed range, which go by themselves
    left = [key.decode().removeprefix(TAG) for key in timed.store.control.scan_iter(TAG + "*", count=1000)]
    rest = [name for name in left if not name.startswith(("call:", "operations:", "range:"))]
    assert [name for name in rest if name.partition(":")[2].partition(".")[0] != "range"] == []
    assert [name for name in left if timed.store.control.pttl(TAG + name) < 0] == []
    assert (await timed("GET", BOARD)).status == 404

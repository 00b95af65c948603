"""Spans of days: what counts on which day, and for how long days are kept."""

from typing import Any

import pytest

from tests.timed_service import BOARD, TimedService

FRIDAY, SATURDAY, SUNDAY = (f"2026-11-{day}T12:00:00Z" for day in (20, 21, 22))
SPAN = "from=2026-11-20&to=2026-11-21"
KEPT = {"ranges": {"keep_days": 10}}


async def played(timed: TimedService, **settings: Any) -> None:
    """A board with u and v on Friday, u and w on Saturday, which it is now."""
    timed.at(FRIDAY)
    await timed.board(**{**KEPT, **settings})
    await timed.send("u", 5)
    await timed.send("v", 7)
    await timed.send("u", 2)
    timed.at(SATURDAY)
    await timed.send("u", 4)
    await timed.send("w", 9)


async def span(timed: TimedService, query: str = SPAN) -> dict[str, int]:
    """The members of a span in their order, with their scores."""
    page = await timed.get(f"/entries?limit=1000&{query}")
    assert page["total"] == len(page["entries"])
    return {entry["member"]: entry["score"] for entry in page["entries"]}


# what counts


@pytest.mark.parametrize("update", ["best", "latest", "sum"])
@pytest.mark.parametrize(
    ("aggregate", "expected"), [("sum", {"u": 11, "w": 9, "v": 7}), ("best", {"w": 9, "v": 7, "u": 5})]
)
async def test_every_submission_counts_whatever_the_boards_rule(
    timed: TimedService, update: str, aggregate: str, expected: dict[str, int]
) -> None:
    await played(timed, update=update)
    found = await span(timed, f"{SPAN}&aggregate={aggregate}")
    assert list(found.items()) == list(expected.items())


@pytest.mark.parametrize(("update", "score"), [("best", 5), ("latest", 5), ("sum", 11)])
async def test_without_an_aggregate_a_span_counts_as_its_board_does(
    timed: TimedService, update: str, score: int
) -> None:
    await played(timed, update=update)
    assert (await span(timed))["u"] == score


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (("20", "20"), {"v": 7, "u": 7}),
        (("21", "21"), {"w": 9, "u": 4}),
        (("20", "21"), {"u": 11, "w": 9, "v": 7}),
        (("01", "30"), {"u": 11, "w": 9, "v": 7}),
        (("22", "25"), {}),
        (("18", "19"), {}),
    ],
)
async def test_both_ends_of_a_span_belong_to_it(
    timed: TimedService, days: tuple[str, str], expected: dict[str, int]
) -> None:
    await played(timed)
    assert await span(timed, f"from=2026-11-{days[0]}&to=2026-11-{days[1]}&aggregate=sum") == expected


async def test_best_takes_the_tuple_of_one_submission_by_the_boards_order(timed: TimedService) -> None:
    # given the fewest points first, and more lives better among equals
    timed.at(FRIDAY)
    await timed.board(order="asc", subscores=[{"name": "lives", "order": "desc"}], update="latest", **KEPT)
    await timed.send("u", 3, subscore=9)
    timed.at(SATURDAY)
    await timed.send("u", 2, subscore=1)
    await timed.send("u", 2, subscore=4)
    await timed.send("u", 8, subscore=7)
    entry = await timed.get(f"/entries/u?{SPAN}")
    assert (entry["score"], entry["subscores"]) == (2, {"lives": 4})
    total = await timed.get(f"/entries/u?{SPAN}&aggregate=sum")
    assert (total["score"], total["subscores"]) == (15, {"lives": 21})


async def test_ties_stand_in_the_order_they_were_reached(timed: TimedService) -> None:
    timed.at(FRIDAY)
    await timed.board(**KEPT)
    for member, score in (("late", 1), ("early", 3), ("late", 1)):
        await timed.send(member, score)
    timed.at(SATURDAY)
    await timed.send("late", 1)
    await timed.send("later", 3)
    assert list(await span(timed, f"{SPAN}&aggregate=sum")) == ["early", "late", "later"]


async def test_what_was_achieved_earlier_counts_on_its_day(timed: TimedService) -> None:
    await timed.board(**KEPT)
    for at in ("2026-11-20T23:59:59.999999Z", "2026-11-20T00:00:00Z", "2026-11-19T23:59:59Z", "2026-11-21T00:00:00Z"):
        await timed.send("u", 1, achieved_at=at)
    await timed.send("u", 1)
    counts = {day: await span(timed, f"from=2026-11-{day}&to=2026-11-{day}&aggregate=sum") for day in (19, 20, 21)}
    assert counts == {19: {"u": 1}, 20: {"u": 2}, 21: {"u": 2}}


async def test_a_late_score_counts_on_its_day(timed: TimedService) -> None:
    await timed.board("daily", late_s=300, **KEPT)
    timed.at("2026-11-22T00:02:00Z")
    await timed.send("u", 5, achieved_at="2026-11-21T23:59:00Z")
    assert await span(timed, "from=2026-11-21&to=2026-11-21") == {"u": 5}
    assert await span(timed, "from=2026-11-22&to=2026-11-22") == {}


async def test_what_was_refused_counts_on_no_day(timed: TimedService) -> None:
    await timed.board("all", "daily", update="sum", **KEPT)
    await timed.send("u", 2**63 - 1)
    for body in ({"member": "u", "score": 1}, {"member": "v", "score": 1, "achieved_at": "2026-11-20T12:00:00Z"}):
        assert (await timed("POST", BOARD + "/scores", body)).status in (409, 422)
    assert await span(timed) == {"u": 2**63 - 1}


async def test_a_replay_counts_once(timed: TimedService) -> None:
    await timed.board(update="sum", **KEPT)
    for _ in range(3):
        await timed("POST", BOARD + "/scores", {"member": "u", "score": 5}, {"Idempotency-Key": "k"})
    assert await span(timed) == {"u": 5}


@pytest.mark.parametrize("aggregate", ["sum", "best"])
async def test_a_score_set_outright_is_all_that_the_running_day_has(timed: TimedService, aggregate: str) -> None:
    await played(timed)
    await timed.send("u", 6)
    await timed("PUT", BOARD + "/entries/u", {"score": 1})
    assert (await span(timed, f"from=2026-11-21&to=2026-11-21&aggregate={aggregate}"))["u"] == 1
    assert (await span(timed, f"{SPAN}&aggregate={aggregate}"))["u"] == (8 if aggregate == "sum" else 5)


@pytest.mark.parametrize(("step", "edge"), [(2**62, 2**63 - 1), (-(2**62), -(2**63))])
async def test_sums_stop_at_the_ends_of_int64(timed: TimedService, step: int, edge: int) -> None:
    # given more in three days than 64 bits hold
    timed.at(FRIDAY)
    await timed.board(update="latest", **KEPT)
    for at in (FRIDAY, SATURDAY, SUNDAY):
        timed.at(at)
        await timed.send("u", step)
        await timed.send("u", step)
    for first, expected in ((20, edge), (22, edge)):
        assert await span(timed, f"from=2026-11-{first}&to=2026-11-22&aggregate=sum") == {"u": expected}


# days


@pytest.mark.parametrize(
    ("zone", "now", "yesterday", "today"),
    [
        ("Asia/Tokyo", "2026-11-21T15:00:00Z", "2026-11-21", "2026-11-22"),
        ("America/New_York", "2026-11-21T05:00:00Z", "2026-11-20", "2026-11-21"),
        ("Africa/Cairo", "2026-04-23T22:00:00Z", "2026-04-23", "2026-04-24"),  # midnight is at one
        ("America/Havana", "2026-11-01T04:00:00Z", "2026-10-31", "2026-11-01"),  # midnight comes twice
        ("Asia/Kathmandu", "2026-12-31T18:15:00Z", "2026-12-31", "2027-01-01"),
    ],
)
async def test_a_day_begins_at_midnight_in_the_boards_zone(
    timed: TimedService, zone: str, now: str, yesterday: str, today: str
) -> None:
    timed.at(now, -1)
    await timed.board(timezone=zone, reset={"time": "06:00:00"}, **KEPT)
    await timed.send("u", 1)
    timed.at(now)
    await timed.send("u", 10)
    assert await span(timed, f"from={yesterday}&to={yesterday}&aggregate=sum") == {"u": 1}
    assert await span(timed, f"from={today}&to={today}&aggregate=sum") == {"u": 10}
    page = await timed.get(f"/entries?from={today}&to={today}")
    assert page["period"]["starts_at"] == now


@pytest.mark.parametrize(
    ("day", "starts_at", "ends_at"),
    [
        ("2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),  # 23 hours
        ("2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),  # 25 hours
    ],
)
async def test_a_day_of_23_or_25_hours_has_all_of_them(
    timed: TimedService, day: str, starts_at: str, ends_at: str
) -> None:
    timed.at(starts_at, -1)
    await timed.board(timezone="Europe/Paris", **KEPT)
    for at, off_us, score in ((starts_at, -1, 1), (starts_at, 0, 10), (ends_at, -1, 100), (ends_at, 0, 1000)):
        timed.at(at, off_us)
        await timed.send("u", score)
    page = await timed.get(f"/entries?from={day}&to={day}&aggregate=sum")
    assert [entry["score"] for entry in page["entries"]] == [110]
    period = page["period"]
    assert (period["id"], period["type"]) == (f"{day}..{day}", "range")
    assert (period["starts_at"], period["ends_at"]) == (starts_at, ends_at)


async def test_days_are_kept_for_keep_days_and_no_longer(timed: TimedService) -> None:
    # given a board that keeps two days
    timed.at(FRIDAY)
    await timed.board(ranges={"keep_days": 2}, update="sum")
    for at in (FRIDAY, SATURDAY, SUNDAY):
        timed.at(at)
        await timed.send("u", 1)
    assert (await span(timed, "from=2026-11-01&to=2026-11-30"))["u"] in (2, 3)
    assert await span(timed, "from=2026-11-21&to=2026-11-22") == {"u": 2}

    # then keys of days have an end, later than they are wanted for
    days = {name: at_us for name, at_us in timed.expiries_us().items() if name.startswith("day:")}
    assert len(days) == 3
    assert None not in days.values()
    timed.at("2026-11-23T23:59:59.999999Z")
    assert await span(timed, "from=2026-11-22&to=2026-11-22") == {"u": 1}
    timed.at("2026-12-01T00:00:00Z")
    assert [name for name in timed.expiries_us() if name.startswith("day:")] == []


async def test_the_first_kept_day_has_all_its_hours_after_one_of_25(timed: TimedService) -> None:
    # given the last second of a day of 25 hours, on a board that keeps the day before
    timed.at("2025-11-03T04:59:59Z")
    await timed.board(timezone="America/Havana", ranges={"keep_days": 1}, update="sum")
    # when a score is of the first instant of the day before, or of an instant earlier
    await timed.send("u", 5, achieved_at="2025-11-01T04:00:00Z")
    await timed.send("u", 2, achieved_at="2025-11-01T03:59:59Z")
    # then the first one counts there
    assert await span(timed, "from=2025-10-31&to=2025-11-02") == {"u": 5}


async def test_what_was_achieved_before_the_kept_days_counts_on_the_board_alone(timed: TimedService) -> None:
    await timed.board(ranges={"keep_days": 2}, update="sum")
    await timed.send("u", 5, achieved_at="2020-01-01T00:00:00Z")
    assert await timed.scores() == {"u": 5}
    assert await span(timed, "from=2019-12-31&to=2026-11-21") == {}
    assert [name for name in timed.expiries_us() if name.startswith("day:")] == []


async def test_days_go_by_the_stores_clock(timed: TimedService) -> None:
    timed.at(FRIDAY)
    await timed.board(update="sum", **KEPT)
    for ahead_us in (3_600_000_000, -3_600_000_000):
        for off_us in (-1, 0):
            timed.at("2026-11-21T00:00:00Z", off_us)
            timed.ahead_us = ahead_us
            await timed.send("u", 1)
    timed.ahead_us = 0
    assert await span(timed, "from=2026-11-20&to=2026-11-20") == {"u": 2}
    assert await span(timed, "from=2026-11-21&to=2026-11-21") == {"u": 2}

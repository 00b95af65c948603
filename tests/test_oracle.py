"""The board that the model tests compare with, checked by hand on what matters most."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from tests.oracle import INT64_MAX, OracleBoard, Overflow, Rules, Submission
from tests.oracle_calendar import Period, Reset, schedule_of
from tests.oracle_periods import Definition, OraclePeriods, Refused


def board(**rules: object) -> OracleBoard:
    filled = OracleBoard(Rules(**rules))  # type: ignore[arg-type]
    for member, score in [("a", 5), ("b", 7), ("c", 5), ("d", 3)]:
        filled.submit(Submission(member, score))
    return filled


@pytest.mark.parametrize(
    ("style", "ranks"), [("unique", [1, 2, 3, 4]), ("competition", [1, 2, 2, 4]), ("dense", [1, 2, 2, 3])]
)
def test_ranks_follow_the_style(style: str, ranks: list[int]) -> None:
    assert [entry["rank"] for entry in board(rank_style=style).entries()] == ranks


def test_ties_follow_arrival() -> None:
    assert [row.member for row in board(tie_break="first").walk()] == ["b", "a", "c", "d"]
    assert [row.member for row in board(tie_break="last").walk()] == ["b", "c", "a", "d"]
    assert [row.member for row in board(order="asc").walk()] == ["d", "a", "c", "b"]


def test_a_repeat_of_the_present_score_keeps_its_arrival() -> None:
    filled = board(update="latest")
    assert filled.submit(Submission("a", 5))["changed"] is False
    assert filled.rank_of("a") == 2


def test_a_sum_past_int64_changes_nothing() -> None:
    filled = board(update="sum")
    filled.submit(Submission("d", INT64_MAX - 3))
    with pytest.raises(Overflow):
        filled.submit(Submission("d", 1))
    assert filled.rows["d"].value == (INT64_MAX,)


def test_a_window_slides_to_stay_full() -> None:
    filled = board()
    assert [entry["member"] for entry in filled.around("b", 3)] == ["b", "a", "c"]
    assert [entry["member"] for entry in filled.around("d", 2)] == ["c", "d"]
    assert [entry["member"] for entry in filled.around("a", 9)] == ["b", "a", "c", "d"]


def test_a_new_equal_score_stands_below_or_above_by_the_tie_rule() -> None:
    assert board(tie_break="first").around_value((5,), 1)[0] == 4
    assert board(tie_break="last").around_value((5,), 1)[0] == 2
    assert board(rank_style="dense").around_value((5,), 1)[0] == 2


# the calendar: every expected instant is reckoned by hand from the zone's rules


def us(text: str) -> int:
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("period", "zone", "reset", "at", "windows"),
    [
        pytest.param(
            Period("daily"), "Africa/Cairo", Reset(), "2025-04-25T10:00Z",
            [("2025-04-25", "2025-04-24T22:00Z", "2025-04-25T21:00Z"), ("2025-04-24", "2025-04-23T22:00Z", None)],
            id="a midnight that does not come is reached an hour later by the clock",
        ),
        pytest.param(
            Period("daily"), "Asia/Beirut", Reset(), "2025-10-25T21:30Z",
            [("2025-10-25", "2025-10-24T21:00Z", "2025-10-25T22:00Z")],
            id="the hour before midnight comes twice and midnight once",
        ),
        pytest.param(
            Period("daily"), "America/Havana", Reset(), "2025-11-02T05:30Z",
            [("2025-11-02", "2025-11-02T04:00Z", "2025-11-03T05:00Z")],
            id="midnight comes twice and the first one counts",
        ),
        pytest.param(
            Period("daily"), "Pacific/Apia", Reset(), "2011-12-31T00:00Z",
            [("2011-12-31", "2011-12-30T10:00Z", "2011-12-31T10:00Z"), ("2011-12-29", "2011-12-29T10:00Z", None)],
            id="a day that the zone left out does not exist",
        ),
        pytest.param(
            Period("weekly"), "UTC", Reset(weekday=4), "2027-01-02T00:00Z",
            [("2026-W53", "2027-01-01T00:00Z", "2027-01-08T00:00Z"), ("2026-W52", "2026-12-25T00:00Z", None)],
            id="a week is named by the ISO week of its first day",
        ),
        pytest.param(
            Period("monthly"), "UTC", Reset(day=31), "2028-03-01T00:00Z",
            [("2028-02", "2028-02-29T00:00Z", "2028-03-31T00:00Z"), ("2028-01", "2028-01-31T00:00Z", None)],
            id="day 31 is the last day of a month",
        ),
        pytest.param(
            Period("yearly"), "Asia/Kathmandu", Reset(time(0, 30)), "2026-12-31T18:44:59Z",
            [("2026", "2025-12-31T18:45Z", "2026-12-31T18:45Z")],
            id="years begin at the time of reset",
        ),
        pytest.param(
            Period("cron", "*/20 1-3 * * *"), "Europe/Paris", Reset(), "2025-03-30T01:05Z",
            [("2025-03-30T01:00:00Z", "2025-03-30T01:00Z", "2025-03-30T01:20Z"),
             ("2025-03-30T00:40:00Z", "2025-03-30T00:40Z", None)],
            id="minutes that do not come fire together when the clocks jump",
        ),
        pytest.param(
            Period("cron", "0 * * * *"), "Europe/Paris", Reset(), "2025-10-26T01:59:59Z",
            [("2025-10-26T00:00:00Z", "2025-10-26T00:00Z", "2025-10-26T02:00Z")],
            id="an hourly cron has one period of two hours when clocks go back",
        ),
        pytest.param(
            Period("cron", "15 0 1,15 * 5"), "UTC", Reset(), "2026-11-15T12:00Z",
            [("2026-11-15T00:15:00Z", "2026-11-15T00:15Z", "2026-11-20T00:15Z"),
             ("2026-11-13T00:15:00Z", "2026-11-13T00:15Z", None)],
            id="a day of the month or a weekday",
        ),
    ],
)  # fmt: skip
def test_windows_follow_the_clocks_of_the_zone(
    period: Period, zone: str, reset: Reset, at: str, windows: list[tuple[str, str, str | None]]
) -> None:
    schedule = schedule_of(period, zone, reset)
    for back, (name, start, end) in enumerate(windows):
        found = schedule.at(us(at), back)
        assert (found.id, found.start_us) == (name, us(start))
        assert end is None or found.end_us == us(end)
    running = schedule.at(us(at))
    assert running.end_us is not None
    assert schedule.at(running.end_us - 1) == running
    assert schedule.at(us(at), -1) == schedule.at(running.end_us)


# several periods


class Periods:
    """An oracle of several periods whose clock the test sets."""

    def __init__(self, at: str, **definition: Any) -> None:
        self.at_us = us(at)
        definition = {"periods": (Period("daily"), Period("all")), **definition}
        self.board = OraclePeriods(Definition(**definition), lambda: self.at_us)

    def code(self, member: str, score: int, achieved: str | None = None) -> str:
        with pytest.raises(Refused) as refused:
            self.board.submit(Submission(member, score), us(achieved) if achieved else None)
        return refused.value.code

    def scores(self, period: Period, back: int = 0) -> dict[str, int]:
        board = self.board.board(self.board.window(period, back))
        return {row.member: row.value[0] for row in board.walk()}


def test_a_submission_lands_in_every_period_and_the_next_day_is_empty() -> None:
    there = Periods("2026-11-21T23:59:59Z", rules=Rules(update="sum"))
    there.board.submit(Submission("a", 5))
    there.at_us = us("2026-11-22T00:00Z")
    assert there.scores(Period("daily")) == {}
    placing = there.board.submit(Submission("a", 2))
    assert (placing["score"], placing["period"]) == (2, "2026-11-22")
    assert placing["periods"] == {
        "daily": {"id": "2026-11-22", "rank": 1, "score": 2, "changed": True, "previous_rank": None},
        "all": {"rank": 1, "score": 7, "changed": True, "previous_rank": 1},
    }
    assert there.scores(Period("daily"), 1) == {"a": 5}
    movement = there.board.movement(Period("daily"), there.board.window(Period("daily")), "a")
    assert movement == {"period": "2026-11-21", "rank": 1, "score": 5, "rank_change": 0, "score_change": -3}


@pytest.mark.parametrize(
    ("now", "achieved", "day"),
    [
        ("2026-11-22T00:00:59Z", "2026-11-21T23:59:00Z", 1),  # both just inside the grace of 60 s
        ("2026-11-22T00:00:59Z", "2026-11-21T23:58:59Z", None),  # achieved too long before the day began
        ("2026-11-22T00:01:00Z", "2026-11-21T23:59:59Z", None),  # the day before is closed
        ("2026-11-22T00:01:00Z", "2026-11-22T00:00:00Z", 0),
    ],
)
def test_late_scores_go_where_they_belong_until_that_is_closed(now: str, achieved: str, day: int | None) -> None:
    there = Periods(now, late_s=60)
    if day is None:
        assert there.code("a", 5, achieved) == "PERIOD_CLOSED"
        assert there.scores(Period("all")) == {}
        return
    there.board.submit(Submission("a", 5), us(achieved))
    assert there.scores(Period("daily"), day) == {"a": 5}
    assert there.scores(Period("daily"), 1 - day) == {}
    assert there.scores(Period("all")) == {"a": 5}


def test_boards_begin_and_end_by_the_clock() -> None:
    bounds = {"starts_us": us("2026-11-21T12:00Z"), "ends_us": us("2026-11-21T18:00Z")}
    there = Periods("2026-11-21T11:59:59Z", periods=(Period("season"),), late_s=60, **bounds)
    assert there.code("a", 5) == "BOARD_NOT_STARTED"
    there.at_us = us("2026-11-21T18:00Z")
    assert there.code("a", 5) == "BOARD_ENDED"
    there.board.submit(Submission("a", 5), us("2026-11-21T17:59:59Z"))
    there.at_us = us("2026-11-21T18:01Z")
    assert there.code("a", 6, "2026-11-21T17:59:59Z") == "BOARD_ENDED"
    assert there.scores(Period("season")) == {"a": 5}


def test_a_sum_past_int64_in_one_period_changes_none() -> None:
    there = Periods("2026-11-21T12:00Z", rules=Rules(update="sum"))
    there.board.submit(Submission("a", INT64_MAX))
    there.at_us = us("2026-11-22T12:00Z")
    assert there.code("a", 1) == "SCORE_OVERFLOW"
    assert there.scores(Period("daily")) == {}


def test_archives_are_numbered_and_the_period_goes_on() -> None:
    there = Periods("2026-11-21T12:00Z")
    for score in (5, 6):
        there.board.submit(Submission("a", score))
        there.board.reset("daily", archive=True)
    today = there.board.window(Period("daily"))
    assert [one.board.rows["a"].value[0] for one in there.board.archives(Period("daily"), today)] == [5, 6]
    assert there.scores(Period("daily")) == {}
    assert there.scores(Period("all")) == {"a": 6}


def test_ranges_count_every_submission_and_hold_at_the_ends_of_int64() -> None:
    there = Periods("2026-11-21T12:00Z", keep_days=30)
    for score in (5, 9, 7):
        there.board.submit(Submission("a", score))
    there.at_us = us("2026-11-22T12:00Z")
    there.board.submit(Submission("a", INT64_MAX))

    def value(first: int, last: int, aggregate: str) -> int:
        span = date(2026, 11, first), date(2026, 11, last)
        return there.board.ranges.board(*span, aggregate, there.at_us).rows["a"].value[0]

    assert (value(21, 21, "sum"), value(21, 21, "best")) == (21, 9)
    assert (value(21, 22, "sum"), value(21, 22, "best")) == (INT64_MAX, INT64_MAX)


def test_a_score_set_outright_is_all_of_its_day() -> None:
    there = Periods("2026-11-21T12:00Z", keep_days=30)
    there.board.submit(Submission("a", 9))
    there.board.put(Submission("a", 4))
    there.board.submit(Submission("a", 1))
    day = date(2026, 11, 21)
    spans = {name: there.board.ranges.board(day, day, name, there.at_us).rows["a"].value for name in ("sum", "best")}
    assert spans == {"sum": (5,), "best": (4,)}

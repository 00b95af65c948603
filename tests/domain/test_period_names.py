"""The names that reads ask for periods by: ids, `weekly:-1`, archives of early resets."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankd.domain.boards import BoardSettings
from rankd.domain.calendars import Calendar
from rankd.domain.instants import to_us
from rankd.domain.periods import PeriodName, period_name
from tests.domain.strategies import Case, cases

NOW_US = to_us(datetime(2026, 11, 22, 5, tzinfo=UTC))
FOUR = [{"type": name} for name in ("daily", "weekly", "monthly", "yearly")]
FIVE = [*FOUR, {"type": "cron", "cron": "*/2 * * * *"}]


def _calendar(zone: str, periods: list[dict[str, Any]]) -> Calendar:
    return Calendar(BoardSettings.model_validate({"timezone": zone, "periods": periods}))


PARIS = _calendar("Europe/Paris", FIVE)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("all", PeriodName("all")),
        ("season", PeriodName("season")),
        ("daily", PeriodName("daily")),
        ("cron", PeriodName("cron")),
        ("weekly:0", PeriodName("weekly")),
        ("weekly:-1", PeriodName("weekly", back=1)),
        ("monthly:-1000", PeriodName("monthly", back=1000)),
        ("2026-11-21", PeriodName("daily", "2026-11-21")),
        ("2026-W47", PeriodName("weekly", "2026-W47")),
        ("2026-11", PeriodName("monthly", "2026-11")),
        ("2026", PeriodName("yearly", "2026")),
        ("2026-11-22T01:02:00Z", PeriodName("cron", "2026-11-22T01:02:00Z")),
        ("all~1", PeriodName("all", "all", archive=1)),
        ("season~2", PeriodName("season", "season", archive=2)),
        ("2026-W47~12", PeriodName("weekly", "2026-W47", archive=12)),
        ("2026-11-22T01:02:00Z~1", PeriodName("cron", "2026-11-22T01:02:00Z", archive=1)),
    ],
)
def test_what_a_name_means(text: str, name: PeriodName) -> None:
    assert period_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "All", "weekly ", "hourly", "day", "weekly:", "weekly:1", "weekly:-", "weekly:--1", "weekly:-1.0",
        "weekly:-12345678", "weekly~1", "weekly:-1~1", "2026-11-21~0", "2026-11-21~01", "2026-11-21~", "~1", "all~1~1",
        "2026-11-21~1234567890", "26-11-21", "2026-1-1", "2026W47", "2026-w47", "2026-11-22T01:02Z",
        "2026-11-22T01:02:00", "2026-11-22T01:02:00+00:00", "2026-11-21\n", "\u0662\u0660\u0662\u0666", "x" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_name(text: str) -> None:
    assert period_name(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30", "2026-00-01", "0000-01-01", "0001-01-01", "2026-W00", "2026-W54", "2025-W53", "0000-W01",
        "2026-13", "2026-00", "0000-01", "0000", "2026-11-22T01:02:30Z", "2026-11-22T01:59:00Z", "2026-11-22T25:00:00Z",
        "2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z",
    ],
)  # fmt: skip
def test_a_name_of_the_right_form_that_no_window_has(text: str) -> None:
    calendar = _calendar("Asia/Tokyo", FIVE)
    name = period_name(text)
    assert name is not None
    assert calendar.named(name, NOW_US) is None


@pytest.mark.parametrize("text", ["9999-12-31", "9999-W52", "9999-12", "9999", "9999-12-31T23:58:00Z"])
def test_the_last_windows_that_dates_can_say_have_no_end_and_are_none(text: str) -> None:
    calendar = _calendar("America/Adak", FIVE)
    name = period_name(text)
    assert name is not None
    assert calendar.named(name, NOW_US) is None


@pytest.mark.parametrize("text", ["weekly", "weekly:-1", "2026-W46", "2026", "season", "all", "all~1"])
def test_a_type_that_the_board_lacks_has_no_windows(text: str) -> None:
    calendar = _calendar("UTC", [{"type": "daily"}])
    name = period_name(text)
    assert name is not None
    assert calendar.named(name, NOW_US) is None


def test_years_of_three_digits_are_written_with_four() -> None:
    calendar = _calendar("UTC", FOUR)
    at_us = to_us(datetime(987, 6, 5, tzinfo=UTC))
    ids = [calendar.at(kind, at_us).id for kind in calendar.types]
    assert ids == ["0987-06-05", "0987-W23", "0987-06", "0987"]


@given(cases())
@settings(max_examples=100, deadline=None)
def test_every_windows_id_finds_it_again(case: Case) -> None:
    window = case.calendar.at(case.kind, case.at_us)
    name = period_name(window.id)
    assert name == PeriodName(case.kind, window.id)
    assert case.calendar.named(name, NOW_US) == window
    archived = period_name(f"{window.id}~3")
    assert archived == PeriodName(case.kind, window.id, archive=3)
    assert case.calendar.named(archived, NOW_US) == window


@given(cases(), st.integers(0, 8))
@settings(max_examples=80, deadline=None)
def test_windows_are_counted_back_from_the_running_one_as_far_as_they_are_kept(case: Case, back: int) -> None:
    calendar = case.calendar
    name = period_name(f"{case.kind}:-{back}")
    assert name is not None
    found = calendar.named(name, case.at_us)
    if back > calendar.keeps[case.kind]:
        assert found is None
    else:
        assert found is not None
        walked = calendar.running(case.kind, case.at_us)
        for _ in range(back):
            before = calendar.before(walked)
            assert before is not None
            walked = before
        assert found == walked
        assert found.start_us is not None
        assert found.start_us >= calendar.oldest_us(case.kind, case.at_us)


odd_names = st.text("0123456789-W:~TZadilywek\n\u0661", max_size=24)


@given(odd_names)
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_name_or_none_and_asks_in_peace(text: str) -> None:
    name = period_name(text)
    if name is not None:
        window = PARIS.named(name, NOW_US)
        assert window is None or name.id in (None, window.id)

"""Boundaries looked up by hand: what the settings of a board mean on the dates that calendars get wrong."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from rankd.domain.boards import BoardSettings
from rankd.domain.calendars import Calendar
from rankd.domain.instants import boundary_text, to_us
from rankd.domain.periods import PeriodName, Window, period_name

MIDNIGHT = "00:00:00"


def calendar(kind: str, zone: str, **settings: Any) -> Calendar:
    """A board of one period; `cron` is the period's, other settings are those of `reset`."""
    cron = {"cron": settings.pop("cron")} if "cron" in settings else {}
    value = {"timezone": zone, "periods": [{"type": kind, **cron}], "reset": settings}
    return Calendar(BoardSettings.model_validate(value))


def us(text: str) -> int:
    return to_us(datetime.fromisoformat(text).replace(tzinfo=UTC))


def bounds(window: Window | None) -> tuple[str, str, str]:
    assert window is not None
    assert window.start_us is not None
    assert window.end_us is not None
    return window.id, boundary_text(window.start_us).rstrip("Z"), boundary_text(window.end_us).rstrip("Z")


@pytest.mark.parametrize(
    ("zone", "clock", "day", "start", "end"),
    [
        # The time is missing: the day begins with the first instant after the gap, and has 23 hours.
        ("Africa/Cairo", MIDNIGHT, "2024-04-26", "2024-04-25T22:00:00", "2024-04-26T21:00:00"),
        ("America/Havana", MIDNIGHT, "2025-03-09", "2025-03-09T05:00:00", "2025-03-10T04:00:00"),
        ("America/Santiago", MIDNIGHT, "2024-09-08", "2024-09-08T04:00:00", "2024-09-09T03:00:00"),
        ("Asia/Beirut", MIDNIGHT, "2025-03-30", "2025-03-29T22:00:00", "2025-03-30T21:00:00"),
        ("Atlantic/Azores", MIDNIGHT, "2026-03-29", "2026-03-29T01:00:00", "2026-03-30T00:00:00"),
        ("America/Asuncion", MIDNIGHT, "2024-10-06", "2024-10-06T04:00:00", "2024-10-07T03:00:00"),
        # As much of the gap as lies after the time is what the day loses.
        ("America/New_York", "02:30", "2026-03-08", "2026-03-08T07:00:00", "2026-03-09T06:30:00"),
        ("America/Nuuk", "23:45", "2025-03-29", "2025-03-30T01:00:00", "2025-03-31T00:45:00"),
        ("Antarctica/Troll", "02:30", "2026-03-29", "2026-03-29T01:00:00", "2026-03-30T00:30:00"),
        ("Australia/Lord_Howe", "02:15:30", "2025-10-05", "2025-10-04T15:30:00", "2025-10-05T15:15:30"),
        ("Europe/Dublin", "01:30", "2026-03-29", "2026-03-29T01:00:00", "2026-03-30T00:30:00"),
        # The time comes twice: the day begins with the first, and has 25 hours.
        ("America/Havana", MIDNIGHT, "2025-11-02", "2025-11-02T04:00:00", "2025-11-03T05:00:00"),
        ("Atlantic/Azores", MIDNIGHT, "2026-10-25", "2026-10-25T00:00:00", "2026-10-26T01:00:00"),
        ("America/New_York", "01:30", "2026-11-01", "2026-11-01T05:30:00", "2026-11-02T06:30:00"),
        ("Australia/Lord_Howe", "01:45", "2025-04-06", "2025-04-05T14:45:00", "2025-04-06T15:15:00"),
        ("Africa/Casablanca", "02:30", "2026-02-15", "2026-02-15T01:30:00", "2026-02-16T02:30:00"),
        # The clock is set back from midnight: the day before is shown again, and does not begin again.
        ("Asia/Almaty", MIDNIGHT, "2024-02-29", "2024-02-28T18:00:00", "2024-02-29T19:00:00"),
        ("Asia/Almaty", "23:45", "2024-02-29", "2024-02-29T17:45:00", "2024-03-01T18:45:00"),
        # Clocks change while a day runs.
        ("Europe/London", MIDNIGHT, "2026-03-29", "2026-03-29T00:00:00", "2026-03-29T23:00:00"),
        ("Europe/London", MIDNIGHT, "2026-10-25", "2026-10-24T23:00:00", "2026-10-26T00:00:00"),
        ("Pacific/Chatham", MIDNIGHT, "2025-04-06", "2025-04-05T10:15:00", "2025-04-06T11:15:00"),
        # They never do.
        ("Asia/Kathmandu", MIDNIGHT, "2026-01-01", "2025-12-31T18:15:00", "2026-01-01T18:15:00"),
        ("Pacific/Kiritimati", "12:34:56", "2026-01-01", "2025-12-31T22:34:56", "2026-01-01T22:34:56"),
    ],
)
def test_days(zone: str, clock: str, day: str, start: str, end: str) -> None:
    days = calendar("daily", zone, time=clock)
    assert bounds(days.named(PeriodName("daily", day), us("2026-11-22T05:00:00"))) == (day, start, end)
    assert bounds(days.at("daily", us(start))) == (day, start, end)
    assert bounds(days.at("daily", us(end) - 1)) == (day, start, end)
    assert days.at("daily", us(start) - 1).id < day < days.at("daily", us(end)).id


def test_a_day_that_a_country_left_out_is_no_period() -> None:
    # Samoa went from 29 December 2011 to the 31st.
    days = calendar("daily", "Pacific/Apia")
    last = days.at("daily", us("2011-12-30T09:59:59"))
    assert bounds(last) == ("2011-12-29", "2011-12-29T10:00:00", "2011-12-30T10:00:00")
    assert bounds(days.after(last)) == ("2011-12-31", "2011-12-30T10:00:00", "2011-12-31T10:00:00")
    assert days.named(PeriodName("daily", "2011-12-30"), us("2012-01-01T00:00:00")) is None
    # A month that was to begin on that day begins with the one after.
    months = calendar("monthly", "Pacific/Apia", day=30)
    assert bounds(months.at("monthly", us("2012-01-01T00:00:00")))[:2] == ("2011-12", "2011-12-30T10:00:00")


def test_an_hour_that_comes_twice_is_one_window_of_an_hourly_cron() -> None:
    hours = calendar("cron", "America/New_York", cron="0 * * * *")
    assert _starts(hours, "2026-11-01T04:00:00", 4) == [
        "2026-11-01T04:00:00",
        "2026-11-01T05:00:00",
        "2026-11-01T07:00:00",
        "2026-11-01T08:00:00",
    ]
    in_second_hour = hours.at("cron", us("2026-11-01T06:30:00"))
    assert in_second_hour.id == "2026-11-01T05:00:00Z"


def test_times_of_a_cron_that_are_left_out_come_together_once() -> None:
    every_quarter = calendar("cron", "America/New_York", cron="*/15 * * * *")
    assert _starts(every_quarter, "2026-03-08T06:45:00", 3) == [
        "2026-03-08T06:45:00",
        "2026-03-08T07:00:00",
        "2026-03-08T07:15:00",
    ]
    at_half_past_two = calendar("cron", "America/New_York", cron="30 2 * * *")
    assert _starts(at_half_past_two, "2026-03-07T07:30:00", 3) == [
        "2026-03-07T07:30:00",
        "2026-03-08T07:00:00",
        "2026-03-09T06:30:00",
    ]


def test_a_cron_of_a_day_and_a_weekday_begins_on_either() -> None:
    either = calendar("cron", "UTC", cron="0 0 13 * 5")
    assert _starts(either, "2026-11-06T00:00:00", 3) == [
        "2026-11-06T00:00:00",
        "2026-11-13T00:00:00",
        "2026-11-20T00:00:00",
    ]
    assert _starts(either, "2026-12-11T00:00:00", 2) == ["2026-12-11T00:00:00", "2026-12-13T00:00:00"]


@pytest.mark.parametrize(
    ("settings", "at", "window"),
    [
        ({"day": 31}, "2026-03-01T00:00:00", ("2026-02", "2026-02-28T00:00:00", "2026-03-31T00:00:00")),
        ({"day": 31}, "2024-02-29T00:00:00", ("2024-02", "2024-02-29T00:00:00", "2024-03-31T00:00:00")),
        ({"day": 31}, "2026-04-30T00:00:00", ("2026-04", "2026-04-30T00:00:00", "2026-05-31T00:00:00")),
        ({"day": 29}, "2026-02-28T00:00:00", ("2026-02", "2026-02-28T00:00:00", "2026-03-29T00:00:00")),
        ({"day": 30}, "2024-02-29T00:00:00", ("2024-02", "2024-02-29T00:00:00", "2024-03-30T00:00:00")),
        ({"day": 15}, "2026-01-14T23:59:59", ("2025-12", "2025-12-15T00:00:00", "2026-01-15T00:00:00")),
        ({"time": "04:30"}, "2026-12-01T04:29:59", ("2026-11", "2026-11-01T04:30:00", "2026-12-01T04:30:00")),
    ],
)
def test_months(settings: dict[str, Any], at: str, window: tuple[str, str, str]) -> None:
    assert bounds(calendar("monthly", "UTC", **settings).at("monthly", us(at))) == window


@pytest.mark.parametrize(
    ("settings", "at", "window"),
    [
        ({}, "2027-01-01T00:00:00", ("2026-W53", "2026-12-28T00:00:00", "2027-01-04T00:00:00")),
        ({}, "2027-01-04T00:00:00", ("2027-W01", "2027-01-04T00:00:00", "2027-01-11T00:00:00")),
        ({}, "2024-12-31T12:00:00", ("2025-W01", "2024-12-30T00:00:00", "2025-01-06T00:00:00")),
        # A week is named by the ISO week of the day it begins on: Sundays end theirs.
        ({"weekday": "sunday"}, "2026-11-24T00:00:00", ("2026-W47", "2026-11-22T00:00:00", "2026-11-29T00:00:00")),
        ({"weekday": "friday"}, "2027-01-07T00:00:00", ("2026-W53", "2027-01-01T00:00:00", "2027-01-08T00:00:00")),
        ({"time": "23:45"}, "2026-11-23T23:44:59", ("2026-W47", "2026-11-16T23:45:00", "2026-11-23T23:45:00")),
    ],
)
def test_weeks(settings: dict[str, Any], at: str, window: tuple[str, str, str]) -> None:
    weeks = calendar("weekly", "UTC", **settings)
    assert bounds(weeks.at("weekly", us(at))) == window
    name = period_name(window[0])
    assert name is not None
    assert bounds(weeks.named(name, us("2026-11-22T05:00:00"))) == window


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("Pacific/Kiritimati", "2025-12-31T10:00:00", "2026-12-31T10:00:00"),
        ("Pacific/Pago_Pago", "2026-01-01T11:00:00", "2027-01-01T11:00:00"),
    ],
)
def test_years(zone: str, start: str, end: str) -> None:
    assert bounds(calendar("yearly", zone).at("yearly", us("2026-06-01T00:00:00"))) == ("2026", start, end)


def _starts(calendar: Calendar, first: str, count: int) -> list[str]:
    """When so many windows of a cron period begin, from one on; each ends where the next begins."""
    found = [calendar.at("cron", us(first))]
    while len(found) < count:
        found.append(calendar.after(found[-1]))
    assert all(window.end_us == following.start_us for window, following in pairwise(found))
    return [bounds(window)[1] for window in found]

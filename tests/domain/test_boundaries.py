"""Every boundary of three years in many zones, against a trace of the zone's wall clock."""

from datetime import date

import pytest

from rankd.domain.boards import BoardSettings
from rankd.domain.calendars import DAY, Calendar
from rankd.domain.periods import Window
from tests.domain.expected_windows import (
    Expected,
    Rule,
    all_days,
    cron,
    daily,
    days_near,
    every_hour,
    monthly,
    weekly,
    windows,
    yearly,
)
from tests.domain.wall_traces import change_days, missing_midnights, wall_trace

ZONES = (
    # Clocks change at or about midnight.
    "Africa/Cairo", "America/Asuncion", "America/Havana", "America/Nuuk", "America/Santiago", "America/Scoresbysund",
    "Asia/Almaty", "Asia/Amman", "Asia/Beirut", "Asia/Qostanay", "Atlantic/Azores", "Pacific/Easter",
    # They change at other hours, by whole hours or parts, some in winter or for a month alone.
    "Africa/Casablanca", "Africa/El_Aaiun", "America/Coyhaique", "America/Los_Angeles", "America/Miquelon",
    "America/New_York", "America/St_Johns", "America/Tijuana", "Antarctica/Casey", "Antarctica/Troll",
    "Antarctica/Vostok", "Asia/Gaza", "Asia/Hebron", "Asia/Jerusalem", "Australia/Adelaide", "Australia/Lord_Howe",
    "Australia/Sydney", "Europe/Chisinau", "Europe/Dublin", "Europe/Kyiv", "Europe/Lisbon", "Europe/London",
    "Europe/Paris", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Norfolk",
    # They stand still, some far from UTC or by odd parts of an hour.
    "America/Mexico_City", "America/Phoenix", "America/Sao_Paulo", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tehran",
    "Asia/Tokyo", "Asia/Yangon", "Australia/Eucla", "Etc/GMT+12", "Europe/Istanbul", "Pacific/Apia",
    "Pacific/Kiritimati", "Pacific/Marquesas", "Pacific/Pago_Pago", "UTC",
)  # fmt: skip


def _first_or_friday(day: date) -> bool:
    return day.day == 1 or day.isoweekday() == 5


# Rules whose every window of the three years is looked at.
WHOLE = (
    daily("00:00:00"),
    weekly("monday", "00:00:00"),
    weekly("sunday", "00:00:00"),
    weekly("saturday", "23:45:00"),
    monthly(1, "00:00:00"),
    monthly(30, "02:30:00"),
    monthly(31, "00:00:00"),
    monthly(31, "23:59:59"),
    yearly("00:00:00"),
    yearly("02:30:00"),
    cron("59 23 31 * *", lambda day: day.day == 31, [23], [59]),
)
# Rules of many windows, looked at for three days around every change of the clock.
NEAR_CHANGES = (
    every_hour(),
    cron("30 2 * * *", lambda _: True, [2], [30]),
    cron("*/30 0-3,23 * * *", lambda _: True, [0, 1, 2, 3, 23], [0, 30]),
    cron("15 0 1 * 5", _first_or_friday, [0], [15]),
    cron("0 4 * * MON", lambda day: day.isoweekday() == 1, [4], [0]),
    cron("10 */6 * * 0,6", lambda day: day.isoweekday() in (6, 7), [0, 6, 12, 18], [10]),
    daily("01:59:59"),
    daily("02:30:00"),
    daily("03:00:01"),
    daily("23:45:00"),
)
A_QUIET_DAY = date(2025, 6, 15)


@pytest.mark.parametrize("zone", ZONES)
def test_windows_begin_when_the_clock_first_shows_their_time(zone: str) -> None:
    for rule in WHOLE:
        _check(rule, zone, all_days())
    for rule in NEAR_CHANGES:
        for days in days_near(change_days(zone) or [A_QUIET_DAY]):
            _check(rule, zone, days)


@pytest.mark.parametrize("zone", ZONES)
def test_days_of_ranges_begin_at_midnight_whatever_the_reset_time(zone: str) -> None:
    calendar = Calendar(_settings(daily("02:30:00"), zone))
    for days in days_near(change_days(zone)):
        for expected in windows(daily("00:00:00"), wall_trace(zone), days):
            assert calendar.at(DAY, expected.start_us) == Window(DAY, *expected)
            assert calendar.day_start(date.fromisoformat(expected.id)) == expected.start_us


def test_the_zones_of_the_table_have_what_makes_boundaries_hard() -> None:
    assert len(set(ZONES)) >= 50
    without = {zone for zone in ZONES if missing_midnights(zone)}
    assert without >= {"Africa/Cairo", "America/Havana", "America/Santiago", "Asia/Beirut", "Atlantic/Azores"}
    assert sum(bool(change_days(zone)) for zone in ZONES) >= 35


def _check(rule: Rule, zone: str, days: list[date]) -> None:
    wanted = windows(rule, wall_trace(zone), days)
    calendar = Calendar(_settings(rule, zone))
    found, usual_us = calendar.at(rule.type, wanted[0].start_us) if wanted else None, 0
    for expected in wanted:
        assert found == Window(rule.type, *expected), f"{rule} in {zone}"
        if usual_us != (usual_us := expected.end_us - expected.start_us):
            _check_edges(calendar, rule.type, expected)
        found = calendar.after(found)


def _check_edges(calendar: Calendar, kind: str, expected: Expected) -> None:
    """Asks for a window by its first and its last microsecond."""
    for at_us in (expected.start_us, expected.end_us - 1):
        assert calendar.at(kind, at_us) == Window(kind, *expected)


def _settings(rule: Rule, zone: str) -> BoardSettings:
    return BoardSettings.model_validate({**rule.settings, "timezone": zone})

"""A timetable's boundaries are the calendar's: they join, and their nominal times lead back to them."""

from itertools import islice

import pytest

from rankd.cli.timetable import Timetable, joined
from rankd.domain.boards import BoardSettings
from rankd.domain.instants import from_us, to_us
from rankd.domain.numbers import to_instant
from rankd.domain.zones import instant_of

ZONES = ("UTC", "Africa/Cairo", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca")
PERIODS = [{"type": kind, "keep": 2} for kind in ("all", "daily", "weekly", "monthly", "yearly")]
CRON = {"type": "cron", "cron": "*/30 1-3 * * *", "keep": 0}


def timetable(zone: str) -> Timetable:
    reset = {"time": "02:15:00", "weekday": "sunday", "day": 31}
    return Timetable(BoardSettings(timezone=zone, periods=[*PERIODS, CRON], reset=reset))


def instant(text: str) -> int:
    return to_us(to_instant(text))


@pytest.mark.parametrize("zone", ZONES)
def test_boundaries_join_and_are_the_calendars(zone: str) -> None:
    table = timetable(zone)
    start_us = instant("2026-03-01T00:00:00Z")

    boundaries = list(islice(table.boundaries(start_us), 300))

    assert [one.at_us for one in boundaries] == sorted({one.at_us for one in boundaries})
    for change in (change for boundary in boundaries for change in boundary.changes):
        assert change.ended and change.begun
        assert change.ended.end_us == change.begun.start_us == change.at_us >= start_us
        assert table.calendar.at(change.type, change.at_us) == change.begun
        assert instant_of(table.nominal(change.begun), table.zone) == change.at_us
        kept_until_us = change.readable_until_us
        assert kept_until_us
        assert (
            table.calendar.before(table.calendar.at(change.type, kept_until_us - 1), table.calendar.keeps[change.type])
            == change.ended
        )


def test_changes_of_clocks_are_found_to_the_instant() -> None:
    span = instant("2024-01-01T00:00:00Z"), instant("2025-01-01T00:00:00Z")

    found = {
        zone: [
            (from_us(change.at_us).isoformat()[:19], change.by.total_seconds())
            for change in timetable(zone).clock_changes(*span)
        ]
        for zone in ZONES
    }

    assert found == {
        "UTC": [],
        "Africa/Cairo": [("2024-04-25T22:00:00", 3600), ("2024-10-31T21:00:00", -3600)],
        "America/New_York": [("2024-03-10T07:00:00", 3600), ("2024-11-03T06:00:00", -3600)],
        "Australia/Lord_Howe": [("2024-04-06T15:00:00", -1800), ("2024-10-05T15:30:00", 1800)],
        "Pacific/Apia": [],
        "Africa/Casablanca": [("2024-03-10T02:00:00", -3600), ("2024-04-14T02:00:00", 3600)],
    }


def test_changes_at_one_instant_become_one_boundary() -> None:
    table = timetable("UTC")
    firsts = table.firsts(["daily", "weekly", "all"], instant("2026-11-21T12:00:00Z"))

    (boundary,) = joined([*firsts, *firsts])

    assert [change.type for change in boundary.changes] == ["daily", "weekly"]

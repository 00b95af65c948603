"""Times and lengths as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from rankd.cli.times import local_text, read_instant, span_text, utc_text
from rankd.domain.zones import zone_of

AT = datetime(2026, 11, 23, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (90, "1 min 30 s"),
        (23 * 3600, "23 h"),
        (86_400, "24 h"),
        (25 * 3600, "25 h"),
        (7 * 86_400, "7 d"),
        (7 * 86_400 - 3600, "6 d 23 h"),
        (86_400 + 1800, "24 h 30 min"),
        (-5, "0 s"),
    ],
)
def test_a_length_is_told_in_its_largest_units(seconds: int, text: str) -> None:
    assert span_text(timedelta(seconds=seconds)) == text


def test_a_length_may_be_cut() -> None:
    assert span_text(timedelta(days=3, hours=4, minutes=5, seconds=6), 2) == "3 d 4 h"


def test_a_time_has_seconds_where_it_needs_them() -> None:
    assert utc_text(AT) == "2026-11-23 03:00"
    assert utc_text(AT.replace(second=5)) == "2026-11-23 03:00:05"


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Europe/Paris", "Mon 23 Nov 04:00 CET"),
        ("Asia/Kathmandu", "Mon 23 Nov 08:45 +05:45"),
        ("America/Sao_Paulo", "Mon 23 Nov 00:00 -03:00"),
        ("America/Los_Angeles", "Sun 22 Nov 19:00 PST"),
        ("UTC", "Mon 23 Nov 03:00 UTC"),
    ],
)
def test_a_local_time_has_its_day_and_its_zone(zone: str, text: str) -> None:
    assert local_text(AT, zone_of(zone)) == text


def test_what_is_no_instant_is_none() -> None:
    assert read_instant("2026-11-23T03:00:00Z") == AT
    assert read_instant("2026-11-23T03:00:00") is None
    assert read_instant(None) is None

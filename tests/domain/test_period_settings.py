"""The settings of periods: what is refused, with which words and in which place."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rankd.domain.boards import BoardSettings
from rankd.domain.periods import MAX_KEEP_DAYS, PeriodRule
from rankd.domain.zones import zone_names, zone_of
from rankd.errors import ValidationFailed
from rankd.http.codec import validated

NO_ZONE = "is not a time zone; give an IANA name such as 'Europe/Paris' or 'UTC'"
NO_TEXT = "must be text"
NO_NUMBER = "must be a valid integer"
NO_OBJECT = "must be an object"
NO_TIME = "give a time of day as HH:MM:SS or HH:MM, from 00:00:00 to 23:59:59"
NO_INSTANT = "give RFC 3339 text with an offset, such as 2026-11-22T10:00:00Z, or epoch milliseconds"
NO_FIELDS = "give five fields: minute, hour, day of month, month, weekday, such as '0 4 * * 1'"
NO_KEY = "is not a known key; check its spelling, or leave it out"
NO_TYPE = "must be 'all', 'daily', 'weekly', 'monthly', 'yearly', 'season' or 'cron'"
NEEDS_CRON = "is needed with type cron"
NO_CRON = "goes with a period of type cron, and with no other"
BAD_CRON = "not a cron expression, or one that never comes true: bad "
NO_BOUNDS = "a season needs starts_at and ends_at"

cron_parts = st.sampled_from(
    ["0", "5", "28", "31", "60", "7", "*", "L", "W", "#", "/", "-", ",", "MON", "feb", "\u00b2"]
)
cron_fields = st.lists(cron_parts, min_size=1, max_size=4).map("".join)


def _faults(value: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ValidationFailed) as refused:
        validated(BoardSettings, value)
    assert refused.value.faults is not None
    return [(fault["pointer"], fault["detail"]) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("value", "pointer", "detail"),
    [
        ({"timezone": "Europe/Atlantis"}, "/timezone", f"'Europe/Atlantis' {NO_ZONE}"),
        ({"timezone": "europe/paris"}, "/timezone", f"'europe/paris' {NO_ZONE}"),
        ({"timezone": "../UTC"}, "/timezone", f"'../UTC' {NO_ZONE}"),
        ({"timezone": "Europe"}, "/timezone", f"'Europe' {NO_ZONE}"),
        ({"timezone": "UTC\0"}, "/timezone", rf"'UTC\x00' {NO_ZONE}"),
        ({"timezone": "+02:00"}, "/timezone", f"'+02:00' {NO_ZONE}"),
        ({"timezone": None}, "/timezone", NO_TEXT),
        ({"timezone": 60}, "/timezone", NO_TEXT),
        ({"starts_at": "2026-01-01"}, "/starts_at", NO_INSTANT),
        ({"starts_at": "2026-01-01T00:00:00"}, "/starts_at", NO_INSTANT),
        ({"ends_at": 1.5}, "/ends_at", NO_INSTANT),
        ({"ends_at": True}, "/ends_at", NO_INSTANT),
        ({"ends_at": "2026-02-30T00:00:00Z"}, "/ends_at", "no such instant in the calendar"),
        ({"ends_at": "9999-12-31T23:59:59-10:00"}, "/ends_at", "no such instant in the calendar"),
        ({"ends_at": 10**30}, "/ends_at", "no such instant in the calendar"),
        ({"starts_at": 2, "ends_at": 2}, "/ends_at", "must be later than starts_at"),
        ({"starts_at": "2026-01-01T00:00:00Z", "ends_at": 0}, "/ends_at", "must be later than starts_at"),
        ({"late_s": -1}, "/late_s", "must be greater than or equal to 0"),
        ({"late_s": 301}, "/late_s", "must be less than or equal to 300"),
        ({"late_s": 1.0}, "/late_s", NO_NUMBER),
        ({"late_s": True}, "/late_s", NO_NUMBER),
        ({"ranges": {"keep_days": -1}}, "/ranges/keep_days", "must be greater than or equal to 0"),
        ({"ranges": {"keep_days": 10**6}}, "/ranges/keep_days", f"must be less than or equal to {MAX_KEEP_DAYS}"),
        ({"ranges": {"days": 1}}, "/ranges/days", NO_KEY),
        ({"ranges": 7}, "/ranges", NO_OBJECT),
    ],
)
def test_zones_bounds_and_ranges_that_are_refused(value: dict[str, Any], pointer: str, detail: str) -> None:
    assert _faults(value) == [(pointer, detail)]


@pytest.mark.parametrize(
    ("periods", "pointer", "detail"),
    [
        ([], "", "must have at least 1 item, not 0"),
        (None, "", "must be an array"),
        ({"type": "daily"}, "", "must be an array"),
        (["daily"], "/0", NO_OBJECT),
        ([{}], "/0/type", "is needed"),
        ([{"type": "all"}, {"type": "hourly"}], "/1/type", NO_TYPE),
        ([{"type": "Daily"}], "/0/type", NO_TYPE),
        ([{"type": "day"}], "/0/type", NO_TYPE),
        ([{"type": "daily", "kep": 4}], "/0/kep", NO_KEY),
        ([{"type": "daily", "keep": -1}], "/0/keep", "must be greater than or equal to 0"),
        ([{"type": "daily", "keep": 1001}], "/0/keep", "must be less than or equal to 1000"),
        ([{"type": "daily", "keep": "4"}], "/0/keep", NO_NUMBER),
        ([{"type": "daily"}, {"type": "daily", "keep": 2}], "", "each type comes once at most"),
        ([{"type": "cron"}], "/0/cron", NEEDS_CRON),
        ([{"type": "cron", "cron": None}], "/0/cron", NEEDS_CRON),
        ([{"type": "daily", "cron": "0 0 * * *"}], "/0/cron", NO_CRON),
        ([{"type": "cron", "cron": 5}], "/0/cron", NO_TEXT),
        ([{"type": "cron", "cron": ""}], "/0/cron", NO_FIELDS),
        ([{"type": "cron", "cron": "0 0 * *"}], "/0/cron", NO_FIELDS),
        ([{"type": "cron", "cron": "0 0 0 * * *"}], "/0/cron", NO_FIELDS),
        ([{"type": "cron", "cron": "@daily"}], "/0/cron", NO_FIELDS),
        ([{"type": "cron", "cron": "60 * * * *"}], "/0/cron", BAD_CRON + "minute"),
        ([{"type": "cron", "cron": "* 24 * * *"}], "/0/cron", BAD_CRON + "hour"),
        ([{"type": "cron", "cron": "* * * 1-0 *"}], "/0/cron", BAD_CRON + "month"),
        ([{"type": "cron", "cron": "* * * * 8"}], "/0/cron", BAD_CRON + "day-of-week"),
        ([{"type": "cron", "cron": "0 0 30 2 *"}], "/0/cron", BAD_CRON + "day-of-month"),
        ([{"type": "cron", "cron": "0 0 */31 2 MON#5"}], "/0/cron", "never comes true"),
        ([{"type": "cron", "cron": "0 " * 101}], "/0/cron", "must have at most 200 characters"),
        ([{"type": "season"}], "", NO_BOUNDS),
    ],
)
def test_periods_that_are_refused(periods: Any, pointer: str, detail: str) -> None:
    assert _faults({"periods": periods}) == [(f"/periods{pointer}", detail)]


@pytest.mark.parametrize(
    ("reset", "pointer", "detail"),
    [
        (None, "", NO_OBJECT),
        ("04:00", "", NO_OBJECT),
        *(({"time": time}, "/time", NO_TIME) for time in ("", "24:00", "7:00", "00:00:60", "00:00:00.5", "00:00Z")),
        ({"time": "\u0660\u0660:00"}, "/time", NO_TIME),
        ({"time": 0}, "/time", NO_TEXT),
        ({"day": 0}, "/day", "must be greater than or equal to 1"),
        ({"day": 32}, "/day", "must be less than or equal to 31"),
        ({"day": "1"}, "/day", NO_NUMBER),
        ({"hour": 1}, "/hour", NO_KEY),
    ],
)
def test_resets_that_are_refused(reset: Any, pointer: str, detail: str) -> None:
    assert _faults({"reset": reset}) == [(f"/reset{pointer}", detail)]


@pytest.mark.parametrize("weekday", ["Monday", "mon", 0, None])
def test_weekdays_are_english_names_in_small_letters(weekday: Any) -> None:
    ((pointer, detail),) = _faults({"reset": {"weekday": weekday}})
    assert pointer == "/reset/weekday"
    assert detail.startswith("must be 'monday', 'tuesday'")


def test_a_season_needs_both_bounds() -> None:
    season = [{"type": "season"}]
    assert _faults({"periods": season, "starts_at": 0}) == [("/periods", NO_BOUNDS)]
    assert _faults({"periods": season, "ends_at": 5, "starts_at": None}) == [("/periods", NO_BOUNDS)]
    assert _faults({"periods": season, "starts_at": "x", "ends_at": 5}) == [("/starts_at", NO_INSTANT)]
    validated(BoardSettings, {"periods": season, "starts_at": 0, "ends_at": 5})


def test_every_fault_is_named_at_once() -> None:
    value = {
        "timezone": "Mars/Olympus",
        "late_s": 999,
        "periods": [{"type": "daily", "keep": -1}, {"type": "cron", "cron": "x"}, {"type": "hourly"}],
        "reset": {"time": "25:00", "weekday": "someday", "day": 40},
        "ranges": {"keep_days": "x"},
    }
    periods = {"/periods/0/keep", "/periods/1/cron", "/periods/2/type"}
    reset = {"/reset/time", "/reset/weekday", "/reset/day"}
    assert {pointer for pointer, _ in _faults(value)} == {
        "/timezone",
        "/late_s",
        "/ranges/keep_days",
        *periods,
        *reset,
    }


@given(st.lists(st.just("*") | cron_fields, min_size=5, max_size=5).map(" ".join))
@settings(max_examples=200, deadline=None)
def test_any_cron_text_is_taken_or_refused_in_words(expression: str) -> None:
    try:
        rule = PeriodRule(type="cron", cron=expression)
    except ValidationError as error:
        assert [fault["loc"] for fault in error.errors()] == [("cron",)]
    else:
        assert PeriodRule(type="cron", cron=rule.cron) == rule


def test_every_zone_of_the_list_can_be_read() -> None:
    names = zone_names()
    assert len(names) > 500
    assert all(datetime(2026, 7, 1, tzinfo=zone_of(name)).utcoffset() is not None for name in names)

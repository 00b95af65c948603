"""Properties of calendars, of any zone, time and rule: windows tile time."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rankd.domain.boards import BoardSettings
from rankd.domain.calendars import Calendar
from rankd.domain.instants import to_us
from rankd.domain.periods import Window
from rankd.domain.zones import zone_of
from tests.domain.strategies import HOUR_US, Case, cases

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(cases())
@settings(max_examples=120, deadline=None)
def test_each_window_ends_where_the_next_begins(case: Case) -> None:
    calendar = case.calendar
    window = calendar.at(case.kind, case.at_us)
    assert window.has(case.at_us)
    before, after = calendar.before(window), calendar.after(window)
    assert before is not None
    assert (before.end_us, after.start_us) == (window.start_us, window.end_us)
    assert calendar.after(before) == calendar.before(after) == window
    assert calendar.before(after, 2) == before


@given(cases())
@settings(max_examples=120, deadline=None)
def test_a_window_is_found_by_every_instant_in_it_and_by_no_other(case: Case) -> None:
    window = case.calendar.at(case.kind, case.at_us)
    start_us, end_us = _bounds(window)
    assert start_us < end_us
    for at_us in (start_us, (start_us + end_us) // 2, end_us - 1):
        assert case.calendar.at(case.kind, at_us) == window
    for at_us in (start_us - 1, end_us):
        assert case.calendar.at(case.kind, at_us) != window


@given(cases(), st.integers(2, 12))
@settings(max_examples=80, deadline=None)
def test_later_windows_have_later_ids(case: Case, count: int) -> None:
    calendar = case.calendar
    walked = [calendar.at(case.kind, case.at_us)]
    while len(walked) < count:
        walked.append(calendar.after(walked[-1]))
    starts, ids = [window.start_us for window in walked], [window.id for window in walked]
    assert starts == sorted(set(starts))
    assert ids == sorted(set(ids))
    assert calendar.before(walked[-1], count - 1) == walked[0]


@given(cases(), st.lists(st.integers(-40 * HOUR_US, 40 * HOUR_US), min_size=2, max_size=8))
@settings(max_examples=100, deadline=None)
def test_what_was_asked_before_changes_no_answer(case: Case, steps: list[int]) -> None:
    """Clocks of servers step back and forth; what a calendar keeps in mind must not show."""
    used = case.calendar
    for step in steps:
        now_us = case.at_us + step
        assert used.running(case.kind, now_us) == case.calendar.at(case.kind, now_us)
        assert used.oldest_us(case.kind, now_us) == case.calendar.oldest_us(case.kind, now_us)
        assert used.at(case.kind, case.at_us) == case.calendar.at(case.kind, case.at_us)


@given(cases())
@settings(max_examples=100, deadline=None)
def test_a_day_begins_when_its_time_is_shown_or_passed_for_the_first_time(case: Case) -> None:
    reset = case.settings.reset
    days = _daily(case.settings)
    window = days.at("daily", case.at_us)
    start_us, _ = _bounds(window)
    nominal = datetime.combine(datetime.fromisoformat(window.id), time.fromisoformat(reset.time))
    assert _shown(start_us, case.settings.timezone) >= nominal
    earlier = [start_us - 1, *(start_us - 1 - step * HOUR_US // 6 for step in range(1, 6 * 26))]
    assert all(_shown(at_us, case.settings.timezone) < nominal for at_us in earlier)


def test_a_walk_of_many_windows_there_and_back_sees_the_same_ones() -> None:
    value = {"timezone": "Europe/Paris", "periods": [{"type": "cron", "cron": "*/5 * * * *", "keep": 0}]}
    calendar = Calendar(BoardSettings.model_validate(value))
    there = [calendar.at("cron", to_us(datetime(2026, 10, 24, 20, tzinfo=UTC)))]
    while len(there) < 400:
        there.append(calendar.after(there[-1]))
    back: list[Window | None] = [there[-1]]
    while (window := back[-1]) is not None and len(back) < len(there):
        back.append(calendar.before(window))
    assert back[::-1] == there
    assert len(set(there)) == 400


def test_all_time_is_one_window() -> None:
    calendar = Calendar(BoardSettings())
    window = calendar.at("all", 0)
    assert window == Window("all", "all") == calendar.running("all", 2**62)
    assert calendar.before(window) is None
    assert calendar.candidates("all", 0, 2_000_000) == [window]
    assert calendar.expiry_us(window) is None


def test_a_season_is_one_window_with_the_boards_bounds() -> None:
    value = {"starts_at": 1000, "ends_at": 5000, "periods": [{"type": "season"}]}
    calendar = Calendar(BoardSettings.model_validate(value))
    window = calendar.at("season", 7_000_000)
    assert window == Window("season", "season", 1_000_000, 5_000_000)
    assert [window.has(at_us) for at_us in (999_999, 1_000_000, 4_999_999, 5_000_000)] == [False, True, True, False]
    assert calendar.before(window) is None
    assert calendar.candidates("season", 4_999_999, 2_000_000) == [window]
    assert calendar.expiry_us(window) is None
    assert (calendar.opens_us, calendar.closes_us) == (1_000_000, 5_000_000)


def _bounds(window: Window) -> tuple[int, int]:
    assert window.start_us is not None
    assert window.end_us is not None
    return window.start_us, window.end_us


def _daily(board: BoardSettings) -> Calendar:
    value = {"timezone": board.timezone, "periods": [{"type": "daily"}], "reset": board.reset.model_dump()}
    return Calendar(BoardSettings.model_validate(value))


def _shown(at_us: int, zone: str) -> datetime:
    return (_EPOCH + timedelta(microseconds=at_us)).astimezone(zone_of(zone)).replace(tzinfo=None)

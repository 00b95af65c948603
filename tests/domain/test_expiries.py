"""How long windows stay: which are readable, which a submission may land in, and when the store drops them."""

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rankd.domain.boards import Board, BoardSettings
from rankd.domain.calendars import Calendar
from rankd.domain.instants import to_us
from rankd.domain.periods import Window
from tests.domain.strategies import HOUR_US, SECOND_US, Case, cases

MARGIN_US = 5 * SECOND_US
JITTER_US = 600 * SECOND_US
LATE_S = 300
NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)

near_an_edge = st.integers(-400 * SECOND_US, 400 * SECOND_US) | st.sampled_from([-1, 0, 1, -MARGIN_US, MARGIN_US])


@given(cases(), st.booleans(), near_an_edge)
@settings(max_examples=100, deadline=None)
def test_candidates_begin_with_now_and_have_what_the_stores_clock_may_say(case: Case, at_end: bool, off: int) -> None:
    calendar = case.calendar
    start_us, end_us = _bounds(calendar.at(case.kind, case.at_us))
    now_us = (end_us if at_end else start_us) + off
    candidates = calendar.candidates(case.kind, now_us, MARGIN_US)
    assert candidates[0] == calendar.running(case.kind, now_us)
    assert candidates[0].has(now_us)
    assert len(set(candidates)) == len(candidates)
    for apart in (-MARGIN_US + 1, MARGIN_US):
        assert calendar.at(case.kind, now_us + apart) in candidates


@given(cases(), st.integers(1, LATE_S), st.integers(0, LATE_S), st.integers(-MARGIN_US + 1, MARGIN_US))
@settings(max_examples=100, deadline=None)
def test_candidates_have_every_window_that_still_takes_late_scores(
    case: Case, early_s: int, since_s: int, apart_us: int
) -> None:
    # given a score achieved before an edge, and clocks that are past the edge
    calendar = Calendar(case.settings.model_copy(update={"late_s": LATE_S}))
    edge_us = _bounds(calendar.at(case.kind, case.at_us))[0]
    now_us = edge_us + since_s * SECOND_US
    achieved_us, store_us = edge_us - early_s * SECOND_US, now_us + apart_us
    # when its window still takes it by the store's clock
    own, running = calendar.at(case.kind, achieved_us), calendar.at(case.kind, store_us)
    assume(achieved_us >= _bounds(running)[0] - calendar.late_us)
    assume(store_us < _bounds(own)[1] + calendar.late_us)
    # then the script is told of it
    assert own in calendar.candidates(case.kind, now_us, MARGIN_US)


@given(cases())
@settings(max_examples=100, deadline=None)
def test_nothing_but_now_is_a_candidate_away_from_edges(case: Case) -> None:
    calendar = case.calendar
    start_us, end_us = _bounds(calendar.at(case.kind, case.at_us))
    first_us, last_us = start_us + calendar.late_us + MARGIN_US, end_us - MARGIN_US - 1
    assume(first_us <= last_us)
    for now_us in (first_us, (first_us + last_us) // 2, last_us):
        assert calendar.candidates(case.kind, now_us, MARGIN_US) == [calendar.at(case.kind, now_us)]


@given(cases())
@settings(max_examples=80, deadline=None)
def test_the_store_drops_a_window_after_its_last_reader_and_late_score(case: Case) -> None:
    calendar = case.calendar
    window = calendar.at(case.kind, case.at_us)
    last = window
    for _ in range(calendar.keeps[case.kind]):
        last = calendar.after(last)
    start_us, kept_until_us = _bounds(window)[0], _bounds(last)[1]
    # It is readable up to the very end of the last window it is kept beside, and not beyond.
    assert calendar.oldest_us(case.kind, kept_until_us - 1) <= start_us
    assert calendar.oldest_us(case.kind, kept_until_us) > start_us
    # The store keeps it for a day longer, or for some hours where the window was shorter than one.
    slack_us = (24 if _bounds(window)[1] - start_us >= HOUR_US else 3) * HOUR_US
    assert calendar.expiry_us(window) == kept_until_us + calendar.late_us + slack_us


@pytest.mark.parametrize(
    ("cron", "zone", "gap"),
    [
        ("* * * * *", "Africa/Cairo", datetime(2024, 4, 25, 22, tzinfo=UTC)),
        ("*/15 * * * *", "Antarctica/Troll", datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ("0 * * * *", "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ],
)
def test_times_that_are_missing_together_count_as_the_one_window_they_are(cron: str, zone: str, gap: datetime) -> None:
    period = {"type": "cron", "cron": cron, "keep": 3}
    calendar = Calendar(BoardSettings.model_validate({"timezone": zone, "periods": [period]}))
    window = calendar.at("cron", to_us(gap))
    third_before = calendar.before(window, 3)
    assert third_before is not None
    assert calendar.oldest_us("cron", to_us(gap)) == third_before.start_us
    expiry_us = calendar.expiry_us(third_before)
    assert expiry_us is not None
    assert expiry_us > _bounds(window)[1]


def test_boards_of_one_schedule_do_not_expire_at_one_instant() -> None:
    expiries = []
    for number in range(1000):
        calendar = Calendar(_board(f"board-{number}"))
        expiry_us = calendar.expiry_us(calendar.running("daily", to_us(NOW)))
        assert expiry_us == Calendar(_board(f"board-{number}")).expiry_us(calendar.running("daily", to_us(NOW)))
        assert expiry_us is not None
        expiries.append(expiry_us)
    assert max(expiries) - min(expiries) < JITTER_US
    per_second = [expiry_us // SECOND_US for expiry_us in expiries]
    assert max(map(per_second.count, set(per_second))) < 15


@pytest.mark.parametrize("keep", [300, 1000])
def test_windows_kept_beyond_the_last_year_still_have_an_expiry(keep: int) -> None:
    # 29 February on a Monday: once in 28 years.
    period = {"type": "cron", "cron": "0 0 */28 2 MON#5", "keep": keep}
    calendar = Calendar(BoardSettings.model_validate({"periods": [period]}))
    window = calendar.running("cron", to_us(NOW))
    expiry_us = calendar.expiry_us(window)
    assert expiry_us is not None
    assert expiry_us > to_us(datetime(9900, 1, 1, tzinfo=UTC))
    assert calendar.oldest_us("cron", to_us(NOW)) < to_us(datetime(1000, 1, 1, tzinfo=UTC))


def test_a_window_of_a_type_that_the_board_no_longer_has_is_kept_beside_none() -> None:
    days, weeks = (
        Calendar(BoardSettings.model_validate({"periods": [{"type": kind}]})) for kind in ("daily", "weekly")
    )
    week = weeks.running("weekly", to_us(NOW))
    assert days.expiry_us(week) == _bounds(week)[1] + 24 * HOUR_US


def _board(board_id: str) -> Board:
    value = {"periods": [{"type": "daily"}], "id": board_id, "created_at": NOW, "updated_at": NOW, "version": 1}
    return Board.model_validate(value)


def _bounds(window: Window) -> tuple[int, int]:
    assert window.start_us is not None
    assert window.end_us is not None
    return window.start_us, window.end_us

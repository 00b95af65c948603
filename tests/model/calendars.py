"""What the tests of periods draw: zones whose clocks jump, instants near the jumps, rules of periods, and moments
before and after the edges of windows."""

from datetime import UTC, datetime, time
from typing import NamedTuple

from hypothesis import strategies as st

from tests.model.strategies import rules
from tests.oracle_calendar import SECOND_US, Period, Reset
from tests.oracle_periods import Definition

MINUTE_US, HOUR_US, DAY_US = 60 * SECOND_US, 3600 * SECOND_US, 86_400 * SECOND_US

# A zone, and a moment near which its clocks or its calendar do something.
CORNERS = [
    ("UTC", "2026-12-31T23:00"),
    ("UTC", "2028-02-28T22:00"),
    ("Europe/Paris", "2025-03-29T23:00"),
    ("Europe/Paris", "2025-10-25T22:00"),
    ("America/New_York", "2025-11-02T04:00"),
    ("Africa/Cairo", "2025-04-24T21:00"),  # no midnight
    ("America/Havana", "2025-03-09T04:00"),  # no midnight
    ("America/Havana", "2025-11-02T03:00"),  # 00:00 to 01:00 twice
    ("America/Santiago", "2025-09-07T02:00"),  # no midnight
    ("America/Santiago", "2025-04-06T02:00"),  # 23:00 to 24:00 twice
    ("Asia/Beirut", "2025-03-29T21:00"),  # no midnight
    ("Asia/Beirut", "2025-10-25T20:00"),  # 23:00 to 24:00 twice
    ("Atlantic/Azores", "2025-03-30T00:00"),  # no midnight
    ("America/Scoresbysund", "2025-10-25T23:00"),
    ("Australia/Lord_Howe", "2025-04-05T14:00"),  # half an hour back
    ("Pacific/Apia", "2011-12-30T08:00"),  # a whole day is missing
    ("Africa/Casablanca", "2025-02-23T01:00"),
    ("Asia/Kathmandu", "2027-01-01T00:00"),  # the first days of a year in a week of the last one
    ("Pacific/Kiritimati", "2026-06-30T09:00"),
]
CRONS = [
    "* * * * *",
    "0 * * * *",
    "*/20 1-3 * * *",
    "30 2 * * *",
    "0 0 * * 1",
    "15 0 1,15 * 5",
    "59 23 31 * *",
    "0 4 29 2 *",
]
TYPES = ["all", "daily", "weekly", "monthly", "yearly", "season", "cron"]


class Moment(NamedTuple):
    """A moment beside an edge: of the period whose edge is the `place`-th next one, so many windows off, and
    microseconds off the edge, or off it and the grace for late scores."""

    place: int
    steps: int
    graces: int
    off_us: int


moments_ahead = st.builds(
    Moment, st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3]), st.sampled_from([1, 1, 1, 1, 2, 3, 5]),
    st.sampled_from([0, 0, 0, 1]), st.sampled_from([0, 0, 1, SECOND_US, -1, -SECOND_US]),
)  # fmt: skip
moments_ago = st.builds(
    Moment, st.sampled_from([0, 0, 0, 0, 1, 2]), st.sampled_from([1, 1, 1, 2]),
    st.sampled_from([0, 0, 0, 1]), st.sampled_from([-1, -1, -SECOND_US, 0, 1]),
)  # fmt: skip
steps = st.sampled_from([SECOND_US, 1, 1000, MINUTE_US, 10 * MINUTE_US, HOUR_US, DAY_US])

# How far rankd's own clock is ahead of the store's.
wrong = st.sampled_from([0, 1, -SECOND_US, -HOUR_US, HOUR_US, 11 * HOUR_US, -11 * HOUR_US])


@st.composite
def starts(draw: st.DrawFn) -> tuple[str, int]:
    """A zone, and when its store's clock begins; whole milliseconds."""
    zone, text = draw(st.sampled_from(CORNERS))
    at = datetime.fromisoformat(text).replace(tzinfo=UTC)
    hours = draw(st.integers(-60, 30) | st.integers(-400 * 24, 400 * 24) if draw(st.booleans()) else st.integers(-4, 4))
    return zone, int(at.timestamp()) * SECOND_US + hours * HOUR_US + draw(st.integers(0, 3_599_999)) * 1000


@st.composite
def definitions(draw: st.DrawFn, *, keep_days: int = 0) -> tuple[Definition, int]:
    """A board with some of the periods, and the instant it is made at."""
    zone, now_us = draw(starts())
    types = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=4, unique=True))
    bounded = "season" in types or draw(st.integers(0, 4)) == 0
    starts_us = ends_us = None
    if bounded:
        starts_us = now_us + draw(st.sampled_from([-40 * DAY_US, -HOUR_US, 0, 10 * MINUTE_US]))
        ends_us = starts_us + draw(st.sampled_from([41 * DAY_US, 41 * DAY_US, 400 * DAY_US, DAY_US + 1000, HOUR_US]))
    return Definition(
        rules=draw(rules()),
        periods=tuple(draw(periods(kind)) for kind in types),
        timezone=zone,
        reset=draw(resets),
        late_s=draw(st.sampled_from([300, 300, 60, 1, 0])),
        starts_us=starts_us,
        ends_us=ends_us,
        keep_days=keep_days,
    ), now_us


@st.composite
def periods(draw: st.DrawFn, kind: str) -> Period:
    cron = draw(st.sampled_from(CRONS)) if kind == "cron" else None
    return Period(kind, cron, draw(st.sampled_from([2, 3, 4, 4, 1, 0])))


resets = st.builds(
    Reset,
    st.sampled_from([time(0), time(0), time(0), time(0, 30), time(1, 59, 59), time(2, 30), time(23, 59, 59)]),
    st.integers(0, 6),
    st.sampled_from([1, 1, 15, 28, 29, 30, 31]),
)

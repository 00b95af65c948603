"""What calendars are tried with: boards of any zone and rule, and instants of which many lie where clocks change."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import assume
from hypothesis import strategies as st

from rankd.domain.boards import BoardSettings
from rankd.domain.calendars import Calendar
from rankd.domain.zones import zone_names
from tests.domain.wall_traces import wall_trace

SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
CUT = ("daily", "weekly", "monthly", "yearly", "cron")  # the types that cut time into windows
# Half of the boards are in zones that are hard in many ways.
_HARD_ZONES = (
    "Africa/Cairo", "Africa/Casablanca", "America/Havana", "America/New_York", "America/Nuuk", "America/Santiago",
    "Antarctica/Troll", "Asia/Almaty", "Asia/Beirut", "Asia/Gaza", "Atlantic/Azores", "Australia/Lord_Howe",
    "Europe/Dublin", "Pacific/Apia", "Pacific/Chatham",
)  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
# 1972 to 2100; years before had zones that were off by parts of a minute.
_EARLIEST_US, _LATEST_US = 63_072_000 * SECOND_US, 4_102_444_800 * SECOND_US


class Case(NamedTuple):
    """A board's settings, the one of its period types that is looked at, and an instant in microseconds."""

    settings: BoardSettings
    kind: str
    at_us: int

    @property
    def calendar(self) -> Calendar:
        """A calendar that was asked nothing yet."""
        return Calendar(self.settings)


clocks = st.one_of(
    st.sampled_from(["00:00:00", "00:00:01", "00:30:00", "01:00:00", "02:00:00", "02:30:00", "23:00:00", "23:59:59"]),
    st.times().map(lambda clock: clock.isoformat("seconds")),
)
resets = st.fixed_dictionaries(
    {"time": clocks, "weekday": st.sampled_from(_WEEKDAYS), "day": st.sampled_from([1, 28, 29, 30, 31, 15])}
)


def _field(low: int, high: int, stars: int) -> st.SearchStrategy[str]:
    """A field of a cron expression, of which so many in ten are `*`."""
    number = st.integers(low, high)
    span = st.tuples(number, number).map(lambda ends: f"{min(ends)}-{max(ends)}")
    step = st.integers(1, high).map(lambda every: f"*/{every}")
    part = st.one_of(number.map(str), span)
    some = st.one_of(step, part, st.lists(part, min_size=2, max_size=4).map(",".join))
    return st.integers(1, 10).flatmap(lambda die: st.just("*") if die <= stars else some)


crons = st.tuples(_field(0, 59, 1), _field(0, 23, 4), _field(1, 31, 6), _field(1, 12, 8), _field(0, 7, 6)).map(" ".join)


@st.composite
def periods(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(CUT))
    rule = {"type": kind, "keep": draw(st.integers(0, 6))}
    return {**rule, "cron": draw(crons)} if kind == "cron" else rule


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone = draw(st.sampled_from(_HARD_ZONES) | st.sampled_from(sorted(zone_names())))
    period = draw(periods())
    value = {
        "timezone": zone,
        "periods": [{"type": "all"}, period],
        "reset": draw(resets),
        "late_s": draw(st.sampled_from([0, 0, 1, 90, 300])),
    }
    try:
        settings = BoardSettings.model_validate(value)
    except ValueError:
        assume(False)  # a cron expression that never comes true, such as 30 February
        raise
    return Case(settings, period["type"], draw(instants(zone)))


@st.composite
def instants(draw: st.DrawFn, zone: str) -> int:
    """An instant of some century, or near a change of a zone's clock."""
    changes = [stretch.begin.replace(tzinfo=UTC) for stretch in wall_trace(zone)[1:]]
    if not changes or draw(st.integers(0, 3)) == 0:
        return draw(st.integers(_EARLIEST_US, _LATEST_US))
    near_us = (draw(st.sampled_from(changes)) - _EPOCH) // _TICK
    exact = st.sampled_from([-HOUR_US, -1, 0, 1, HOUR_US - 1, HOUR_US, 2 * HOUR_US])
    return near_us + draw(exact | st.integers(-30 * HOUR_US, 30 * HOUR_US))

"""What a zone's clock shows through a few years: the slow way to find when a local time is first reached.

Only what a clock shows at an instant is asked of zoneinfo, every few hours and around changes every minute;
never the instant of a local time, so that gaps and repetitions need no rule: a time is reached in the first
stretch of the trace that shows it or a later one. Nothing is shared with rankd.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

YEARS = (2024, 2025, 2026)
# The years, and what their first and last windows reach into.
BEGIN, END = datetime(2023, 11, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)
_STEP, _MINUTE, _DAY, _TICK = timedelta(hours=4), timedelta(minutes=1), timedelta(days=1), timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1)


class Stretch(NamedTuple):
    """Time during which a clock runs on: from an instant up to another (naive, in UTC), shown as so much more."""

    begin: datetime
    end: datetime
    ahead: timedelta


@cache
def wall_trace(zone: str) -> tuple[Stretch, ...]:
    """The stretches of a zone's clock, over the whole span."""
    with files("tzdata.zoneinfo").joinpath(*zone.split("/")).open("rb") as data:
        clock = ZoneInfo.from_file(data)
    steps = [BEGIN + number * _STEP for number in range((END - BEGIN) // _STEP + 1)]
    ahead = [_ahead(step, clock) for step in steps]
    changed = [step for step, (here, there) in zip(steps, pairwise(ahead), strict=False) if here != there]
    changes = [BEGIN, *(_change_after(step, clock) for step in changed)]
    return tuple(
        Stretch(begin.replace(tzinfo=None), end.replace(tzinfo=None), _ahead(begin, clock))
        for begin, end in pairwise([*changes, END])
    )


def reached(trace: tuple[Stretch, ...], local: datetime) -> int:
    """The first instant at which the clock shows a local time or a later one, in microseconds since 1970."""
    for begin, end, ahead in trace:
        if end + ahead > local:
            return (max(begin, local - ahead) - _EPOCH) // _TICK
    raise AssertionError(f"{local} lies after the trace")


def missing_midnights(zone: str) -> list[date]:
    """The dates of the years whose 00:00 a zone's clock never shows."""
    found = []
    for before, after in pairwise(wall_trace(zone)):
        stopped, resumed = before.end + before.ahead, after.begin + after.ahead
        day = stopped.date() if stopped.time() == time() else stopped.date() + _DAY
        if datetime.combine(day, time()) < resumed and day.year in YEARS:
            found.append(day)
    return found


def change_days(zone: str) -> list[date]:
    """The local dates in the years on which a zone's clock is changed."""
    days = [(begin + ahead).date() for begin, _, ahead in wall_trace(zone)[1:]]
    return [day for day in days if day.year in YEARS]


def _change_after(step: datetime, clock: ZoneInfo) -> datetime:
    minutes = [step + number * _MINUTE for number in range(_STEP // _MINUTE + 1)]
    changed = [there for here, there in pairwise(minutes) if _ahead(here, clock) != _ahead(there, clock)]
    assert len(changed) == 1, "one change a step, on a whole minute"
    return changed[0]


def _ahead(instant: datetime, clock: ZoneInfo) -> timedelta:
    ahead = instant.astimezone(clock).utcoffset()
    assert ahead is not None
    return ahead

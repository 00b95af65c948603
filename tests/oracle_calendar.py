"""Periods found the slow way, sharing no code with rankd: every local date (for cron: every local minute) is
held against the rule, and every hour's wall clock is asked until it shows the time or a later one.

Only the direction from an instant to what a clock shows is taken from zoneinfo; nothing is asked for the
instant of a local time, so gaps and folds need no rule of their own. Instants are microseconds since 1970.
"""

import calendar
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

SECOND_US = 1_000_000
HOUR_S = 3600
# No zone is further than this from UTC.
FAR_S = 16 * HOUR_S
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EPOCH = datetime(1970, 1, 1)
_CRON_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


class Window(NamedTuple):
    """One period: from an instant up to another. `all` has neither."""

    type: str
    id: str
    start_us: int | None = None
    end_us: int | None = None

    def has(self, at_us: int) -> bool:
        return (self.start_us is None or self.start_us <= at_us) and (self.end_us is None or at_us < self.end_us)


@dataclass(frozen=True)
class Reset:
    """When days, weeks, months and years begin."""

    time: time = time(0)
    weekday: int = 0
    day: int = 1

    def body(self) -> dict[str, Any]:
        return {"time": self.time.isoformat(), "weekday": WEEKDAYS[self.weekday], "day": self.day}


@dataclass(frozen=True)
class Period:
    """One of a board's periods, as its definition names it."""

    type: str
    cron: str | None = None
    keep: int = 4

    def body(self) -> dict[str, Any]:
        cron = {} if self.cron is None else {"cron": self.cron}
        return {"type": self.type, **cron, "keep": self.keep}


class WallClock:
    """What the clocks of a zone show."""

    def __init__(self, zone: str) -> None:
        with files("tzdata.zoneinfo").joinpath(*zone.split("/")).open("rb") as data:
            self._zone = ZoneInfo.from_file(data, key=zone)
        self._hours: dict[int, list[tuple[int, int, int]]] = {}

    def shown(self, at_us: int) -> datetime:
        second, fraction = divmod(at_us, SECOND_US)
        return _EPOCH + timedelta(seconds=second + self._offset_s(second), microseconds=fraction)

    def reaches(self, local: datetime, since_us: int | None = None) -> int:
        """The first instant at which the clocks show a local time or a later one; the local time is of whole
        seconds. `since_us` is an instant known not to lie after it."""
        wanted = (local - _EPOCH) // timedelta(seconds=1)
        begin = wanted - FAR_S if since_us is None else max(wanted - FAR_S, since_us // SECOND_US)
        for hour in range(begin // HOUR_S, (wanted + FAR_S) // HOUR_S):
            for start, end, offset in self._stretches(hour):
                reached = max(start, wanted - offset)
                if reached < end:
                    return reached * SECOND_US
        raise AssertionError(f"{local} is never reached")

    def _stretches(self, hour: int) -> list[tuple[int, int, int]]:
        """The parts of an hour during which the offset from UTC stays, each as its start, end and offset."""
        if hour not in self._hours:
            self._hours[hour] = list(self._pieces(hour * HOUR_S, HOUR_S))
        return self._hours[hour]

    def _pieces(self, start: int, length: int) -> Iterator[tuple[int, int, int]]:
        offset = self._offset_s(start)
        if length == 1 or offset == self._offset_s(start + length):
            yield start, start + length, offset
            return
        step = 60 if length == HOUR_S else 1
        for part in range(start, start + length, step):
            yield from self._pieces(part, step)

    def _offset_s(self, second: int) -> int:
        shown = datetime.fromtimestamp(second, UTC).astimezone(self._zone)
        offset = shown.utcoffset()
        assert offset is not None
        return offset // timedelta(seconds=1)


@cache
def wall_clock(zone: str) -> WallClock:
    return WallClock(zone)


class Schedule:
    """The windows of one period type, computed outwards from where they are asked for."""

    def __init__(self, period: Period, zone: str, reset: Reset) -> None:
        self._period = period
        self._clock = wall_clock(zone)
        self._reset = reset
        self._starts: list[int] = []
        self._names: dict[int, datetime] = {}
        self._covered: tuple[date, date] | None = None

    def at(self, at_us: int, back: int = 0) -> Window:
        """The window that contains an instant, or one before it; `back` below 0 gives later ones."""
        day = self._clock.shown(at_us).date()
        for days in (3, 20, 100, 500, 2000, 10_000):
            self._cover(day - timedelta(days=days), day + timedelta(days=days))
            index = bisect_right(self._starts, at_us) - 1 - back
            if 0 <= index < len(self._starts) - 1:
                start, end = self._starts[index : index + 2]
                return Window(self._period.type, name_of(self._period.type, self._names[start], start), start, end)
        raise AssertionError(f"{self._period} has no window {back} before {at_us}")

    def _cover(self, first: date, last: date) -> None:
        """Finds the windows that begin on some dates, unless that was done."""
        if self._covered and self._covered[0] <= first and last <= self._covered[1]:
            return
        reached, self._names, self._covered = None, {}, (first, last)
        for local in nominal_times(self._period, self._reset, first, last):
            reached = self._clock.reaches(local, reached)
            self._names[reached] = local  # the last one at an instant names it
        self._starts = sorted(self._names)


@cache
def schedule_of(period: Period, zone: str, reset: Reset) -> Schedule:
    return Schedule(period, zone, reset)


def nominal_times(period: Period, reset: Reset, first: date, last: date) -> Iterator[datetime]:
    """The local times at which periods begin by the rule, in order, on the dates from first to last."""
    for number in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(number)
        if period.type == "cron":
            assert period.cron is not None
            yield from _cron_times(period.cron, day)
        elif _begins(period.type, reset, day):
            yield datetime.combine(day, reset.time)


def _begins(kind: str, reset: Reset, day: date) -> bool:
    if kind == "daily":
        return True
    if kind == "weekly":
        return day.weekday() == reset.weekday
    if kind == "monthly":
        return day.day == min(reset.day, calendar.monthrange(day.year, day.month)[1])
    assert kind == "yearly"
    return (day.month, day.day) == (1, 1)


def _cron_times(cron: str, day: date) -> Iterator[datetime]:
    minutes, hours, days, months, weekdays, both_set = _cron_fields(cron)
    if day.month not in months:
        return
    on_day, on_weekday = day.day in days, day.isoweekday() in weekdays or day.isoweekday() % 7 in weekdays
    if (on_day or on_weekday) if both_set else (on_day and on_weekday):
        yield from (datetime.combine(day, time(hour, minute)) for hour in sorted(hours) for minute in sorted(minutes))


@cache
def _cron_fields(cron: str) -> tuple[Any, ...]:
    """What each field matches, and whether day of month and weekday are both restricted: then either fits."""
    fields = cron.split()
    both_set = not fields[2].startswith("*") and not fields[4].startswith("*")
    return (*map(_cron_field, fields, _CRON_RANGES), both_set)


def _cron_field(text: str, bounds: tuple[int, int]) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        low, _, high = span.partition("-")
        begin, end = bounds if span == "*" else (int(low), int(high or (bounds[1] if step else low)))
        found.update(range(begin, end + 1, int(step or 1)))
    return frozenset(found)


def name_of(kind: str, local: datetime, start_us: int) -> str:
    """The id of the period that begins at a local time."""
    year, week, _ = local.isocalendar()
    return {
        "daily": f"{local:%Y-%m-%d}",
        "weekly": f"{year}-W{week:02}",
        "monthly": f"{local:%Y-%m}",
        "yearly": f"{local:%Y}",
        "cron": f"{datetime.fromtimestamp(start_us // SECOND_US, UTC):%Y-%m-%dT%H:%M:%SZ}",
    }[kind]


def day_start_us(zone: str, day: date) -> int:
    """The instant at which a local day begins."""
    return wall_clock(zone).reaches(datetime.combine(day, time(0)))

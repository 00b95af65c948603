"""Schedules: the local times at which windows of a period begin, without zones.

Each says the last of its times up to a given one, the next one after one of them, the id of the window that
begins at one, and the time that an id names (ValueError where it names none).
"""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from typing import Protocol

from cronsim import CronSim

from rankd.domain.instants import boundary_text
from rankd.domain.periods import week_text

_DAY, _WEEK, _MINUTE = timedelta(days=1), timedelta(days=7), timedelta(minutes=1)
_DECEMBER = 12


class Schedule(Protocol):
    """What all schedules have in common."""

    def up_to(self, local: datetime) -> datetime: ...
    def after(self, local: datetime) -> datetime: ...
    def id_of(self, local: datetime, start_us: int) -> str: ...
    def named(self, text: str) -> datetime: ...


class Daily:
    """Every day at a time."""

    def __init__(self, clock: time) -> None:
        self._clock = clock

    def up_to(self, local: datetime) -> datetime:
        begins = datetime.combine(local, self._clock)
        return begins if begins <= local else begins - _DAY

    def after(self, local: datetime) -> datetime:
        return local + _DAY

    def id_of(self, local: datetime, _start_us: int) -> str:
        return local.date().isoformat()

    def named(self, text: str) -> datetime:
        return datetime.combine(date.fromisoformat(text), self._clock)


class Weekly:
    """Every week on a weekday (0 is Monday) at a time, named by the ISO week of that day."""

    def __init__(self, clock: time, weekday: int) -> None:
        self._clock = clock
        self._weekday = weekday

    def up_to(self, local: datetime) -> datetime:
        day = local - ((local.weekday() - self._weekday) % 7) * _DAY
        begins = datetime.combine(day, self._clock)
        return begins if begins <= local else begins - _WEEK

    def after(self, local: datetime) -> datetime:
        return local + _WEEK

    def id_of(self, local: datetime, _start_us: int) -> str:
        return week_text(local)

    def named(self, text: str) -> datetime:
        year, _, week = text.partition("-W")
        return datetime.combine(date.fromisocalendar(int(year), int(week), self._weekday + 1), self._clock)


class Monthly:
    """Every month on a day, or on its last one where it has no such day, at a time."""

    def __init__(self, clock: time, day: int) -> None:
        self._clock = clock
        self._day = day

    def _in(self, year: int, month: int) -> datetime:
        return datetime.combine(date(year, month, min(self._day, monthrange(year, month)[1])), self._clock)

    def up_to(self, local: datetime) -> datetime:
        begins = self._in(local.year, local.month)
        if begins <= local:
            return begins
        return self._in(local.year - 1, _DECEMBER) if local.month == 1 else self._in(local.year, local.month - 1)

    def after(self, local: datetime) -> datetime:
        return self._in(local.year + 1, 1) if local.month == _DECEMBER else self._in(local.year, local.month + 1)

    def id_of(self, local: datetime, _start_us: int) -> str:
        return f"{local.year:04d}-{local.month:02d}"

    def named(self, text: str) -> datetime:
        year, month = text.split("-")
        if not 1 <= int(month) <= _DECEMBER:
            raise ValueError("no such month")
        return self._in(int(year), int(month))


class Yearly:
    """Every 1 January at a time."""

    def __init__(self, clock: time) -> None:
        self._clock = clock

    def _in(self, year: int) -> datetime:
        return datetime.combine(date(year, 1, 1), self._clock)

    def up_to(self, local: datetime) -> datetime:
        begins = self._in(local.year)
        return begins if begins <= local else self._in(local.year - 1)

    def after(self, local: datetime) -> datetime:
        return self._in(local.year + 1)

    def id_of(self, local: datetime, _start_us: int) -> str:
        return f"{local.year:04d}"

    def named(self, text: str) -> datetime:
        return self._in(int(text))


class Cron:
    """Every minute that matches an expression, named by the instant it begins, in UTC.

    The expression is walked over wall-clock times alone; what clocks do to these is `zones`' to say.
    """

    def __init__(self, expression: str) -> None:
        self._expression = expression
        # The last walk in each direction, and where it stands: walking on from there parses nothing.
        self._walks: dict[bool, tuple[datetime, CronSim]] = {}

    def up_to(self, local: datetime) -> datetime:
        minute = local.replace(second=0, microsecond=0)
        return self._next(minute + _MINUTE, backwards=True)

    def after(self, local: datetime) -> datetime:
        return self._next(local, backwards=False)

    def _next(self, local: datetime, backwards: bool) -> datetime:
        stands_at, walk = self._walks.get(backwards, (None, None))
        if walk is None or stands_at != local:
            walk = CronSim(self._expression, local, reverse=backwards)
        try:
            found = next(walk)
        except StopIteration:
            raise ValueError("matches no time in fifty years") from None
        self._walks[backwards] = found, walk
        return found

    def id_of(self, _local: datetime, start_us: int) -> str:
        return boundary_text(start_us)

    def named(self, text: str) -> datetime:
        """The instant, which is the same in every zone."""
        return datetime.fromisoformat(text)

"""What a board's calendar does and when: the boundaries of its periods in order, before anything is played."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rankd.domain.boards import BoardSettings
from rankd.domain.calendars import Calendar
from rankd.domain.instants import from_us
from rankd.domain.periods import PeriodRule, Window
from rankd.domain.schedules import Cron, Daily, Monthly, Schedule, Weekly, Yearly
from rankd.domain.zones import reached_by, zone_of

DAY_US = 86_400_000_000
_BEYOND = (OverflowError, ValueError)  # the last year, or a cron that comes no more


class Change(NamedTuple):
    """One period's boundary: the window that ends there and the one that begins, of a season only one of them.

    `readable_until_us`: when the ended one is no longer kept, None for never.
    """

    at_us: int
    type: str
    ended: Window | None
    begun: Window | None
    readable_until_us: int | None = None


class Boundary(NamedTuple):
    """An instant at which something ends or begins."""

    at_us: int
    changes: tuple[Change, ...]


class ClockChange(NamedTuple):
    """An instant at which a zone's clock is set forward (positive) or back."""

    at_us: int
    by: timedelta


class Timetable:
    """The boundaries of a board with these settings."""

    def __init__(self, settings: BoardSettings) -> None:
        self.settings = settings
        self.calendar = Calendar(settings)
        self.zone: ZoneInfo = zone_of(settings.timezone)
        self._keeps: dict[str, int] = {rule.type: rule.keep for rule in settings.periods}
        self._schedules: dict[str, Schedule | None] = {
            rule.type: _schedule_of(settings, rule) for rule in settings.periods
        }

    def boundaries(self, since_us: int) -> Iterator[Boundary]:
        """From an instant on, for as long as the board takes submissions."""
        chains = [self._changes(kind, since_us) for kind in self.calendar.types]
        changes = heapq.merge(*chains, self._bounds(since_us), key=lambda change: change.at_us)
        for at_us, same in groupby(changes, key=lambda change: change.at_us):
            yield Boundary(at_us, tuple(change for change in same if change.type))

    def firsts(self, kinds: Iterable[str], since_us: int) -> list[Change]:
        """The next boundary of each of these types."""
        return [change for kind in kinds for change in islice(self._changes(kind, since_us), 1)]

    def nominal(self, window: Window) -> datetime:
        """The wall-clock time that the rule names for a window's beginning, whether clocks show it or not."""
        assert window.start_us is not None  # noqa: S101 windows of schedules have one
        return self._schedule(window).up_to(reached_by(window.start_us, self.zone))

    def nominal_after(self, window: Window, local: datetime) -> datetime:
        """The wall-clock time after another one of a window's rule."""
        return self._schedule(window).after(local)

    def offset_at(self, at_us: int) -> timedelta:
        return from_us(at_us).astimezone(self.zone).utcoffset() or timedelta()

    def clock_changes(self, since_us: int, until_us: int) -> list[ClockChange]:
        """When clocks are changed in a span, found by looking at each day's offset."""
        found = []
        before_us = since_us
        while before_us < until_us:
            after_us = min(before_us + DAY_US, until_us)
            by = self.offset_at(after_us) - self.offset_at(before_us)
            if by:
                found.append(ClockChange(self._change_between(before_us, after_us), by))
            before_us = after_us
        return found

    def around_clock_changes(self, since_us: int, until_us: int) -> list[Boundary]:
        """The boundaries of a span that lie just before and after each change of clocks."""
        changes: dict[tuple[int, str], Change] = {}
        for clocks in self.clock_changes(since_us, until_us):
            for kind, schedule in self._schedules.items():
                if schedule is not None:
                    changes |= {(change.at_us, kind): change for change in self._beside(kind, clocks.at_us)}
        return joined(change for change in changes.values() if since_us <= change.at_us < until_us)

    def _beside(self, kind: str, at_us: int) -> list[Change]:
        first = self.calendar.at(kind, at_us - 1)
        return [] if first.start_us is None else list(islice(self._changes(kind, first.start_us), 2))

    def _changes(self, kind: str, since_us: int) -> Iterator[Change]:
        """The boundaries of one type, which end with the first after the board's end."""
        if self._schedules[kind] is None:
            return
        closes_us = self.calendar.closes_us
        try:
            chain = [self.calendar.at(kind, since_us - 1)]
            while closes_us is None or (chain[0].start_us or 0) < closes_us:
                # The chain is as long as what stays readable, so its last window says until when the first does.
                while len(chain) < self._keeps[kind] + 2:
                    chain.append(self.calendar.after(chain[-1]))
                ended, begun = chain[0], chain[1]
                yield Change(begun.start_us or 0, kind, ended, begun, chain[self._keeps[kind]].end_us)
                del chain[0]
        except _BEYOND:
            return

    def _bounds(self, since_us: int) -> Iterator[Change]:
        """Where the board opens and ends, and its season with it; without a season no type goes with them."""
        season = next((self.calendar.at(kind, since_us) for kind in self.calendar.types if kind == "season"), None)
        kind = "season" if season else ""
        opens_us, closes_us = self.calendar.opens_us, self.calendar.closes_us
        if opens_us is not None and opens_us >= since_us:
            yield Change(opens_us, kind, None, season)
        if closes_us is not None and closes_us >= since_us:
            yield Change(closes_us, kind, season, None)

    def _change_between(self, before_us: int, after_us: int) -> int:
        """The instant between two at which the offset is that of the second."""
        offset = self.offset_at(after_us)
        while after_us - before_us > 1:
            middle_us = (before_us + after_us) // 2
            if self.offset_at(middle_us) == offset:
                after_us = middle_us
            else:
                before_us = middle_us
        return after_us

    def _schedule(self, window: Window) -> Schedule:
        schedule = self._schedules[window.type]
        assert schedule is not None  # noqa: S101 `all` and seasons have no nominal times
        return schedule


def joined(changes: Iterable[Change]) -> list[Boundary]:
    """Changes as boundaries in order of time, each change once."""
    ordered = sorted(dict.fromkeys(changes), key=lambda change: change.at_us)
    return [Boundary(at_us, tuple(same)) for at_us, same in groupby(ordered, key=lambda change: change.at_us)]


def _schedule_of(settings: BoardSettings, rule: PeriodRule) -> Schedule | None:
    """The wall-clock times of a period; `all` and seasons have none."""
    clock = settings.reset.clock
    schedules: dict[str, Schedule] = {
        "daily": Daily(clock),
        "weekly": Weekly(clock, settings.reset.weekday_number),
        "monthly": Monthly(clock, settings.reset.day),
        "yearly": Yearly(clock),
        "cron": Cron(rule.cron or ""),
    }
    return schedules.get(rule.type)

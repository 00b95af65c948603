"""The windows that a board's rules give, from every local date held against the rule and the traces of clocks
(`wall_traces`). Nothing is shared with rankd; cron expressions stand beside what they mean."""

from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from tests.domain.wall_traces import YEARS, Stretch, reached

_FIRST, _LAST = date(YEARS[0], 1, 1), date(YEARS[-1] + 1, 1, 31)
_EVERY_HOUR = range(24)


class Expected(NamedTuple):
    """One window: its name, and its bounds in microseconds since 1970."""

    id: str
    start_us: int
    end_us: int


@dataclass(frozen=True)
class Rule:
    """What a board says about one period, and what that means: the local dates and times at which it begins."""

    settings: dict[str, Any]
    begins: Callable[[date], bool]
    times: tuple[time, ...]
    name: Callable[[datetime, int], str]

    @property
    def type(self) -> str:
        return str(self.settings["periods"][0]["type"])

    def __str__(self) -> str:
        period, reset = self.settings["periods"][0], self.settings.get("reset", {})
        return " ".join(map(str, [*period.values(), *reset.values()]))


def all_days() -> list[date]:
    return [_FIRST + timedelta(days=number) for number in range((_LAST - _FIRST).days + 1)]


def days_near(days: Iterable[date]) -> list[list[date]]:
    """Each day with the one before it and the one after."""
    return [[day + timedelta(days=number) for number in (-1, 0, 1)] for day in days]


def windows(rule: Rule, trace: tuple[Stretch, ...], days: list[date]) -> list[Expected]:
    """The windows that begin on some consecutive local dates, but for the last of them."""
    names: dict[int, str] = {}
    for day in days:
        if rule.begins(day):
            for clock in rule.times:
                local = datetime.combine(day, clock)
                start_us = reached(trace, local)
                names[start_us] = rule.name(local, start_us)
    return [Expected(names[start_us], start_us, end_us) for start_us, end_us in pairwise(names)]


def daily(clock: str) -> Rule:
    return _rule("daily", {"time": clock}, lambda _: True, "%Y-%m-%d")


def weekly(weekday: str, clock: str) -> Rule:
    return _rule("weekly", {"time": clock, "weekday": weekday}, lambda day: f"{day:%A}".lower() == weekday, "%G-W%V")


def monthly(number: int, clock: str) -> Rule:
    def begins(day: date) -> bool:
        return day.day == number or (day.day < number and day.day == monthrange(day.year, day.month)[1])

    return _rule("monthly", {"time": clock, "day": number}, begins, "%Y-%m")


def yearly(clock: str) -> Rule:
    return _rule("yearly", {"time": clock}, lambda day: (day.month, day.day) == (1, 1), "%Y")


def cron(expression: str, begins: Callable[[date], bool], hours: Iterable[int], minutes: Iterable[int]) -> Rule:
    """A cron period: the expression, and the dates, hours and minutes it means."""
    times = tuple(time(hour, minute) for hour in hours for minute in minutes)
    return Rule(
        {"periods": [{"type": "cron", "cron": expression}]}, begins, times, lambda _, start_us: _in_utc(start_us)
    )


def every_hour() -> Rule:
    return cron("0 * * * *", lambda _: True, _EVERY_HOUR, [0])


def _rule(kind: str, reset: dict[str, Any], begins: Callable[[date], bool], form: str) -> Rule:
    clock = time.fromisoformat(reset["time"])
    return Rule({"periods": [{"type": kind}], "reset": reset}, begins, (clock,), lambda local, _: local.strftime(form))


def _in_utc(at_us: int) -> str:
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

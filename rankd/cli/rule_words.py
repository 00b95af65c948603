"""A board's calendar in words: one sentence a period, and one a bound, a grace or a span that is kept."""

from collections.abc import Iterator
from datetime import timedelta

from cronsim import CronSim, CronSimError

from rankd.cli.times import now, span_text, utc_text
from rankd.domain.boards import BoardSettings
from rankd.domain.periods import PeriodRule

_NOUNS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year", "cron": "period"}
_SHORTEST_MONTH = 28


def sentences(settings: BoardSettings) -> list[str]:
    """What the settings mean, the periods first."""
    return [*(_period(settings, rule) for rule in settings.periods), *_further(settings)]


def _period(settings: BoardSettings, rule: PeriodRule) -> str:
    if rule.type == "all":
        return "All time: one period that never ends."
    if rule.type == "season":
        return "Season: one period, from the board's start to its end; it stays readable."
    return f"{_when(settings, rule)} in {settings.timezone}; {_kept(rule)}."


def _when(settings: BoardSettings, rule: PeriodRule) -> str:
    at = f"at {settings.reset.time.removesuffix(':00')}"
    day = settings.reset.day
    if rule.type == "daily":
        return f"Daily {at}"
    if rule.type == "weekly":
        return f"Weekly, {settings.reset.weekday.capitalize()}s {at}"
    if rule.type == "monthly":
        last = ", or the month's last," if day > _SHORTEST_MONTH else ""
        return f"Monthly, on day {day}{last} {at}"
    if rule.type == "yearly":
        return f"Yearly, on 1 January {at}"
    return f"By cron `{rule.cron}`{_explained(rule.cron or '')}"


def _explained(cron: str) -> str:
    """In brackets, what an expression means; `*` in neither field of days: either day matches."""
    try:
        words = CronSim(cron, now()).explain()
    except (CronSimError, ValueError, IndexError):
        return ""
    _, _, day, _, weekday = cron.split()
    either = "" if day.startswith("*") or weekday.startswith("*") else "; either day matches"
    return f" ({words[:1].lower()}{words[1:]}{either})"


def _kept(rule: PeriodRule) -> str:
    noun = _NOUNS[rule.type]
    if rule.keep == 0:
        return f"a closed {noun} cannot be read"
    return f"{rule.keep} closed {noun}s stay readable" if rule.keep > 1 else f"1 closed {noun} stays readable"


def _further(settings: BoardSettings) -> Iterator[str]:
    if len(settings.periods) > 1:
        first = settings.periods[0].type
        yield f"Every submission lands in each of them; a read that names none means {first}."
    types = [rule.type for rule in settings.periods]
    if "weekly" in types and settings.reset.weekday != "monday":
        yield f"A week is named by the ISO week that the {settings.reset.weekday.capitalize()} it begins on lies in."
    if settings.starts_at or settings.ends_at:
        starts = f" from {utc_text(settings.starts_at)} UTC" if settings.starts_at else ""
        ends = f" until {utc_text(settings.ends_at)} UTC" if settings.ends_at else ""
        yield f"Submissions are taken{starts}{ends}."
    if settings.late_s:
        grace = span_text(timedelta(seconds=settings.late_s))
        yield f"A period closes {grace} after its end, and takes late scores (achieved_at) till then."
    if settings.ranges.keep_days:
        yield f"Sums and bests of {settings.ranges.keep_days} days are kept, each from 00:00 in {settings.timezone}."

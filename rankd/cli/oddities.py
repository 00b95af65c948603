"""What is unusual about a boundary, in words: times that clocks skip or repeat, lengths, short months, bounds."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from rankd.cli.times import clock_text, span_text, time_text, utc_text
from rankd.cli.timetable import Boundary, Timetable
from rankd.domain.instants import from_us, to_us
from rankd.domain.periods import Window

_MOST_NAMED = 4


def notes_of(timetable: Timetable, boundary: Boundary) -> list[str]:
    """Every remark once, in the order of the board's periods."""
    notes = list(_of_bounds(timetable, boundary.at_us))
    for change in boundary.changes:
        if change.begun is None or change.ended is None:
            continue
        notes += _of_clocks(timetable, change.ended, change.begun)
        notes += _of_names(timetable, change.begun)
        notes += _of_length(timetable, change.begun)
        notes += _of_emptiness(timetable, change.begun)
    return list(dict.fromkeys(notes))


def _of_bounds(timetable: Timetable, at_us: int) -> Iterator[str]:
    if at_us == timetable.calendar.opens_us:
        yield "the board starts: submissions are refused until then (BOARD_NOT_STARTED)"
    if at_us == timetable.calendar.closes_us:
        yield "the board ends: submissions are refused from then on (BOARD_ENDED)"


def _of_clocks(timetable: Timetable, ended: Window, begun: Window) -> Iterator[str]:
    """Whether the time that the rule names is shown never, or twice, on that day."""
    nominal, at = timetable.nominal(begun), from_us(begun.start_us or 0)
    shown = at.astimezone(timetable.zone)
    skipped = list(_passed_over(timetable, ended, nominal))
    if nominal < shown.replace(tzinfo=None):
        yield f"{time_text(nominal)} does not exist on that day: clocks jump {_jump(timetable, at, nominal, shown)}"
    elif _comes_twice(nominal, timetable):
        yield f"{time_text(nominal)} comes twice on that day: the first counts"
    if skipped:
        times = " and ".join(_listed(skipped, nominal))
        yield f"{times} would fall on the same instant, as clocks jump over it: one period begins, {begun.id}"


def _jump(timetable: Timetable, at: datetime, nominal: datetime, shown: datetime) -> str:
    left = (at + timetable.offset_at(to_us(at) - 1)).replace(tzinfo=None)
    begins = "" if left == nominal else f"from {time_text(left)} "
    days = "" if shown.date() == nominal.date() else " of the next day"
    return f"{begins}to {time_text(shown)}{days}"


def _comes_twice(local: datetime, timetable: Timetable) -> bool:
    first, second = (local.replace(tzinfo=timetable.zone, fold=fold).utcoffset() for fold in (0, 1))
    return (first or timedelta()) > (second or timedelta())


def _passed_over(timetable: Timetable, ended: Window, nominal: datetime) -> Iterator[datetime]:
    """Times of the rule between those of two neighbouring windows: clocks jump over all of them at once."""
    local = timetable.nominal_after(ended, timetable.nominal(ended))
    while local < nominal:
        yield local
        local = timetable.nominal_after(ended, local)


def _listed(times: list[datetime], beside: datetime) -> list[str]:
    same_day = all(time.date() == beside.date() for time in times)
    named = [time_text(time) if same_day else clock_text(time) for time in islice(times, _MOST_NAMED)]
    more = len(times) - len(named)
    return [", ".join(named), f"{more} more"] if more else [", ".join(named)]


def _of_names(timetable: Timetable, begun: Window) -> Iterator[str]:
    nominal, day = timetable.nominal(begun), timetable.settings.reset.day
    if begun.type == "monthly" and nominal.day < day:
        days = monthrange(nominal.year, nominal.month)[1]
        yield f"{nominal:%B} has {days} days: day {day} falls on {nominal.day}"
    if begun.type == "weekly" and nominal.isocalendar().year != nominal.year:
        yield f"{nominal:%Y-%m-%d} is named {begun.id}: its week belongs to {nominal.isocalendar().year} by ISO 8601"


def _of_length(timetable: Timetable, begun: Window) -> Iterator[str]:
    """Whether clocks make a period longer or shorter than its rule alone would."""
    nominal = timetable.nominal(begun)
    start_us, end_us = begun.start_us or 0, begun.end_us or 0
    plain, real = timetable.nominal_after(begun, nominal) - nominal, from_us(end_us) - from_us(start_us)
    if plain != real:
        # A change at the very end or beginning moves that edge.
        changes = timetable.clock_changes(start_us - 1, end_us)
        causes = [f"clocks go {_by(change.by)} at {utc_text(from_us(change.at_us))} UTC" for change in changes]
        told = f"{begun.id} lasts {span_text(real)} instead of {span_text(plain)}"
        yield ": ".join([told, ", ".join(causes)] if causes else [told])


def _by(change: timedelta) -> str:
    return f"{'forward' if change > timedelta() else 'back'} by {span_text(abs(change))}"


def _of_emptiness(timetable: Timetable, begun: Window) -> Iterator[str]:
    opens_us, closes_us = timetable.calendar.opens_us, timetable.calendar.closes_us
    if opens_us is not None and (begun.end_us or 0) <= opens_us:
        yield f"{begun.id} stays empty: the board starts later"
    if closes_us is not None and (begun.start_us or 0) >= closes_us:
        yield f"{begun.id} stays empty: the board has ended"

"""Boundaries as a table with remarks under its rows, and as JSON."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import typer

from rankd.cli.oddities import notes_of
from rankd.cli.output import Output, note, write
from rankd.cli.rule_words import sentences
from rankd.cli.tables import Column, lines
from rankd.cli.times import local_text, now, span_text, utc_text, zone_text
from rankd.cli.timetable import DAY_US, Boundary, Change, Timetable, joined
from rankd.domain.boards import BoardSettings
from rankd.domain.instants import boundary_text, from_us, to_us
from rankd.domain.numbers import to_instant
from rankd.domain.zones import instant_of

# Every zone that changes its clocks does so within a year and some days.
AHEAD_DAYS = 400
_SHORTEST_EPOCH_MS = 11
COLUMNS = [Column("UTC"), Column("LOCAL"), Column("ENDS"), Column("READABLE"), Column("BEGINS"), Column("LASTS")]


def show(out: Output, board: str | None, settings: BoardSettings, begin: str | None, count: int) -> None:
    """The rules in words, so many boundaries, and what clocks do to later ones."""
    timetable = Timetable(settings)
    shown = list(islice(timetable.boundaries(_begin_us(timetable, begin)), count))
    ahead = _ahead(timetable, shown)
    if out.machine:
        out.document(_document(timetable, board, shown, ahead))
        return
    for sentence in sentences(settings):
        write(sentence)
    if not shown:
        note(_why_none(timetable))
        return
    write("")
    _print(timetable, shown)
    if ahead:
        write("\nLater, the first of other types and where clocks change:", "bold")
        _print(timetable, ahead)


def _begin_us(timetable: Timetable, text: str | None) -> int:
    """Where to begin: an instant, or a time by the board's clock; else now, or the board's start if it is to come."""
    if text is None:
        return max(to_us(now()), timetable.calendar.opens_us or 0)
    try:
        if text.isdecimal() and len(text) >= _SHORTEST_EPOCH_MS:
            return to_us(to_instant(int(text)))
        local = datetime.fromisoformat(text)
        return to_us(to_instant(text)) if local.tzinfo else instant_of(local, timetable.zone)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} is no time; write 2026-11-22, 2026-11-22T10:00 or 2026-11-22T10:00:00Z", param_hint="--from"
        ) from None


def _ahead(timetable: Timetable, shown: Sequence[Boundary]) -> list[Boundary]:
    """Later boundaries: the first of each type that is not among those shown, and what clocks make unusual."""
    if not shown:
        return []
    last_us = shown[-1].at_us
    there = {change.type for boundary in shown for change in boundary.changes}
    firsts = timetable.firsts([kind for kind in timetable.calendar.types if kind not in there], last_us + 1)
    try:
        near_changes = timetable.around_clock_changes(last_us + 1, last_us + AHEAD_DAYS * DAY_US)
        odd = [change for found in near_changes if notes_of(timetable, found) for change in found.changes]
    except OverflowError:  # the calendar ends with the year 9999
        odd = []
    return joined([*firsts, *odd])


def _why_none(timetable: Timetable) -> str:
    closes_us = timetable.calendar.closes_us
    if closes_us is not None:
        return f"The board ends at {utc_text(from_us(closes_us))} UTC: nothing begins or ends after that."
    return "Nothing begins or ends; --period daily and others make periods that do."


def _print(timetable: Timetable, boundaries: Sequence[Boundary]) -> None:
    rows: list[list[object]] = []
    notes: dict[int, list[str]] = {}
    for boundary in boundaries:
        at = from_us(boundary.at_us)
        when = [utc_text(at), local_text(at, timetable.zone)]
        for change in boundary.changes or (None,):
            rows.append([*when, *(_cells(change) if change else [""] * 4)])
            when = ["", ""]
        notes[len(rows)] = notes_of(timetable, boundary)
    for i, line in enumerate(lines(COLUMNS, rows)):
        write(line, "" if i else "bold")
        for text in notes.get(i, []):
            write(f"  ! {text}", "yellow")


def _cells(change: Change) -> list[object]:
    ended, begun = change.ended, change.begun
    return [
        ended.id if ended else "",
        _readable(change) if ended else "",
        begun.id if begun else "",
        _length(begun.start_us, begun.end_us) if begun else "",
    ]


def _readable(change: Change) -> str:
    """How long a closed period stays readable."""
    if change.readable_until_us is None:
        return "for good"
    left = timedelta(microseconds=change.readable_until_us - change.at_us)
    return span_text(left) if left else "no"


def _length(start_us: int | None, end_us: int | None) -> str:
    return "" if start_us is None or end_us is None else span_text(timedelta(microseconds=end_us - start_us))


def _document(
    timetable: Timetable, board: str | None, shown: Sequence[Boundary], ahead: Sequence[Boundary]
) -> dict[str, Any]:
    return {
        "board": board,
        "timezone": timetable.settings.timezone,
        "rules": sentences(timetable.settings),
        "boundaries": [_shape(timetable, boundary) for boundary in shown],
        "later": [_shape(timetable, boundary) for boundary in ahead],
    }


def _shape(timetable: Timetable, boundary: Boundary) -> dict[str, Any]:
    local = from_us(boundary.at_us).astimezone(timetable.zone)
    return {
        "at": boundary_text(boundary.at_us),
        "local": local.isoformat(),
        "weekday": f"{local:%A}".lower(),
        "zone": zone_text(local),
        "ends": [_ended(timetable, change) for change in boundary.changes if change.ended],
        "begins": [_begun(change) for change in boundary.changes if change.begun],
        "notes": notes_of(timetable, boundary),
    }


def _ended(timetable: Timetable, change: Change) -> dict[str, Any]:
    assert change.ended is not None  # noqa: S101 the caller looked
    until_us = change.readable_until_us
    return {
        "type": change.type,
        "id": change.ended.id,
        "closes_at": boundary_text(change.at_us + timetable.calendar.late_us),
        "readable_until": None if until_us is None else boundary_text(until_us),
    }


def _begun(change: Change) -> dict[str, Any]:
    begun = change.begun
    assert begun is not None  # noqa: S101 the caller looked
    length_s = None if begun.end_us is None or begun.start_us is None else (begun.end_us - begun.start_us) / 1_000_000
    return {
        "type": begun.type,
        "id": begun.id,
        "ends_at": None if begun.end_us is None else boundary_text(begun.end_us),
        "length_s": int(length_s) if length_s is not None and length_s.is_integer() else length_s,
    }

"""Which keys and arguments stand for a board's periods: of a write that lands in all of them, of a read of one.

Scripts are given windows as lua/lib/windows.lua describes them, and choose among them by the store's clock.
"""

import struct
from datetime import date, timedelta
from typing import Any, NamedTuple

from rankd.domain.calendars import DAY, DAY_US, Calendar
from rankd.domain.ordering import encode_member
from rankd.domain.periods import Window
from rankd.store.standing import StandingBoard, Targets, WindowKeys, of_teams

# How far the clocks of rankd and its store may differ before a call at a period's edge is made twice.
MARGIN_US = 2_000_000
_NEAR_AN_EDGE_US = 100_000
# Beyond every instant, both ways.
FAR_US = 2**62
# Marks windows that come with keys of teams.
_TEAMS = 128
_WINDOW = struct.Struct(">Bqqq")


class Period(NamedTuple):
    """A window of a board with its keys. `id` is that of an archive where it is one. `held` are the bounds of
    the running window where a read depends on what is running now."""

    window: Window
    id: str
    keys: WindowKeys
    held: tuple[int, int] | None = None
    is_of_teams: bool = False

    def of_teams(self) -> "Period":
        """The standings of teams in the same window."""
        return self._replace(keys=of_teams(self.keys), is_of_teams=True)

    def board_in(self, standing: StandingBoard) -> StandingBoard:
        """The board as this period is read: teams, and members in a range, have one entry each."""
        return standing.with_one_entry if self.is_of_teams or self.window.type == "range" else standing

    def stored(self, member: str) -> bytes:
        """What a member id, or a team's, is stored as there."""
        return member.encode() if self.is_of_teams else encode_member(member)

    @property
    def held_args(self) -> tuple[Any, Any]:
        return self.held or (b"", b"")


def running_period(standing: StandingBoard, kind: str, now_us: int) -> Period:
    """The period of now; what reads it is held against the store's clock."""
    window = standing.calendar.running(kind, now_us)
    return Period(window, window.id, standing.window_keys(window), bounds_of(window))


def bounds_of(window: Window) -> tuple[int, int] | None:
    if window.type == "season" or window.start_us is None or window.end_us is None:
        return None
    return window.start_us, window.end_us


def is_renamed(standing: StandingBoard, window: Window) -> bool:
    """Whether a window ended before its period was last reset or moved: the board's list says how it was named."""
    bounds = bounds_of(window)
    return bounds is not None and bounds[1] <= int(standing.keys.generation(window.type))


def field_of(window: Window) -> str:
    """A window's name in the list of those played."""
    return f"{window.type}:{window.id}"


def value_of(window: Window, generation: str) -> str:
    """What the list says of it."""
    return f"{_or_dash(window.start_us)} {_or_dash(window.end_us)} {generation}"


def _or_dash(at_us: int | None) -> str:
    return "-" if at_us is None else str(at_us)


def window_args(standing: StandingBoard, number: int, window: Window, generation: str | None = None) -> list[Any]:
    """The three arguments of a window of the period of this number."""
    number += _TEAMS if standing.has_teams else 0
    packed = packed_window(number, bounds_of(window), standing.calendar.expiry_us(window))
    return [packed, field_of(window), value_of(window, generation or standing.keys.generation(window.type))]


def packed_window(number: int, bounds: tuple[int, int] | None, expiry_us: int | None) -> bytes:
    """A window as scripts take it; without bounds every instant lies in it."""
    return _WINDOW.pack(number, *(bounds or (-FAR_US, FAR_US)), expiry_us // 1000 if expiry_us else 0)


def known_targets(standing: StandingBoard, now_us: int) -> Targets | None:
    """What targets_of found, until the next edge."""
    known = standing.known_targets
    return known if known is not None and known.from_us <= now_us < known.until_us else None


def has_renamed_targets(standing: StandingBoard, now_us: int) -> bool:
    """Whether windows that still take late scores are named as the list of those played says; it has to be known."""
    calendar = standing.calendar
    kinds = [kind for kind in calendar.types if kind in standing.keys.generations]
    windows = [window for kind in kinds for window in calendar.candidates(kind, now_us, MARGIN_US)]
    return any(is_renamed(standing, window) for window in windows)


def targets_of(standing: StandingBoard, now_us: int) -> Targets:
    """All periods' windows of now, and those near now. Kept with the board until the next edge."""
    if (known := known_targets(standing, now_us)) is not None:
        return known
    calendar, windows, args, names = standing.calendar, list[Window](), list[Any](), list[bytes]()
    from_us, until_us = -FAR_US, FAR_US
    for number, kind in enumerate(calendar.types, 1):
        candidates = calendar.candidates(kind, now_us, MARGIN_US)
        for window in candidates:
            windows.append(window)
            named, generation = _name_of(standing, window)
            names += standing.owned_keys(named, generation)
            args += [window_args(standing, number, window)[0], field_of(window), value_of(named, generation)]
        if (bounds := bounds_of(candidates[0])) is not None:
            from_us = now_us  # were it earlier, other windows might take late scores still
            until_us = min(until_us, now_us + _NEAR_AN_EDGE_US if len(candidates) > 1 else bounds[1] - MARGIN_US)
    text = "" if calendar.types == ("all",) else ",".join(f"{window.type}={window.id}" for window in windows)
    targets = standing.known_targets = Targets(from_us, until_us, windows, names, args, text)
    return targets


def _name_of(standing: StandingBoard, window: Window) -> tuple[Window, str]:
    """The window and generation that a target's keys are named by."""
    if is_renamed(standing, window) and standing.known_played is not None:
        record = standing.known_played.records.get(field_of(window))
        if record is not None:
            return record.window, record.generation
    return window, standing.keys.generation(window.type)


def windows_of_text(text: str) -> list[Window]:
    """The windows that a kept reply's text names, by type and id."""
    if not text:
        return [Window("all", "all")]
    return [Window(*part.partition("=")[::2]) for part in text.split(",")]


def day_args(standing: StandingBoard, achieved: list[int], now_us: int) -> tuple[list[bytes], list[Any]]:
    """Names and arguments of the days that submissions may fall on: those of now, and of earlier instants."""
    calendar, keep_days = standing.calendar, standing.board.ranges.keep_days
    if keep_days == 0:
        return [], []
    days = dict.fromkeys(calendar.candidates(DAY, now_us, MARGIN_US))
    # By dates: the days of a zone are not all 24 hours long.
    first = min(date.fromisoformat(day.id) for day in days) - keep_days * timedelta(days=1)
    oldest_us = calendar.day_start(first)
    days |= dict.fromkeys(calendar.at(DAY, at_us) for at_us in achieved if oldest_us <= at_us <= now_us + MARGIN_US)
    names, args = standing.day_keys(day.id for day in days), list[Any]()
    for day in days:
        assert day.start_us is not None and day.end_us is not None  # noqa: S101 days have both
        expiry_us = day_expiry_us(calendar, day.id, keep_days)
        args += [_WINDOW.pack(0, day.start_us, day.end_us, expiry_us // 1000), day.id]
    return names, args


def day_expiry_us(calendar: Calendar, name: str, keep_days: int) -> int:
    """When the store may drop a day of ranges: a day after it is no longer kept."""
    return calendar.day_start(date.fromisoformat(name)) + (keep_days + 3) * DAY_US

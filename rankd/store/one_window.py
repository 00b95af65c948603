"""A board as if one of its windows were its only period: what an import writes to, running or closed."""

from dataclasses import replace

from rankd.domain.calendars import Calendar
from rankd.domain.periods import PeriodRule, RangeRule
from rankd.store.keys import generation_in
from rankd.store.periods import FAR_US, Period, packed_window, value_of
from rankd.store.standing import StandingBoard, Targets


def only_window(standing: StandingBoard, period: Period) -> StandingBoard:
    """Takes any entry, whatever the board's dates and bounds say and whether or not it is enabled; days of ranges stay
    out."""
    kind = period.window.type
    rules = [rule for rule in standing.board.periods if rule.type == kind] or [PeriodRule(type="all")]
    settings = {"periods": rules, "starts_at": None, "ends_at": None, "late_s": 0, "enabled": True}
    bounds = {
        "score_min": None,
        "score_max": None,
        "max_step": None,
        "registered_only": False,
        "entries_per_member": None,
    }
    # A team has one entry on every board.
    ids = {"unique": True} if period.is_of_teams else {}
    board = standing.board.model_copy(update={**settings, **bounds, **ids, "ranges": RangeRule()})
    return replace(
        standing,
        board=board,
        known_calendar=Calendar(board),
        known_targets=_targets(standing, period),
        is_of_teams=period.is_of_teams,
    )


def _targets(standing: StandingBoard, period: Period) -> Targets:
    """The window alone, with bounds that every instant lies in; its life and its place in the list are its own."""
    window, generation = period.window, generation_in(period.keys[0])
    expiry_us = standing.calendar.expiry_us(window)
    args = [packed_window(1, None, expiry_us), f"{window.type}:{period.id}", value_of(window, generation)]
    text = "" if window.type == "all" else f"{window.type}={window.id}"
    return Targets(-FAR_US, FAR_US, [window], list(period.keys), args, text)

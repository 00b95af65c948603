"""A board of several periods in plain Python: one OracleBoard for each window that was played and for each
archive, with windows from `oracle_calendar` and a clock that is given. Shares no code with rankd.

Refusals are exceptions that carry the problem's code; nothing is changed by what is refused.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tests.oracle import OracleBoard, Overflow, Rules, Submission
from tests.oracle_calendar import SECOND_US, Period, Reset, Window, schedule_of
from tests.oracle_ranges import OracleRanges

SINGLE = ("all", "season")


class Refused(Exception):
    """A problem's code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Definition:
    """What a board is made with."""

    rules: Rules = field(default_factory=Rules)
    periods: tuple[Period, ...] = (Period("all"),)
    timezone: str = "UTC"
    reset: Reset = field(default_factory=Reset)
    late_s: int = 0
    starts_us: int | None = None
    ends_us: int | None = None
    keep_days: int = 0

    def body(self) -> dict[str, Any]:
        bounds = {"starts_at": self.starts_us, "ends_at": self.ends_us}
        return {
            **self.rules.body(),
            "periods": [period.body() for period in self.periods],
            "timezone": self.timezone,
            "reset": self.reset.body(),
            "late_s": self.late_s,
            **{name: None if at_us is None else at_us // 1000 for name, at_us in bounds.items()},
            "ranges": {"keep_days": self.keep_days},
        }


@dataclass(frozen=True)
class Archive:
    """What an early reset has put away: its number, the entries, and when it ended."""

    number: int
    board: OracleBoard
    ended_us: int


class OraclePeriods:
    """One board, made now. `now_us` is the store's clock."""

    def __init__(self, definition: Definition, now_us: Callable[[], int]) -> None:
        self.definition = definition
        self.now_us = now_us
        self.ranges = OracleRanges(definition.rules, definition.timezone, definition.keep_days)
        self._played: dict[Window, OracleBoard] = {}
        self._archives: dict[Window, list[Archive]] = {}
        self._made_us = now_us()
        self._last_arrival = 0
        self.arrivals: set[int] = set()

    # the calendar

    def window(self, period: Period, back: int = 0, at_us: int | None = None) -> Window:
        """The window of a period at an instant, or now, or one before it."""
        known = self.definition
        if period.type == "all":
            return Window("all", "all")
        if period.type == "season":
            return Window("season", "season", known.starts_us, known.ends_us)
        schedule = schedule_of(period, known.timezone, known.reset)
        return schedule.at(self.now_us() if at_us is None else at_us, back)

    def running(self) -> list[Window]:
        """The windows of now, in the board's order. A season takes corrections from before it begins until there is
        a new one."""
        return [self.window(period) for period in self.definition.periods]

    def is_closed(self, window: Window, for_us: int = 0) -> bool:
        """Whether a window has been closed for so long."""
        grace_us = self.definition.late_s * SECOND_US
        return window.end_us is not None and self.now_us() >= window.end_us + grace_us + for_us

    def kept(self, period: Period) -> list[Window]:
        """The windows of a period that can be read, the running one first."""
        if period.type in SINGLE:
            return [self.window(period)]
        return [self.window(period, back) for back in range(period.keep + 1)]

    def board(self, window: Window) -> OracleBoard:
        """The entries of a window; none of one that was not played."""
        return self._played.get(window) or OracleBoard(self.definition.rules)

    def was_played(self, window: Window) -> bool:
        return window in self._played

    def listed(self, period: Period) -> list[Window]:
        """The windows of a period that are listed: of those kept that were over before the board was made, only
        the ones that late scores were played in."""
        running, *closed = self.kept(period)
        return [running, *(one for one in closed if self.was_played(one) or (one.end_us or 0) > self._made_us)]

    def archives(self, period: Period, window: Window) -> list[Archive]:
        """What early resets have put away and is kept: of a window as many as the period keeps, at least one."""
        return self._archives.get(window, [])[-max(period.keep, 1) :]

    def archive(self, period: Period, window: Window, number: int) -> OracleBoard | None:
        return next((one.board for one in self.archives(period, window) if one.number == number), None)

    # writes

    def submit(self, submission: Submission, achieved_us: int | None = None) -> dict[str, Any]:
        """The placing of a submission in all its periods. Raises Refused."""
        return self._apply(submission, self.definition.rules.update, achieved_us)

    def put(self, submission: Submission) -> dict[str, Any]:
        """Sets an entry outright, in all running periods and on the running day. Raises Refused."""
        return self._apply(submission, "latest", None, outright=True)

    def _apply(
        self, submission: Submission, rule: str, achieved_us: int | None, *, outright: bool = False
    ) -> dict[str, Any]:
        self._check_open(achieved_us)
        windows = [self._target(period, achieved_us) for period in self.definition.periods]
        try:
            for window in windows:
                self.board(window).reached(submission, rule)
        except Overflow:
            raise Refused("SCORE_OVERFLOW") from None
        arrival = achieved_us
        if arrival is None:
            arrival = max(self.now_us(), self._last_arrival + 1)
        parts = [(window, self._played_board(window).apply(submission, rule, arrival)) for window in windows]
        if achieved_us is None and (self.definition.keep_days or any(placing["changed"] for _, placing in parts)):
            self._last_arrival = arrival
        self.arrivals.add(arrival)
        at_us = self.now_us() if achieved_us is None else achieved_us
        self.ranges.add(submission, arrival, at_us, outright=outright)
        return {
            **parts[0][1],
            "period": windows[0].id,
            "periods": {window.type: _part(window, placing) for window, placing in parts},
        }

    def refusal(self) -> str | None:
        """What is said to every submission now, whatever it is."""
        now, known = self.now_us(), self.definition
        if known.starts_us is not None and now < known.starts_us:
            return "BOARD_NOT_STARTED"
        has_ended = known.ends_us is not None and now >= known.ends_us + known.late_s * SECOND_US
        return "BOARD_ENDED" if has_ended else None

    def _check_open(self, achieved_us: int | None) -> None:
        if refusal := self.refusal():
            raise Refused(refusal)
        now, ends_us = self.now_us(), self.definition.ends_us
        if achieved_us is not None and achieved_us > now:
            raise Refused("VALIDATION_FAILED")
        if ends_us is not None and (now if achieved_us is None else achieved_us) >= ends_us:
            raise Refused("BOARD_ENDED")

    def _target(self, period: Period, achieved_us: int | None) -> Window:
        """The window of a period that a submission belongs to."""
        running = self.window(period)
        if achieved_us is None or period.type in SINGLE or running.has(achieved_us):
            return running
        assert running.start_us is not None
        window = self.window(period, at_us=achieved_us)
        if achieved_us < running.start_us - self.definition.late_s * SECOND_US or self.is_closed(window):
            raise Refused("PERIOD_CLOSED")
        return window

    def _played_board(self, window: Window) -> OracleBoard:
        return self._played.setdefault(window, OracleBoard(self.definition.rules))

    def patch(self, member: str, metadata: Any) -> None:
        """Metadata only, in all running periods. Raises Refused where there is no entry in any."""
        for board in self._boards_with(member):
            board.patch(member, metadata)

    def remove(self, member: str) -> None:
        for board in self._boards_with(member):
            board.remove(member)
        self.ranges.remove(member, self.now_us())

    def _boards_with(self, member: str) -> list[OracleBoard]:
        boards = [self.board(window) for window in self.running()]
        found = [board for board in boards if member in board.rows]
        if not found:
            raise Refused("ENTRY_NOT_FOUND")
        return found

    def reset(self, kind: str | None = None, *, archive: bool = False) -> None:
        """Empties the running windows of all periods or of one."""
        for window in self.running():
            if kind in (None, window.type):
                ended = self._played.pop(window, None)
                if archive:
                    archives = self._archives.setdefault(window, [])
                    board = ended or OracleBoard(self.definition.rules)
                    archives.append(Archive(len(archives) + 1, board, self.now_us()))

    def edit(self, **changes: Any) -> None:
        """Changes of the rules that do not reorder entries: of every window there is."""
        rules = replace(self.definition.rules, **changes)
        self.definition = replace(self.definition, rules=rules)
        self.ranges.rules = rules
        for board in self.every_board():
            board.rules = rules

    def every_board(self) -> Iterator[OracleBoard]:
        """Every window that was played, and every archive."""
        yield from self._played.values()
        for archives in self._archives.values():
            yield from (archive.board for archive in archives)

    # reads

    def movement(self, period: Period, window: Window, member: str) -> dict[str, Any] | None:
        """How a member's entry in a window has moved since the one before, where that is kept and has it."""
        if window.start_us is None or period.type in SINGLE:
            return None
        earlier = self.window(period, at_us=window.start_us - 1)
        if earlier not in self.kept(period) or member not in self.board(earlier).rows:
            return None
        now, before = self.board(window).entry(member), self.board(earlier).entry(member)
        return {
            "period": earlier.id,
            "rank": before["rank"],
            "score": before["score"],
            "rank_change": before["rank"] - now["rank"],
            "score_change": now["score"] - before["score"],
        }


def _part(window: Window, placing: dict[str, Any]) -> dict[str, Any]:
    """A placing's part of one period."""
    named = {} if window.type == "all" else {"id": window.id}
    return {**named, **{name: placing[name] for name in ("rank", "score", "changed", "previous_rank")}}

"""What a new definition does to a board's periods, as lua/define.lua is told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rankd.domain.boards import Board
from rankd.domain.calendars import Calendar
from rankd.domain.fields import slots_with
from rankd.domain.periods import Window
from rankd.store.keys import BoardKeys
from rankd.store.periods import day_expiry_us, window_args
from rankd.store.standing import Record, StandingBoard


@dataclass(slots=True)
class Change:
    """What a new definition does to a board's periods: what becomes of each running window, which periods are
    added, and until when each closed window stays."""

    names: BoardKeys
    revision: bytes
    generation: str
    slots: str = ""
    windows: list[Window] = field(default_factory=list)
    fates: list[str] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)
    args: list[Any] = field(default_factory=list)
    successor_keys: list[bytes] = field(default_factory=list)
    successor_args: list[Any] = field(default_factory=list)
    added_keys: list[bytes] = field(default_factory=list)
    added_args: list[Any] = field(default_factory=list)
    closed_keys: list[bytes] = field(default_factory=list)
    closed_args: list[Any] = field(default_factory=list)
    day_keys: list[bytes] = field(default_factory=list)
    day_args: list[Any] = field(default_factory=list)

    @classmethod
    def new(cls, project: str, board: Board, now_us: int) -> "Change":
        """To a board that is not there yet."""
        change = cls(
            BoardKeys(project, board.id, "0", {}),
            b"",
            str(now_us),
            slots_with("", board.fields, has_teams=board.has_teams),
        )
        change._adds(board, Calendar(board), (), now_us)
        return change

    @classmethod
    def of(
        cls, standing: StandingBoard, board: Board, closed: Sequence[Record], days: Sequence[str], now_us: int
    ) -> "Change":
        """From a board as it stands, with its kept windows and written days, to another definition."""
        slots = slots_with(standing.slots, board.fields, has_teams=board.has_teams)
        change, after = cls(standing.keys, standing.revision, str(now_us), slots), Calendar(board)
        # As it stands, with keys of teams where it is to have some.
        before = StandingBoard(standing.board, b"", b"", standing.keys, slots, known_calendar=standing.calendar)
        change._keeps_days(before, board, after, days)
        becoming = StandingBoard(board, b"", b"", standing.keys, slots, known_calendar=after)
        for number, kind in enumerate(standing.calendar.types, 1):
            change._becomes(before, becoming, number, kind, now_us)
        for record in closed:
            expiry_us = after.expiry_us(record.window) if record.type in after.keeps else None
            change.closed_keys += becoming.owned_keys(record.window, record.generation)
            change.closed_args.append(expiry_us // 1000 if expiry_us else "")
        change._adds(board, after, standing.calendar.types, now_us)
        change._drops_another_season(standing, after, now_us)
        return change

    def drops(self, names: Iterable[bytes]) -> None:
        """Has keys dropped that nothing is read from any more."""
        before = len(self.day_keys)
        self.day_keys += names
        self.day_args += [""] * (len(self.day_keys) - before)

    @property
    def all_keys(self) -> list[bytes]:
        return [*self.keys, *self.successor_keys, *self.added_keys, *self.closed_keys, *self.day_keys]

    @property
    def all_args(self) -> list[Any]:
        counts = [self.generation, self.slots, len(self.windows), len(self.added_args) // 3, len(self.day_keys)]
        windows = [*self.args, *self.successor_args, *self.added_args]
        return [*counts, *windows, *self.fates, *self.closed_args, *self.day_args]

    def _keeps_days(self, standing: StandingBoard, board: Board, after: Calendar, days: Sequence[str]) -> None:
        """Days of entries that are laid out otherwise are dropped; others stay as long as they are kept now."""
        if standing.board.reorders(board):
            self.day_keys = [standing.keys.days, *standing.day_keys(days)]
            self.day_args = [""] * len(self.day_keys)
        elif board.ranges.keep_days > standing.board.ranges.keep_days:
            self.day_keys = standing.day_keys(days)
            expiries = [day_expiry_us(after, name, board.ranges.keep_days) // 1000 for name in days]
            self.day_args = expiries * (len(self.day_keys) // max(len(days), 1))

    def _drops_another_season(self, standing: StandingBoard, after: Calendar, now_us: int) -> None:
        """A season that is off the board would have another name if it came back with another start."""
        before = standing.calendar.at("season", now_us)
        is_off = "season" not in standing.calendar.types or "season" not in after.types
        if is_off and after.at("season", now_us).start_us != before.start_us:
            self.drops(standing.owned_keys(before))

    def _adds(self, board: Board, after: Calendar, known: Sequence[str], now_us: int) -> None:
        becoming = StandingBoard(board, b"", b"", self.names, self.slots, known_calendar=after)
        for kind in after.types:
            if kind not in known:
                window = after.running(kind, now_us)
                self.added_keys += becoming.owned_keys(window)
                self.added_args += window_args(becoming, 1, window)

    def _becomes(self, standing: StandingBoard, becoming: StandingBoard, number: int, kind: str, now_us: int) -> None:
        """What becomes of a running window: it goes on, under its old bounds or new ones, ends or leaves."""
        window = standing.calendar.running(kind, now_us)
        args = window_args(standing, number, window)
        fate, successor, successor_args, generation = "stays", window, args, standing.keys.generation(kind)
        if kind not in becoming.calendar.keeps:
            fate = "leaves"
        else:
            following = becoming.calendar.running(kind, now_us)
            begins_anew = following.start_us != window.start_us
            new_generation = self.generation if begins_anew else generation
            following_args = window_args(becoming, number, following, new_generation)
            if following_args != args:
                has_ended = kind == "season" and window.end_us is not None and window.end_us <= now_us
                fate = "ends" if has_ended and begins_anew else "moves"
                successor, successor_args, generation = following, following_args, new_generation
        self.windows.append(window)
        self.fates.append(fate)
        self.keys += becoming.owned_keys(window)
        self.args += args
        self.successor_keys += becoming.owned_keys(successor, generation)
        self.successor_args += successor_args

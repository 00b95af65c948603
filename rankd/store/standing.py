"""A board as it stands in the store, and what of its periods only hangs on the clock."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from rankd.domain.boards import Board
from rankd.domain.calendars import Calendar
from rankd.domain.entries import ENTRY_ID_BYTES
from rankd.domain.fields import Fields
from rankd.domain.ordering import Layout, encode_member
from rankd.domain.periods import Window
from rankd.store.keys import BoardKeys, team_key

# Order, entries, distinct values, field values and ties of a window.
WindowKeys = tuple[bytes, bytes, bytes, bytes, bytes]


def of_teams(names: WindowKeys) -> WindowKeys:
    """The keys of teams beside those of a window."""
    order, entries, distinct, values, ties = map(team_key, names)
    return order, entries, distinct, values, ties


class Record(NamedTuple):
    """A window that was played, as the board lists it. `id` may be that of an archive, `total` is that of its end."""

    type: str
    id: str
    start_us: int | None
    end_us: int | None
    generation: str
    total: int | None = None

    @property
    def field(self) -> str:
        return f"{self.type}:{self.id}"

    @property
    def window(self) -> Window:
        """The window, under the id it had while it ran."""
        return Window(self.type, self.id.partition("~")[0], self.start_us, self.end_us)

    @property
    def is_archive(self) -> bool:
        return "~" in self.id


@dataclass(frozen=True, slots=True)
class Played:
    """The windows that have been played, by field, and the days of ranges with the number of calls that wrote to
    each. `running` are the windows that ran when it was read: once one of them is over it is read again."""

    records: dict[str, Record]
    days: dict[str, int]
    running: list[Window]


@dataclass(frozen=True, slots=True)
class Targets:
    """Where a call to a board may write, for as long as rankd's clock stays within two instants."""

    from_us: int
    until_us: int
    windows: list[Window]
    names: list[bytes]
    args: list[Any]
    text: str


@dataclass
class StandingBoard:
    """A board as it was read: valid for as long as the store holds the same revision.

    `closed` has the end of the last window closed, by type, and `read_us` the store's time when it was read last.
    What only hangs on the clock is kept here too.
    """

    board: Board
    revision: bytes
    index: bytes
    keys: BoardKeys
    slots: str = ""
    closed: dict[str, int] = field(default_factory=dict)
    read_us: int = 0
    known_calendar: Calendar | None = None
    known_targets: Targets | None = None
    known_played: Played | None = None
    # Whether what is written are teams' own entries (store/one_window.py).
    is_of_teams: bool = False

    @cached_property
    def layout(self) -> Layout:
        return Layout.of(self.board)

    @cached_property
    def layout_text(self) -> bytes:
        return self.layout.text.encode()

    @cached_property
    def with_one_entry(self) -> "StandingBoard":
        """The board as its ranges and its teams are read: who is there has one entry, also on an arcade board."""
        if self.board.unique:
            return self
        return replace(self, board=self.board.model_copy(update={"unique": True}))

    @property
    def has_teams(self) -> bool:
        """Whether the board has or had teams: its windows then have keys of theirs."""
        return self.fields.team_slot > 0

    @cached_property
    def fields(self) -> Fields:
        return Fields(self.board.fields, self.slots, is_arcade=not self.board.unique)

    @cached_property
    def max_step(self) -> bytes:
        """As lua/submit.lua takes it."""
        most = self.board.max_step
        return b"" if most is None else most.to_bytes(8)

    @cached_property
    def calendar(self) -> Calendar:
        return self.known_calendar or Calendar(self.board)

    def stored(self, member: str) -> bytes:
        """What a member id, or a team's, is stored as."""
        return member.encode() if self.is_of_teams else encode_member(member)

    def stored_entry(self, member: str, entry_id: int | None) -> bytes:
        """What an entry is stored as: its member's id, on an arcade board with the entry's number."""
        stored = self.stored(member)
        return stored if entry_id is None else stored + entry_id.to_bytes(ENTRY_ID_BYTES)

    @property
    def is_indexed(self) -> bool:
        """Whether writes keep the index of distinct values."""
        return self.index != b""

    def owned_keys(self, window: Window, generation: str | None = None) -> list[bytes]:
        """The keys of a window, and on boards with teams those of theirs."""
        names = self.window_keys(window, generation)
        return [*names, *of_teams(names)] if self.has_teams else [*names]

    def day_keys(self, days: Iterable[str]) -> list[bytes]:
        """Days of ranges, and on boards with teams as many of theirs behind them."""
        names = list(map(self.keys.day, days))
        return [*names, *map(team_key, names)] if self.has_teams else names

    def window_keys(self, window: Window, generation: str | None = None) -> WindowKeys:
        """Order, entries, distinct values, field values and ties of a window."""
        return self.keys.of_token(self.keys.token(window, generation))

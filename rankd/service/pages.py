"""What reads answer: pages of entries, one entry, values of a field, entries looked up. No wire form."""

from collections.abc import Sequence
from dataclasses import dataclass

from rankd.domain.boards import Board
from rankd.domain.entries import Entry, Movement
from rankd.domain.fields import FieldValue
from rankd.domain.periods import Window
from rankd.service.ranges import SpanNote


@dataclass(frozen=True, slots=True)
class PeriodShown:
    """The period an answer is about; `id` may be that of an archive. `note` is of a span of days."""

    window: Window
    id: str
    note: SpanNote | None = None


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """A member's entry, the entries of its period, and how it stood in the one before. `decimals` are the board's,
    `above` are the entries with a better rank."""

    entry: Entry
    total: int
    period: PeriodShown
    movement: Movement | None = None
    decimals: int = 0
    above: int | None = None

    @property
    def percentile(self) -> float | None:
        """The share of the other entries that have no better rank, in percent; 100 for the only one."""
        if self.above is None:
            return None
        return round(100 * (self.total - 1 - self.above) / (self.total - 1), 4) if self.total > 1 else 100.0


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Rows of a board in order, with the cursors to both sides; `rank` is that of a score asked about. `total` is
    None where it is unknown, as filters are tried row by row."""

    board: Board
    period: PeriodShown
    total: int | None
    entries: Sequence[Entry]
    next: str | None = None
    prev: str | None = None
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class ValuePage:
    """Values of a field with the number of entries that have each."""

    board_id: str
    field: str
    period: PeriodShown
    values: list[tuple[FieldValue, int]]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Entries of the members looked up, in board order with their 0-based positions, and who is absent. A hidden
    member that looks up itself has no position."""

    entries: list[tuple[int | None, Entry]]
    missing: list[str]
    period: PeriodShown
    decimals: int = 0

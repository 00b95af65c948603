"""Values that travel: submissions in, placings and entries out. No I/O, no wire form."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rankd.domain.fields import FieldValue
from rankd.errors import RankdError

# No subscore can be called this.
ONLY_SUBSCORE = ""
NO_ENTRY = -1
ENTRY_ID_BYTES = 7


class Submission(NamedTuple):
    """A score sent in. `metadata` is JSON text, empty to remove it, or None where it is not given.

    `subscores` are by name; under ONLY_SUBSCORE stands the only one of a board that has one. `fields` are as sent,
    None to remove one. In a `session` score and subscores are its running value: standing ones move by the difference
    to what the member's session said last, whatever the board's rules.
    """

    member: str
    score: int
    subscores: dict[str, int] | None = None
    metadata: bytes | None = None
    achieved_us: int | None = None
    fields: dict[str, Any] | None = None
    team: str | None = None
    # Of an arcade board's entries the one that is meant; a new one where it is not given.
    entry_id: int | None = None
    session: str | None = None
    # The date field that is set to the moment of a new entry of an arcade board, whose member is then its number in
    # decimal and whose score its milliseconds, whatever is given here: only the store knows them.
    stamped: str | None = None


class WhichEntry(NamedTuple):
    """Whose entry is meant, and on an arcade board which one."""

    member: str
    entry_id: int | None = None

    @property
    def packed(self) -> bytes:
        """The number as it is stored; empty where none is named."""
        return b"" if self.entry_id is None else self.entry_id.to_bytes(ENTRY_ID_BYTES)


class Refused(NamedTuple):
    """A well-formed submission that the board does not take from this caller now, and why."""

    submission: Submission
    error: RankdError


class PeriodPlacing(NamedTuple):
    """What one submission did in one of the board's periods."""

    type: str
    id: str
    rank: int
    score: int
    changed: bool
    previous_rank: int | None


class Placing(NamedTuple):
    """What one submission did: the entry as it stands after it, and as it stood before.

    All but `periods` is about the board's first period; these are empty where `all` is the only one. `entry_id` is of
    arcade boards: NO_ENTRY where the member has better ones in every period, and may have no more.
    """

    member: str
    changed: bool
    score: int
    subscores: dict[str, int]
    rank: int
    total: int
    previous_score: int | None
    previous_rank: int | None
    at_us: int
    period: str = "all"
    periods: tuple[PeriodPlacing, ...] = ()
    entry_id: int | None = None


class Movement(NamedTuple):
    """How an entry stood in the period before. A positive change of rank has climbed."""

    period: str
    rank: int
    score: int
    rank_change: int
    score_change: int


class Entry(NamedTuple):
    """A member's row. `metadata`, and the member's `profile`, are JSON text, empty where there is none.

    `previous_score` stood before the present one in its period, where the board keeps it.
    """

    rank: int
    member: str
    score: int
    subscores: dict[str, int]
    at_us: int
    metadata: bytes
    fields: dict[str, FieldValue] = {}  # noqa: RUF012 never written to
    field_ranks: dict[str, int] = {}  # noqa: RUF012
    previous_score: int | None = None
    team: str | None = None
    profile: bytes = b""
    # Values of fields that the board has hidden.
    hidden_fields: dict[str, FieldValue] = {}  # noqa: RUF012
    entry_id: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a histogram: whole scores from one to another, both included, and how many entries have them."""

    least: int
    greatest: int
    count: int


@dataclass(frozen=True, slots=True)
class Top:
    """The best entries: their share in 100,000ths, how many they are, and the score of the last of them."""

    share: int
    count: int
    score: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """The scores of a board. `quantiles` are by their shares in 100,000ths; there are none where nothing stands."""

    count: int
    least: int | None
    greatest: int | None
    quantiles: dict[int, int]
    steps: list[Step]
    tops: list[Top] = field(default_factory=list)

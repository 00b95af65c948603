"""A leaderboard in plain Python, sharing no code with rankd: a dict of rows, sorted when asked.

It says what every answer has to be. Arrival is a counter unless it is given, since only its order can be seen
from outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1

Value = tuple[int, ...]  # score, then each subscore


@dataclass(frozen=True)
class Rules:
    """The settings that decide order, rank and what a submission does."""

    order: str = "desc"
    update: str = "best"
    tie_break: str = "first"
    rank_style: str = "unique"
    subscores: tuple[tuple[str, str], ...] = ()

    def body(self) -> dict[str, Any]:
        """The board definition that asks for these rules."""
        return {
            "order": self.order,
            "update": self.update,
            "tie_break": self.tie_break,
            "rank_style": self.rank_style,
            "subscores": [{"name": name, "order": order} for name, order in self.subscores],
        }

    def key(self, value: Value) -> Value:
        """Sorts values: what stands above comes first."""
        orders = [self.order, *(order for _, order in self.subscores)]
        return tuple(-part if order == "desc" else part for part, order in zip(value, orders, strict=True))


@dataclass(frozen=True)
class Row:
    member: str
    value: Value
    arrival: int
    metadata: Any = None


@dataclass(frozen=True)
class Submission:
    """`subscores` may leave names out; they count as 0. `metadata` None means absent."""

    member: str
    score: int
    subscores: dict[str, int] = field(default_factory=dict)
    metadata: Any = None

    def body(self, *, with_member: bool = True) -> dict[str, Any]:
        body: dict[str, Any] = {"member": self.member} if with_member else {}
        body["score"] = self.score
        if self.subscores:
            body["subscores"] = self.subscores
        if self.metadata is not None:
            body["metadata"] = self.metadata
        return body


class Overflow(Exception):
    """A sum left the range of int64; nothing was changed."""


class OracleBoard:
    """One board. Positions are 0-based, ranks 1-based."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.rows: dict[str, Row] = {}
        self._arrivals = 0
        self._walk: list[Row] | None = None

    def walk(self) -> list[Row]:
        """All rows in the full order."""
        if self._walk is None:
            sign = 1 if self.rules.tie_break == "first" else -1
            self._walk = sorted(self.rows.values(), key=lambda row: (self.rules.key(row.value), sign * row.arrival))
        return self._walk

    def value_of(self, submission: Submission) -> Value:
        names = [name for name, _ in self.rules.subscores]
        return (submission.score, *(submission.subscores.get(name, 0) for name in names))

    # writes

    def submit(self, submission: Submission, arrival: int | None = None) -> dict[str, Any]:
        """The placing of a submission under the board's rule."""
        return self.apply(submission, self.rules.update, arrival)

    def put(self, submission: Submission) -> dict[str, Any]:
        """Sets an entry outright."""
        return self.apply(submission, "latest")

    def reached(self, submission: Submission, rule: str) -> Value:
        """What a submission would make of its member's value, or would offer for it. Raises Overflow."""
        old = self.rows.get(submission.member)
        value = self.value_of(submission)
        if old and rule == "sum":
            value = tuple(mine + theirs for mine, theirs in zip(old.value, value, strict=True))
        if not all(INT64_MIN <= part <= INT64_MAX for part in value):
            raise Overflow
        return value

    def apply(self, submission: Submission, rule: str, arrival: int | None = None) -> dict[str, Any]:
        """The placing of a submission under a rule of its own. Raises Overflow, and nothing is changed then."""
        value = self.reached(submission, rule)
        old = self.rows.get(submission.member)
        previous_rank = self.rank_of(submission.member) if old else None
        changed = old is None or value != old.value
        if old and rule == "best":
            changed = self.rules.key(value) < self.rules.key(old.value)
        self._arrivals += 1
        new = Row(submission.member, value, self._arrivals if arrival is None else arrival)
        self._store(old, submission, new, rule, changed)
        row = self.rows[submission.member]
        return {
            "member": submission.member,
            "changed": changed,
            **self.shown(row.value),
            "rank": self.rank_of(submission.member),
            "total": len(self.rows),
            "previous_score": old.value[0] if old else None,
            "previous_rank": previous_rank,
        }

    def _store(self, old: Row | None, sent: Submission, new: Row, rule: str, changed: bool) -> None:
        metadata = sent.metadata
        kept = not changed if rule == "best" else metadata is None
        if old and kept:
            metadata = old.metadata
        self.rows[sent.member] = replace(old if old and not changed else new, metadata=metadata)
        self._walk = None

    def patch(self, member: str, metadata: Any) -> None:
        """Metadata only; None removes it."""
        self.rows[member] = replace(self.rows[member], metadata=metadata)
        self._walk = None

    def remove(self, member: str) -> None:
        del self.rows[member]
        self._walk = None

    def reset(self) -> None:
        self.rows.clear()
        self._walk = None

    # reads

    def shown(self, value: Value) -> dict[str, Any]:
        names = [name for name, _ in self.rules.subscores]
        return {"score": value[0], "subscores": dict(zip(names, value[1:], strict=True))}

    def position_of(self, member: str) -> int:
        return next(place for place, row in enumerate(self.walk()) if row.member == member)

    def rank_of(self, member: str) -> int:
        return self._rank(self.rows[member].value, self.position_of(member))

    def _rank(self, value: Value, position: int) -> int:
        if self.rules.rank_style == "unique":
            return position + 1
        key = self.rules.key(value)
        better = [row.value for row in self.rows.values() if self.rules.key(row.value) < key]
        return 1 + len(better if self.rules.rank_style == "competition" else set(better))

    def entry(self, member: str) -> dict[str, Any]:
        row = self.rows[member]
        return {
            "rank": self.rank_of(member),
            "member": member,
            **self.shown(row.value),
            "metadata": row.metadata,
        }

    def entries(self, rows: Sequence[Row] | None = None) -> list[dict[str, Any]]:
        """Rows as answered, with ranks counted once along the walk."""
        ranks: dict[str, int] = {}
        previous, rank, values = None, 0, 0
        for position, row in enumerate(self.walk()):
            if row.value != previous:
                values += 1
                rank = values if self.rules.rank_style == "dense" else position + 1
            ranks[row.member] = position + 1 if self.rules.rank_style == "unique" else rank
            previous = row.value
        return [
            {
                "rank": ranks[row.member],
                "member": row.member,
                **self.shown(row.value),
                "metadata": row.metadata,
            }
            for row in (self.walk() if rows is None else rows)
        ]

    def between(self, score_min: int | None, score_max: int | None) -> list[dict[str, Any]]:
        """The entries whose score lies in a range, both ends included."""
        low = INT64_MIN if score_min is None else score_min
        high = INT64_MAX if score_max is None else score_max
        return self.entries([row for row in self.walk() if low <= row.value[0] <= high])

    def from_rank(self, rank: int) -> list[dict[str, Any]]:
        """The entries from the first whose rank is at least `rank`."""
        return [entry for entry in self.entries() if entry["rank"] >= rank]

    def around(self, member: str, size: int) -> list[dict[str, Any]]:
        return self._window(self.position_of(member), size)

    def around_value(self, value: Value, size: int) -> tuple[int, list[dict[str, Any]]]:
        """The rank a new submission would get now, and the rows about its place."""
        key = self.rules.key(value)
        last = self.rules.tie_break == "first"
        above = [r for r in self.walk() if (k := self.rules.key(r.value)) < key or (last and k == key)]
        return self._rank(value, len(above)), self._window(len(above), size)

    def _window(self, position: int, size: int) -> list[dict[str, Any]]:
        first = max(0, min(position - (size - 1) // 2, len(self.rows) - size))
        return self.entries()[first : first + size]

    def lookup(self, members: Sequence[str]) -> tuple[list[dict[str, Any]], list[str]]:
        """The entries found, in board order with 1-based positions, and the members without one."""
        found = [
            {**entry, "position": place + 1} for place, entry in enumerate(self.entries()) if entry["member"] in members
        ]
        return found, [member for member in members if member not in self.rows]

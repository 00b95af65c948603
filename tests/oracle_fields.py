"""A leaderboard in plain Python whose entries have fields, sharing no code with rankd: rows are selected and sorted
when asked.

Values are kept by name and type, as they are what a declaration brings back. Dates are microseconds since 1970.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.oracle import INT64_MAX, INT64_MIN, OracleBoard, Row, Rules, Submission

Slot = tuple[str, str]  # name and type


class Declared(NamedTuple):
    """A field as a board declares it."""

    name: str
    type: str
    segment: bool = False
    rank: str | None = None

    @property
    def slot(self) -> Slot:
        return self.name, self.type


@dataclass(frozen=True)
class FieldSubmission(Submission):
    """`fields` by name, None for one that is to be removed; None as a whole where they are not sent."""

    fields: dict[str, Any] | None = field(default=None)


class Asked(NamedTuple):
    """What of a board is asked for: the entries with all these values, those of a score range, and their order."""

    segment: tuple[str, Any] | None = None
    filters: tuple[tuple[str, Any], ...] = ()
    sort: str | None = None
    is_greatest_first: bool = False
    score_min: int | None = None
    score_max: int | None = None

    @property
    def wanted(self) -> dict[str, Any]:
        return dict([*([self.segment] if self.segment else []), *self.filters])

    @property
    def has_known_total(self) -> bool:
        """One value, or one order of values, is a range of the index; what is asked beyond is tried row by row."""
        return len(self.wanted) + (self.sort is not None) <= 1


class OracleFields(OracleBoard):
    """One board. Ranks are 1-based."""

    def __init__(self, rules: Rules, declared: Sequence[Declared] = ()) -> None:
        super().__init__(rules)
        self.declared = {one.name: one for one in declared}
        self.values: dict[str, dict[Slot, Any]] = {}

    # writes

    def _store(self, old: Row | None, sent: Submission, new: Row, rule: str, changed: bool) -> None:
        super()._store(old, sent, new, rule, changed)
        if rule == "best" and not changed:
            return
        given = sent.fields if isinstance(sent, FieldSubmission) else None
        self._merge(sent.member, {} if rule == "best" else self.values.get(sent.member, {}), given or {})

    def _merge(self, member: str, standing: dict[Slot, Any], given: dict[str, Any]) -> None:
        kept = {slot: value for slot, value in standing.items() if slot[0] not in given or slot[0] not in self.declared}
        merged = kept | {self.declared[name].slot: value for name, value in given.items()}
        self.values[member] = {slot: value for slot, value in merged.items() if value is not None}

    def patch_fields(self, member: str, given: dict[str, Any]) -> None:
        self._merge(member, self.values.get(member, {}), given)

    def declare(self, declared: Sequence[Declared]) -> None:
        """Values of another type that a field had are read anew; what the new type cannot say is kept, not shown."""
        self.declared = {one.name: one for one in declared}
        for values in self.values.values():
            for name, kind in list(values):
                one = self.declared.get(name)
                if one is None or one.type == kind or (value := converted(values[name, kind], one.type)) is None:
                    continue
                del values[name, kind]
                values.setdefault(one.slot, value)

    def remove(self, member: str) -> None:
        super().remove(member)
        self.values.pop(member, None)

    def reset(self) -> None:
        super().reset()
        self.values.clear()

    # reads

    def fields_of(self, member: str) -> dict[str, Any]:
        """The declared fields that an entry has."""
        values = self.values.get(member, {})
        return {name: values[one.slot] for name, one in self.declared.items() if one.slot in values}

    def field_ranks_of(self, member: str) -> dict[str, int]:
        own = self.fields_of(member)
        return {name: self._field_rank(one, member) for name, one in self.declared.items() if one.rank and name in own}

    def _field_rank(self, one: Declared, member: str) -> int:
        """Best value first; entries of one value share a rank, or stand in the board's order where ranks are unique."""
        have = {row.member: self.fields_of(row.member) for row in self.walk()}
        values = {name: sort_key(fields[one.name]) for name, fields in have.items() if one.name in fields}
        own = values[member]
        better = [value for value in values.values() if (value > own if one.rank == "desc" else value < own)]
        if self.rules.rank_style == "dense":
            return 1 + len(set(better))
        if self.rules.rank_style == "competition":
            return 1 + len(better)
        ties = [name for name in self._in_order(values) if values[name] == own]
        return 1 + len(better) + ties.index(member)

    def _in_order(self, members: Any) -> list[str]:
        return [row.member for row in self.walk() if row.member in members]

    def segment(self, name: str, value: Any) -> OracleBoard:
        """The entries with a field's value, as a board of their own."""
        own = OracleBoard(self.rules)
        own.rows = {
            member: row
            for member, row in self.rows.items()
            if name in self.fields_of(member) and sort_key(self.fields_of(member)[name]) == sort_key(value)
        }
        return own

    def ranked_among(self, asked: Asked) -> OracleBoard:
        """The board whose ranks a page shows: the segment's, or the whole."""
        return self.segment(*asked.segment) if asked.segment else self

    def page(self, asked: Asked) -> list[dict[str, Any]]:
        """All entries asked for, in the order asked for."""
        among = self.ranked_among(asked)
        entries = among.between(asked.score_min, asked.score_max)
        entries = [entry for entry in entries if self._has(entry["member"], asked.wanted)]
        if asked.sort is not None:
            # Sorting leaves ties as they stand, backwards too: these are in the board's order both ways.
            entries = [entry for entry in entries if asked.sort in self.fields_of(entry["member"])]
            entries.sort(key=lambda entry: sort_key(self.fields_of(entry["member"])[asked.sort or ""]),
                         reverse=asked.is_greatest_first)  # fmt: skip
        return self.shown_entries(entries)

    def _has(self, member: str, wanted: dict[str, Any]) -> bool:
        own = self.fields_of(member)
        return all(name in own and sort_key(own[name]) == sort_key(value) for name, value in wanted.items())

    def shown_entries(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Entries with their fields and their ranks by them, which are the whole board's."""
        return [
            {
                **entry,
                "fields": self.fields_of(entry["member"]),
                "field_ranks": self.field_ranks_of(entry["member"]),
            }
            for entry in entries
        ]

    def occurring(self, name: str) -> list[tuple[Any, int]]:
        """The values of a field in their order, with the number of entries of each."""
        found: dict[Any, list[Any]] = {}
        for member in self.rows:
            if name in (own := self.fields_of(member)):
                found.setdefault(sort_key(own[name]), []).append(own[name])
        return [(found[key][0], len(found[key])) for key in sorted(found)]


def converted(value: float, kind: str) -> int | float | None:
    """A number in another type of number, if it is one there."""
    if kind == "number":
        return float(value)
    return int(value) if value == int(value) and INT64_MIN <= int(value) <= INT64_MAX else None


def sort_key(value: Any) -> Any:
    """Texts sort by their bytes; 0.0 and -0.0 are one value."""
    return value.encode() if isinstance(value, str) else value

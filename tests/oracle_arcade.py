"""An arcade board in plain Python, sharing no code with rankd: lists of rows, sorted when asked.

Every submission is a row of its own in each running window; a member beyond the cap loses the worst there. Hidden
members keep their rows and stand nowhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """An entry. Its number is the instant it came at, by which ties are broken as well."""

    member: str
    score: int
    number: int
    fields: dict[str, Any] = field(default_factory=dict)
    metadata: Any = None


class ArcadeWindow:
    """One period's entries."""

    def __init__(self, board: "OracleArcade") -> None:
        self.board = board
        self.rows: list[Row] = []
        self.teams: dict[str, int] = {}

    def key(self, row: Row) -> tuple[int, int]:
        """What stands above comes first."""
        score = -row.score if self.board.order == "desc" else row.score
        return score, row.number if self.board.tie_break == "first" else -row.number

    def standing(self, among: dict[str, Any] | None = None) -> list[Row]:
        rows = [row for row in self.rows if row.member not in self.board.hidden]
        return sorted((row for row in rows if row.fields.items() >= (among or {}).items()), key=self.key)

    def of(self, member: str) -> list[Row]:
        return sorted((row for row in self.rows if row.member == member), key=self.key)

    def rank(self, row: Row, among: Iterable[Row]) -> int:
        above = [one for one in among if self.key(one)[0] < self.key(row)[0]]
        if self.board.rank_style == "unique":
            return 1 + sum(self.key(one) < self.key(row) for one in among)
        return 1 + len(above if self.board.rank_style == "competition" else {one.score for one in above})

    def field_rank(self, row: Row, name: str) -> int:
        """The rank by a field whose smallest value is the best."""
        rows = [one for one in self.standing() if name in one.fields]
        value = row.fields[name]
        if self.board.rank_style == "unique":
            places = sorted(rows, key=lambda one: (one.fields[name], self.key(one)))
            return 1 + places.index(row)
        better = [one.fields[name] for one in rows if one.fields[name] < value]
        return 1 + len(better if self.board.rank_style == "competition" else set(better))

    def add(self, row: Row) -> bool:
        """Whether it is among those that its member may have."""
        self.rows.append(row)
        own = self.of(row.member)
        for worst in own[self.board.cap or len(own) :]:
            self.rows.remove(worst)
        return row in self.rows

    def shown(self, row: Row, rows: list[Row]) -> dict[str, Any]:
        """An entry as a page of some rows has it."""
        ranks = {"time": self.field_rank(row, "time")} if "time" in row.fields else {}
        return {
            "rank": self.rank(row, rows),
            "member": row.member,
            "entry_id": row.number,
            "score": row.score,
            "fields": row.fields,
            "field_ranks": ranks,
            "metadata": row.metadata,
        }


class OracleArcade:
    """The board: its rules, its windows by id, and who is hidden."""

    def __init__(self, order: str, tie_break: str, rank_style: str, cap: int | None) -> None:
        self.order = order
        self.tie_break = tie_break
        self.rank_style = rank_style
        self.cap = cap
        self.hidden: set[str] = set()
        self.windows: dict[str, ArcadeWindow] = {}
        self.last_us = 0

    def window(self, name: str) -> ArcadeWindow:
        return self.windows.setdefault(name, ArcadeWindow(self))

    def submit(self, running: list[str], now_us: int, member: str, score: int, **more: Any) -> dict[str, Any]:
        """What a submission answers: the number of its entry, and its part in each running window."""
        team = more.pop("team", None)
        self.last_us = max(now_us, self.last_us + 1)
        row = Row(member, score, self.last_us, **more)
        parts = []
        for name in running:
            window = self.window(name)
            is_kept = window.add(row)
            rank = window.rank(row, window.standing()) if is_kept and member not in self.hidden else None
            parts.append({"rank": rank, "changed": is_kept, "score": score, "previous_rank": None})
            if team is not None:
                window.teams[team] = window.teams.get(team, 0) + score
        kept = any(part["changed"] for part in parts)
        total = len(self.window(running[0]).standing())
        return {"entry_id": row.number if kept else None, "total": total, "parts": parts}

    def edit(self, running: list[str], member: str, number: int | None, fields: dict[str, Any]) -> int | None:
        """The number of the entry that is changed in every running window: the one named, or the best in the first
        window with any. None where there is none."""
        if number is None:
            number = next(
                (self.window(name).of(member)[0].number for name in running if self.window(name).of(member)), None
            )
        found = False
        for name in running:
            window = self.window(name)
            for row in [row for row in window.of(member) if row.number == number]:
                after = {key: value for key, value in {**row.fields, **fields}.items() if value is not None}
                window.rows[window.rows.index(row)] = Row(member, row.score, row.number, after, row.metadata)
                found = True
        return number if found else None

    def remove(self, running: list[str], member: str, number: int | None) -> bool:
        found = False
        for name in running:
            window = self.window(name)
            for row in window.of(member):
                if number in (None, row.number):
                    window.rows.remove(row)
                    found = True
        return found

    def erase(self, member: str) -> None:
        self.hidden.discard(member)
        for window in self.windows.values():
            window.rows = [row for row in window.rows if row.member != member]

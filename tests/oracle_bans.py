"""Boards whose members may be banned and erased, in plain Python: the boards as if nobody were, and who is seen.

A row's fields lie where the oracle keeps metadata: whoever sends or changes any sends all of them, so that both are
kept and replaced alike.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from tests.oracle import OracleBoard, Row, Submission
from tests.oracle_calendar import Period, Window
from tests.oracle_periods import OraclePeriods, Refused

FIELDS = [{"name": "country", "type": "string", "segment": True}, {"name": "time", "type": "integer", "rank": "asc"}]


@dataclass
class OracleBans:
    """Who is banned how, and where: `boards` None is everywhere."""

    bans: dict[str, tuple[str, list[str] | None]] = field(default_factory=dict)

    def mode(self, board_id: str, member: str) -> str | None:
        mode, boards = self.bans.get(member, (None, None))
        return mode if boards is None or board_id in boards else None


class BannedBoard:
    """One board. `whole` has everybody's rows; what others see is made of it when asked."""

    def __init__(self, board_id: str, whole: OraclePeriods, bans: OracleBans) -> None:
        self.board_id = board_id
        self.whole = whole
        self._bans = bans

    def is_hidden(self, member: str) -> bool:
        return self._bans.mode(self.board_id, member) == "hide"

    def seen(self, board: OracleBoard, country: str | None = None) -> OracleBoard:
        """What others see of a board, or of the entries of one country."""
        shown = OracleBoard(board.rules)
        for member, row in board.rows.items():
            if not self.is_hidden(member) and (country is None or (row.metadata or {}).get("country") == country):
                shown.rows[member] = replace(row, metadata=None)
        return shown

    def field_ranks(self, board: OracleBoard) -> dict[str, int]:
        """The rank by time of every member that is seen and has one, least first."""
        places = {member: place for place, member in enumerate(row.member for row in self.seen(board).walk())}
        times = {member: board.rows[member].metadata["time"] for member in places if board.rows[member].metadata}
        style = board.rules.rank_style
        ranks = {}
        for member, time in times.items():
            better = [one for one in times.values() if one < time]
            equal = sum(times[other] == time and places[other] < places[member] for other in times)
            ranks[member] = 1 + (len(set(better)) if style == "dense" else len(better))
            ranks[member] += equal if style == "unique" else 0
        return ranks

    def countries(self, board: OracleBoard) -> dict[str, int]:
        """How many are seen of each country."""
        counts: dict[str, int] = {}
        for member in self.seen(board).rows:
            if given := board.rows[member].metadata:
                counts[given["country"]] = counts.get(given["country"], 0) + 1
        return counts

    # writes

    def submit(self, submission: Submission) -> dict[str, Any]:
        """The placing of a submission. Raises Refused."""
        if self._bans.mode(self.board_id, submission.member) == "block":
            raise Refused("MEMBER_BLOCKED")
        return self._placed(submission.member, lambda: self.whole.submit(submission))

    def put(self, submission: Submission) -> dict[str, Any]:
        """Sets an entry outright, of a blocked member too. Raises Refused."""
        return self._placed(submission.member, lambda: self.whole.put(submission))

    def _placed(self, member: str, act: Any) -> dict[str, Any]:
        """A placing with the ranks and the total that are seen; a hidden member has none."""
        windows = {window.type: window for window in self.whole.running()}
        before = {kind: self._rank(window, member) for kind, window in windows.items()}
        placing: dict[str, Any] = act()
        after = {kind: self._rank(window, member) for kind, window in windows.items()}
        first = next(iter(windows))
        for kind, part in placing["periods"].items():
            part |= {"rank": after[kind], "previous_rank": before[kind]}
        total = len(self.seen(self.whole.board(windows[first])).rows)
        return {**placing, "rank": after[first], "previous_rank": before[first], "total": total}

    def _rank(self, window: Window, member: str) -> int | None:
        seen = self.seen(self.whole.board(window))
        return seen.rank_of(member) if member in seen.rows else None

    def erase(self, member: str) -> None:
        for board in self.whole.every_board():
            if member in board.rows:
                board.remove(member)
        self.whole.ranges.erase(member)

    # reads

    def movement(self, period: Period, window: Window, member: str, country: str | None = None) -> Any:
        """How a member has moved, among those seen, since the window before."""
        if window.start_us is None:
            return None
        earlier = self.whole.window(period, at_us=window.start_us - 1)
        now = self.seen(self.whole.board(window), country)
        then = self.seen(self.whole.board(earlier), country)
        if earlier not in self.whole.kept(period) or member not in then.rows or member not in now.rows:
            return None
        before, after = then.entry(member), now.entry(member)
        return {
            "period": earlier.id,
            "rank": before["rank"],
            "score": before["score"],
            "rank_change": before["rank"] - after["rank"],
            "score_change": after["score"] - before["score"],
        }

    def own_entry(self, board: OracleBoard, member: str) -> tuple[Row, dict[str, Any]] | None:
        """What a hidden member sees of itself, or None where there is nothing to see."""
        if member not in board.rows or not self.is_hidden(member):
            return None
        row = board.rows[member]
        return row, {"rank": None, "member": member, **board.shown(row.value), "metadata": None}

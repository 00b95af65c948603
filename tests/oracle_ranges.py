"""Daily sums and bests in plain Python, and the board that a span of days makes of them."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.oracle import INT64_MAX, INT64_MIN, OracleBoard, Row, Rules, Submission, Value
from tests.oracle_calendar import Period, Reset, schedule_of

Day = dict[str, Row]


@dataclass
class OracleRanges:
    """What each member brought on each local day, days beginning at midnight in the board's zone."""

    rules: Rules
    timezone: str
    keep_days: int
    sums: dict[date, Day] = field(default_factory=dict)
    bests: dict[date, Day] = field(default_factory=dict)

    def today(self, now_us: int) -> date:
        """The day that began last: clocks set back over midnight do not begin yesterday again."""
        return date.fromisoformat(schedule_of(Period("daily"), self.timezone, Reset()).at(now_us).id)

    def add(self, submission: Submission, arrival: int, at_us: int, *, outright: bool = False) -> None:
        """Counts a submission on the day of an instant, whatever the board's own rule; `outright` it is all that
        the member brought on that day."""
        if not self.keep_days:
            return
        value = OracleBoard(self.rules).value_of(submission)
        row = Row(submission.member, value, arrival)
        day = self.today(at_us)
        if outright:
            self._drop(day, submission.member)
        _merge_sum(self.sums.setdefault(day, {}), row)
        self._merge_best(self.bests.setdefault(day, {}), row)

    def remove(self, member: str, now_us: int) -> None:
        """A member's entry goes from the running day."""
        self._drop(self.today(now_us), member)

    def _drop(self, day: date, member: str) -> None:
        for days in (self.sums, self.bests):
            days.get(day, {}).pop(member, None)

    def erase(self, member: str) -> None:
        """A member goes from every day."""
        for day in {*self.sums, *self.bests}:
            self._drop(day, member)

    def board(self, first: date, last: date, aggregate: str, now_us: int) -> OracleBoard:
        """The board that a span of days makes, both ends included: today, and as many days before as are kept."""
        first = max(first, self.today(now_us) - timedelta(days=self.keep_days))
        merged: Day = {}
        days = self.sums if aggregate == "sum" else self.bests
        for day in sorted(day for day in days if first <= day <= last):
            for row in days[day].values():
                if aggregate == "sum":
                    _merge_sum(merged, row)
                else:
                    self._merge_best(merged, row)
        board = OracleBoard(self.rules)
        board.rows = merged
        return board

    def _merge_best(self, rows: Day, row: Row) -> None:
        old = rows.get(row.member)
        if old is None or self.rules.key(row.value) < self.rules.key(old.value):
            rows[row.member] = row


def _merge_sum(rows: Day, row: Row) -> None:
    """Adds up, held at the ends of int64; the arrival is that of the last one that made a difference."""
    old = rows.get(row.member)
    if old is None:
        rows[row.member] = row
        return
    value: Value = tuple(
        min(max(mine + theirs, INT64_MIN), INT64_MAX) for mine, theirs in zip(old.value, row.value, strict=True)
    )
    if value != old.value:
        rows[row.member] = Row(row.member, value, row.arrival)

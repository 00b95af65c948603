"""Whatever is done to a board of several periods while its store's clock crosses their edges, every answer is the
one that plain Python boards give.

One drawn board an example, made near a moment when clocks jump or a calendar turns; the store's clock stands still
and is moved by steps of the test alone. rankd's own clock is wrong by up to hours, and is set anew meanwhile.
In CI 30 examples of 40 steps on Valkey, and some on Redis.
"""

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.model.calendars import definitions, wrong
from tests.model.machine import IN_CI, BoardMachine, run, world_on
from tests.model.reads import Target, instant_us, ways
from tests.oracle_calendar import Period, Window
from tests.oracle_periods import SINGLE, Definition

EXAMPLES = {"valkey": 30 if IN_CI else 12, "redis": 8 if IN_CI else 4}

DUE_WITHIN_US = 2000  # the store lists by milliseconds what is due


class Ask(NamedTuple):
    """A period as a read asks for it: the board's number `place`, so many windows back, in one form of words."""

    place: int
    form: str
    back: int
    archive: int = 0


asks = st.builds(
    Ask,
    st.integers(0, 5),
    st.sampled_from(["back", "back", "back", "id", "id", "archive", "absent"]),
    st.sampled_from([1, 1, 1, 1, 0, 2, 2, 3, 5, -1]),
    st.sampled_from([0, 0, 1, 9]),
)


class PeriodsMachine(BoardMachine):
    """A board of up to four periods, with reads of every window there is and of some there are not."""

    looks = 0

    @initialize(drawn=definitions(), apps=st.integers(1, 2), ahead_us=wrong)
    def define(self, drawn: tuple[Definition, int], apps: int, ahead_us: int) -> None:
        self.begin(*drawn, apps, ahead_us)

    @rule(ask=asks, way=ways)
    def read(self, ask: Ask, way: tuple[Any, ...]) -> None:
        name, *args = way
        getattr(self.reads, name)(self.target(ask), *args)

    @rule()
    def list_periods(self) -> None:
        rows = [listed(row) for row in self.calls.read("/periods")["periods"]]
        periods = self.oracle.definition.periods
        assert [row for row in rows if "~" not in row[1]] == [
            (*window, len(self.oracle.board(window).rows), self.oracle.is_closed(window))
            for period in periods
            for window in self.oracle.listed(period)
        ]
        archives = {
            (window.type, f"{window.id}~{one.number}"): (window.start_us, one.ended_us, len(one.board.rows), True)
            for period in periods
            for window in self.oracle.kept(period)
            for one in self.oracle.archives(period, window)
        }
        shown = {row[:2]: row[2:] for row in rows if "~" in row[1]}
        assert shown.keys() == archives.keys()
        for name, (start_us, ended_us, *rest) in archives.items():
            # Resets at one standing instant follow each other by microseconds.
            assert shown[name] == (start_us, pytest.approx(ended_us, abs=1000), *rest)

    @rule()
    def rankd_looks_for_what_is_over(self) -> None:
        """Windows and archives are closed once each, and those that are kept with all they had."""
        self.service.close_what_is_over()
        outbox: Any = self.world.store.control.xrange(f"rankd:{{default/{self.calls.board_id}}}:outbox")
        closed = [(event[b"period"].decode(), int(event[b"total"])) for _, event in outbox]
        assert len({name for name, _ in closed}) == len(closed)
        for period in self.oracle.definition.periods:
            for window in self.oracle.kept(period):
                if self.oracle.is_closed(window, DUE_WITHIN_US) and self.oracle.was_played(window):
                    name, total = f"{window.type}:{window.id}", len(self.oracle.board(window).rows)
                    # A season takes corrections after its end as well: it was told as it stood then.
                    assert name in dict(closed)
                    assert window.type == "season" or (name, total) in closed
                for one in self.oracle.archives(period, window):
                    assert (f"{window.type}:{window.id}~{one.number}", len(one.board.rows)) in closed

    @invariant()
    def the_last_periods_agree(self) -> None:
        """Each period's running window; of one of them, in turn, the window before and an entry with its movement."""
        if not self.has_moved or not hasattr(self, "oracle"):
            return
        periods = self.oracle.definition.periods
        for place in range(len(periods)):
            self.reads.whole(self.target(Ask(place, "back", 0)))
        self.looks += 1
        self.reads.whole(self.target(Ask(self.looks, "back", 1)))
        self.reads.entry(self.target(Ask(self.looks, "back", 0)), self.last_member)
        self.has_moved = False

    def target(self, ask: Ask) -> Target:
        """What a read should find that asks in this way."""
        periods = self.oracle.definition.periods
        period = periods[0 if ask.form == "absent" else ask.place % len(periods)]
        if ask.form == "archive":
            return self._archive(period, ask)
        is_by_type = ask.form == "back" and ask.back <= 0
        back = 0 if is_by_type or ask.form == "absent" else ask.back
        if period.type in SINGLE:
            window, is_kept = self.oracle.window(period), ask.form != "back" or is_by_type
        else:
            window, is_kept = self.oracle.window(period, back), 0 <= back <= period.keep
        text = window.id if ask.form == "id" else period.type if is_by_type else f"{period.type}:-{back}"
        return Target(
            query={} if ask.form == "absent" else {"period": text},
            type=period.type,
            id=window.id,
            bounds=(window.start_us, window.end_us),
            board=self.oracle.board(window) if is_kept else None,
            movement_of=lambda member: self.oracle.movement(period, window, member),
        )

    def _archive(self, period: Period, ask: Ask) -> Target:
        window: Window = self.oracle.window(period, 0 if period.type in SINGLE else ask.back)
        numbers = [one.number for one in self.oracle.archives(period, window)] or [1]
        number = numbers[ask.archive % len(numbers)] + ask.archive // 9  # 9 asks for one that is not there
        name = f"{window.id}~{number}"
        return Target({"period": name}, period.type, name, None, self.oracle.archive(period, window, number))


def listed(row: dict[str, Any]) -> tuple[Any, ...]:
    bounds = (instant_us(row["starts_at"]), instant_us(row["ends_at"]))
    return row["type"], row["id"], *bounds, row["total"], row["closed"]


def test_every_answer_is_that_of_plain_boards(store_kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with world_on(store_kind, tmp_path, monkeypatch) as world:
        run(PeriodsMachine, world, EXAMPLES[store_kind])

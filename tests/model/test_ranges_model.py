"""Any span of local days, read by every way there is, has the sums and bests that plain Python counts.

The machine is that of the periods' model; here boards keep days, and reads ask for spans of them. What took long to
compute may be told late by design, and a slow machine must not fail the test: nothing counts as long here. Computed
spans live for two minutes of the store's clock, which jumps by days here: each is looked for before it is read.
In CI 25 examples of 40 steps on Valkey, and some on Redis.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.model.calendars import definitions, wrong
from tests.model.machine import IN_CI, BoardMachine, run, world_on
from tests.model.reads import Target, ways
from tests.oracle_calendar import day_start_us
from tests.oracle_periods import Definition

EXAMPLES = {"valkey": 25 if IN_CI else 8, "redis": 6 if IN_CI else 3}


class Span(NamedTuple):
    """A span of days by how long before today it begins, and how many days later it ends."""

    ago: int
    length: int
    aggregate: str | None


spans = st.builds(
    Span,
    st.sampled_from([0, 1, 1, 2, 3, 7, 50, -1]),
    st.sampled_from([0, 1, 1, 2, 3, 7, 50, -1]),
    st.sampled_from(["sum", "sum", "best", "best", None]),
)


class RangesMachine(BoardMachine):
    """A board that keeps days, with reads of spans."""

    @initialize(
        drawn=st.sampled_from([2, 1, 7, 40]).flatmap(lambda keep_days: definitions(keep_days=keep_days)),
        apps=st.integers(1, 2),
        ahead_us=wrong,
    )
    def define(self, drawn: tuple[Definition, int], apps: int, ahead_us: int) -> None:
        self.begin(*drawn, apps, ahead_us)

    def edges_us(self, steps: int, sign: int) -> list[int]:
        """Local days begin and end too."""
        return [*super().edges_us(steps, sign), self.day_us(steps if sign > 0 else 1 - steps)]

    def day_us(self, days: int) -> int:
        today = self.oracle.ranges.today(self.clock.now_us())
        return day_start_us(self.oracle.definition.timezone, today + timedelta(days=days))

    @rule(span=spans, way=ways)
    def read(self, span: Span, way: tuple[Any, ...]) -> None:
        name, *args = way
        getattr(self.reads, name)(self.target(span), *args)

    @invariant()
    def the_last_days_agree(self) -> None:
        """Today, and all that is kept."""
        if not self.has_moved or not hasattr(self, "oracle"):
            return
        for aggregate in ("sum", "best"):
            for ago in (0, self.oracle.definition.keep_days):
                target = self.target(Span(ago, ago, aggregate))
                self.reads.whole(target)
            self.reads.entry(target, self.last_member)
        self.has_moved = False

    def target(self, span: Span) -> Target:
        """What a read of a span should find. Days that are no longer kept, or to come, hold nothing: which these
        are goes by rankd's own clock, so it is told the time."""
        self.apps_clock.tell(self.service)
        ranges, now_us, zone = self.oracle.ranges, self.clock.now_us(), self.oracle.definition.timezone
        first = ranges.today(now_us) - timedelta(days=span.ago)
        last = first + timedelta(days=span.length)
        counted = "sum" if self.oracle.definition.rules.update == "sum" else "best"
        return Target(
            query={"from": f"{first}", "to": f"{last}", **({"aggregate": span.aggregate} if span.aggregate else {})},
            type="range",
            id=f"{first}..{last}",
            bounds=(day_start_us(zone, first), day_start_us(zone, last + timedelta(days=1))),
            board=ranges.board(first, last, span.aggregate or counted, now_us) if last >= first else None,
            refusal=(422, "VALIDATION_FAILED"),
        )


def test_every_span_of_days_is_what_its_submissions_add_up_to(
    store_kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rankd.service.ranges.QUICK_S", 3600.0)
    monkeypatch.setattr("rankd.service.ranges._OPENED_FOR_S", -1.0)
    with world_on(store_kind, tmp_path, monkeypatch) as world:
        run(RangesMachine, world, EXAMPLES[store_kind])

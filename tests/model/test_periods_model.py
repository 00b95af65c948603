"""Whatever is done to a board of several periods while its store's clock crosses their edges, every answer is the
one that plain Python boards give.

One drawn board an example, made near a moment when clocks jump or a calendar turns; the store's clock stands still
and is moved by steps of the test alone. rankd's own clocks are wrong by up to hours, and are set anew meanwhile.
In CI 100 examples of 40 steps on Valkey, and some on Redis.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.clock import MovedClock
from tests.model.both_boards import (
    MEMBERS,
    Ask,
    BothBoards,
    Found,
    achieved,
    asks,
    few_parts,
    in_periods,
    instant_us,
    members,
    sent,
)  # fmt: skip
from tests.model.calendars import Moment, definitions, moments_ago, moments_ahead, steps, wrong
from tests.model.service_in_process import AppsClock, BoardCalls, Service, service_on
from tests.model.strategies import ABSENT, metadata
from tests.model.test_board_model import seen
from tests.oracle_periods import Definition, OraclePeriods, Refused
from tests.store_servers import running_store

IN_CI = os.environ.get("CI", "").lower() == "true"
EXAMPLES = {"valkey": 100 if IN_CI else 20, "redis": 25 if IN_CI else 8}


# The ways to read a period, and what they are asked with.
ways = st.one_of(
    st.tuples(st.just("read_pages"), st.integers(1, 5)),
    st.tuples(st.just("read_entry"), members),
    st.tuples(st.just("read_around_member"), members, st.integers(1, 8)),
    st.tuples(st.just("read_around_score"), few_parts, st.integers(1, 8)),
    st.tuples(st.just("look_up"), st.lists(st.sampled_from(MEMBERS + ABSENT), min_size=1, max_size=5, unique=True)),
)


class PeriodsMachine(RuleBasedStateMachine):
    """A board of the service and the oracle's, given the same, at the same moments."""

    def __init__(self, service: Service, clock: MovedClock, apps_clock: AppsClock) -> None:
        super().__init__()
        self.service = service
        self.clock = clock
        self.apps_clock = apps_clock
        self.both: BothBoards
        self.has_moved = True
        self.last_member = MEMBERS[0]

    @property
    def board(self) -> BoardCalls:
        return self.both.calls

    @property
    def oracle(self) -> OraclePeriods:
        return self.both.oracle

    @initialize(drawn=definitions(), apps=st.integers(1, 2), ahead_us=wrong)
    def define(self, drawn: tuple[Definition, int], apps: int, ahead_us: int) -> None:
        definition, now_us = drawn
        self.clock.stand_at(now_us)
        self.apps_clock.forget(self.service)
        self.apps_clock.ahead_us = ahead_us
        self.both = BothBoards(self.service, self.clock, definition, apps)

    # time

    def move_to(self, at_us: int) -> None:
        if at_us > self.clock.now_us():
            self.clock.stand_at(at_us)
            self.has_moved = True

    @rule(step=steps)
    def time_passes(self, step: int) -> None:
        self.move_to(self.clock.now_us() + step)

    @rule(moment=moments_ahead)
    def an_edge_comes(self, moment: Moment) -> None:
        at_us = self.both.ahead_us(moment)
        if at_us is not None:
            self.move_to(at_us)

    @rule(ahead_us=wrong)
    def the_clock_of_rankd_is_set(self, ahead_us: int) -> None:
        self.apps_clock.ahead_us = ahead_us

    # writes

    def expected(self, act: Callable[[], Any]) -> Any:
        self.has_moved = True
        try:
            return act()
        except Refused as refused:
            return refused.code

    @rule(part=few_parts, drawn=achieved)
    def submit_one(self, part: tuple[Any, ...], drawn: int | Moment | None) -> None:
        submission, achieved_us = self.both.built(part), self.both.achieved_us(drawn)
        self.last_member = submission.member
        answer = self.board.call("POST", "/scores", sent(submission, achieved_us))
        expected = self.expected(lambda: self.oracle.submit(submission, achieved_us))
        assert (in_periods(answer.json) if answer.status == 200 else answer.code) == expected

    @rule(part=few_parts, moment=moments_ahead, drawn=moments_ago)
    def submit_late(self, part: tuple[Any, ...], moment: Moment, drawn: Moment) -> None:
        """A score from beside an edge that has just been."""
        self.an_edge_comes(moment)
        self.submit_one(part, drawn)

    @rule(several=st.lists(st.tuples(few_parts, achieved), min_size=1, max_size=5))
    def submit_array(self, several: list[tuple[Any, ...]]) -> None:
        bodies, expected = [], []
        for part, drawn in several:
            submission, achieved_us = self.both.built(part), self.both.achieved_us(drawn)
            bodies.append(sent(submission, achieved_us))
            expected.append(self.expected(lambda s=submission, a=achieved_us: self.oracle.submit(s, a)))  # type: ignore[misc]
        answer = self.board.call("POST", "/scores", bodies)
        if refusal := self.oracle.refusal():
            assert (answer.status, answer.code) == (409, refusal)
            return
        assert answer.status == 200, answer.body
        assert [item["code"] if "code" in item else in_periods(item) for item in answer.json] == expected

    @rule(part=few_parts)
    def put(self, part: tuple[Any, ...]) -> None:
        submission = self.both.built(part)
        path = self.board.entry_path(submission.member)
        answer = self.board.call("PUT", path, submission.body(with_member=False))
        expected = self.expected(lambda: self.oracle.put(submission))
        assert (in_periods(answer.json) if answer.status in (200, 201) else answer.code) == expected

    @rule(member=members, given=metadata)
    def patch(self, member: str, given: Any) -> None:
        answer = self.board.call("PATCH", self.board.entry_path(member), {"metadata": given})
        expected = self.expected(lambda: self.oracle.patch(member, given))
        assert (None if answer.status == 200 else answer.code) == expected

    @rule(member=members)
    def remove(self, member: str) -> None:
        answer = self.board.call("DELETE", self.board.entry_path(member))
        expected = self.expected(lambda: self.oracle.remove(member))
        assert (None if answer.status == 204 else answer.code) == expected

    @rule(sure=st.integers(0, 3), index=st.none() | st.integers(0, 5), archive=st.booleans())
    def reset(self, sure: int, index: int | None, archive: bool) -> None:
        if sure:
            return
        kind = None if index is None else self.both.period(index).type
        body = {**({} if kind is None else {"period": kind}), **({"archive": True} if archive else {})}
        answer = self.board.call("POST", "/reset", body)
        assert answer.status < 300, answer.body
        self.oracle.reset(kind, archive=archive)
        self.has_moved = True

    @rule(
        style=st.sampled_from(["unique", "competition", "dense"]),
        update=st.sampled_from(["best", "latest", "sum"]),
    )
    def edit_the_board(self, style: str, update: str) -> None:
        answer = self.board.call("PATCH", "", {"rank_style": style, "update": update})
        assert answer.status == 200, answer.body
        self.oracle.edit(rank_style=style, update=update)
        self.has_moved = True

    # reads

    def is_refused(self, found: Found, path: str, method: str = "GET", body: Any = None, **query: Any) -> bool:
        """Whether a read has no such period; then its answer was seen to say so."""
        if found.board is not None:
            return False
        answer = self.board.call(method, path, body, period=found.text, **query)
        assert (answer.status, answer.code) == (404, "PERIOD_NOT_FOUND"), (found, answer.body)
        return True

    def check_period(self, found: Found, page: dict[str, Any]) -> None:
        period = page["period"]
        assert (period["id"], period["type"]) == (found.id, found.window.type)
        if "~" not in found.id:
            bounds = (instant_us(period["starts_at"]), instant_us(period["ends_at"]))
            assert bounds == (found.window.start_us, found.window.end_us)

    @rule(ask=asks, way=ways)
    def read(self, ask: Ask, way: tuple[Any, ...]) -> None:
        name, *args = way
        getattr(self, name)(self.both.found(ask), *args)

    def read_pages(self, found: Found, limit: int) -> None:
        if self.is_refused(found, "/entries"):
            return
        assert found.board is not None
        expected = found.board.entries()
        down, up = self.board.walk(limit, period=found.text)
        assert seen([entry for page in down for entry in page["entries"]]) == expected
        assert seen([entry for page in reversed(up) for entry in page["entries"]]) == expected
        for page in down:
            self.check_period(found, page)
            assert page["next_reset_at"] == page["period"]["ends_at"]
            assert page["total"] == len(expected)

    def read_entry(self, found: Found, member: str) -> None:
        path = self.board.entry_path(member)
        if self.is_refused(found, path):
            return
        assert found.board is not None
        answer = self.board.call("GET", path, period=found.text)
        if member not in found.board.rows:
            assert (answer.status, answer.code) == (404, "ENTRY_NOT_FOUND")
            return
        self.check_period(found, answer.json)
        assert answer.json["total"] == len(found.board.rows)
        if "~" in found.id:
            assert seen([answer.json]) == [found.board.entry(member)]
        else:
            assert seen([answer.json], "movement") == [self.oracle.entry(found.period, found.window, member)]

    def read_around_member(self, found: Found, member: str, size: int) -> None:
        path = self.board.entry_path(member) + "/around"
        if self.is_refused(found, path, size=size):
            return
        assert found.board is not None
        answer = self.board.call("GET", path, size=size, period=found.text)
        if member not in found.board.rows:
            assert (answer.status, answer.code) == (404, "ENTRY_NOT_FOUND")
            return
        self.check_period(found, answer.json)
        assert seen(answer.json["entries"]) == found.board.around(member, size)

    def read_around_score(self, found: Found, part: tuple[Any, ...], size: int) -> None:
        asked = self.both.built(part)
        query: dict[str, Any] = {f"subscore.{name}": value for name, value in asked.subscores.items()}
        if self.is_refused(found, "/around", score=asked.score, size=size, **query):
            return
        assert found.board is not None
        page = self.board.read("/around", score=asked.score, size=size, period=found.text, **query)
        rank, entries = found.board.around_value(found.board.value_of(asked), size)
        assert (page["rank"], seen(page["entries"])) == (rank, entries)

    def look_up(self, found: Found, asked: list[str]) -> None:
        body = {"members": asked}
        if self.is_refused(found, "/entries/lookup", "POST", body):
            return
        assert found.board is not None
        answer = self.board.call("POST", "/entries/lookup", body, period=found.text)
        assert answer.status == 200, answer.body
        entries, missing = found.board.lookup(asked)
        assert seen(answer.json["entries"], "position") == entries
        assert sorted(answer.json["missing"]) == sorted(missing)

    @rule()
    def list_periods(self) -> None:
        rows = [self.listed(row) for row in self.board.read("/periods")["periods"]]
        assert [row for row in rows if "~" not in row[1]] == [
            (*window, len(self.oracle.board(window).rows), self.oracle.is_closed(window))
            for period in self.oracle.definition.periods
            for window in self.oracle.listed(period)
        ]
        archives = {
            (window.type, f"{window.id}~{one.number}"): (window.start_us, one.ended_us, len(one.board.rows), True)
            for period in self.oracle.definition.periods
            for window in self.oracle.kept(period)
            for one in self.oracle.archives(period, window)
        }
        shown = {row[:2]: row[2:] for row in rows if "~" in row[1]}
        assert shown.keys() == archives.keys()
        for name, (start_us, ended_us, *rest) in archives.items():
            # Resets at one standing instant follow each other by microseconds.
            assert shown[name] == (start_us, pytest.approx(ended_us, abs=1000), *rest)

    def listed(self, row: dict[str, Any]) -> tuple[Any, ...]:
        bounds = (instant_us(row["starts_at"]), instant_us(row["ends_at"]))
        return row["type"], row["id"], *bounds, row["total"], row["closed"]

    @invariant()
    def the_last_periods_agree(self) -> None:
        if not self.has_moved or not hasattr(self, "both"):
            return
        asks = [(place, back) for place in range(len(self.oracle.definition.periods)) for back in (0, 1)]
        for place, back in asks:
            found = self.both.found(Ask(place, "back", back, 0))
            if found.board is None:
                continue
            page = self.board.page(limit=1000, period=found.text)
            self.check_period(found, page)
            assert seen(page["entries"]) == found.board.entries()
            assert (page["total"], page["next"], page["prev"]) == (len(found.board.rows), None, None)
            if back == 0 and self.last_member in found.board.rows:
                self.read_entry(found, self.last_member)
        self.has_moved = False


def test_every_answer_is_that_of_plain_boards(store_kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = settings(
        max_examples=EXAMPLES[store_kind],
        stateful_step_count=40,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    with (
        MovedClock() as clock,
        running_store(store_kind, clock=clock) as store,
        service_on(store.url, tmp_path, apps=2) as service,
    ):
        apps_clock = AppsClock(clock)
        monkeypatch.setattr("rankd.store.clock.time", apps_clock)
        run_state_machine_as_test(lambda: PeriodsMachine(service, clock, apps_clock), settings=profile)

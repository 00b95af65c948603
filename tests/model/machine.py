"""What the model tests of periods and of ranges have in common: a board of the service and the oracle's, on one
clock that stands still until the test moves it, and everything that writes to them or lets time pass.

Moments are drawn without knowing the board, and made definite here.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.clock import MovedClock
from tests.model.calendars import HOUR_US, Moment, moments_ago, moments_ahead, steps, wrong
from tests.model.few_members import MEMBERS, few_parts, members
from tests.model.reads import EPOCH, Reads
from tests.model.service_in_process import AppsClock, BoardCalls, Service, service_on
from tests.model.strategies import build, metadata
from tests.model.test_board_model import placed
from tests.oracle import Submission
from tests.oracle_calendar import SECOND_US
from tests.oracle_periods import Definition, OraclePeriods, Refused
from tests.store_servers import StoreServer, running_store

IN_CI = os.environ.get("CI", "").lower() == "true"
# When a submission says it was achieved: not at all, so long ago, in the future, or beside an edge.
achieved = st.sampled_from([None, None, None, 0, SECOND_US, 90 * SECOND_US, HOUR_US, -HOUR_US]) | moments_ago


@dataclass(frozen=True)
class World:
    """A store, its clock, the apps on it, and what they take for the time."""

    store: StoreServer
    clock: MovedClock
    service: Service
    apps_clock: AppsClock


class BoardMachine(RuleBasedStateMachine):
    """The rules that write, and those of time. `calls` are the service's board, `oracle` the one it should be."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.clock = world.clock
        self.service = world.service
        self.apps_clock = world.apps_clock
        self.calls: BoardCalls
        self.reads: Reads
        self.oracle: OraclePeriods
        self.has_moved = True
        self.last_member = MEMBERS[0]

    def begin(self, definition: Definition, now_us: int, apps: int, ahead_us: int) -> None:
        """Makes the board, by apps that are wrong about the time."""
        self.clock.stand_at(now_us)
        self.world.store.control.flushall()
        self.apps_clock.set_ahead(0)
        self.apps_clock.tell(self.service)
        self.apps_clock.set_ahead(ahead_us)
        self.oracle = self.oracle_of(definition)
        self.calls = self.service.board(definition.body(), apps=apps)
        self.reads = Reads(self.calls)

    def oracle_of(self, definition: Definition) -> OraclePeriods:
        return OraclePeriods(definition, self.clock.now_us)

    # time

    def move_to(self, at_us: int | None) -> None:
        if at_us is not None and at_us > self.clock.now_us():
            self.clock.stand_at(at_us)
            self.has_moved = True

    @rule(step=steps)
    def time_passes(self, step: int) -> None:
        self.move_to(self.clock.now_us() + step)

    @rule(moment=moments_ahead)
    def an_edge_comes(self, moment: Moment) -> None:
        self.move_to(self.beside_us(moment, 1))

    @rule(ahead_us=wrong)
    def the_clock_of_rankd_is_set(self, ahead_us: int) -> None:
        self.apps_clock.set_ahead(ahead_us)

    def edges_us(self, steps: int, sign: int) -> list[int]:
        """The `steps`-th edges to come of what the board has (sign 1), or those that have been (-1)."""
        known = self.oracle.definition
        periods = [period for period in known.periods if period.type != "all"]
        windows = [self.oracle.window(period, 1 - steps if sign > 0 else steps - 1) for period in periods]
        edges = [window.end_us if sign > 0 else window.start_us for window in windows]
        return [edge for edge in (*edges, known.starts_us, known.ends_us) if edge is not None]

    def beside_us(self, moment: Moment, sign: int) -> int | None:
        """An instant beside an edge that is to come or has been, if there is any."""
        if not (edges := sorted(sign * edge for edge in self.edges_us(moment.steps, sign))):
            return None
        grace_us = moment.graces * self.oracle.definition.late_s * SECOND_US
        return sign * (edges[moment.place % len(edges)] + grace_us) + moment.off_us

    # writes

    def built(self, part: tuple[Any, ...]) -> Submission:
        return build(self.oracle.definition.rules, *part)

    def achieved_us(self, drawn: int | Moment | None) -> int | None:
        """When a submission was achieved: in the future as drawn, else before now, and never when another one was:
        the order of two that arrive in one microsecond cannot be told."""
        now_us = self.clock.now_us()
        if isinstance(drawn, Moment):
            at_us = self.beside_us(drawn, -1)
        else:
            at_us = None if drawn is None else now_us - drawn
            if at_us is not None and at_us > now_us:
                return at_us
        if at_us is None:
            return None
        at_us = min(at_us, now_us - 1)
        while at_us in self.oracle.arrivals:
            at_us -= 1
        return at_us

    def expected(self, act: Callable[[], Any]) -> Any:
        """What the oracle answers, or the code it refuses with."""
        self.has_moved = True
        try:
            return act()
        except Refused as refused:
            return refused.code

    @rule(part=few_parts, drawn=achieved)
    def submit_one(self, part: tuple[Any, ...], drawn: int | Moment | None) -> None:
        submission, achieved_us = self.built(part), self.achieved_us(drawn)
        self.last_member = submission.member
        answer = self.calls.call("POST", "/scores", sent(submission, achieved_us))
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
            submission, achieved_us = self.built(part), self.achieved_us(drawn)
            bodies.append(sent(submission, achieved_us))
            expected.append(self.expected(lambda s=submission, a=achieved_us: self.oracle.submit(s, a)))  # type: ignore[misc]
        answer = self.calls.call("POST", "/scores", bodies)
        if refusal := self.oracle.refusal():
            assert (answer.status, answer.code) == (409, refusal)
            return
        assert answer.status == 200, answer.body
        assert [item["code"] if "code" in item else in_periods(item) for item in answer.json] == expected

    @rule(part=few_parts)
    def put(self, part: tuple[Any, ...]) -> None:
        submission = self.built(part)
        path = self.calls.entry_path(submission.member)
        answer = self.calls.call("PUT", path, submission.body(with_member=False))
        expected = self.expected(lambda: self.oracle.put(submission))
        assert (in_periods(answer.json) if answer.status in (200, 201) else answer.code) == expected

    @rule(member=members, given=metadata)
    def patch(self, member: str, given: Any) -> None:
        answer = self.calls.call("PATCH", self.calls.entry_path(member), {"metadata": given})
        expected = self.expected(lambda: self.oracle.patch(member, given))
        assert (None if answer.status == 200 else answer.code) == expected

    @rule(member=members)
    def remove(self, member: str) -> None:
        answer = self.calls.call("DELETE", self.calls.entry_path(member))
        expected = self.expected(lambda: self.oracle.remove(member))
        assert (None if answer.status == 204 else answer.code) == expected

    @rule(sure=st.integers(0, 3), place=st.none() | st.integers(0, 3), archive=st.booleans())
    def reset(self, sure: int, place: int | None, archive: bool) -> None:
        if sure:
            return
        periods = self.oracle.definition.periods
        kind = None if place is None else periods[place % len(periods)].type
        body = {**({} if kind is None else {"period": kind}), **({"archive": True} if archive else {})}
        answer = self.calls.call("POST", "/reset", body)
        assert answer.status < 300, answer.body
        self.expected(lambda: self.oracle.reset(kind, archive=archive))

    @rule(
        style=st.sampled_from(["unique", "competition", "dense"]),
        update=st.sampled_from(["best", "latest", "sum"]),
    )
    def edit_the_board(self, style: str, update: str) -> None:
        answer = self.calls.call("PATCH", "", {"rank_style": style, "update": update})
        assert answer.status == 200, answer.body
        self.expected(lambda: self.oracle.edit(rank_style=style, update=update))


def sent(submission: Submission, achieved_us: int | None) -> dict[str, Any]:
    if achieved_us is None:
        return submission.body()
    return {**submission.body(), "achieved_at": (EPOCH + timedelta(microseconds=achieved_us)).isoformat()}


def in_periods(answer: dict[str, Any]) -> dict[str, Any]:
    """A placing as the oracle knows it, with its parts."""
    return {**placed(answer), "period": answer["period"], "periods": answer["periods"]}


@contextlib.contextmanager
def world_on(store_kind: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A store whose clock is moved, with two apps that take their time from it too."""
    with (
        MovedClock() as clock,
        running_store(store_kind, clock=clock) as store,
        service_on(store.url, data_dir, apps=2) as service,
    ):
        apps_clock = AppsClock(clock)
        monkeypatch.setattr("rankd.store.clock.time", apps_clock)
        yield World(store, clock, service, apps_clock)


def run(machine: type[BoardMachine], world: World, examples: int) -> None:
    profile = settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(lambda: machine(world), settings=profile)  # type: ignore[arg-type]

"""Fields over several periods: after days of submissions, changes and resets every window, running, closed or
archived, answers by fields as a plain board that was given its part alone."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.asgi_calls import Answer
from tests.clock import DAY_US
from tests.model.field_reads import FieldReads
from tests.model.field_values import declarations, granted, likely_parts, sent
from tests.model.machine import IN_CI, World, world_on
from tests.model.service_in_process import BoardCalls
from tests.model.strategies import build, rules
from tests.oracle import Overflow, Rules
from tests.oracle_fields import Declared, FieldSubmission, OracleFields

EXAMPLES = {"valkey": 12 if IN_CI else 4, "redis": 4 if IN_CI else 2}
NOON_US = 1_795_262_400_000_000  # 2026-11-21T12:00:00Z


class OfPeriod(BoardCalls):
    """The calls of one board, each about one of its windows."""

    def __init__(self, board: BoardCalls, period: str) -> None:
        super().__init__(board._service, board.board_id)
        self._period = period

    def call(self, method: str, path: str = "", body: Any = None, **query: Any) -> Answer:
        return super().call(method, path, body, period=self._period, **query)


class Days:
    """A board of the service with the periods daily and all, and an oracle for each window it has had."""

    def __init__(self, world: World, drawn: Rules, declared: tuple[Declared, ...], chance: Random) -> None:
        self._world = world
        self._chance = chance
        self._declared = {one.name: one for one in declared}
        self._new = lambda: OracleFields(drawn, declared)
        periods = [{"type": "daily"}, {"type": "all"}]
        fields = [one._asdict() for one in declared]
        self.board = world.service.board({**drawn.body(), "periods": periods, "fields": fields})
        self.running = {"daily": self._new(), "all": self._new()}
        self.ended: dict[str, OracleFields] = {}

    def play(self) -> None:
        """Submissions, changes of fields and removals."""
        for part, wished in likely_parts(self._chance, 14):
            plain = build(self.running["all"].rules, *part)
            given = granted(self._declared, wished) or {}
            submission = FieldSubmission(**vars(plain), fields=given)
            self._submit(submission)
        for member in self._chance.sample(sorted(self.running["all"].rows), 2):
            (_, wished), *_ = likely_parts(self._chance, 1)
            given = granted(self._declared, wished) or {}
            body = {"fields": sent(self._declared, given)}
            assert self.board.call("PATCH", self.board.entry_path(member), body).status == 200
            for oracle in self._having(member):
                oracle.patch_fields(member, given)
        member = self._chance.choice(sorted(self.running["all"].rows))
        assert self.board.call("DELETE", self.board.entry_path(member)).status == 204
        for oracle in self._having(member):
            oracle.remove(member)

    def _submit(self, submission: FieldSubmission) -> None:
        body = {**submission.body(), "fields": sent(self._declared, submission.fields or {})}
        answer = self.board.call("POST", "/scores", body)
        try:
            for oracle in self.running.values():
                oracle.reached(submission, oracle.rules.update)
        except Overflow:
            assert answer.code == "SCORE_OVERFLOW"
            return
        assert answer.status == 200, answer.body
        for oracle in self.running.values():
            oracle.submit(submission)

    def _having(self, member: str) -> list[OracleFields]:
        return [oracle for oracle in self.running.values() if member in oracle.rows]

    def end_day(self, number: int) -> None:
        """The next day comes; the one before is read by its id from now on."""
        self._world.clock.stand_at(NOON_US + (number + 1) * DAY_US)
        self.ended[f"2026-11-{21 + number}"] = self.running["daily"]
        self.running["daily"] = self._new()

    def archive(self, number: int) -> None:
        """The running day ends early."""
        answer = self.board.call("POST", "/reset", {"period": "daily", "archive": True})
        assert answer.status == 200, answer.body
        self.ended[f"2026-11-{21 + number}~1"] = self.running["daily"]
        self.running["daily"] = self._new()

    def check(self) -> None:
        for period, oracle in {**self.running, **self.ended}.items():
            if not oracle.rows:
                continue
            reads = FieldReads(OfPeriod(self.board, period), oracle, self._chance)
            if segment := reads.some_value(only_segments=True):
                reads.segment(segment)
            reads.selection()
            reads.values()


def test_every_window_answers_by_fields(store_kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with world_on(store_kind, tmp_path, monkeypatch) as world:

        @settings(
            max_examples=EXAMPLES[store_kind], deadline=None, database=None, print_blob=True,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(drawn=rules(), declared=declarations(), seed=st.integers(0, 2**32))
        def days(drawn: Rules, declared: tuple[Declared, ...], seed: int) -> None:
            world.clock.stand_at(NOON_US)
            world.store.control.flushall()
            world.apps_clock.set_ahead(0)
            world.apps_clock.tell(world.service)
            played = Days(world, drawn, declared, Random(seed))
            played.play()
            played.end_day(0)
            played.play()
            if seed % 2:
                played.archive(1)
                played.play()
            played.end_day(1)
            played.play()
            played.check()

        days()

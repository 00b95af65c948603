"""Whatever is done to a board whose entries have fields, every read by them is the one that a plain Python board
gives: segments, sorted and filtered pages, ranks by fields, and the values that occur.

One drawn board an example; declarations change between its writes. Only what is new here is looked at: the whole
board after each write, and reads that name a field.
"""

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.model.field_reads import FieldReads, with_fields
from tests.model.field_values import declarations, field_parts, granted, likely_parts, sent, wishes
from tests.model.service_in_process import BoardCalls, Service, service_on
from tests.model.strategies import build, members, rules
from tests.model.test_board_model import IN_CI, placed
from tests.oracle import Overflow, Rules
from tests.oracle_fields import Declared, FieldSubmission, OracleFields
from tests.store_servers import StoreServer

EXAMPLES = {"valkey": 24 if IN_CI else 8, "redis": 6 if IN_CI else 3}
seeds = st.integers(0, 2**32)


class FieldsMachine(RuleBasedStateMachine):
    """A board of the service and the oracle's, given the same."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.service = service
        self.board: BoardCalls
        self.reads: FieldReads
        self.oracle: OracleFields
        self.written = True

    @initialize(drawn=rules(), declared=declarations(), seed=seeds)
    def define(self, drawn: Rules, declared: tuple[Declared, ...], seed: int) -> None:
        """A board with some entries: reads of an empty one can hardly go wrong."""
        self.oracle = OracleFields(drawn, declared)
        self.board = self.service.board({**drawn.body(), "fields": definition(declared)})
        self.reads = FieldReads(self.board, self.oracle, Random(seed))
        self.submit_array(seed)

    # writes

    def built(self, drawn: tuple[Any, ...]) -> FieldSubmission:
        part, wished = drawn
        plain = build(self.oracle.rules, *part)
        return FieldSubmission(**vars(plain), fields=granted(self.oracle.declared, wished))

    def body(self, submission: FieldSubmission, *, with_member: bool = True) -> dict[str, Any]:
        body = submission.body(with_member=with_member)
        if submission.fields is None:
            return body
        return {**body, "fields": sent(self.oracle.declared, submission.fields)}

    def submit_to_oracle(self, submission: FieldSubmission) -> dict[str, Any] | str:
        self.written = True
        try:
            return self.oracle.submit(submission)
        except Overflow:
            return "SCORE_OVERFLOW"

    @rule(seed=seeds)
    def submit_array(self, seed: int) -> None:
        submissions = [self.built(one) for one in likely_parts(Random(seed), 16)]
        answer = self.board.call("POST", "/scores", [self.body(submission) for submission in submissions])
        assert answer.status == 200, answer.body
        expected = [self.submit_to_oracle(submission) for submission in submissions]
        assert [item["code"] if "code" in item else placed(item) for item in answer.json] == expected

    @rule(drawn=field_parts)
    def submit_one(self, drawn: tuple[Any, ...]) -> None:
        submission = self.built(drawn)
        answer = self.board.call("POST", "/scores", self.body(submission))
        expected = self.submit_to_oracle(submission)
        assert (placed(answer.json) if answer.status == 200 else answer.code) == expected

    @rule(drawn=field_parts)
    def put(self, drawn: tuple[Any, ...]) -> None:
        submission = self.built(drawn)
        path = self.board.entry_path(submission.member)
        answer = self.board.call("PUT", path, self.body(submission, with_member=False))
        assert answer.status in (200, 201), answer.body
        assert placed(answer.json) == self.oracle.put(submission)
        self.written = True

    @rule(member=members, wished=wishes)
    def patch(self, member: str, wished: dict[str, Any]) -> None:
        given = granted(self.oracle.declared, wished) or {}
        body = {"fields": sent(self.oracle.declared, given)}
        answer = self.board.call("PATCH", self.board.entry_path(member), body)
        if member not in self.oracle.rows:
            assert (answer.status, answer.code) == (404, "ENTRY_NOT_FOUND")
            return
        assert answer.status == 200, answer.body
        self.oracle.patch_fields(member, given)
        self.written = True

    @rule(member=members)
    def remove(self, member: str) -> None:
        answer = self.board.call("DELETE", self.board.entry_path(member))
        assert answer.status == (204 if member in self.oracle.rows else 404), answer.body
        if member in self.oracle.rows:
            self.oracle.remove(member)
            self.written = True

    @rule(sure=st.integers(0, 9))
    def reset(self, sure: int) -> None:
        if sure == 0:
            assert self.board.call("POST", "/reset", {}).status < 300
            self.oracle.reset()
            self.written = True

    @rule(declared=declarations())
    def declare(self, declared: tuple[Declared, ...]) -> None:
        """A field that is taken off keeps its values; one changes its type, be it off meanwhile or not."""
        answer = self.board.call("PATCH", "", {"fields": definition(declared)})
        assert answer.status == 200, answer.body
        self.oracle.declare(declared)
        self.written = True

    @rule(style=st.sampled_from(["unique", "competition", "dense"]), update=st.sampled_from(["best", "latest", "sum"]))
    def edit_the_board(self, style: str, update: str) -> None:
        answer = self.board.call("PATCH", "", {"rank_style": style, "update": update})
        assert answer.status == 200, answer.body
        self.oracle.rules = replace(self.oracle.rules, rank_style=style, update=update)
        self.written = True

    # reads

    @invariant()
    def every_read_agrees(self) -> None:
        """The whole board after each write, and some of all the reads there are: chosen by chance of the example's
        own, since steps that hypothesis draws would be reads too seldom."""
        if not self.written or not hasattr(self, "board"):
            return
        page = self.board.page(limit=1000)
        assert with_fields(self.oracle.declared, page["entries"]) == self.oracle.shown_entries(self.oracle.entries())
        if segment := self.reads.some_value(only_segments=True):
            self.reads.segment(segment)
        for _ in range(2):
            self.reads.selection()
        self.reads.values()
        self.written = False


def definition(declared: tuple[Declared, ...]) -> list[dict[str, Any]]:
    return [one._asdict() for one in declared]


def test_every_read_by_a_field_is_that_of_a_plain_board(store: StoreServer, tmp_path: Path) -> None:
    profile = settings(
        max_examples=EXAMPLES[store.kind],
        stateful_step_count=20,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    with service_on(store.url, tmp_path) as service:
        run_state_machine_as_test(lambda: FieldsMachine(service), settings=profile)

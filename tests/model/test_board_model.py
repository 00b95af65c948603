"""Whatever is done to a board, every answer is the one that a plain Python board gives.

One drawn board an example; its steps write singly and in arrays and read by every way there is.
In CI 300 examples of 50 steps on Valkey, and some on Redis.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.model.service_in_process import BoardCalls, Service, service_on
from tests.model.strategies import ABSENT, MEMBERS, build, members, metadata, parts, rules, scores
from tests.oracle import OracleBoard, Overflow, Rules, Submission
from tests.store_servers import StoreServer

IN_CI = os.environ.get("CI", "").lower() == "true"
EXAMPLES = {"valkey": 300 if IN_CI else 40, "redis": 60 if IN_CI else 15}
SEEN = ("rank", "member", "score", "subscores", "metadata")
PLACED = ("member", "changed", "score", "subscores", "rank", "total", "previous_score", "previous_rank")
sizes = st.integers(1, 20)


def seen(entries: list[dict[str, Any]], *more: str) -> list[dict[str, Any]]:
    """What the oracle knows of answered entries; absent parts are None, absent subscores none."""
    return [
        {**{name: entry.get(name) for name in SEEN + more}, "subscores": entry.get("subscores") or {}}
        for entry in entries
    ]


def placed(answer: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: answer[name] for name in PLACED if name != "subscores"},
        "subscores": answer.get("subscores") or {},
    }


class BoardMachine(RuleBasedStateMachine):
    """A board of the service and the oracle's, given the same."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.service = service
        self.board: BoardCalls
        self.oracle: OracleBoard
        self.written = True

    @initialize(drawn=rules())
    def define(self, drawn: Rules) -> None:
        self.oracle = OracleBoard(drawn)
        self.board = self.service.board(drawn.body())

    def built(self, part: tuple[Any, ...]) -> Submission:
        return build(self.oracle.rules, *part)

    def submit_to_oracle(self, submission: Submission) -> dict[str, Any] | str:
        self.written = True
        try:
            return self.oracle.submit(submission)
        except Overflow:
            return "SCORE_OVERFLOW"

    @rule(part=parts)
    def submit_one(self, part: tuple[Any, ...]) -> None:
        submission = self.built(part)
        answer = self.board.call("POST", "/scores", submission.body())
        expected = self.submit_to_oracle(submission)
        if isinstance(expected, str):
            assert (answer.status, answer.code) == (422, expected)
        else:
            assert answer.status == 200, answer.body
            assert placed(answer.json) == expected

    @rule(several=st.lists(parts, min_size=1, max_size=7))
    def submit_array(self, several: list[tuple[Any, ...]]) -> None:
        submissions = [self.built(part) for part in several]
        answer = self.board.call("POST", "/scores", [submission.body() for submission in submissions])
        assert answer.status == 200, answer.body
        expected = [self.submit_to_oracle(submission) for submission in submissions]
        assert [item["code"] if "code" in item else placed(item) for item in answer.json] == expected

    @rule(part=parts)
    def put(self, part: tuple[Any, ...]) -> None:
        submission = self.built(part)
        path = self.board.entry_path(submission.member)
        answer = self.board.call("PUT", path, submission.body(with_member=False))
        assert answer.status in (200, 201), answer.body
        assert placed(answer.json) == self.oracle.put(submission)
        self.written = True

    @rule(member=members, given=metadata)
    def patch(self, member: str, given: Any) -> None:
        answer = self.board.call("PATCH", self.board.entry_path(member), {"metadata": given})
        if member not in self.oracle.rows:
            assert (answer.status, answer.code) == (404, "ENTRY_NOT_FOUND")
            return
        assert answer.status == 200, answer.body
        self.oracle.patch(member, given)
        self.written = True

    @rule(member=members)
    def remove(self, member: str) -> None:
        answer = self.board.call("DELETE", self.board.entry_path(member))
        if member not in self.oracle.rows:
            assert (answer.status, answer.code) == (404, "ENTRY_NOT_FOUND")
            return
        assert answer.status == 204, answer.body
        self.oracle.remove(member)
        self.written = True

    @rule(sure=st.integers(0, 9))
    def reset(self, sure: int) -> None:
        if sure == 0:
            answer = self.board.call("POST", "/reset", {})
            assert answer.status < 300, answer.body
            self.oracle.reset()
            self.written = True

    @rule(
        style=st.sampled_from(["unique", "competition", "dense"]),
        update=st.sampled_from(["best", "latest", "sum"]),
    )
    def edit_the_board(self, style: str, update: str) -> None:
        answer = self.board.call("PATCH", "", {"rank_style": style, "update": update})
        assert answer.status == 200, answer.body
        self.oracle.rules = replace(self.oracle.rules, rank_style=style, update=update)
        self.written = True

    @rule(member=members)
    def read_entry(self, member: str) -> None:
        answer = self.board.call("GET", self.board.entry_path(member))
        if member not in self.oracle.rows:
            assert (answer.status, answer.code) == (404, "ENTRY_NOT_FOUND")
            return
        assert seen([answer.json]) == [self.oracle.entry(member)]
        assert answer.json["total"] == len(self.oracle.rows)

    @rule(member=members, size=sizes)
    def read_around_member(self, member: str, size: int) -> None:
        answer = self.board.call("GET", self.board.entry_path(member) + "/around", size=size)
        if member not in self.oracle.rows:
            assert (answer.status, answer.code) == (404, "ENTRY_NOT_FOUND")
            return
        assert seen(answer.json["entries"]) == self.oracle.around(member, size)

    @rule(part=parts, size=sizes)
    def read_around_score(self, part: tuple[Any, ...], size: int) -> None:
        asked = self.built(part)
        query = {f"subscore.{name}": value for name, value in asked.subscores.items()}
        page = self.board.read("/around", score=asked.score, size=size, **query)
        rank, entries = self.oracle.around_value(self.oracle.value_of(asked), size)
        assert (page["rank"], seen(page["entries"])) == (rank, entries)

    @rule(asked=st.lists(st.sampled_from(MEMBERS + ABSENT), min_size=1, max_size=8, unique=True))
    def look_up(self, asked: list[str]) -> None:
        answer = self.board.call("POST", "/entries/lookup", {"members": asked})
        assert answer.status == 200, answer.body
        found, missing = self.oracle.lookup(asked)
        assert seen(answer.json["entries"], "position") == found
        assert sorted(answer.json["missing"]) == sorted(missing)

    @rule(
        ends=st.tuples(scores | st.none(), scores | st.none()),
        offset=st.integers(0, 3),
        limit=st.integers(1, 7),
    )
    def read_score_range(self, ends: tuple[int | None, int | None], offset: int, limit: int) -> None:
        if None not in ends:
            ends = (min(ends), max(ends))  # type: ignore[type-var]
        matches = self.oracle.between(*ends)
        page = self.board.page(score_min=ends[0], score_max=ends[1], offset=offset, limit=limit)
        assert seen(page["entries"]) == matches[offset : offset + limit]
        assert page["total"] == len(matches)
        walked, _ = self.board.walk(limit, score_min=ends[0], score_max=ends[1])
        assert seen([entry for page in walked for entry in page["entries"]]) == matches

    @rule(start=st.integers(1, 18), limit=st.integers(1, 7))
    def jump(self, start: int, limit: int) -> None:
        assert seen(self.board.page(rank=start, limit=limit)["entries"]) == self.oracle.from_rank(start)[:limit]
        by_offset = self.board.page(offset=start, limit=limit)
        assert seen(by_offset["entries"]) == self.oracle.entries()[start : start + limit]

    @rule(limit=st.integers(1, 7))
    def walk_both_ways(self, limit: int) -> None:
        expected = self.oracle.entries()
        down, up = self.board.walk(limit)
        assert seen([entry for page in down for entry in page["entries"]]) == expected
        assert seen([entry for page in reversed(up) for entry in page["entries"]]) == expected
        assert {page["total"] for page in down + up} == {len(expected)}

    @invariant()
    def the_whole_board_agrees(self) -> None:
        if self.written and hasattr(self, "board"):
            page = self.board.page(limit=1000)
            assert seen(page["entries"]) == self.oracle.entries()
            assert (page["total"], page["next"], page["prev"]) == (len(self.oracle.rows), None, None)
            self.written = False


def test_every_answer_is_that_of_a_plain_board(store: StoreServer, tmp_path: Path) -> None:
    profile = settings(
        max_examples=EXAMPLES[store.kind],
        stateful_step_count=50,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    with service_on(store.url, tmp_path) as service:
        run_state_machine_as_test(lambda: BoardMachine(service), settings=profile)

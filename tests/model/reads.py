"""Every way to read the entries of a period or of a span of days, held against the board it should be."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.model.few_members import MEMBERS, few_parts, members
from tests.model.service_in_process import BoardCalls
from tests.model.strategies import ABSENT, build
from tests.model.test_board_model import seen
from tests.oracle import OracleBoard, Rules

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Bounds = tuple[int | None, int | None]

# What a way of reading is asked with beside the period.
ways = st.one_of(
    st.tuples(st.just("pages"), st.integers(1, 5)),
    st.tuples(st.just("entry"), members),
    st.tuples(st.just("around"), members, st.integers(1, 8)),
    st.tuples(st.just("around_score"), few_parts, st.integers(1, 8)),
    st.tuples(st.just("stats")),
    st.tuples(st.just("lookup"), st.lists(st.sampled_from(MEMBERS + ABSENT), min_size=1, max_size=5, unique=True)),
)


class Target(NamedTuple):
    """What to ask for and what to find: the board, or the refusal where there is none.

    `bounds` None are not looked at. `movement_of` says how a member should have moved.
    """

    query: dict[str, str]
    type: str
    id: str
    bounds: Bounds | None
    board: OracleBoard | None
    movement_of: Callable[[str], dict[str, Any] | None] = lambda _: None
    refusal: tuple[int, str] = (404, "PERIOD_NOT_FOUND")


class Reads:
    """The reads of one board; each asserts that its answer is that of the target."""

    def __init__(self, calls: BoardCalls) -> None:
        self._calls = calls

    def whole(self, target: Target) -> None:
        """One page of everything."""
        if (page := self._read(target, "GET", "/entries", limit=1000)) is None:
            return
        assert target.board is not None
        assert seen(page["entries"]) == target.board.entries()
        assert (page["total"], page["next"], page["prev"]) == (len(target.board.rows), None, None)
        assert page["next_reset_at"] == page["period"]["ends_at"]

    def pages(self, target: Target, limit: int) -> None:
        """All pages down, and up again."""
        if target.board is None:
            self._read(target, "GET", "/entries", limit=limit)
            return
        expected = target.board.entries()
        down, up = self._calls.walk(limit, **target.query)
        assert seen([entry for page in down for entry in page["entries"]]) == expected
        assert seen([entry for page in reversed(up) for entry in page["entries"]]) == expected
        for page in down + up:
            _check_period(target, page)
            assert page["total"] == len(expected)

    def entry(self, target: Target, member: str) -> None:
        path = self._calls.entry_path(member)
        if (entry := self._read(target, "GET", path, member=member)) is not None:
            assert target.board is not None
            assert seen([entry], "total", "movement") == [
                {
                    **target.board.entry(member),
                    "total": len(target.board.rows),
                    "movement": target.movement_of(member),
                }
            ]

    def around(self, target: Target, member: str, size: int) -> None:
        path = self._calls.entry_path(member) + "/around"
        if (page := self._read(target, "GET", path, member=member, size=size)) is not None:
            assert target.board is not None
            assert seen(page["entries"]) == target.board.around(member, size)

    def around_score(self, target: Target, part: tuple[Any, ...], size: int) -> None:
        asked = build(target.board.rules if target.board else Rules(), *part)
        query = {f"subscore.{name}": value for name, value in asked.subscores.items()}
        page = self._read(target, "GET", "/around", score=asked.score, size=size, **query)
        if page is not None:
            assert target.board is not None
            rank, entries = target.board.around_value(target.board.value_of(asked), size)
            assert (page["rank"], seen(page["entries"])) == (rank, entries)

    def lookup(self, target: Target, asked: list[str]) -> None:
        found = self._read(target, "POST", "/entries/lookup", {"members": asked})
        if found is not None:
            assert target.board is not None
            entries, missing = target.board.lookup(asked)
            assert seen(found["entries"], "position") == entries
            assert sorted(found["missing"]) == sorted(missing)

    def stats(self, target: Target) -> None:
        if (stats := self._read(target, "GET", "/stats", steps=3)) is not None:
            assert target.board is not None
            scores = [row.value[0] for row in target.board.walk()]
            assert (stats["count"], stats["min"], stats["max"]) == (
                len(scores),
                min(scores, default=None),
                max(scores, default=None),
            )
            for step in stats["histogram"]:
                assert step["count"] == sum(step["from"] <= score <= step["to"] for score in scores)
            assert sum(step["count"] for step in stats["histogram"]) == len(scores)

    def _read(
        self, target: Target, method: str, path: str, body: Any = None, *, member: str | None = None, **query: Any
    ) -> Any:
        """The answer of a read, or None where it was refused and should be: no such period, or no such member."""
        answer = self._calls.call(method, path, body, **target.query, **query)
        if target.board is None:
            assert (answer.status, answer.code) == target.refusal, answer.body
            return None
        if member is not None and member not in target.board.rows:
            assert (answer.status, answer.code) == (404, "ENTRY_NOT_FOUND"), answer.body
            return None
        assert answer.status == 200, answer.body
        _check_period(target, answer.json)
        return answer.json


def _check_period(target: Target, answer: dict[str, Any]) -> None:
    period = answer["period"]
    assert (period["id"], period["type"]) == (target.id, target.type)
    if target.bounds is not None:
        assert (instant_us(period["starts_at"]), instant_us(period["ends_at"])) == target.bounds


def instant_us(text: str | None) -> int | None:
    """Microseconds since 1970 of RFC 3339 text."""
    return None if text is None else (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)

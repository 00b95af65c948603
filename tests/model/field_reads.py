"""Every way to read a board by the fields of its entries, held against the board it should be."""

import random
from typing import Any

from tests.model.field_values import VALUES, asked_text, one_taken, taken
from tests.model.service_in_process import BoardCalls
from tests.model.strategies import ABSENT, EDGES, MEMBERS, build
from tests.model.test_board_model import seen
from tests.oracle import Submission
from tests.oracle_fields import Asked, Declared, OracleFields


def with_fields(declared: dict[str, Declared], entries: list[dict[str, Any]], *more: str) -> list[dict[str, Any]]:
    """What the oracle knows of answered entries."""
    return [
        {**one, "fields": taken(declared, entry["fields"]), "field_ranks": entry.get("field_ranks", {})}
        for one, entry in zip(seen(entries, *more), entries, strict=True)
    ]


class FieldReads:
    """The reads of one board; each asserts that its answer is the oracle's. What is asked is up to `chance`."""

    def __init__(self, board: BoardCalls, oracle: OracleFields, chance: random.Random) -> None:
        self._board = board
        self._oracle = oracle
        self._chance = chance

    def some_value(self, *, only_segments: bool = False) -> tuple[str, Any] | None:
        """A field and a value of it, mostly one that occurs often."""
        declared = [one for one in self._oracle.declared.values() if one.segment or not only_segments]
        if not declared:
            return None
        one = self._chance.choice(declared)
        occurring = [value for value, count in self._oracle.occurring(one.name) for _ in range(count)]
        return one.name, self._chance.choice(occurring * 4 + VALUES[one.type])

    def segment(self, segment: tuple[str, Any]) -> None:
        """Every way to read a segment."""
        asked, size = Asked(segment), self._chance.randrange(1, 9)
        some = [asked, asked._replace(score_min=self._some_score()), asked._replace(score_max=self._some_score())]
        for one in some:
            self.both_ways(one, self._chance.randrange(2, 8))
            self.from_offset(one, self._chance.randrange(6), size)
            self.from_rank(one, self._chance.randrange(1, 9), size)
        for member in self._chance.sample(MEMBERS, 2):
            self.entry(segment, member)
            self.around(segment, member, size)
        numbers = [self._some_score() for _ in range(5)]
        part = (MEMBERS[0], numbers, self._chance.randrange(16), None)
        self.around_score(segment, build(self._oracle.rules, *part), size)
        self.lookup(segment, self._chance.sample(MEMBERS + ABSENT, 6))

    def selection(self) -> None:
        """A page by any of segment, sort, filters and a range of scores that go together."""
        segment = self.some_value(only_segments=True) if self._chance.random() < 1 / 2 else None
        drawn = [self.some_value() for _ in range(self._chance.randrange(3))]
        filters = dict(one for one in drawn if one and one[0] != (segment or ("",))[0])
        asked = Asked(segment, tuple(filters.items()))
        if self._chance.random() < 2 / 3:
            sort, is_greatest_first = self._chance.choice(list(self._oracle.declared)), self._chance.random() < 1 / 2
            asked = asked._replace(sort=sort, is_greatest_first=is_greatest_first)
        elif self._chance.random() < 1 / 2:
            asked = asked._replace(score_min=self._some_score())
        if asked.wanted or asked.sort:
            self.both_ways(asked, self._chance.randrange(2, 6))
            self.from_offset(asked, self._chance.randrange(6), self._chance.randrange(1, 6))

    def _some_score(self) -> int:
        """One that stands, mostly."""
        return self._chance.choice([row.value[0] for row in self._oracle.rows.values()] * 3 + EDGES)

    def both_ways(self, asked: Asked, limit: int) -> None:
        """All pages down and up again: every match once. Where rows are tried, pages may be short."""
        expected = self._oracle.page(asked)
        down, up = self._board.walk(limit, **self._query(asked))
        assert self._seen([entry for page in down for entry in page["entries"]]) == expected
        assert self._seen([entry for page in reversed(up) for entry in page["entries"]]) == expected
        total = len(expected) if asked.has_known_total else None
        assert {page["total"] for page in down + up} == {total}
        if asked.has_known_total:
            assert all(len(page["entries"]) == limit for page in down[:-1])

    def from_offset(self, asked: Asked, offset: int, limit: int) -> None:
        if asked.has_known_total:
            page = self._board.page(limit=limit, offset=offset, **self._query(asked))
            assert self._seen(page["entries"]) == self._oracle.page(asked)[offset : offset + limit]

    def from_rank(self, asked: Asked, rank: int, limit: int) -> None:
        """From the first entry of a segment whose rank is at least so great."""
        page = self._board.page(limit=limit, rank=rank, **self._query(asked))
        expected = [entry for entry in self._oracle.page(asked) if entry["rank"] >= rank]
        assert self._seen(page["entries"]) == expected[:limit]
        assert page["total"] == len(self._oracle.page(asked))

    def entry(self, segment: tuple[str, Any], member: str) -> None:
        own = self._oracle.segment(*segment)
        answer = self._board.call("GET", self._board.entry_path(member), segment=self._text(segment))
        if member not in own.rows:
            assert (answer.status, answer.code) == (404, "ENTRY_NOT_FOUND"), answer.body
            return
        assert self._seen([answer.json]) == self._oracle.shown_entries([own.entry(member)])
        assert answer.json["total"] == len(own.rows)

    def around(self, segment: tuple[str, Any], member: str, size: int) -> None:
        own = self._oracle.segment(*segment)
        path = self._board.entry_path(member) + "/around"
        answer = self._board.call("GET", path, segment=self._text(segment), size=size)
        if member not in own.rows:
            assert (answer.status, answer.code) == (404, "ENTRY_NOT_FOUND"), answer.body
            return
        assert self._seen(answer.json["entries"]) == self._oracle.shown_entries(own.around(member, size))
        assert answer.json["total"] == len(own.rows)

    def around_score(self, segment: tuple[str, Any], submission: Submission, size: int) -> None:
        own = self._oracle.segment(*segment)
        query = {f"subscore.{name}": value for name, value in submission.subscores.items()}
        text = self._text(segment)
        page = self._board.read("/around", score=submission.score, size=size, segment=text, **query)
        rank, entries = own.around_value(own.value_of(submission), size)
        assert (page["rank"], self._seen(page["entries"])) == (rank, self._oracle.shown_entries(entries))

    def lookup(self, segment: tuple[str, Any], members: list[str]) -> None:
        own = self._oracle.segment(*segment)
        answer = self._board.call("POST", "/entries/lookup", {"members": members}, segment=self._text(segment))
        assert answer.status == 200, answer.body
        found, missing = own.lookup(members)
        assert self._seen(answer.json["entries"], "position") == self._oracle.shown_entries(found)
        assert sorted(answer.json["missing"]) == sorted(missing)

    def values(self) -> None:
        """All pages of each field's values."""
        for field in self._oracle.declared.values():
            path, limit = f"/fields/{field.name}/values", self._chance.randrange(1, 6)
            pages = [self._board.read(path, limit=limit)]
            while pages[-1]["next"] is not None:
                assert len(pages[-1]["values"]) == limit
                pages.append(self._board.read(path, limit=limit, cursor=pages[-1]["next"]))
            found = [(one_taken(field, one["value"]), one["count"]) for page in pages for one in page["values"]]
            assert found == self._oracle.occurring(field.name)

    def _seen(self, entries: list[dict[str, Any]], *more: str) -> list[dict[str, Any]]:
        return with_fields(self._oracle.declared, entries, *more)

    def _text(self, value: tuple[str, Any]) -> str:
        return asked_text(self._oracle.declared, *value)

    def _query(self, asked: Asked) -> dict[str, Any]:
        sign = "-" if asked.is_greatest_first else ""
        return {
            "segment": self._text(asked.segment) if asked.segment else None,
            "filter": [self._text(one) for one in asked.filters],
            "sort": None if asked.sort is None else sign + asked.sort,
            "score_min": asked.score_min,
            "score_max": asked.score_max,
        }

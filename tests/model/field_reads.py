"""Every way to read a board by the fields of its entries, held against the board it should be."""

from typing import Any

from tests.model.field_values import asked_text, one_taken, taken
from tests.model.service_in_process import BoardCalls
from tests.model.test_board_model import seen
from tests.oracle_fields import Asked, Declared, FieldSubmission, OracleFields


def with_fields(declared: dict[str, Declared], entries: list[dict[str, Any]], *more: str) -> list[dict[str, Any]]:
    """What the oracle knows of answered entries."""
    return [
        {**one, "fields": taken(declared, entry["fields"]), "field_ranks": entry.get("field_ranks", {})}
        for one, entry in zip(seen(entries, *more), entries, strict=True)
    ]


class FieldReads:
    """The reads of one board; each asserts that its answer is the oracle's."""

    def __init__(self, board: BoardCalls, oracle: OracleFields) -> None:
        self._board = board
        self._oracle = oracle

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

    def around_score(self, segment: tuple[str, Any], submission: FieldSubmission, size: int) -> None:
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

    def values(self, field: Declared, limit: int) -> None:
        """All pages of a field's values."""
        path, found = f"/fields/{field.name}/values", []
        page = self._board.read(path, limit=limit)
        found += page["values"]
        while page["next"] is not None:
            assert len(page["values"]) == limit
            page = self._board.read(path, limit=limit, cursor=page["next"])
            found += page["values"]
        listed = [(one_taken(field, one["value"]), one["count"]) for one in found]
        assert listed == self._oracle.occurring(field.name)

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

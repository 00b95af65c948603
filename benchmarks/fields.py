"""What does a submission cost that has two segments and one ranked field, against one without fields?

Boards without fields and boards with them, of each rule and as large, get the same scores round about, one in every
call. Compared are the store's time in the script and the CPU time of its main thread, each the least of the rounds:
what other programs on the machine do only adds to it.
"""

import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import orjson

from benchmarks.figures import Figure
from benchmarks.periods import Cost, anything, cost, newcomers, standing
from benchmarks.service import SEED, Service, own_service
from rankd.bench.loading import load
from rankd.bench.target import Target
from rankd.bench.workloads import Row, first_scores, members

ENTRIES = 5_000
LIMIT_RATIO = 2.5
_ROUNDS = 9
_BOARDS = 4  # of each kind, so that the store has more than one call to do when it wakes
_FIELDS = [
    {"name": "land", "segment": True},
    {"name": "class", "segment": True},
    {"name": "time_ms", "type": "integer", "rank": "asc"},
]
_LANDS = ["AR", "BR", "DE", "ES", "FR", "GB", "IN", "JP", "KR", "US"]


class Case(NamedTuple):
    """Submissions of one kind to boards of one rule; `moves` says whether standing values change with them."""

    name: str
    update: str
    rows: Callable[[list[str], int], Iterator[Row]]
    moves: bool = False


CASES = (
    Case("best, new", "best", newcomers),
    Case("best, better, same values", "best", partial(standing, least=1, most=10_000_000)),
    Case("best, better, other values", "best", partial(standing, least=1, most=10_000_000), moves=True),
    Case("best, not better", "best", partial(standing, least=-1_000, most=0)),
    Case("sum, standing, same values", "sum", anything),
    Case("sum, standing, other values", "sum", anything, moves=True),
    Case("latest, new", "latest", newcomers),
    Case("latest, standing, other values", "latest", anything, moves=True),
)


def measure(entries: int = ENTRIES) -> list[Figure]:
    """Takes about two minutes."""
    ids = members(entries, SEED)
    with own_service() as service:
        sources = {
            (case.name, has_fields): [
                _submissions(service, case, ids, number, has_fields=has_fields) for number in range(_BOARDS)
            ]
            for case in CASES
            for has_fields in (False, True)
        }
        rounds = [{name: cost(service, requests) for name, requests in sources.items()} for _ in range(_ROUNDS)]
    figures = [Figure("entries a board", entries, "")]
    for case in CASES:
        figures += _figures(case.name, [(costs[case.name, False], costs[case.name, True]) for costs in rounds])
    return figures


def _submissions(service: Service, case: Case, ids: list[str], number: int, *, has_fields: bool) -> Iterator[bytes]:
    """What is sent to a new board."""
    board = _board(service, ids, case, has_fields)
    chance = random.Random(SEED + number) if case.moves else None
    return _requests(service.target, board, case.rows(ids, number), chance, has_fields)


def _board(service: Service, ids: list[str], case: Case, has_fields: bool) -> str:
    """A board with an entry a member, which has all fields where there are any."""
    board = service.server.make_board()
    settings = {"update": case.update, "fields": _FIELDS if has_fields else []}
    service.server.call("PATCH", f"/v1/boards/{board}", json=settings)
    load(service.runner, service.target, board, first_scores(ids, SEED))
    if has_fields:
        scores = dict(first_scores(ids, SEED))
        for first in range(0, len(ids), 1000):
            rows: list[dict[str, Any]] = [
                {"member": member, "score": 0 if case.update == "sum" else scores[member], "fields": _values(member)}
                for member in ids[first : first + 1000]
            ]
            if case.update == "best":
                rows = [{**row, "score": row["score"] + 1} for row in rows]
            service.server.call("POST", f"/v1/boards/{board}/scores", json=rows)
    return board


def _values(member: str, chance: random.Random | None = None) -> dict[str, Any]:
    """A member's own values, or others."""
    drawn = chance or random.Random(member)
    return {"land": drawn.choice(_LANDS), "class": f"class {drawn.randrange(4)}", "time_ms": drawn.randrange(100_000)}


def _requests(
    target: Target, board: str, rows: Iterator[Row], chance: random.Random | None, has_fields: bool
) -> Iterator[bytes]:
    for member, score in rows:
        body = {"member": member, "score": score} | ({"fields": _values(member, chance)} if has_fields else {})
        yield target.request("POST", f"/v1/boards/{board}/scores", orjson.dumps(body))


def _figures(name: str, rounds: list[tuple[Cost, Cost]]) -> list[Figure]:
    plain, fields = (Cost(*map(min, zip(*costs, strict=True))) for costs in zip(*rounds, strict=True))
    return [
        Figure(f"{name}: script time without fields", plain.script_us, "us"),
        Figure(f"{name}: commands of the script without fields", plain.commands, ""),
        Figure(f"{name}: commands of the script with fields", fields.commands, ""),
        Figure(f"{name}: script time, with / without", fields.script_us / plain.script_us, "x", LIMIT_RATIO),
        Figure(f"{name}: CPU of the store, with / without", fields.cpu_us / plain.cpu_us, "x", LIMIT_RATIO),
    ]

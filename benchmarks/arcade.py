"""What does a submission cost on an arcade board that keeps ten entries a member, against one on a plain board?

Members that have their ten entries, and on plain boards their one, send scores, one in every call: the best so far, so
that the worst of the ten leaves, or one that is worse than all of them. Compared as in `fields`, with as many entries.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from benchmarks.figures import Figure
from benchmarks.periods import Cost, cost, standing
from benchmarks.service import SEED, Service, own_service
from rankd.bench.loading import load
from rankd.bench.workloads import Row, first_scores, members, submit_request

ENTRIES = 10_000
LIMIT_RATIO = 2.5
CAP = 10
_ROUNDS = 9
_BOARDS = 4  # of each kind, so that the store has more than one call to do when it wakes
_ROWS_A_CALL = 1000


class Case(NamedTuple):
    """Submissions of one kind, and the rule of the plain boards that they are compared on."""

    name: str
    update: str
    rows: Callable[[list[str], int], Iterator[Row]]


CASES = (
    Case("kept, the worst leaves", "latest", partial(standing, least=1, most=1_000)),
    Case("not kept", "best", partial(standing, least=-1_000, most=0)),
)


def measure(entries: int = ENTRIES) -> list[Figure]:
    """Takes about a minute."""
    ids = members(entries, SEED)
    with own_service() as service:
        sources = {
            (case.name, is_arcade): [
                _submissions(service, case, ids, number, is_arcade=is_arcade) for number in range(_BOARDS)
            ]
            for case in CASES
            for is_arcade in (False, True)
        }
        rounds = [{name: cost(service, requests) for name, requests in sources.items()} for _ in range(_ROUNDS)]
    figures = [Figure("entries a board", entries, "")]
    for case in CASES:
        figures += _figures(case.name, [(costs[case.name, False], costs[case.name, True]) for costs in rounds])
    return figures


def _submissions(service: Service, case: Case, ids: list[str], number: int, *, is_arcade: bool) -> Iterator[bytes]:
    """What is sent to a new board."""
    board = service.server.make_board()
    if is_arcade:
        ids = ids[: len(ids) // CAP]
        service.server.call("PATCH", f"/v1/boards/{board}", json={"unique": False, "entries_per_member": CAP})
        _fill(service, board, ids)
    else:
        service.server.call("PATCH", f"/v1/boards/{board}", json={"update": case.update})
        load(service.runner, service.target, board, first_scores(ids, SEED))
    return (submit_request(service.target, board, row) for row in case.rows(ids, number))


def _fill(service: Service, board: str, ids: list[str]) -> None:
    """Gives each member as many entries as it may have, the best of them its first score."""
    rows: list[dict[str, Any]] = [
        {"member": member, "score": score - less} for member, score in first_scores(ids, SEED) for less in range(CAP)
    ]
    for first in range(0, len(rows), _ROWS_A_CALL):
        service.server.call("POST", f"/v1/boards/{board}/scores", json=rows[first : first + _ROWS_A_CALL])


def _figures(name: str, rounds: list[tuple[Cost, Cost]]) -> list[Figure]:
    plain, arcade = (Cost(*map(min, zip(*costs, strict=True))) for costs in zip(*rounds, strict=True))
    return [
        Figure(f"{name}: script time on a plain board", plain.script_us, "us"),
        Figure(f"{name}: commands of the script on a plain board", plain.commands, ""),
        Figure(f"{name}: commands of the script on an arcade board", arcade.commands, ""),
        Figure(f"{name}: script time, arcade / plain", arcade.script_us / plain.script_us, "x", LIMIT_RATIO),
        Figure(f"{name}: CPU of the store, arcade / plain", arcade.cpu_us / plain.cpu_us, "x", LIMIT_RATIO),
    ]

"""What does a submission cost that lands in four periods, against one that lands in one?

Boards of `all` and boards of `all`, `daily`, `weekly` and `monthly`, of each rule, get the same submissions round
about, one in every call. Compared are the CPU time of the store's main thread and its time in the script, each
the least of the rounds: what other programs on the machine do only adds to it.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from benchmarks.figures import Figure
from benchmarks.service import SEED, Service, own_service
from rankd.bench.driver import Pace, drive
from rankd.bench.figures import BenchFailed
from rankd.bench.loading import load
from rankd.bench.workloads import Row, first_scores, members, submit_request

ENTRIES = 5_000
LIMIT_RATIO = 2.2
ONE = ("all",)
FOUR = ("all", "daily", "weekly", "monthly")
_ROUNDS = 9
_WARMUP = Pace(concurrency=1, seconds=0.1)
_PACE = Pace(concurrency=1, seconds=0.5)
_BOARDS = 4  # of each kind, so that the store has more than one call to do when it wakes
_NEWCOMERS = 1 << 20
_OWN = ("cmdstat_config", "cmdstat_info", "cmdstat_eval", "cmdstat_evalsha")
_STRAY_CALLS = 20  # of rankd itself, that looks for periods to close


class Cost(NamedTuple):
    """Of a submission, in the store."""

    cpu_us: float
    script_us: float
    commands: float


class Case(NamedTuple):
    """Submissions of one kind to boards of one rule."""

    name: str
    update: str
    rows: Callable[[list[str], int], Iterator[Row]]


def measure(entries: int = ENTRIES) -> list[Figure]:
    """Takes about two minutes."""
    ids = members(entries, SEED)
    with own_service() as service:
        boards = {
            (update, types): [_board(service, ids, update, types) for _ in range(_BOARDS)]
            for update in ("best", "sum", "latest")
            for types in (ONE, FOUR)
        }
        sources = {
            (case.name, types): [_requests(service, case, ids, number, board) for number, board in enumerate(found)]
            for case in CASES
            for (update, types), found in boards.items()
            if update == case.update
        }
        rounds = [{name: cost(service, requests) for name, requests in sources.items()} for _ in range(_ROUNDS)]
    figures = [Figure("entries a board", entries, "")]
    for case in CASES:
        figures += _figures(case.name, [(costs[case.name, ONE], costs[case.name, FOUR]) for costs in rounds])
    return figures


def _board(service: Service, ids: list[str], update: str, types: tuple[str, ...]) -> str:
    board = service.server.make_board()
    settings = {"update": update, "periods": [{"type": kind} for kind in types]}
    service.server.call("PATCH", f"/v1/boards/{board}", json=settings)
    load(service.runner, service.target, board, first_scores(ids, SEED))
    return board


def _requests(service: Service, case: Case, ids: list[str], number: int, board: str) -> Iterator[bytes]:
    return (submit_request(service.target, board, row) for row in case.rows(ids, number))


def cost(service: Service, sources: list[Iterator[bytes]]) -> Cost:
    """One round: one request under way to each board, so that no two travel in one call."""
    service.runner.run(_all(service, sources, _WARMUP))
    service.store.config_resetstat()
    before_s = _main_thread_s(service)
    sent = service.runner.run(_all(service, sources, _PACE))
    cpu_s = _main_thread_s(service) - before_s
    stats = service.info("commandstats")
    scripts = [of for name, of in stats.items() if name.startswith("cmdstat_eval")]
    calls = sum(of["calls"] for of in scripts)
    if not sent <= calls <= sent + 2 * len(sources) + _STRAY_CALLS:
        raise BenchFailed(f"{sent} submissions went in {calls} calls; each was to be alone in its own.")
    inside = sum(of["calls"] for name, of in stats.items() if not name.startswith(_OWN))
    return Cost(cpu_s * 1e6 / calls, sum(of["usec"] for of in scripts) / calls, inside / calls)


async def _all(service: Service, sources: list[Iterator[bytes]], pace: Pace) -> int:
    samples = await asyncio.gather(*(drive(service.target, requests, pace) for requests in sources))
    if errors := [sample.errors for sample in samples if sample.errors]:
        raise BenchFailed(f"Submitting met errors: {dict(errors[0])}")
    return sum(len(sample.latencies_s) for sample in samples)


def _main_thread_s(service: Service) -> float:
    cpu = service.info("cpu")
    return float(cpu["used_cpu_user_main_thread"] + cpu["used_cpu_sys_main_thread"])


def _figures(name: str, rounds: list[tuple[Cost, Cost]]) -> list[Figure]:
    one, four = (Cost(*map(min, zip(*costs, strict=True))) for costs in zip(*rounds, strict=True))
    return [
        Figure(f"{name}: commands of the script, 1 period", round(one.commands), ""),
        Figure(f"{name}: commands of the script, 4 periods", round(four.commands), ""),
        Figure(f"{name}: CPU of the store, 1 period", one.cpu_us, "us"),
        Figure(f"{name}: CPU of the store, 4 periods", four.cpu_us, "us"),
        Figure(f"{name}: script time, 4 / 1", four.script_us / one.script_us, "x", LIMIT_RATIO),
        Figure(f"{name}: CPU of the store, 4 / 1", four.cpu_us / one.cpu_us, "x", LIMIT_RATIO),
    ]


def newcomers(_: list[str], number: int) -> Iterator[Row]:
    drawn = random.Random(SEED + number)
    for part in range(_NEWCOMERS):
        for member in members(100, SEED + 1000 * (number + 1) + part):
            yield member, drawn.randrange(1_000_000_000)


def standing(ids: list[str], number: int, *, least: int, most: int) -> Iterator[Row]:
    """Members that are there, each time with their last score and a random number more."""
    drawn, scores = random.Random(SEED + number), dict(first_scores(ids, SEED))
    while True:
        member = drawn.choice(ids)
        scores[member] += drawn.randrange(least, most)
        yield member, scores[member]


def anything(ids: list[str], number: int) -> Iterator[Row]:
    drawn = random.Random(SEED + number)
    while True:
        yield drawn.choice(ids), drawn.randrange(1_000_000_000)


CASES = (
    Case("best, new", "best", newcomers),
    Case("best, better", "best", partial(standing, least=1, most=10_000_000)),
    Case("best, not better", "best", partial(standing, least=-1_000, most=0)),
    Case("sum, new", "sum", newcomers),
    Case("sum, standing", "sum", anything),
    Case("latest, new", "latest", newcomers),
    Case("latest, standing", "latest", anything),
)

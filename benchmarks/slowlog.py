"""Does anything hold the store for long on a board of a million entries?

Loads the board, puts mixed work on it (submissions, arrays, ranks, pages anywhere, neighbours, lookups),
resets and drops it, and lists every command that took the store more than 5 ms.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import cycle

import orjson

from benchmarks.figures import Figure
from benchmarks.service import SEED, Service, own_service
from rankd.bench.driver import Pace, drive
from rankd.bench.figures import BenchFailed
from rankd.bench.target import Target
from rankd.bench.workloads import BATCH_ROWS, arrays, batch_request, members, rows, submit_request

ENTRIES = 1_000_000
SLOW_US = 5000
_PACE = Pace(concurrency=32, seconds=15.0, warmup_s=0.0)
_ROUND = ("submit",) * 12 + ("rank",) * 12 + ("top", "around") * 4 + ("page", "score", "lookup", "near") * 2
_ROUNDS = 250
_OWN = (b"INFO", b"CONFIG", b"SLOWLOG", b"SCAN", b"MEMORY")


def measure(entries: int = ENTRIES) -> list[Figure]:
    """Takes about a minute, most of it loading."""
    ids = members(entries, SEED)
    with own_service() as service:
        service.store.config_set("slowlog-log-slower-than", SLOW_US)
        service.store.config_set("slowlog-max-len", 1000)
        figures = [Figure("entries", entries, "")]
        board = service.loaded_board(ids)
        figures += _slow(service, "loading in arrays of 1000")
        figures += _mixed(service, board, ids)
        service.server.call("POST", f"/v1/boards/{board}/reset", json={})
        service.server.drop_board(board)
        figures += _slow(service, "reset and drop")
    return figures


def _mixed(service: Service, board: str, ids: Sequence[str]) -> list[Figure]:
    requests = list(_requests(service.target, board, ids))
    sample = service.runner.run(drive(service.target, cycle(requests), _PACE, counts_items=True))
    if sample.errors:
        raise BenchFailed(f"The mixed work met errors: {dict(sample.errors)}")
    sent = Figure("requests of mixed work", len(sample.latencies_s), "")
    slowest = Figure("slowest request over HTTP", max(sample.latencies_s) * 1000, "ms")
    return [sent, slowest, *_slow(service, "mixed work")]


def _requests(target: Target, board: str, ids: Sequence[str]) -> Iterator[bytes]:
    """The mix, in a fixed random order: 40 single requests, then now and then an array."""
    drawn = random.Random(SEED)  # noqa: S311
    source = rows(ids[:100_000], SEED)
    batches = arrays(source)
    for number in range(_ROUNDS):
        for kind in drawn.sample(_ROUND, len(_ROUND)):
            yield (
                submit_request(target, board, next(source))
                if kind == "submit"
                else _read(target, board, kind, drawn, ids)
            )
        if number % 5 == 0:
            yield batch_request(target, board, next(batches))


def _read(target: Target, board: str, kind: str, drawn: random.Random, ids: Sequence[str]) -> bytes:
    path = f"/v1/boards/{board}"
    member = drawn.choice(ids)
    if kind == "lookup":
        body = orjson.dumps({"members": drawn.sample(ids, min(len(ids), BATCH_ROWS))})
        return target.request("POST", f"{path}/entries/lookup", body)
    paths = {
        "rank": f"{path}/entries/{member}",
        "around": f"{path}/entries/{member}/around?size=11",
        "top": f"{path}/entries?limit=100",
        "page": f"{path}/entries?limit=1000&offset={drawn.randrange(len(ids))}",
        "score": f"{path}/entries?limit=100&score_max={drawn.randrange(1_000_000_000)}",
        "near": f"{path}/around?score={drawn.randrange(1_000_000_000)}&size=11",
    }
    return target.request("GET", paths[kind])


def _slow(service: Service, phase: str) -> list[Figure]:
    """What the slow log holds of the phase; empties it."""
    found = [entry for entry in service.store.slowlog_get(1000) if not entry["command"].startswith(_OWN)]
    service.store.slowlog_reset()
    count = Figure(f"{phase}: commands over {SLOW_US / 1000:g} ms", len(found), "", 0)
    worst = sorted(found, key=lambda entry: -int(entry["duration"]))[:5]
    return [
        count,
        *(Figure(f"  {_said(entry['command'])}", entry["duration"] / 1000, "ms") for entry in worst),
    ]


def _said(command: bytes) -> str:
    return command[:60].decode(errors="backslashreplace").replace("[", "\\[")

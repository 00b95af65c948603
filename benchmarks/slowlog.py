"""Does anything hold the store for long on a board of a million entries?

Loads the board, puts mixed work on it (submissions, arrays, ranks, pages anywhere, neighbours, lookups), resets
and drops it, and counts the commands that took the store more than 5 ms. That is wall time: on a busy machine a
command that lost its core counts too. So each kind of request is also sent alone, and the median of its longest
command given, which other programs move little.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import cycle
from statistics import median

import orjson

from benchmarks.figures import Figure
from benchmarks.service import SEED, Service, own_service
from rankd.bench.driver import Pace, drive
from rankd.bench.figures import BenchFailed
from rankd.bench.target import Target
from rankd.bench.workloads import BATCH_ROWS, Row, arrays, batch_request, members, rows, submit_request

ENTRIES = 1_000_000
SLOW_US = 5000
_KEPT = 20_000
_PACE = Pace(concurrency=32, seconds=15.0)
_KINDS = ("submit", "array", "rank", "top", "around", "page", "score", "near", "lookup")
_ROUND = ("submit", "rank") * 12 + ("top", "around") * 4 + ("page", "score", "lookup", "near") * 2
_ROUNDS = 250
_ALONE = 40
_OWN = (b"INFO", b"CONFIG", b"SLOWLOG")


def measure(entries: int = ENTRIES) -> list[Figure]:
    """Takes about a minute and a half, most of it loading."""
    ids = members(entries, SEED)
    figures = [Figure("entries", entries, "")]
    with own_service() as service:
        service.store.config_set("slowlog-max-len", _KEPT)
        service.store.config_set("slowlog-log-slower-than", SLOW_US)
        board = service.loaded_board(ids)
        figures += _slow(service, "loading in arrays of 1000")
        mix = Mix(service.target, board, ids)
        figures += _mixed(service, mix)
        figures += _alone(service, mix)
        service.server.call("POST", f"/v1/boards/{board}/reset", json={})
        service.server.drop_board(board)
        figures += _slow(service, "reset and drop")
    return figures


class Mix:
    """Requests of every kind, in an order that follows from the seed."""

    def __init__(self, target: Target, board: str, ids: Sequence[str]) -> None:
        self._target, self._board, self._ids = target, board, ids
        self._drawn = random.Random(SEED)
        self._rows: Iterator[Row] = rows(ids[:100_000], SEED)
        self._arrays = arrays(self._rows)

    def all_kinds(self) -> Iterator[bytes]:
        """Rounds of 40 single requests, and now and then an array."""
        for number in range(_ROUNDS):
            for kind in self._drawn.sample(_ROUND, len(_ROUND)):
                yield self.request(kind)
            if number % 5 == 0:
                yield self.request("array")

    def request(self, kind: str) -> bytes:
        target, board = self._target, self._board
        if kind == "submit":
            return submit_request(target, board, next(self._rows))
        if kind == "array":
            return batch_request(target, board, next(self._arrays))
        path = f"/v1/boards/{board}"
        if kind == "lookup":
            asked = self._drawn.sample(self._ids, min(len(self._ids), BATCH_ROWS))
            return target.request("POST", f"{path}/entries/lookup", orjson.dumps({"members": asked}))
        member, score = self._drawn.choice(self._ids), self._drawn.randrange(1_000_000_000)
        paths = {
            "rank": f"/entries/{member}",
            "around": f"/entries/{member}/around?size=11",
            "top": "/entries?limit=100",
            "page": f"/entries?limit=1000&offset={self._drawn.randrange(len(self._ids))}",
            "score": f"/entries?limit=100&score_max={score}",
            "near": f"/around?score={score}&size=11",
        }
        return target.request("GET", path + paths[kind])


def _mixed(service: Service, mix: Mix) -> list[Figure]:
    requests = cycle(list(mix.all_kinds()))
    sample = service.runner.run(drive(service.target, requests, _PACE))
    if sample.errors:
        raise BenchFailed(f"The mixed work met errors: {dict(sample.errors)}")
    sent = Figure("requests of mixed work", len(sample.latencies_s), "")
    slowest = Figure("slowest request over HTTP", max(sample.latencies_s) * 1000, "ms")
    return [sent, slowest, *_slow(service, "mixed work")]


def _alone(service: Service, mix: Mix) -> list[Figure]:
    """Each kind by itself, one request at a time. (Logging every command would slow down the scripts.)"""
    figures = []
    for kind in _KINDS:
        longest = median(longest_ms(service, mix.request(kind)) for _ in range(_ALONE))
        figures.append(Figure(f"{kind} alone: its longest command, median", longest, "ms", SLOW_US / 1000))
    service.store.slowlog_reset()
    return figures


def longest_ms(service: Service, request: bytes) -> float:
    """The mean time of the kind of command that took longest, of those that one request caused."""
    service.store.config_resetstat()
    service.server.check(request)
    stats = service.info("commandstats")
    return (
        max(
            float(of["usec_per_call"])
            for name, of in stats.items()
            if not name.startswith(("cmdstat_config", "cmdstat_info", "cmdstat_slowlog"))
        )
        / 1000
    )


def _slow(service: Service, phase: str) -> list[Figure]:
    """What the slow log holds of the phase; empties it."""
    found = _durations(service)
    service.store.slowlog_reset()
    total = sum(len(durations) for durations in found.values())
    return [
        Figure(f"{phase}: commands over {SLOW_US / 1000:g} ms", total, "", 0),
        *(
            Figure(f"  {name} x{len(durations)}, median", median(durations), "ms")
            for name, durations in sorted(found.items(), key=lambda item: -len(item[1]))
        ),
    ]


def _durations(service: Service) -> dict[str, list[float]]:
    """Milliseconds of the logged commands but our own, by command; a script by the start of its digest."""
    found = defaultdict(list)
    for entry in service.store.slowlog_get(_KEPT):
        words = entry["command"].split(b" ", 2)
        if words[0] not in _OWN:
            name = b" ".join(words[:2])[:16] if words[0].startswith(b"EVAL") else words[0]
            found[name.decode(errors="replace").split("\n")[0]].append(entry["duration"] / 1000)
    return found

"""What does it take to export a board of a million entries while it is written to?

Top pages are read at a steady rate and 2,000 entries a second are written in arrays of 20, first alone, then while
one client takes the whole board as NDJSON. Every second member never moves: of these none may be missing or there
twice. The store's log of slow commands says how long a step of the walk was; that is wall time, so a busy machine
adds to it.
"""

import asyncio
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure
from benchmarks.ranges import resident_bytes
from benchmarks.service import SEED, Service, own_service
from benchmarks.slowlog import longest_ms
from benchmarks.steady import Stream
from rankd.bench.figures import BenchFailed
from rankd.bench.target import Target
from rankd.bench.workloads import batch_request, members, rows
from rankd.service.exports import ROWS_A_STEP
from rankd.store.scripts import load

ENTRIES = 1_000_000
LIMIT_MIB = 50.0
LIMIT_MS = 5.0
_READS_PER_S = 50
_ARRAYS_PER_S = 100
_ROWS = 20
_CALM_S = 15.0
_LOGGED_US = 500
_KEPT = 200_000
_ALONE = 40
_MEMBER = re.compile(rb'"member":"([^"]+)"')
# A client in a process of its own, so that what it does is not in the latencies.
_TAKE = """
import http.client, sys
host, port, key, path, name = sys.argv[1:]
asked = http.client.HTTPConnection(host, int(port), timeout=60)
asked.request("GET", path, headers={"Authorization": "Bearer " + key})
answer = asked.getresponse()
assert answer.status == 200, answer.read()
with open(name, "wb") as file:
    while part := answer.read(1 << 18):
        file.write(part)
"""


def measure(entries: int = ENTRIES) -> list[Figure]:
    """Takes about two minutes, a third of it loading."""
    ids = members(entries, SEED)
    with own_service() as service, tempfile.TemporaryDirectory(prefix="rankd-export-") as place:
        board = service.loaded_board(ids)
        service.store.config_set("slowlog-max-len", _KEPT)
        service.store.config_set("slowlog-log-slower-than", _LOGGED_US)
        file = Path(place) / "board.ndjson"
        figures = [Figure("entries", entries, "")]
        figures += service.runner.run(_exported(service, board, ids, file))
        figures += [*_steps(service), _step_alone(service, board, entries), *_held_against(file, ids)]
    return figures


async def _exported(service: Service, board: str, ids: Sequence[str], file: Path) -> list[Figure]:
    """Top pages' p99 without and with the export, how long it took, and what rankd's memory grew by."""
    target = service.target
    top = cycle([target.request("GET", f"/v1/boards/{board}/entries?limit=100")])
    calm_s = time.time()
    reads, writes = Stream(target, top, _READS_PER_S), Stream(target, _writes(target, board, ids), _ARRAYS_PER_S)
    async with reads, writes:
        await asyncio.sleep(_CALM_S)
        service.store.slowlog_reset()
        before = most = resident_bytes()
        began_s = time.time()
        words = (target.host, str(target.port), target.key, f"/v1/boards/{board}/export", str(file))
        taking = await asyncio.create_subprocess_exec(sys.executable, "-c", _TAKE, *words)
        ended = asyncio.create_task(taking.wait())
        while not ended.done():
            most = max(most, resident_bytes())
            await asyncio.wait([ended], timeout=0.05)
        ended_s = time.time()
        if taking.returncode:
            raise BenchFailed("The export did not come through; what its client wrote above says why.")
    return [
        Figure("seconds the export took", ended_s - began_s, "s"),
        Figure("entries written meanwhile, a second", _ROWS * _ARRAYS_PER_S, ""),
        Figure("rankd's memory grew by at most", (most - before) / 2**20, "MiB", LIMIT_MIB),
        Figure("top pages: p99 before", reads.p99_ms(calm_s, began_s), "ms"),
        Figure("top pages: p99 during the export", reads.p99_ms(began_s, ended_s), "ms"),
        Figure("arrays: p99 before", writes.p99_ms(calm_s, began_s), "ms"),
        Figure("arrays: p99 during the export", writes.p99_ms(began_s, ended_s), "ms"),
    ]


def _writes(target: Target, board: str, ids: Sequence[str]) -> Iterator[bytes]:
    """Arrays that move every second member about."""
    source = rows(ids[::2], SEED)
    while True:
        yield batch_request(target, board, list(islice(source, _ROWS)))


def _steps(service: Service) -> list[Figure]:
    """How long the walk's steps held the store; top pages are the same script."""
    digest = load("page").digest
    took_ms = [one["duration"] / 1000 for one in service.store.slowlog_get(_KEPT) if digest in one["command"]]
    return [
        Figure("the store's slowest step", max(took_ms, default=_LOGGED_US / 1000), "ms"),
        Figure(f"steps over {LIMIT_MS:g} ms", sum(one > LIMIT_MS for one in took_ms), ""),
        Figure(f"steps over {_LOGGED_US / 1000:g} ms", len(took_ms), ""),
    ]


def _step_alone(service: Service, board: str, entries: int) -> Figure:
    """A page of as many rows as a step has, anywhere on the board, with nothing beside it."""
    drawn = random.Random(SEED)
    path = f"/v1/boards/{board}/entries?limit={ROWS_A_STEP}&offset="
    requests = [service.target.request("GET", f"{path}{drawn.randrange(entries)}") for _ in range(_ALONE)]
    took_ms = [longest_ms(service, request) for request in requests]
    return Figure("a step alone, median", median(took_ms), "ms", LIMIT_MS)


def _held_against(file: Path, ids: Sequence[str]) -> list[Figure]:
    """What the file has of the members that never moved."""
    still = {member.encode() for member in ids[1::2]}
    with file.open("rb") as lines:
        found = [_MEMBER.search(line)[1] for line in lines]  # type: ignore[index]
    seen = [member for member in found if member in still]
    return [
        Figure("lines exported", len(found), ""),
        Figure("unmoved members missing", len(still - set(seen)), "", 0),
        Figure("unmoved members there twice", len(seen) - len(set(seen)), "", 0),
    ]

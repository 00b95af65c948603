"""What does it take to answer for a span of days that a million members played in?

Three days are written straight to the store, as submissions leave them there, and their sum is asked for over HTTP.
Meanwhile top pages of another board are read at a steady rate, and progress in /metrics. The store's log of slow
commands says how long the scripts were; that is wall time, so a busy machine adds to it.
"""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from benchmarks.figures import Figure
from benchmarks.service import SEED, Service, own_service
from benchmarks.steady import Stream, ask
from rankd.bench.figures import BenchFailed
from rankd.bench.workloads import members, rows
from rankd.domain.ordering import Layout, encode_member
from rankd.store import keys
from rankd.store.scripts import load, lua_folder

ENTRIES = 1_000_000
LIMIT_MS = 5.0
_DAYS = 3
_TOP_ENTRIES = 10_000
_READS_PER_S = 150
_CALM_S = 15.0
_LOGGED_US = 1000
_KEPT = 200_000
_CHUNK = 1000
_ANSWERED_WITHIN_S = 600.0


def measure(entries: int = ENTRIES) -> list[Figure]:
    """Takes about two minutes."""
    with own_service() as service:
        top = service.loaded_board(members(_TOP_ENTRIES, SEED + 1))
        board, days, records = _load(service, entries)
        service.store.config_set("slowlog-max-len", _KEPT)
        service.store.config_set("slowlog-log-slower-than", _LOGGED_US)
        service.store.slowlog_reset()
        memory = service.info("memory")["used_memory"], resident_bytes()
        asked = service.target.request("GET", f"/v1/boards/{board}/entries?from={days[0]}&to={days[-1]}&aggregate=sum")
        figures = [Figure("members", entries, ""), Figure("records of days", records, "")]
        figures += service.runner.run(_watched(service, top, asked, entries))
        figures += _scripts(service)
        grown = service.info("memory")["used_memory"] - memory[0], resident_bytes() - memory[1]
        figures.append(Figure("the store's memory grew by, a member", grown[0] / entries, "bytes"))
        figures.append(Figure("rankd's memory grew by", grown[1] / 2**20, "MiB"))
    return figures


def _load(service: Service, entries: int) -> tuple[str, list[str], int]:
    """A board with days that overlap: of each, the members of the half before are half of those of the next."""
    board = service.server.make_board()
    service.server.call("PATCH", f"/v1/boards/{board}", json={"update": "sum", "ranges": {"keep_days": 30}})
    born = service.store.hget(keys.board("default", board), "born")
    assert isinstance(born, bytes)  # noqa: S101  the board was just made
    names = keys.BoardKeys("default", board, born.decode(), {})
    today = time.time() // 86400
    days = [str(date(1970, 1, 1) + timedelta(days=today - back)) for back in range(_DAYS, 0, -1)]
    ids, records = members(entries, SEED), 0
    step = entries // (_DAYS + 1)
    for number, day in enumerate(days):
        part = ids[number * step : number * step + 2 * step] if number < _DAYS - 1 else ids[number * step :]
        _write_day(service, names.day(day), part, int((today - _DAYS + number) * 86400e6))
        service.store.hset(names.days, day, 1)
        records += len(part)
    return board, days, records


def _write_day(service: Service, key: bytes, ids: list[str], at_us: int) -> None:
    """Each member's sum and best of a day, here of one submission."""
    layout = Layout.from_shape("dfu", "")
    source = rows(ids, SEED)
    for first in range(0, len(ids), _CHUNK):
        chunk = [next(source) for _ in ids[first : first + _CHUNK]]
        pairs = {encode_member(one): layout.pack_value(score, ()) + layout.pack_arrival(at_us) for one, score in chunk}
        service.store.hset(key, mapping={member: pair + pair for member, pair in pairs.items()})


async def _watched(service: Service, top: str, asked: bytes, entries: int) -> list[Figure]:
    """Asks for the span until it is there, and again; reads top pages and progress beside it."""
    requests = cycle([service.target.request("GET", f"/v1/boards/{top}/entries?limit=100")])
    progress: list[float] = []
    async with Stream(service.target, requests, _READS_PER_S) as stream:
        began_s = time.time()
        await asyncio.sleep(_CALM_S)
        from_s, cpu_s = time.time(), _main_thread_s(service)
        watch = asyncio.create_task(_watch(service, progress))
        page, pending = await _answered(service, asked)
        until_s, cpu_s = time.time(), _main_thread_s(service) - cpu_s
        watch.cancel()
        await asyncio.wait([watch])
        if not watch.cancelled():
            watch.result()
        if page["total"] != entries:
            raise BenchFailed(f"The span has {page['total']} members, not the {entries} that were written.")
        again_ms = [await _again_ms(service, asked) for _ in range(20)]
        calm_ms, met_ms = stream.p99_ms(began_s + 1, from_s), stream.p99_ms(from_s, until_s)
        longest_ms = stream.longest_ms(from_s, until_s)
    return [
        Figure("first answer after", until_s - from_s, "s"),
        Figure("answers 503 before it, that ask to come again", pending, ""),
        Figure("CPU of the store meanwhile, of one core", cpu_s / (until_s - from_s) * 100, "%"),
        Figure("progress seen in /metrics: different values", len(set(progress)), ""),
        Figure("the same span again, median", median(again_ms), "ms"),
        Figure("p99 of top pages before", calm_ms, "ms"),
        Figure("p99 of top pages meanwhile", met_ms, "ms"),
        Figure("p99 of top pages meanwhile / before", met_ms / calm_ms, "x"),
        Figure("longest of them meanwhile", longest_ms, "ms"),
    ]


async def _answered(service: Service, request: bytes) -> tuple[dict[str, Any], int]:
    """The first page, and how many answers said that it is being computed."""
    until_s, pending = time.time() + _ANSWERED_WITHIN_S, 0
    while time.time() < until_s:
        status, body = await ask(service.target, request)
        found: dict[str, Any] = orjson.loads(body)
        if status == "200":
            return found, pending
        if found.get("code") != "RANGE_PENDING":
            raise BenchFailed(f"The span was answered {status}: {body.decode()[:200]}")
        pending += 1
    raise BenchFailed("The span was not computed in time.")


async def _again_ms(service: Service, request: bytes) -> float:
    began_s = time.perf_counter()
    await ask(service.target, request)
    return (time.perf_counter() - began_s) * 1000


async def _watch(service: Service, progress: list[float]) -> None:
    """Reads the share that is computed, once a second."""
    request = service.target.request("GET", "/metrics")
    while True:
        await asyncio.sleep(1.0)
        _, body = await ask(service.target, request)
        found = dict(re.findall(rb"^rankd_range_records_(read|to_read) (\S+)", body, re.MULTILINE))
        if float(found[b"to_read"]):
            progress.append(float(found[b"read"]) / float(found[b"to_read"]))


def _scripts(service: Service) -> list[Figure]:
    """The longest of each kind that took over a millisecond."""
    names = {load(name).digest: name for name in _script_names()}
    found = defaultdict(list)
    for entry in service.store.slowlog_get(_KEPT):
        words = entry["command"].split(b" ", 2)
        name = names.get(words[1]) if words[0] == b"EVALSHA" else None
        found[name or words[0].decode(errors="replace")[:20]].append(entry["duration"] / 1000)
    for own in ("CONFIG", "INFO", "SLOWLOG"):
        found.pop(own, None)
    over = sum(took_ms > LIMIT_MS for times in found.values() for took_ms in times)
    return [
        Figure(f"commands over {LIMIT_MS:g} ms", over, "", 0),
        *(Figure(f"  longest {name}", max(times), "ms") for name, times in sorted(found.items())),
    ]


def _script_names() -> Iterator[str]:
    return (file.name.removesuffix(".lua") for file in lua_folder().iterdir() if file.name.endswith(".lua"))


def _main_thread_s(service: Service) -> float:
    cpu = service.info("cpu")
    return float(cpu["used_cpu_user_main_thread"] + cpu["used_cpu_sys_main_thread"])


def resident_bytes() -> float:
    """Of the rankd that was started, on Linux."""
    try:
        children = [
            name for task in Path("/proc/self/task").iterdir() for name in (task / "children").read_text().split()
        ]
        pages = [int((Path("/proc") / name / "statm").read_text().split()[1]) for name in children]
    except OSError:
        return float("nan")
    return max(pages, default=0) * 4096.0

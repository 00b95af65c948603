"""Does reading a rank slow down as a board grows?

Reads ranks of random members of a small and of a large board, round about, and compares the store's time in
scripts, its main thread's CPU time, and the latency seen over HTTP.
"""

import random
from itertools import cycle
from statistics import median
from typing import NamedTuple

from benchmarks.figures import Figure
from benchmarks.service import SEED, Service, own_service
from rankd.bench.driver import Pace, drive
from rankd.bench.figures import BenchFailed, percentile
from rankd.bench.workloads import members

SMALL = 1000
LARGE = 1_000_000
LIMIT_RATIO = 1.5
_ROUNDS = 7
_PACE = Pace(concurrency=32, seconds=1.0, warmup_s=0.2)
_CHOSEN = 20_000


class Reading(NamedTuple):
    """One round on one board, a request."""

    script_us: float
    store_cpu_us: float
    p50_ms: float


def measure(entries: int = LARGE) -> list[Figure]:
    """Takes about a minute, most of it loading."""
    ids = members(entries, SEED)
    with own_service() as service:
        boards = [(service.loaded_board(part), part) for part in (ids[:SMALL], ids)]
        requests = [_requests(service, board, part) for board, part in boards]
        rounds = [[_reading(service, sent) for sent in requests] for _ in range(_ROUNDS)]
    small, large = (Reading(*map(median, zip(*column, strict=True))) for column in zip(*rounds, strict=True))
    return [
        *_figures(f"{SMALL:,} entries", small),
        *_figures(f"{entries:,} entries", large),
        *(_ratio(name, rounds) for name in Reading._fields),
    ]


def _requests(service: Service, board: str, ids: list[str]) -> list[bytes]:
    chosen = random.Random(SEED).choices(ids, k=_CHOSEN)
    return [service.target.request("GET", f"/v1/boards/{board}/entries/{member}") for member in chosen]


def _reading(service: Service, requests: list[bytes]) -> Reading:
    service.store.config_resetstat()
    before_s = _main_thread_s(service)
    pace = _PACE
    sample = service.runner.run(drive(service.target, cycle(requests), pace))
    cpu_s = _main_thread_s(service) - before_s
    if sample.errors:
        raise BenchFailed(f"Reading ranks met errors: {dict(sample.errors)}")
    calls, script_us = _scripts(service)
    # The store has also seen the warm-up; its time is spread over all it has seen.
    requests_seen = len(sample.latencies_s) * (1 + pace.warmup_s / (pace.seconds or 1))
    latency_s = percentile(sorted(sample.latencies_s), 0.5)
    return Reading(script_us / max(calls, 1), cpu_s * 1e6 / requests_seen, latency_s * 1000)


def _main_thread_s(service: Service) -> float:
    cpu = service.info("cpu")
    return float(cpu["used_cpu_user_main_thread"] + cpu["used_cpu_sys_main_thread"])


def _scripts(service: Service) -> tuple[int, float]:
    """Calls of scripts and their time since the last reset."""
    stats = service.info("commandstats")
    names = [name for name in stats if name.startswith(("cmdstat_eval", "cmdstat_fcall"))]
    return sum(stats[name]["calls"] for name in names), sum(stats[name]["usec"] for name in names)


def _figures(label: str, reading: Reading) -> list[Figure]:
    return [
        Figure(f"{label}: time of the script", reading.script_us, "us"),
        Figure(f"{label}: CPU of the store, a request", reading.store_cpu_us, "us"),
        Figure(f"{label}: latency over HTTP, median", reading.p50_ms, "ms"),
    ]


def _ratio(name: str, rounds: list[list[Reading]]) -> Figure:
    """The median of the rounds' ratios, so that noise meets both boards alike."""
    pairs = [(getattr(small, name), getattr(large, name)) for small, large in rounds]
    ratios = [large / small for small, large in pairs if small]
    return Figure(f"large / small: {name}", median(ratios) if ratios else float("nan"), "x", LIMIT_RATIO)

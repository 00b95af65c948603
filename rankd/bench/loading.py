"""Fills a board through the API before anything is measured on it."""

import asyncio
from collections.abc import Callable, Iterator

from rankd.bench.driver import Pace, drive
from rankd.bench.figures import BenchFailed
from rankd.bench.target import Target
from rankd.bench.workloads import Row, arrays, batch_request

_CONCURRENCY = 4


def load(
    runner: asyncio.Runner,
    target: Target,
    board: str,
    source: Iterator[Row],
    told: Callable[[int], None] = lambda _: None,
) -> None:
    """Sends all rows in arrays; `told` hears of the rows as they are sent."""
    requests = _requests(target, board, source, told)
    sample = runner.run(drive(target, requests, Pace(_CONCURRENCY), counts_items=True))
    if sample.errors or sample.refused_rows:
        found = [f"{name} x{times}" for name, times in sorted(sample.errors.items())]
        found += [f"{sample.refused_rows} rows refused"] if sample.refused_rows else []
        raise BenchFailed(f"Loading the board failed ({', '.join(found)}). The server's log says why.")


def _requests(target: Target, board: str, source: Iterator[Row], told: Callable[[int], None]) -> Iterator[bytes]:
    for chunk in arrays(source):
        told(len(chunk))
        yield batch_request(target, board, chunk)

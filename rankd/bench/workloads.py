"""What is sent: rows of UUID members with random scores, and the requests made of them.

Everything follows from the seed, so two runs send the same bytes but for the board's name. The rows walk the
members in shuffled order, over and over, each time with a new score; hardly an array holds a member twice.
"""

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import orjson

from rankd.bench.target import Target

BATCH_ROWS = 1000
"""Rows of an array: the most that the API takes."""

BATCH_CONCURRENCY = 8
"""Arrays in flight at most: more only queue, and a round would end before they are answered."""

AROUND_SIZE = 11
TOP_LIMIT = 100
_SCORES = 1_000_000_000
SINGLE_REQUESTS = 20_000
ARRAYS = 40

Row = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests of one kind, sent over and over. `control` names what it is compared with."""

    name: str
    requests: Sequence[bytes]
    concurrency: int
    rows_per_request: int = 1
    control: str | None = None


def members(count: int, seed: int) -> list[str]:
    """`count` random UUIDs, the same ones for the same seed."""
    drawn = random.Random(seed)  # noqa: S311  reproducible on purpose
    return [str(uuid.UUID(int=drawn.getrandbits(128), version=4)) for _ in range(count)]


def rows(ids: Sequence[str], seed: int) -> Iterator[Row]:
    """Submissions without end: pass after pass over the members, each pass in another order."""
    drawn = random.Random(seed + 1)  # noqa: S311
    order = list(ids)
    while True:
        drawn.shuffle(order)
        for member in order:
            yield member, drawn.randrange(_SCORES)


def first_scores(ids: Sequence[str], seed: int) -> Iterator[Row]:
    """The preload: every member once."""
    drawn = random.Random(seed + 2)  # noqa: S311
    return ((member, drawn.randrange(_SCORES)) for member in ids)


def arrays(source: Iterator[Row]) -> Iterator[list[Row]]:
    """The rows in arrays of BATCH_ROWS, the last one shorter."""
    while chunk := list(islice(source, BATCH_ROWS)):
        yield chunk


def submit_request(target: Target, board: str, row: Row) -> bytes:
    return target.request("POST", f"/v1/boards/{board}/scores", submission(row))


def batch_request(target: Target, board: str, chunk: Sequence[Row]) -> bytes:
    body = b"[" + b",".join(submission(row) for row in chunk) + b"]"
    return target.request("POST", f"/v1/boards/{board}/scores", body)


def submission(row: Row) -> bytes:
    """A row as the JSON that the API takes."""
    return orjson.dumps({"member": row[0], "score": row[1]})


def workloads(target: Target, board: str, ids: Sequence[str], seed: int, concurrency: int) -> list[Workload]:
    """The five workloads against one board."""
    path = f"/v1/boards/{board}/entries"
    chosen = random.Random(seed + 3).choices(ids, k=SINGLE_REQUESTS)  # noqa: S311
    source = rows(ids, seed)
    return [
        Workload(
            "submit",
            [submit_request(target, board, row) for row in islice(source, SINGLE_REQUESTS)],
            concurrency,
            control="naive submit",
        ),
        Workload(
            "batch submit",
            [batch_request(target, board, chunk) for chunk in islice(arrays(source), ARRAYS)],
            min(concurrency, BATCH_CONCURRENCY),
            BATCH_ROWS,
            control="bare ZADD",
        ),
        Workload("rank", [target.request("GET", f"{path}/{member}") for member in chosen], concurrency),
        Workload("top 100", [target.request("GET", f"{path}?limit={TOP_LIMIT}")], concurrency),
        Workload(
            "around",
            [target.request("GET", f"{path}/{member}/around?size={AROUND_SIZE}") for member in chosen],
            concurrency,
        ),
    ]

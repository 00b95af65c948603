"""Rows gathered into arrays, each with an idempotency key that follows from its place and its content.

So the same rows give the same keys, from a pipe too and without reading a file twice, and an import that is
run again counts nothing twice. In a file that was changed only the arrays from the change on are new.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rankd.cli.rows import Row

MAX_ROWS = 1000
MAX_BYTES = 1_000_000  # the server takes 1 MiB an array


@dataclass(slots=True)
class Chunk:
    """One request: the rows that can be sent, and those that cannot."""

    rows: list[Row] = field(default_factory=list)
    faulty: list[Row] = field(default_factory=list)
    idempotency_key: str = ""

    @property
    def body(self) -> bytes:
        return b"[" + b",".join(row.body for row in self.rows) + b"]"


def chunks(rows: Iterable[Row], purpose: str) -> Iterator[Chunk]:
    """Arrays in the file's order. `purpose` sets apart imports of the same rows that shall each count."""
    chunk, size_bytes, number = Chunk(), 0, 0
    for row in rows:
        row_bytes = (len(row.body) or len(row.text)) + 1
        if len(chunk.rows) + len(chunk.faulty) == MAX_ROWS or size_bytes + row_bytes > MAX_BYTES:
            yield _named(chunk, purpose, number)
            chunk, size_bytes, number = Chunk(), 0, number + 1
        (chunk.faulty if row.fault else chunk.rows).append(row)
        size_bytes += row_bytes
    if chunk.rows or chunk.faulty:
        yield _named(chunk, purpose, number)


def _named(chunk: Chunk, purpose: str, number: int) -> Chunk:
    digest = hashlib.sha256(f"{purpose}\0{number}\0".encode() + chunk.body)
    chunk.idempotency_key = f"import-{digest.hexdigest()}"
    return chunk

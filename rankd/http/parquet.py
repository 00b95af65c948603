"""Entries as Parquet: columns of exact int64, in row groups of bounded size. Needs pyarrow, which is an extra."""

import asyncio
import io
from collections.abc import AsyncIterator
from importlib.util import find_spec
from typing import Any

from rankd.domain.boards import Board
from rankd.domain.entries import Entry
from rankd.domain.spreadsheets import FIELD, subscore_column
from rankd.errors import NotSupported
from rankd.http.export_rows import Steps
from rankd.http.shapes import entry_shape

ROWS_A_GROUP = 10_000
_TYPES = {"string": "string", "integer": "int64", "number": "float64", "boolean": "bool_", "date": "string"}


def demand_parquet() -> None:
    """Raises NotSupported where this server cannot write Parquet."""
    if find_spec("pyarrow") is None:
        detail = "parquet needs pyarrow on the server (pip install 'rankd[parquet]'); ask for ndjson or csv"
        raise NotSupported(faults=[{"parameter": "format", "detail": detail}])


async def parquet(steps: Steps, board: Board) -> AsyncIterator[bytes]:
    """The file, piece by piece: a row group is made beside the event loop, and sent before the next is begun."""
    file = await asyncio.to_thread(_File, board)
    group: list[Entry] = []
    async for entries in steps:
        group += entries
        if len(group) >= ROWS_A_GROUP:
            yield await asyncio.to_thread(file.with_group, group)
            group = []
    yield await asyncio.to_thread(file.ended, group)


class _File:
    """A Parquet file that is taken away while it is written."""

    def __init__(self, board: Board) -> None:
        # Loading it takes longer than most requests, and most servers never need it.
        import pyarrow  # noqa: PLC0415
        import pyarrow.parquet  # noqa: PLC0415

        self._pyarrow = pyarrow
        shape = board.model_dump()
        self._subscores = [subscore["name"] for subscore in shape["subscores"]]
        self._fields = {one["name"]: _TYPES[one["type"]] for one in shape.get("fields", [])}
        self._has_teams = "team" in shape.get("member_types", [])
        self._is_unique = board.unique
        self._schema = pyarrow.schema(self._columns())
        self._written = _Taken()
        self._writer = pyarrow.parquet.ParquetWriter(self._written, self._schema)

    def _columns(self) -> list[Any]:
        arrow = self._pyarrow
        whole, text = arrow.int64(), arrow.string()
        columns = [("rank", whole), ("member", text), ("score", whole)]
        columns += [(subscore_column(name), whole) for name in self._subscores]
        columns += [(FIELD + name, getattr(arrow, kind)()) for name, kind in self._fields.items()]
        columns += [("team", text)] if self._has_teams else []
        columns += [] if self._is_unique else [("entry_id", whole)]
        return [*columns, ("metadata", text), ("updated_at", arrow.timestamp("us", tz="UTC"))]

    def with_group(self, entries: list[Entry]) -> bytes:
        shapes = [entry_shape(entry, as_text=False) for entry in entries]
        columns: dict[str, list[Any]] = {
            name: [shape[name] for shape in shapes] for name in ("rank", "member", "score")
        }
        for name in self._subscores:
            columns[subscore_column(name)] = [entry.subscores[name] for entry in entries]
        for name in self._fields:
            columns[FIELD + name] = [(shape.get("fields") or {}).get(name) for shape in shapes]
        if self._has_teams:
            columns["team"] = [shape.get("team") for shape in shapes]
        if not self._is_unique:
            columns["entry_id"] = [entry.entry_id for entry in entries]
        columns["metadata"] = [entry.metadata.decode() or None for entry in entries]
        columns["updated_at"] = [entry.at_us for entry in entries]
        self._writer.write_table(self._pyarrow.table(columns, schema=self._schema), row_group_size=len(entries))
        return self._written.taken()

    def ended(self, entries: list[Entry]) -> bytes:
        """The last group and what says where the groups are."""
        last = self.with_group(entries) if entries else b""
        self._writer.close()
        return last + self._written.taken()


class _Taken(io.RawIOBase):
    """A sink that keeps what was written until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        self._length += len(part)
        return len(part)

    def tell(self) -> int:
        return self._length

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)

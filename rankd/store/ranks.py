"""Everything that reads a place: pages, ranks, windows, lookups."""

import asyncio
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rankd.domain.entries import Entry
from rankd.domain.ordering import Layout, decode_member, encode_member, rounded
from rankd.store.boards import StandingBoard
from rankd.store.client import StoreClient, new_call
from rankd.store.outcomes import checked
from rankd.store.scripts import load

_PAGE, _AROUND, _AROUND_VALUE = load("page"), load("around"), load("around_value")
_SCORE = struct.Struct(">q")
_RANK_OF, _LOOKUP, _READ_FIELDS = load("rank_of"), load("lookup"), load("read_fields")
_METADATA_CHUNK = 250


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a board's order, whether or not an entry stands on it."""

    number: float
    member: bytes

    @classmethod
    def of_entry(cls, layout: Layout, record: bytes, stored_id: bytes) -> "Place":
        score, _ = layout.unpack_value(record)
        number, remainder = rounded(score)
        return cls(number, remainder.to_bytes(2) + record[8 : layout.fixed_length] + stored_id)

    @classmethod
    def beside_score(cls, layout: Layout, score: int, after: bool) -> "Place":
        """The place before the first, or after the last, entry of a score."""
        number, remainder = rounded(score)
        return cls(number, (remainder + (after != layout.descending)).to_bytes(2))


@dataclass(frozen=True, slots=True)
class Start:
    """Where a page begins: `offset` rows down, at a `rank`, or `after` or `before` a place."""

    mode: str
    number: float | int
    member: bytes = b""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows side by side, as read. Positions are 0-based in the whole board; `rank` is the first row's."""

    total: int
    selection: int
    first: int
    rank: int
    ids: list[bytes]
    records: list[bytes]
    value_rank: int | None = None

    @property
    def has_earlier(self) -> bool:
        return self.first > self.selection and self.total > 0

    @property
    def has_later(self) -> bool:
        return self.first + len(self.ids) < self.selection + self.total


def _number(value: float | int) -> str:
    return f"{value:.17g}" if isinstance(value, float) else str(value)


class RankStore:
    """Reads of one board."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client

    async def page(
        self, standing: StandingBoard, limit: int, start: Start, begin: Place | None, end: Place | None
    ) -> Rows:
        """Rows of the selection between two places, from a start on."""
        args: list[Any] = [standing.revision, standing.layout_text, limit]
        for place in (begin, end):
            args += (_number(place.number), place.member) if place else (b"", b"")
        args += (start.mode, _number(start.number), start.member)
        return await self._rows(standing, await self._client.call(_PAGE, new_call(), standing.keys.ranked, args))

    async def around(self, standing: StandingBoard, member: str, size: int) -> Rows:
        """Rows around a member. Raises EntryNotFound."""
        args = [standing.revision, standing.layout_text, size, encode_member(member)]
        return await self._rows(standing, await self._client.call(_AROUND, new_call(), standing.keys.ranked, args))

    async def around_value(self, standing: StandingBoard, score: int, subscores: tuple[int, ...], size: int) -> Rows:
        """Rows around the place that a value would take now; `value_rank` is the rank it would get."""
        args = [standing.revision, standing.layout_text, size, standing.layout.pack_value(score, subscores)]
        return await self._rows(
            standing, await self._client.call(_AROUND_VALUE, new_call(), standing.keys.ranked, args)
        )

    async def rank_of(self, standing: StandingBoard, member: str) -> tuple[Entry, int]:
        """A member's entry and the board's total. Raises EntryNotFound."""
        args = [standing.revision, standing.layout_text, encode_member(member)]
        reply = await self._client.call(_RANK_OF, new_call(), standing.keys.ranked, args)
        return read_entry(standing.layout, member, checked(reply))

    async def _rows(self, standing: StandingBoard, reply: list[Any]) -> Rows:
        total, selection, first, rank, rows, records, has_metadata, *value_rank = checked(reply)
        if rows and not records:
            # The script gave sorted-set members and their numbers, which hold all but the metadata.
            prefix_length = 2 + standing.layout.key_length
            members, numbers = rows[::2], rows[1::2]
            rows = [member[prefix_length:] for member in members]
            records = [
                _SCORE.pack(int(float(number)) + int.from_bytes(member[:2])) + member[2:prefix_length]
                for member, number in zip(members, numbers, strict=True)
            ]
            if has_metadata:
                found = await self._metadata(standing, rows)
                records = [record + metadata for record, metadata in zip(records, found, strict=True)]
        return Rows(total, selection, first, rank, rows, records, *value_rank)

    async def _metadata(self, standing: StandingBoard, ids: list[bytes]) -> list[bytes]:
        """The metadata of many entries, read in parts so that no script takes long; none where one is gone."""
        parts = [ids[start : start + _METADATA_CHUNK] for start in range(0, len(ids), _METADATA_CHUNK)]
        calls = [self._client.call(_READ_FIELDS, new_call(), [standing.keys.entries], part) for part in parts]
        fixed_length = standing.layout.fixed_length
        return [record[fixed_length:] for reply in await asyncio.gather(*calls) for record in checked(reply)[0]]

    async def lookup(self, standing: StandingBoard, members: Sequence[str]) -> list[tuple[int, Entry] | None]:
        """For each of at most 50 members its 0-based position and entry, or None."""
        args = [standing.revision, standing.layout_text, *map(encode_member, members)]
        reply = await self._client.call(_LOOKUP, new_call(), standing.keys.ranked, args)
        found = zip(members, *checked(reply), strict=True)
        return [
            (position, _entry(standing.layout, rank, member, record)) if record else None
            for member, record, position, rank in found
        ]


def _entry(layout: Layout, rank: int, member: str, record: bytes) -> Entry:
    score, subscores = layout.unpack_named(record)
    return Entry(rank, member, score, subscores, layout.arrival_us(record), record[layout.fixed_length :])


def read_entry(layout: Layout, member: str, values: list[Any]) -> tuple[Entry, int]:
    """An entry and the board's total, from {total, rank, record}."""
    total, rank, record = values
    return _entry(layout, rank, member, record), total


def entries_of(layout: Layout, rows: Rows) -> list[Entry]:
    """The rows' entries. Ranks follow from the first one's: ties share it, unless ranks are unique."""
    entries, rank, value = [], rows.rank, b""
    for position, (stored_id, record) in enumerate(zip(rows.ids, rows.records, strict=True), rows.first + 1):
        if layout.rank_style == "unique":
            rank = position
        elif value and record[: layout.value_length] != value:
            rank = position if layout.rank_style == "competition" else rank + 1
        value = record[: layout.value_length]
        entries.append(_entry(layout, rank, decode_member(stored_id), record))
    return entries

"""Everything that reads a place: pages, ranks, windows, lookups."""

import asyncio
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rankd.domain.entries import Entry, Movement, Statistics, Step
from rankd.domain.fields import previous_score
from rankd.domain.ordering import Layout, rounded
from rankd.store.client import StoreClient, new_call
from rankd.store.outcomes import checked
from rankd.store.periods import Period
from rankd.store.scripts import Script, load
from rankd.store.standing import StandingBoard, WindowKeys

_STATS = load("stats")
_PAGE, _AROUND, _AROUND_VALUE = load("page"), load("around"), load("around_value")
_SCORE = struct.Struct(">q")
_RANK_OF, _LOOKUP, _READ_FIELDS = load("rank_of"), load("lookup"), load("read_fields")
_METADATA_CHUNK = 250
# How many of a window's keys scripts are given: those of the order; and the field values beside them, by which
# a member's entries on an arcade board are found.
_ORDERED, _OWNED = 3, 4


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


# From a place on, and up to another; the board's top and end where there is none.
Selection = tuple[Place | None, Place | None]


class Asked(NamedTuple):
    """Whose entry is read, and whether by that member itself: to others a hidden one is absent. On an arcade board
    which of its entries; its best where that is not said."""

    member: str
    is_own: bool = False
    entry_id: int | None = None


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
        self, standing: StandingBoard, period: Period, limit: int, start: Start, selection: Selection
    ) -> Rows:
        """Rows of a selection, from a start on."""
        args: list[Any] = [limit]
        for place in selection:
            args += (_number(place.number), place.member) if place else (b"", b"")
        args += (start.mode, _number(start.number), start.member)
        return await self._rows(standing, period, await self._asked(_PAGE, standing, period, args))

    async def around(self, standing: StandingBoard, period: Period, asked: Asked, size: int) -> Rows:
        """Rows around a member's entry. Raises EntryNotFound."""
        board, stored = _read_as(standing, period, asked)
        return await self._rows(standing, period, await self._asked(_AROUND, board, period, [size, stored], _OWNED))

    async def around_value(
        self, standing: StandingBoard, period: Period, score: int, subscores: tuple[int, ...], size: int
    ) -> Rows:
        """Rows around the place that a value would take now; `value_rank` is the rank it would get."""
        args = [size, standing.layout.pack_value(score, subscores)]
        return await self._rows(standing, period, await self._asked(_AROUND_VALUE, standing, period, args))

    async def rank_of(
        self, standing: StandingBoard, period: Period, asked: Asked, earlier: Period | None
    ) -> tuple[Entry, int, Movement | None]:
        """A member's entry, the period's total, and how it stood in an earlier period. Raises EntryNotFound."""
        board, stored = _read_as(standing, period, asked)
        more = earlier.keys[:_OWNED] if earlier else ()
        args = [stored, int(asked.is_own)]
        *values, rank, record, entry_id = await self._asked(_RANK_OF, board, period, args, _OWNED, more)
        entry, total = read_entry(period.board_in(standing), entry_id, values)
        if earlier is None or not record:
            return entry, total, None
        score, _ = standing.layout.unpack_value(record)
        if not entry.rank:
            return entry, total, None
        return entry, total, Movement(earlier.id, rank, score, rank - entry.rank, entry.score - score)

    async def _asked(  # noqa: PLR0913, PLR0917 a script, what it is about, and what it is given
        self,
        script: Script,
        standing: StandingBoard,
        period: Period,
        args: list[Any],
        width: int = _ORDERED,
        more: Sequence[bytes] = (),
    ) -> list[Any]:
        """A script's values. Raises BoardChanged, and ClocksDiffer where another period is running."""
        names = [standing.keys.board, *period.keys[:width], *more]
        layout = period.board_in(standing).layout_text
        all_args = [standing.revision, layout, *period.held_args, *args]
        return checked(await self._client.call(script, new_call(), names, all_args))

    async def _rows(self, standing: StandingBoard, period: Period, values: list[Any]) -> Rows:
        total, selection, first, rank, rows, records, has_metadata, *value_rank = values
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
                found = await self._metadata(standing, period.keys, rows)
                records = [record + metadata for record, metadata in zip(records, found, strict=True)]
        return Rows(total, selection, first, rank, rows, records, *value_rank)

    async def _metadata(self, standing: StandingBoard, window_keys: WindowKeys, ids: list[bytes]) -> list[bytes]:
        """The metadata of many entries, read in parts so that no script takes long; none where one is gone."""
        parts = [ids[start : start + _METADATA_CHUNK] for start in range(0, len(ids), _METADATA_CHUNK)]
        calls = [self._client.call(_READ_FIELDS, new_call(), [window_keys[1]], part) for part in parts]
        fixed_length = standing.layout.fixed_length
        return [record[fixed_length:] for reply in await asyncio.gather(*calls) for record in checked(reply)[0]]

    async def stats(self, standing: StandingBoard, period: Period, steps: int, quantiles: Sequence[int]) -> Statistics:
        """The scores' count, ends, quantiles and histogram. Shares are in 100,000ths; those below zero count from the
        greatest score."""
        names = [standing.keys.board, period.keys[0]]
        args = [standing.revision, *period.held_args, steps, *quantiles]
        reply = checked(await self._client.call(_STATS, new_call(), names, args))
        count, least, greatest, found, edges, counts = reply
        if not count:
            return Statistics(0, None, None, {}, [])
        first, last = _score(*least), _score(*greatest)
        begins = [max(int(float(edge)), first) for edge in edges]
        ends = [*(begin - 1 for begin in begins[1:]), last]
        shares = {share: _score(*one) for share, one in zip(quantiles, found, strict=True)}
        return Statistics(count, first, last, shares, list(map(Step, begins, ends, counts)))

    async def lookup(
        self, standing: StandingBoard, period: Period, members: Sequence[str]
    ) -> list[tuple[int, Entry] | None]:
        """For each of at most 50 members its 0-based position and entry, or None."""
        values = await self._asked(_LOOKUP, standing, period, list(map(period.stored, members)), _OWNED)
        board = period.board_in(standing)
        return [
            (position, entry_of(board, rank, stored_id, record)) if record else None
            for stored_id, record, position, rank in zip(*values, strict=True)
        ]


def _score(number: bytes, opening: bytes) -> int:
    """A score from its sorted-set number and the member's first two bytes."""
    return int(float(number)) + int.from_bytes(opening)


def _read_as(standing: StandingBoard, period: Period, asked: Asked) -> tuple[StandingBoard, bytes]:
    """The board as one entry of it is read, and its id: one that is named is there once, like a member elsewhere."""
    if asked.entry_id is None:
        return standing, period.stored(asked.member)
    return standing.with_one_entry, standing.stored_entry(asked.member, asked.entry_id)


def entry_of(standing: StandingBoard, rank: int, stored_id: bytes, record: bytes) -> Entry:
    layout = standing.layout
    member, entry_id = layout.member_of(stored_id)
    score, subscores = layout.unpack_named(record)
    tail, at_us = record[layout.fixed_length :], layout.arrival_us(record)
    fields, team, metadata, hidden = standing.fields.unpack(tail)
    entry = Entry(
        rank, member, score, subscores, at_us, metadata, fields, team=team, hidden_fields=hidden, entry_id=entry_id
    )
    if not standing.board.previous_scores:
        return entry
    return entry._replace(previous_score=previous_score(tail, record[layout.value_length : layout.fixed_length]))


def read_entry(standing: StandingBoard, stored_id: bytes, values: list[Any]) -> tuple[Entry, int]:
    """An entry and the board's total, from {total, rank, record}."""
    total, rank, record = values
    return entry_of(standing, rank, stored_id, record), total


def entries_of(standing: StandingBoard, rows: Rows) -> list[Entry]:
    """The rows' entries. Ranks follow from the first one's: ties share it, unless ranks are unique. The board is as
    the period is read (Period.board_in)."""
    layout = standing.layout
    entries, rank, value = [], rows.rank, b""
    for position, (stored_id, record) in enumerate(zip(rows.ids, rows.records, strict=True), rows.first + 1):
        if layout.rank_style == "unique":
            rank = position
        elif value and record[: layout.value_length] != value:
            rank = position if layout.rank_style == "competition" else rank + 1
        value = record[: layout.value_length]
        entries.append(entry_of(standing, rank, stored_id, record))
    return entries

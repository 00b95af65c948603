"""Reads of the order of field values: segments, sorted and filtered pages, and ranks by a field."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rankd.domain.entries import Entry
from rankd.domain.fields import HIDDEN_SLOT, FieldRule
from rankd.domain.ordering import encode_member
from rankd.store.client import StoreClient, new_call
from rankd.store.outcomes import checked
from rankd.store.periods import Period
from rankd.store.ranks import entry_of
from rankd.store.scripts import Script, load
from rankd.store.standing import StandingBoard

_WALK, _LOOKUP, _AROUND = load("walk"), load("segment_lookup"), load("segment_around")
_FIELD_RANKS, _LIST = load("field_ranks"), load("list_values")
# Ranks a call counts, and values: both take the store some microseconds each.
_RANKS_A_CALL = 160
_MEMBERS_A_CALL = 100
_VALUES_A_CALL = 200
_FLIP = 2**63


@dataclass(frozen=True, slots=True)
class View:
    """What of the order of values a page shows: the entries that begin with an opening (a slot, or a slot and a
    value), those of them that pass the filters, and among which entries they are ranked (empty: the board's)."""

    opening: bytes
    length: int
    filters: bytes = b""
    segment: bytes = b""
    is_greatest_first: bool = False
    least_score: int | None = None
    most_score: int | None = None

    @property
    def name(self) -> str:
        """What a cursor into it is bound to. A digest, since values are long; places are checked by themselves."""
        digest = hashlib.blake2b(digest_size=16)
        for part in (self.opening, self.filters, self.segment):
            digest.update(len(part).to_bytes(4) + part)
        return f"{digest.hexdigest()} {int(self.is_greatest_first)}"

    @property
    def is_of_hidden(self) -> bool:
        """Whether it shows a hidden member its own entries."""
        return self.opening[0] == HIDDEN_SLOT

    def holds(self, place: bytes) -> bool:
        """Whether bytes that came from outside can be a place in it."""
        if not place.startswith(self.opening):
            return False
        if len(self.opening) > 1:
            return len(place) > len(self.opening)
        return len(place) > len(self.opening) + self.length and (self.length > 0 or b"\0" in place[1:])


@dataclass(frozen=True, slots=True)
class Walk:
    """Where a page begins: `offset` rows down, at a `rank`, or `after` or `before` a place."""

    mode: str
    number: int = 0
    place: bytes = b""


@dataclass(frozen=True, slots=True)
class Walked:
    """Rows of a view; `total` is unknown where filters had to be tried. `first` and `last` are the places that
    were looked at first and last, in the page's order."""

    total: int | None
    has_earlier: bool
    has_later: bool
    first: bytes
    last: bytes
    entries: list[Entry]


class ValueStore:
    """Reads of the field values of one board."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client

    async def walk(
        self, standing: StandingBoard, period: Period, view: View, walk: Walk, bounds: tuple[int, int]
    ) -> Walked:
        """Rows of a view from a place on; `bounds` are the rows wanted, and those that may be looked at."""
        limit, budget = bounds
        args = [
            limit,
            view.opening,
            view.length,
            int(view.is_greatest_first),
            _flipped(view.least_score),
            _flipped(view.most_score),
            view.filters,
            budget,
            view.segment,
            walk.mode,
            walk.number,
            walk.place,
        ]
        reply = await self._asked(_WALK, standing, period, period.keys, args)
        total, earlier, later, first, last, *columns = reply
        known = None if total < 0 else total
        return Walked(known, bool(earlier), bool(later), first, last, _entries(standing, *columns))

    async def lookup(
        self, standing: StandingBoard, period: Period, opening: bytes, members: Sequence[str]
    ) -> tuple[int, list[tuple[int, Entry] | None]]:
        """The entries of a segment, and for each of at most 50 members its 0-based position and entry, or None."""
        ids = list(map(encode_member, members))
        reply = await self._asked(_LOOKUP, standing, period, _beside(period), [opening, *ids])
        total, *columns = reply
        found = [
            (position, entry_of(standing, rank, stored_id, record)) if record else None
            for stored_id, record, position, rank in zip(*columns, strict=True)
        ]
        return total, found

    async def around(
        self, standing: StandingBoard, period: Period, opening: bytes, size: int, about: str | bytes
    ) -> tuple[int, list[Entry], int]:
        """The entries of a segment, rows around a member or a value there, and its rank. Raises EntryNotFound."""
        id_and_value = [encode_member(about), b""] if isinstance(about, str) else [b"", about]
        reply = await self._asked(_AROUND, standing, period, _beside(period), [opening, size, *id_and_value])
        total, ids, records, ranks, rank = reply
        return total, _entries(standing, ids, records, ranks), rank

    async def occurring(
        self, standing: StandingBoard, period: Period, rule: FieldRule, after: bytes, limit: int
    ) -> list[tuple[bytes, int]]:
        """The values of a field after one, packed, with the number of entries of each."""
        slot = bytes((standing.fields.slots[rule.name],))
        found: list[tuple[bytes, int]] = []
        while len(found) < limit:
            wanted = min(limit - len(found), _VALUES_A_CALL)
            args = [slot, standing.fields.length(rule), found[-1][0] if found else after, wanted]
            values, counts = await self._asked(_LIST, standing, period, [period.keys[3]], args)
            found += zip(values, counts, strict=True)
            if len(values) < wanted:
                break
        return found

    async def with_ranks(self, standing: StandingBoard, period: Period, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The entries with their ranks by the board's ranked fields, read right behind them."""
        ranked = standing.fields.ranked
        if not ranked or not entries or period.window.type == "range" or period.is_of_teams:
            return entries
        fields = b"".join(bytes((standing.fields.slots[rule.name],)) + rule.rank[:1].encode() for rule in ranked)  # type: ignore[index]
        _, records, _, values, ties = period.keys
        size = min(_RANKS_A_CALL // len(ranked), _MEMBERS_A_CALL)
        chunks = [entries[first : first + size] for first in range(0, len(entries), size)]
        calls = []
        for chunk in chunks:
            ids = [standing.stored_entry(entry.member, entry.entry_id) for entry in chunk]
            args = [standing.layout_text, fields, *ids]
            calls.append(self._client.call(_FIELD_RANKS, new_call(), [records, values, ties], args))
        found = [packed for reply in await asyncio.gather(*calls) for packed in checked(reply)[0]]
        return [_with_ranks(entry, ranked, packed) for entry, packed in zip(entries, found, strict=True)]

    async def _asked(
        self, script: Script, standing: StandingBoard, period: Period, names: Sequence[bytes], args: list[Any]
    ) -> list[Any]:
        """A script's values. Raises BoardChanged, and ClocksDiffer where another period is running."""
        all_args = [standing.revision, standing.layout_text, *period.held_args, *args]
        return checked(await self._client.call(script, new_call(), [standing.keys.board, *names], all_args))


def _beside(period: Period) -> list[bytes]:
    _, entries, _, values, ties = period.keys
    return [entries, values, ties]


def _flipped(score: int | None) -> bytes:
    return b"" if score is None else (score + _FLIP).to_bytes(8)


def _entries(standing: StandingBoard, ids: list[bytes], records: list[bytes], ranks: list[int]) -> list[Entry]:
    rows = zip(ids, records, ranks, strict=True)
    return [entry_of(standing, rank, stored_id, record) for stored_id, record, rank in rows]


def _with_ranks(entry: Entry, ranked: Sequence[FieldRule], packed: bytes) -> Entry:
    ranks = [int.from_bytes(packed[first : first + 4]) for first in range(0, len(packed), 4)]
    return entry._replace(field_ranks={rule.name: rank for rule, rank in zip(ranked, ranks, strict=True) if rank})

"""What a hidden member is shown of itself: its entry without a rank, and the rows around the place that its score has.

Who is hidden stands in no order, so that no read of others can show it. Its record is still there, and says where it
would stand; the rows on both sides of that place are read as a cursor's are.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from rankd.domain.entries import Entry
from rankd.domain.fields import MEMBER_SLOT, Fields, pack_value
from rankd.domain.ordering import member_value
from rankd.errors import EntryNotFound
from rankd.service.segments import Segments
from rankd.store.periods import Period
from rankd.store.ranks import Asked, Place, RankStore, Start, entries_of
from rankd.store.standing import StandingBoard
from rankd.store.values import ValueStore, View, Walk

# Entries in the board's order with their positions, and who of those that were asked for is missing.
LookedUp = tuple[list[tuple[int | None, Entry]], list[str]]
_WHOLE = (None, None)
_FLIPPED_SIGN = 128


class Among(NamedTuple):
    """Where it is asked about: a period, and the slot and value of a segment, or empty for the whole board."""

    period: Period
    opening: bytes = b""


class OwnEntries:
    """Reads of hidden members for themselves."""

    def __init__(self, store: RankStore, values: ValueStore) -> None:
        self._store = store
        self._values = values
        self._segments = Segments(values)

    async def entry(self, standing: StandingBoard, among: Among, member: str) -> tuple[Entry, int]:
        """A hidden member's entry, and how many others stand there. Raises EntryNotFound, also where it is not hidden:
        then it was not found because it is not in the segment."""
        return await self._entry(standing, among, Asked(member, is_own=True))

    async def _entry(self, standing: StandingBoard, among: Among, asked: Asked) -> tuple[Entry, int]:
        entry, total, _ = await self._store.rank_of(standing, among.period, asked, None)
        if entry.rank or not _has_value(standing.fields, entry, among.opening):
            raise EntryNotFound
        if among.opening:
            total, _ = await self._values.lookup(standing, among.period, among.opening, [asked.member])
        return entry, total

    async def around(
        self, standing: StandingBoard, among: Among, asked: Asked, size: int
    ) -> tuple[int, Sequence[Entry]]:
        """How many others stand there, and the rows around a hidden member's place, its own among them.

        Raises EntryNotFound.
        """
        entry, total = await self._entry(standing, among, asked._replace(is_own=True))
        if size == 1:
            return total, [entry]
        place = own_place(standing, among.period, entry)
        sides = [self._beside(standing, among, place, side, size - 1) for side in ("before", "after")]
        above, below = await asyncio.gather(*sides)
        seen = {(one.member, one.entry_id) for one in above}
        # An entry that moved between the two reads is shown once.
        rows = [*above, entry, *(one for one in below if (one.member, one.entry_id) not in seen)]
        first = max(min(len(above) - (size - 1) // 2, len(rows) - size), 0)
        return total, rows[first : first + size]

    async def join(
        self,
        standing: StandingBoard,
        among: Among,
        member: str,
        found: tuple[list[tuple[int | None, Entry]], list[str]],
    ) -> None:
        """Puts a hidden member that looks up itself among the entries found, by its score, and off the list of those
        that are missing; leaves both as they are where it has no entry."""
        entries, missing = found
        try:
            entry, _ = await self.entry(standing, among, member)
        except EntryNotFound:
            return
        place = own_place(standing, among.period, entry)
        before = [_is_before(standing, own_place(standing, among.period, one), place) for _, one in entries]
        entries.insert(sum(before), (None, entry))
        missing.remove(member)

    async def _beside(
        self, standing: StandingBoard, among: Among, place: Place, side: str, limit: int
    ) -> Sequence[Entry]:
        if not among.opening:
            start = Start(side, place.number, place.member)
            rows = await self._store.page(standing, among.period, limit, start, _WHOLE)
            return entries_of(among.period.board_in(standing), rows)
        view = View(among.opening, len(among.opening) - 1, segment=among.opening)
        walk = Walk(side, place=among.opening + _place_within(standing, place))
        return (await self._segments.page(standing, among.period, view, limit, walk)).entries


def own_place(standing: StandingBoard, period: Period, entry: Entry) -> Place:
    """Where an entry stands in its board's order, or would."""
    layout = standing.layout
    value = layout.pack_value(entry.score, layout.ordered(entry.subscores))
    stored_id = period.board_in(standing).stored_entry(entry.member, entry.entry_id)
    return Place.of_entry(layout, value + layout.pack_arrival(entry.at_us), stored_id)


def _is_before(standing: StandingBoard, place: Place, other: Place) -> bool:
    ours, theirs = (place.number, place.member), (other.number, other.member)
    return ours > theirs if standing.layout.descending else ours < theirs


def _place_within(standing: StandingBoard, place: Place) -> bytes:
    """The same place among the entries of one value, as lua/lib/values.lua has it."""
    score = int(place.number) + int.from_bytes(place.member[:2])
    packed = score.to_bytes(8, signed=True)
    return bytes((packed[0] ^ _FLIPPED_SIGN,)) + packed[1:] + place.member[2:]


def _has_value(fields: Fields, entry: Entry, opening: bytes) -> bool:
    """Whether an entry has the value that a segment is of."""
    if not opening:
        return True
    if opening[0] == MEMBER_SLOT:
        return opening[1:] == member_value(entry.member)
    openings = [
        bytes((fields.slots[name],)) + pack_value(fields.rules[name].type, value)
        for name, value in entry.fields.items()
    ]
    if entry.team is not None:
        openings.append(bytes((fields.team_slot,)) + pack_value("string", entry.team))
    return opening in openings

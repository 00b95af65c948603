"""Everything that reads a place."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from rankd.domain.entries import Entry
from rankd.domain.ordering import MAX_MEMBER_BYTES
from rankd.domain.queries import PERIOD, AroundScoreQuery, PageQuery, PeriodQuery
from rankd.errors import EntryNotFound, PeriodNotFound, StaleCursor, ValidationFailed
from rankd.service.boards import Boards
from rankd.service.scores import absent, ordered_subscores
from rankd.store.boards import StandingBoard
from rankd.store.ranks import Place, RankStore, Rows, Start, entries_of

_LOOKUP_CHUNK = 50
# Beyond every board, and exact in the scripts' numbers.
_FAR = 2**53


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Rows of a board in order, with the cursors to both sides; `rank` is that of a score asked about."""

    board_id: str
    total: int
    entries: list[Entry]
    next: str | None = None
    prev: str | None = None
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Entries of the members looked up, in board order with their 0-based positions, and who is absent."""

    entries: list[tuple[int, Entry]]
    missing: list[str]


class Ranks:
    """Reads of boards."""

    def __init__(self, boards: Boards, store: RankStore) -> None:
        self._boards = boards
        self._store = store

    async def page(self, project: str, board_id: str, query: PageQuery) -> EntryPage:
        """A page of entries. Raises StaleCursor, PeriodNotFound."""

        async def work(standing: StandingBoard) -> EntryPage:
            return await self._page(standing, query)

        return await self._boards.applied(project, board_id, work)

    async def entry(self, project: str, board_id: str, member: str, query: PeriodQuery) -> tuple[Entry, int]:
        """A member's entry and the board's total. Raises EntryNotFound."""

        async def work(standing: StandingBoard) -> tuple[Entry, int]:
            return await self._store.rank_of(standing, member)

        _checked_period(query)
        try:
            return await self._boards.applied(project, board_id, work)
        except EntryNotFound:
            raise absent(member, board_id) from None

    async def around(self, project: str, board_id: str, member: str, size: int, query: PeriodQuery) -> EntryPage:
        """The rows around a member. Raises EntryNotFound."""

        async def work(standing: StandingBoard) -> EntryPage:
            return _window(standing, await self._store.around(standing, member, size))

        _checked_period(query)
        try:
            return await self._boards.applied(project, board_id, work)
        except EntryNotFound:
            raise absent(member, board_id) from None

    async def around_score(
        self, project: str, board_id: str, query: AroundScoreQuery, subscores: dict[str, int]
    ) -> EntryPage:
        """The rows around the place that a score would take now, and the rank it would get.

        Raises ValidationFailed where a subscore is not the board's.
        """

        async def work(standing: StandingBoard) -> EntryPage:
            try:
                values = ordered_subscores(standing, subscores)
            except ValidationFailed:
                await self._boards.confirm(project, standing)
                raise
            return _window(standing, await self._store.around_value(standing, query.score, values, query.size))

        _checked_period(query)
        return await self._boards.applied(project, board_id, work)

    async def lookup(self, project: str, board_id: str, members: Sequence[str], query: PeriodQuery) -> Found:
        """The entries of up to 1,000 members; asked twice, a member is answered once."""
        asked = list(dict.fromkeys(members))

        async def work(standing: StandingBoard) -> Found:
            chunks = [asked[start : start + _LOOKUP_CHUNK] for start in range(0, len(asked), _LOOKUP_CHUNK)]
            found = await asyncio.gather(*[self._store.lookup(standing, chunk) for chunk in chunks])
            answers = [answer for chunk in found for answer in chunk]
            entries = sorted((one for one in answers if one is not None), key=lambda one: one[0])
            missing = [member for member, one in zip(asked, answers, strict=True) if one is None]
            return Found(entries, missing)

        _checked_period(query)
        return await self._boards.applied(project, board_id, work)

    async def _page(self, standing: StandingBoard, query: PageQuery) -> EntryPage:
        binding = _binding(standing)
        query, cursor = query.resumed(binding)
        _checked_period(query)
        if cursor:
            start = Start(cursor.direction, *_place_of(standing, cursor.place))
        elif query.rank is not None:
            start = Start("rank", min(query.rank, _FAR))
        else:
            start = Start("offset", min(query.offset or 0, _FAR))
        begin, end = _selection(standing, query)
        rows = await self._store.page(standing, query.limit, start, begin, end)
        following = previous = None
        if rows.ids and rows.has_later:
            following = query.cursor_to(binding, "after", _place_text(standing, rows, -1))
        if rows.ids and rows.has_earlier:
            previous = query.cursor_to(binding, "before", _place_text(standing, rows, 0))
        return EntryPage(standing.board.id, rows.total, entries_of(standing.layout, rows), following, previous)


def _checked_period(query: PeriodQuery) -> None:
    if query.period != PERIOD:
        raise PeriodNotFound(f"the board has no period {query.period!r}; it has 'all'")


def _window(standing: StandingBoard, rows: Rows) -> EntryPage:
    return EntryPage(standing.board.id, rows.total, entries_of(standing.layout, rows), rank=rows.value_rank)


def _binding(standing: StandingBoard) -> str:
    """What a cursor belongs to: one board, its generation and its order."""
    keys = standing.keys
    return f"{keys.project}/{keys.board_id} {PERIOD}.{keys.generation} {standing.layout.text}"


def _selection(standing: StandingBoard, query: PageQuery) -> tuple[Place | None, Place | None]:
    layout = standing.layout
    top, bottom = (query.score_max, query.score_min) if layout.descending else (query.score_min, query.score_max)
    begin = None if top is None else Place.beside_score(layout, top, after=False)
    end = None if bottom is None else Place.beside_score(layout, bottom, after=True)
    return begin, end


def _place_text(standing: StandingBoard, rows: Rows, index: int) -> str:
    place = Place.of_entry(standing.layout, rows.records[index], rows.ids[index])
    return f"{place.number:.17g} {place.member.hex()}"


def _place_of(standing: StandingBoard, text: str) -> tuple[float, bytes]:
    """The place in a cursor, checked: it came back from outside."""
    try:
        number_text, member_text = text.split(" ")
        number, member = float(number_text), bytes.fromhex(member_text)
    except ValueError:
        raise StaleCursor("this is not a cursor that a page has given; take `next` or `prev` as they are") from None
    prefix_length = 2 + standing.layout.key_length
    if not abs(number) <= 2.0**63 or not prefix_length < len(member) <= prefix_length + MAX_MEMBER_BYTES:
        raise StaleCursor("this is not a cursor that a page has given; take `next` or `prev` as they are")
    return number, member

"""Everything that reads a place."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from rankd.domain.cursors import Cursor
from rankd.domain.entries import ENTRY_ID_BYTES, Entry, Movement, Statistics, Top, WhichEntry
from rankd.domain.fields import unpack_value
from rankd.domain.ordering import MAX_MEMBER_BYTES
from rankd.domain.queries import (
    AroundMemberQuery,
    AroundQuery,
    AroundScoreQuery,
    EntryQuery,
    PageQuery,
    SegmentQuery,
    SpanQuery,
    StatsQuery,
    ValuesQuery,
    ViewedQuery,
)
from rankd.errors import EntryNotFound, StaleCursor, ValidationFailed
from rankd.service.boards import Boards
from rankd.service.members import Members
from rankd.service.own_entries import Among, OwnEntries
from rankd.service.pages import EntryPage, Found, FoundEntry, PeriodShown, ValuePage
from rankd.service.percentiles import Percentiles
from rankd.service.periods import Periods
from rankd.service.ranges import Ranges, SpanNote
from rankd.service.scores import ONE_ENTRY, absent, ordered_subscores
from rankd.service.segments import (
    Segments,
    asks_values,
    hidden_view,
    no_such_field,
    place_in,
    place_text,
    segment_of,
    spans_keep_no_fields,
    start_of,
    teams_have_no_fields,
    value_in,
    view_of,
)
from rankd.store.periods import Period
from rankd.store.ranks import Asked, Place, RankStore, Rows, Selection, Start, entries_of
from rankd.store.standing import StandingBoard
from rankd.store.values import ValueStore, View, Walk

# In 100,000ths of the entries, as shares of tops are.
QUANTILES = (1_000, 5_000, 10_000, 25_000, 50_000, 75_000, 90_000, 95_000, 99_000)
_WHOLE = 100_000
_LOOKUP_CHUNK = 25
NO_TEAMS = 'the board has no teams; its `member_types` would have to be ["user", "team"]'
# Beyond every board, and exact in the scripts' numbers.
_FAR = 2**53


class Ranks:
    """Reads of boards."""

    def __init__(  # noqa: PLR0913, PLR0917 - one of each kind that reads need
        self,
        boards: Boards,
        periods: Periods,
        ranges: Ranges,
        members: Members,
        store: RankStore,
        values: ValueStore,
    ) -> None:
        self._values = values
        self._segments = Segments(values)
        self._own, self._percentiles = OwnEntries(store, values), Percentiles(store, values)
        self._boards = boards
        self._periods = periods
        self._ranges = ranges
        self._members = members
        self._store = store

    async def page(self, project: str, board_id: str, query: PageQuery) -> EntryPage:
        """A page of entries. Raises StaleCursor, PeriodNotFound."""

        async def work(standing: StandingBoard) -> EntryPage:
            return await self._page(project, standing, query)

        self._members.expect(project)
        return await self._with_profiles(project, await self._boards.applied(project, board_id, work))

    async def entry(self, project: str, board_id: str, member: str, query: EntryQuery) -> FoundEntry:
        """A member's entry, with its profile. Raises EntryNotFound, PeriodNotFound."""
        self._members.expect(project)
        found = await self.bare_entry(project, board_id, member, query)
        (entry,) = await self._members.shown(project, [found.entry])
        return replace(found, entry=entry)

    async def bare_entry(self, project: str, board_id: str, member: str, query: EntryQuery) -> FoundEntry:
        """A member's entry without the profile. Raises EntryNotFound, PeriodNotFound."""
        asked = Asked(member, query.viewer == member, query.entry_id)

        async def work(standing: StandingBoard) -> FoundEntry:
            await self._demand_one_of_many(project, standing, query, query.entry_id)
            period, note = await self._asked(project, standing, query)
            earlier = None if note else await self._periods.before(standing, period)
            if earlier and period.is_of_teams:
                earlier = earlier.of_teams()
            opening = await self._opening(project, standing, query) if query.segment is not None else b""
            among = Among(period, opening)
            try:
                if opening:
                    entry, total, movement = await self._rank_in_segment(standing, among, asked, earlier)
                else:
                    entry, total, movement = await self._store.rank_of(standing, period, asked, earlier)
            except EntryNotFound:
                raise absent(WhichEntry(member, query.entry_id), board_id, period.id, query.segment) from None
            if entry.rank:
                (entry,) = await self._values.with_ranks(standing, period, [entry])
            above = await self._percentiles.above(standing, among, entry)
            return FoundEntry(entry, total, _shown(period, note), movement, standing.board.decimals, above)

        return await self._boards.applied(project, board_id, work)

    async def around(self, project: str, board_id: str, member: str, query: AroundMemberQuery) -> EntryPage:
        """The rows around a member; a hidden one that asks for itself has no rank. Raises EntryNotFound,
        PeriodNotFound."""
        asked = Asked(member, entry_id=query.entry_id)

        async def work(standing: StandingBoard) -> EntryPage:
            await self._demand_one_of_many(project, standing, query, query.entry_id)
            period, note = await self._asked(project, standing, query)
            try:
                if query.segment is not None:
                    return await self._around_in_segment(project, standing, period, query, member)
                rows = await self._store.around(standing, period, asked, query.size)
            except EntryNotFound:
                if query.viewer == member:
                    return await self._around_hidden(project, standing, (period, note), query, asked)
                raise absent(WhichEntry(member, query.entry_id), board_id, period.id, query.segment) from None
            return await self._window(standing, period, note, rows)

        self._members.expect(project)
        return await self._with_profiles(project, await self._boards.applied(project, board_id, work))

    async def around_score(
        self, project: str, board_id: str, query: AroundScoreQuery, subscores: dict[str, int]
    ) -> EntryPage:
        """The rows around the place that a score would take now, and the rank it would get.

        Raises ValidationFailed where a subscore is not the board's, PeriodNotFound.
        """

        async def work(standing: StandingBoard) -> EntryPage:
            try:
                values = ordered_subscores(standing, subscores)
            except ValidationFailed:
                await self._boards.confirm(project, standing)
                raise
            period, note = await self._asked(project, standing, query)
            if query.segment is not None:
                value = standing.layout.pack_value(query.score, values)
                return await self._around_in_segment(project, standing, period, query, value)
            rows = await self._store.around_value(standing, period, query.score, values, query.size)
            return await self._window(standing, period, note, rows)

        self._members.expect(project)
        return await self._with_profiles(project, await self._boards.applied(project, board_id, work))

    async def stats(self, project: str, board_id: str, query: StatsQuery) -> tuple[Statistics, PeriodShown]:
        """The scores' count, ends, quantiles, histogram and tops in a period. Raises PeriodNotFound."""

        async def work(standing: StandingBoard) -> tuple[Statistics, PeriodShown]:
            period, note = await self._asked(project, standing, query)
            sign = -1 if standing.layout.descending else 1  # from the best score on, which is the greatest or the least
            shares = [*QUANTILES, *(sign * share for share in query.top)]
            found = await self._store.stats(standing, period, query.steps, shares)
            if not found.count:
                return found, _shown(period, note)
            tops = [Top(one, -(-one * found.count // _WHOLE), found.quantiles[sign * one]) for one in query.top]
            quantiles = {share: found.quantiles[share] for share in QUANTILES}
            return replace(found, quantiles=quantiles, tops=tops), _shown(period, note)

        return await self._boards.applied(project, board_id, work)

    async def lookup(self, project: str, board_id: str, members: Sequence[str], query: ViewedQuery) -> Found:
        """The entries of up to 1,000 members; asked twice, a member is answered once."""
        asked = list(dict.fromkeys(members))

        async def work(standing: StandingBoard) -> Found:
            period, note = await self._asked(project, standing, query)
            opening = await self._opening(project, standing, query) if query.segment is not None else b""
            chunks = [asked[start : start + _LOOKUP_CHUNK] for start in range(0, len(asked), _LOOKUP_CHUNK)]
            if opening:
                looked = [self._values.lookup(standing, period, opening, chunk) for chunk in chunks]
                answers = [answer for _, chunk in await asyncio.gather(*looked) for answer in chunk]
            else:
                found = await asyncio.gather(*[self._store.lookup(standing, period, chunk) for chunk in chunks])
                answers = [answer for chunk in found for answer in chunk]
            placed = sorted((one for one in answers if one is not None), key=lambda one: one[0])
            ranked = await self._values.with_ranks(standing, period, [entry for _, entry in placed])
            entries: list[tuple[int | None, Entry]]
            entries = [(position, entry) for (position, _), entry in zip(placed, ranked, strict=True)]
            missing = [member for member, one in zip(asked, answers, strict=True) if one is None]
            if query.viewer in missing:
                await self._own.join(standing, Among(period, opening), query.viewer, (entries, missing))
            return Found(entries, missing, _shown(period, note), standing.board.decimals)

        self._members.expect(project)
        found = await self._boards.applied(project, board_id, work)
        entries = await self._members.shown(project, [entry for _, entry in found.entries])
        return replace(
            found, entries=[(place, entry) for (place, _), entry in zip(found.entries, entries, strict=True)]
        )

    async def _with_profiles(self, project: str, page: EntryPage) -> EntryPage:
        entries = await self._members.shown(project, page.entries)
        return page if entries is page.entries else replace(page, entries=entries)

    async def values(self, project: str, board_id: str, name: str, query: ValuesQuery) -> ValuePage:
        """The values of a field that occur, in their order, with the number of entries of each."""

        async def work(standing: StandingBoard) -> ValuePage:
            asked, cursor = query.resumed()
            period = await self._periods.asked(standing, asked.period)
            rule = standing.fields.readable.get(name)
            if rule is None:
                await self._boards.confirm(project, standing)
                raise no_such_field(standing.fields, name)
            binding = f"{binding_of(standing, period)} values {standing.fields.slots[name]}"
            after = b""
            if cursor:
                cursor.check(binding)
                after = value_in(standing.fields, rule, cursor.place)
            found = await self._values.occurring(standing, period, rule, after, asked.limit + 1)
            more = len(found) > asked.limit
            del found[asked.limit :]
            following = asked.cursor_to(binding, "after", found[-1][0].hex()) if more else None
            values = [(unpack_value(rule.type, packed), count) for packed, count in found]
            return ValuePage(board_id, name, _shown(period, None), values, following)

        return await self._boards.applied(project, board_id, work)

    async def _asked(self, project: str, standing: StandingBoard, query: SpanQuery) -> tuple[Period, SpanNote | None]:
        """The period or span of days to read, and what is to be said of a span."""
        is_of_teams = query.member_type == "team"
        if is_of_teams and not standing.board.has_teams:
            await self._boards.confirm(project, standing)
            raise ValidationFailed(faults=[{"parameter": "member_type", "detail": NO_TEAMS}])
        if not query.is_span:
            period = await self._periods.asked(standing, query.period)
            return period.of_teams() if is_of_teams else period, None
        period, note = await self._ranges.asked(standing, query, lambda: self._boards.confirm(project, standing))
        return period._replace(is_of_teams=is_of_teams), note

    async def _demand_one_of_many(
        self, project: str, standing: StandingBoard, query: SegmentQuery, entry_id: int | None
    ) -> None:
        """Refuses an entry's number where members have one entry. Raises ValidationFailed, BoardChanged."""
        if entry_id is None:
            return
        detail = ONE_ENTRY if standing.board.unique else None
        if query.is_span or query.member_type == "team":
            detail = "spans of days, and teams, have one entry a member; leave it out"
        elif query.segment is not None:
            detail = "a segment is read by a member's best entry there; leave out one of them"
        if detail:
            await self._boards.confirm(project, standing)
            raise ValidationFailed(faults=[{"parameter": "entry_id", "detail": detail}])

    async def _opening(self, project: str, standing: StandingBoard, query: SegmentQuery) -> bytes:
        """The slot and value of the segment asked for. Raises ValidationFailed, BoardChanged."""
        try:
            if query.is_span:
                raise spans_keep_no_fields()
            if query.member_type == "team":
                raise teams_have_no_fields()
            return segment_of(standing.fields, query.segment or "")[1]
        except ValidationFailed:
            await self._boards.confirm(project, standing)
            raise

    async def _rank_in_segment(
        self, standing: StandingBoard, among: Among, asked: Asked, earlier: Period | None
    ) -> tuple[Entry, int, Movement | None]:
        """A member's entry, the segment's total, and how it stood there in an earlier period. Raises EntryNotFound."""
        periods = [among.period, earlier] if earlier else [among.period]
        looked = [self._values.lookup(standing, one, among.opening, [asked.member]) for one in periods]
        (total, (found,)), *before = await asyncio.gather(*looked)
        if found is None:
            if not asked.is_own:
                raise EntryNotFound
            return *(await self._own.entry(standing, among, asked.member)), None
        entry = found[1]
        if not earlier or before[0][1][0] is None:
            return entry, total, None
        past = before[0][1][0][1]
        return (
            entry,
            total,
            Movement(earlier.id, past.rank, past.score, past.rank - entry.rank, entry.score - past.score),
        )

    async def _around_in_segment(
        self, project: str, standing: StandingBoard, period: Period, query: AroundQuery, about: str | bytes
    ) -> EntryPage:
        opening = await self._opening(project, standing, query)
        total, rows, rank = await self._values.around(standing, period, opening, query.size, about)
        entries = await self._values.with_ranks(standing, period, rows)
        return EntryPage(standing.board, _shown(period, None), total, entries, rank=rank)

    async def _around_hidden(
        self,
        project: str,
        standing: StandingBoard,
        shown: tuple[Period, SpanNote | None],
        query: AroundMemberQuery,
        asked: Asked,
    ) -> EntryPage:
        period, note = shown
        opening = await self._opening(project, standing, query) if query.segment is not None else b""
        try:
            total, rows = await self._own.around(standing, Among(period, opening), asked, query.size)
        except EntryNotFound:
            which = WhichEntry(asked.member, query.entry_id)
            raise absent(which, standing.board.id, period.id, query.segment) from None
        entries = await self._values.with_ranks(standing, period, rows)
        return EntryPage(standing.board, _shown(period, note), total, entries)

    async def _window(self, standing: StandingBoard, period: Period, note: SpanNote | None, rows: Rows) -> EntryPage:
        entries = await self._values.with_ranks(standing, period, entries_of(period.board_in(standing), rows))
        return EntryPage(standing.board, _shown(period, note), rows.total, entries, rank=rows.value_rank)

    async def _value_page(
        self, project: str, standing: StandingBoard, period: Period, query: PageQuery, cursor: Cursor | None
    ) -> EntryPage:
        """A page by field values: of a segment, sorted or filtered."""
        try:
            view = view_of(standing, query)
        except ValidationFailed:
            await self._boards.confirm(project, standing)
            raise
        if query.viewer is None:
            return await self._view_page(standing, period, query, view, cursor)
        own = hidden_view(view)
        if cursor and cursor.binding == _binding_to(standing, period, own):
            return await self._view_page(standing, period, query, own, cursor)
        page = await self._view_page(standing, period, query, view, cursor)
        # Where filters are tried row by row the total is unknown.
        if page.total or page.entries or page.next or cursor:
            return page
        return await self._view_page(standing, period, query, own, cursor)

    async def _view_page(
        self, standing: StandingBoard, period: Period, query: PageQuery, view: View, cursor: Cursor | None
    ) -> EntryPage:
        binding = _binding_to(standing, period, view)
        walk = start_of(query)
        if cursor:
            cursor.check(binding)
            walk = Walk(cursor.direction, place=place_in(view, cursor.place))
        rows = await self._segments.page(standing, period, view, query.limit, walk)
        following = query.cursor_to(binding, "after", place_text(view, rows.last)) if rows.has_later else None
        previous = query.cursor_to(binding, "before", place_text(view, rows.first)) if rows.has_earlier else None
        entries = rows.entries if view.is_of_hidden else await self._values.with_ranks(standing, period, rows.entries)
        return EntryPage(standing.board, _shown(period, None), rows.total, entries, following, previous)

    async def _page(self, project: str, standing: StandingBoard, query: PageQuery) -> EntryPage:
        query, cursor = query.resumed()
        period, note = await self._asked(project, standing, query)
        if asks_values(query):
            return await self._value_page(project, standing, period, query, cursor)
        binding = binding_of(standing, period)
        if cursor:
            cursor.check(binding)
            start = Start(cursor.direction, *_place_of(standing, cursor.place))
        elif query.rank is not None:
            start = Start("rank", min(query.rank, _FAR))
        else:
            start = Start("offset", min(query.offset or 0, _FAR))
        rows = await self._store.page(standing, period, query.limit, start, _selection(standing, query))
        following = previous = None
        if rows.ids and rows.has_later:
            following = query.cursor_to(binding, "after", _place_text(standing, rows, -1))
        if rows.ids and rows.has_earlier:
            previous = query.cursor_to(binding, "before", _place_text(standing, rows, 0))
        entries = await self._values.with_ranks(standing, period, entries_of(period.board_in(standing), rows))
        return EntryPage(standing.board, _shown(period, note), rows.total, entries, following, previous)


def _shown(period: Period, note: SpanNote | None) -> PeriodShown:
    return PeriodShown(period.window, period.id, note)


def binding_of(standing: StandingBoard, period: Period) -> str:
    """What a cursor belongs to: one window of one board, in its order."""
    keys, token = standing.keys, period.keys[0].rpartition(b":")[2].decode()
    if period.window.type == "range":
        token = f"range.{period.id}" + ".team" * period.is_of_teams  # computed again, it is the same span
    return f"{keys.project}/{keys.board_id} {token} {standing.layout.order_text}"


def _binding_to(standing: StandingBoard, period: Period, view: View) -> str:
    return f"{binding_of(standing, period)} {view.name}"


def _selection(standing: StandingBoard, query: PageQuery) -> Selection:
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
    if (
        not abs(number) <= 2.0**63
        or not prefix_length < len(member) <= prefix_length + MAX_MEMBER_BYTES + ENTRY_ID_BYTES
    ):
        raise StaleCursor("this is not a cursor that a page has given; take `next` or `prev` as they are")
    return number, member

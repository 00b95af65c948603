"""Boards: definitions, kept in this process for as long as the store agrees, and what changes them."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from rankd.domain.bans import Ban, BanMode
from rankd.domain.boards import Board, BoardSettings
from rankd.domain.calendars import Calendar
from rankd.domain.fields import Fields
from rankd.domain.instants import from_us
from rankd.domain.queries import CursorQuery
from rankd.errors import BoardChanging, BoardExists, BoardNotEmpty, BoardNotFound, ValidationFailed
from rankd.store.bans import BanStore, Owned
from rankd.store.boards import BoardStore, IdPage, IndexNeeded, ResetPlan, ResetWindow
from rankd.store.changes import Change
from rankd.store.client import StoreClient
from rankd.store.clock import StoreClock
from rankd.store.conversions import ConversionStore
from rankd.store.keys import first_day
from rankd.store.outcomes import BoardChanged, ClocksDiffer
from rankd.store.rollovers import RolloverStore
from rankd.store.sources import SourceStore
from rankd.store.standing import Record, StandingBoard, of_teams

T = TypeVar("T")
_MAX_KNOWN = 10_000
_MAX_TRIES = 4
_PAGE = 100
_BANS_A_CALL = 50
# Windows that begin within it are looked at like those of now.
_EDGE_US = 2_000_000


class Boards:
    """The boards of all projects."""

    def __init__(self, client: StoreClient, clock: StoreClock) -> None:
        self._bans = BanStore(client)
        self._conversions = ConversionStore(client)
        self._store = BoardStore(client)
        self._rollovers = RolloverStore(client)
        self._sources = SourceStore(client)
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], StandingBoard] = OrderedDict()

    async def applied(self, project: str, board_id: str, work: Callable[[StandingBoard], Awaitable[T]]) -> T:
        """Does work on a board, and again with the board read anew where it has changed meanwhile, or with the
        store's clock where another period is running there."""
        standing = self._known.get((project, board_id)) or await self._read(project, board_id)
        for _ in range(_MAX_TRIES):
            try:
                return await work(standing)
            except ClocksDiffer as stale:
                self._clock.learn(stale.store_us)
            except BoardChanged:
                standing = await self._read(project, board_id)
            except BoardNotFound:
                self._known.pop((project, board_id), None)
                raise _absent(board_id) from None
        raise BoardChanging(f"the settings of board {board_id!r} kept changing; try again")

    async def put(self, project: str, board_id: str, settings: BoardSettings) -> tuple[Board, bool]:
        """Creates a board or replaces its settings. Returns it, and whether it is new.

        Raises BoardNotEmpty where the change would reorder entries.
        """
        for _ in range(_MAX_TRIES):
            try:
                try:
                    standing = await self._read(project, board_id)
                except BoardNotFound:
                    return await self._create(project, board_id, settings), True
                return await self._replace(project, standing, settings), False
            except ClocksDiffer as stale:
                self._clock.learn(stale.store_us)
            except (BoardChanged, BoardNotFound):
                continue
        raise BoardChanging(f"the settings of board {board_id!r} kept changing; try again")

    async def create(self, project: str, board_id: str, settings: BoardSettings) -> Board:
        """Creates a board. Raises BoardExists."""
        for _ in range(_MAX_TRIES):
            try:
                await self._read(project, board_id)
            except BoardNotFound:
                try:
                    return await self._create(project, board_id, settings)
                except ClocksDiffer as stale:
                    self._clock.learn(stale.store_us)
                    continue
                except BoardChanged:
                    pass  # another call has made it in between
            raise BoardExists(f"there is a board {board_id!r} already")
        raise BoardChanging(f"the clocks of rankd and the store keep differing over board {board_id!r}; try again")

    async def patch(self, project: str, board_id: str, merged: Callable[[Board], BoardSettings]) -> Board:
        """Replaces the settings by what `merged` makes of the present ones."""

        async def work(standing: StandingBoard) -> Board:
            return await self._replace(project, standing, merged(standing.board))

        return await self.applied(project, board_id, work)

    async def confirm(self, project: str, standing: StandingBoard) -> None:
        """Makes sure that a board is still as it was read, and of the store's time, before these are held against
        a request. Raises BoardChanged, BoardNotFound.
        """
        found = await self._read(project, standing.board.id)
        self._clock.learn(found.read_us)
        if found.revision != standing.revision:
            raise BoardChanged

    async def drop_all(self, project: str) -> None:
        """Deletes every board of a project, in steps that a repeat goes on with."""
        while ids := (await self._store.list_ids(project, _PAGE, "after", "")).ids:
            for board_id in ids:
                try:
                    await self.delete(project, board_id)
                except BoardNotFound:
                    await self._store.delist(project, board_id)
        await self._sources.drop_all(project)

    async def heard(self, project: str, event: str) -> list[str]:
        """The ids of boards that an event may feed, in order; what they are fed by is for their definitions to say."""
        return await self._sources.boards_of(project, event)

    async def known(self, project: str, board_id: str) -> tuple[Board, Calendar]:
        """A board as this process last read it, with its calendar: no call to the store where it has just been used."""
        standing = self._known.get((project, board_id)) or await self._read(project, board_id)
        return standing.board, standing.calendar

    async def get(self, project: str, board_id: str) -> Board:
        return (await self._read(project, board_id)).board

    async def delete(self, project: str, board_id: str) -> None:
        async def work(standing: StandingBoard) -> None:
            owned = await self._owned(standing)
            names = [*_names_of(standing, owned), *standing.day_keys(owned.days), standing.keys.bans]
            names += standing.keys.sessions(first_day(self._clock.now_ms()))
            await self._bans.drop_ranges(standing)
            await self._store.drop(standing, names)
            await self._unhear(project, standing.board)

        await self.applied(project, board_id, work)
        self._known.pop((project, board_id), None)
        await self._store.delist(project, board_id)

    async def settle_bans(self, project: str, board_id: str, bans: Mapping[str, Ban | None]) -> None:
        """Makes a board agree with what its project notes of at most 50 members.

        That is looked at again afterwards: of several changes side by side the last one noted counts, whichever comes
        to the board last.
        """
        while bans:
            modes = {member: ban.mode_on(board_id) if ban else None for member, ban in bans.items()}
            await self._settle(project, board_id, modes)
            noted = await self._bans.read(project, bans)
            bans = {member: ban for member, ban in noted.items() if ban != bans[member]}

    async def _settle(self, project: str, board_id: str, modes: Mapping[str, BanMode | None]) -> None:
        """Notes bans on a board and makes all its windows agree: those that begin after the note do anyway."""

        async def note(standing: StandingBoard) -> None:
            await self._bans.set_modes(standing, modes)

        async def settle(standing: StandingBoard) -> None:
            await self._bans.settle(standing, modes, (await self._owned(standing)).windows)

        await self.applied(project, board_id, note)
        await self.applied(project, board_id, settle)

    async def erase(self, project: str, board_id: str, member: str) -> tuple[int, int]:
        """Takes a member out of a board: how many entries and days of ranges held it."""
        entries = days = 0

        async def work(standing: StandingBoard) -> None:
            nonlocal entries, days
            found, touched = await self._bans.erase(standing, member, await self._owned(standing))
            entries, days = entries + found, days + touched
            await self._bans.drop_ranges(standing)

        await self.applied(project, board_id, work)
        return entries, days

    async def _owned(self, standing: StandingBoard) -> Owned:
        """All of a board that holds entries."""
        now_us, calendar = self._clock.now_us(), standing.calendar
        standing.known_played = None
        played = await self._rollovers.played(standing, now_us)
        windows = [window for kind in calendar.types for window in calendar.candidates(kind, now_us, _EDGE_US)]
        key_sets = [standing.window_keys(window) for window in windows]
        key_sets += [standing.window_keys(record.window, record.generation) for record in played.records.values()]
        # Unbounded periods that were taken off the board are in no list.
        key_sets += [standing.window_keys(calendar.at(kind, now_us)) for kind in ("all", "season")]
        return Owned(list(dict.fromkeys(key_sets)), list(played.days))

    async def reset(
        self, project: str, board_id: str, kind: str | None, operation: bytes, *, archives: bool
    ) -> tuple[list[ResetWindow], bool]:
        """Ends the running periods early, or one of them. Returns what was reset, and whether this is a repeat's
        answer. Raises ValidationFailed where the board has no such period."""

        async def work(standing: StandingBoard) -> tuple[list[ResetWindow], bool]:
            now_us, calendar = self._clock.now_us(), standing.calendar
            if kind is not None and kind not in calendar.types:
                await self.confirm(project, standing)
                raise ValidationFailed(faults=[{"pointer": "/period", "detail": _no_type(kind, calendar)}])
            windows = [calendar.running(one, now_us) for one in ((kind,) if kind else calendar.types)]
            outcome = await self._store.reset(standing, ResetPlan(windows, archives), operation, now_us)
            if archives:
                await self._push_out(standing)
            return outcome

        outcome = await self.applied(project, board_id, work)
        self._known.pop((project, board_id), None)
        return outcome

    async def empty(self, project: str, board_id: str) -> None:
        """Ends all running periods, and forgets in the same step the days of ranges and what sessions have said."""

        async def work(standing: StandingBoard) -> None:
            now_us, calendar = self._clock.now_us(), standing.calendar
            windows = [calendar.running(one, now_us) for one in calendar.types]
            days = (await self._owned(standing)).days
            await self._store.reset(standing, ResetPlan(windows, archives=False, days=days), b"", now_us)
            await self._bans.drop_ranges(standing)

        await self.applied(project, board_id, work)
        self._known.pop((project, board_id), None)

    async def _push_out(self, standing: StandingBoard) -> None:
        """Drops archives that newer ones have pushed out."""
        project, board_id = standing.keys.project, standing.board.id
        fresh = await self._store.read(project, board_id)
        records = (await self._rollovers.played(fresh, self._clock.now_us())).records.values()
        await self._rollovers.forget(fresh, _pushed_out(list(records), fresh.calendar.keeps))

    async def page(self, project: str, query: CursorQuery) -> tuple[list[Board], int, str | None, str | None]:
        """A page of the project's boards by id: the boards, how many there are, and both cursors."""
        binding = f"boards {project}"
        query, cursor = query.resumed()
        if cursor:
            cursor.check(binding)
        direction, place = (cursor.direction, cursor.place) if cursor else ("after", "")
        ids = await self._store.list_ids(project, query.limit, direction, place)
        read = await asyncio.gather(*[self._read(project, one) for one in ids.ids], return_exceptions=True)
        boards = []
        for one in read:
            if isinstance(one, StandingBoard):
                boards.append(one.board)
            elif not isinstance(one, BoardNotFound):
                raise one
        return boards, ids.total, *query.cursors_beside(binding, ids.ids, ids.first, ids.total)

    async def list_ids(self, project: str, limit: int, direction: str, place: str) -> IdPage:
        """The ids of the project's boards `after` or `before` a place, in order."""
        return await self._store.list_ids(project, limit, direction, place)

    async def _read(self, project: str, board_id: str) -> StandingBoard:
        try:
            standing = await self._store.read(project, board_id)
        except BoardNotFound:
            self._known.pop((project, board_id), None)
            raise _absent(board_id) from None
        known = self._known.get((project, board_id))
        if known is not None and known.revision == standing.revision:
            known.closed, known.read_us = standing.closed, standing.read_us
            return known
        self._known[project, board_id] = standing
        if len(self._known) > _MAX_KNOWN:
            self._known.popitem(last=False)
        return standing

    async def _create(self, project: str, board_id: str, settings: BoardSettings) -> Board:
        now_us = self._clock.now_us()
        now = _moment(now_us)
        board = Board(**dict(settings), id=board_id, created_at=now, updated_at=now, version=1)
        await self._store.enlist(project, board_id)
        index = "ready" if board.rank_style == "dense" else ""
        change = Change.new(project, board, now_us)
        # Said before and after: neither a failure in between nor who looks before the board is there may lose it.
        await self._schedule(project, board, now_us)
        await self._hear(project, board)
        await self._store.define(board, change, reorders=False, index=index)
        await self._hear(project, board)
        await self._schedule(project, board, now_us)
        async for bans in self._bans.all(project):
            about = [(member, ban) for member, ban in bans if ban.mode_on(board.id)]
            for start in range(0, len(about), _BANS_A_CALL):
                await self.settle_bans(project, board.id, dict(about[start : start + _BANS_A_CALL]))
        return board

    async def _schedule(self, project: str, board: Board, now_us: int) -> None:
        """Has the board looked at when the first of its periods ends."""
        if (due_us := next_due_us(Calendar(board), now_us)) is not None:
            await self._rollovers.schedule(project, board.id, due_us // 1000 + 1)

    async def _replace(self, project: str, standing: StandingBoard, settings: BoardSettings) -> Board:
        present, now_us = standing.board, self._clock.now_us()
        reordering = present.reorders(settings)
        board = Board(
            **dict(settings),
            id=present.id,
            created_at=present.created_at,
            updated_at=_moment(now_us),
            version=present.version + 1,
        )
        index = "ready" if board.rank_style == "dense" else ""
        becoming = StandingBoard(board, b"", b"", standing.keys)
        change, closed = await self._change(standing, becoming, now_us)
        if next_due_us(standing.calendar, now_us) is None:
            await self._schedule(project, board, now_us)
        await self._hear(project, board)
        try:
            await self._store.define(board, change, reorders=bool(reordering), index=index)
        except BoardNotEmpty:
            raise BoardNotEmpty(_not_empty(reordering, has_periods=bool(closed))) from None
        except IndexNeeded:
            indexed = await self._indexed(project, standing, becoming.calendar, closed, now_us)
            # Indexing may have taken minutes: what runs and what is closed is looked up again.
            now_us = self._clock.now_us()
            change, _ = await self._change(indexed, becoming, now_us)
            await self._store.define(board, change, reorders=bool(reordering), index="built")
        self._known.pop((project, present.id), None)
        await self._hear(project, board)
        if present.source != board.source:
            await self._unhear(project, present)
        if any(Fields(board.fields, change.slots).former.values()):
            await self._convert_fields(project, present.id)
        if "ends" in change.fates:
            await self._push_out(standing)
        if next_due_us(standing.calendar, now_us) is not None or next_due_us(becoming.calendar, now_us) is not None:
            # What is over by the new settings may not have been by the old ones: a look says when to look next.
            await self._rollovers.schedule(project, board.id, now_us // 1000)
        return board

    async def _hear(self, project: str, board: Board) -> None:
        """Has events find a board. Said before and after it is defined, so that what another server takes off in
        between comes back."""
        if board.source is not None:
            await self._sources.add(project, board.source.event, board.id)

    async def _unhear(self, project: str, former: Board) -> None:
        """Has the events of a former definition find a board no more, unless it is fed by them again."""
        if former.source is None:
            return
        await self._sources.remove(project, former.source.event, former.id)
        try:
            standing = await self._store.read(project, former.id)
        except BoardNotFound:
            return
        if standing.board.source is not None and standing.board.source.event == former.source.event:
            await self._hear(project, standing.board)

    async def _convert_fields(self, project: str, board_id: str) -> None:
        """Brings values of fields whose type was changed to the new type, in every window."""
        standing = await self._read(project, board_id)
        for window_keys in (await self._owned(standing)).windows:
            await self._conversions.convert(standing, window_keys)

    async def _change(
        self, standing: StandingBoard, becoming: StandingBoard, now_us: int
    ) -> tuple[Change, list[Record]]:
        """What a board's new settings do to its periods, and its windows that are over and still kept."""
        closed = await self._closed(standing, becoming, now_us)
        days = list((await self._rollovers.played(standing, now_us)).days)
        change = Change.of(standing, becoming.board, closed, days, now_us)
        if standing.board.reorders(becoming.board):
            # No name leads any more to what is left of periods that nobody can read.
            change.drops(_names_of(standing, await self._owned(standing)))
        return change, closed

    async def _closed(self, standing: StandingBoard, becoming: StandingBoard, now_us: int) -> list[Record]:
        """The windows of a board that are over and still kept, by its settings of now or those to come."""
        standing.known_played = None
        records = (await self._rollovers.played(standing, now_us)).records.values()
        return [
            one
            for one in records
            if is_kept(standing, one, now_us)
            or (is_kept(becoming, one, now_us) and not _is_running(standing, one, now_us))
        ]

    async def _indexed(
        self, project: str, standing: StandingBoard, after: Calendar, closed: Sequence[Record], now_us: int
    ) -> StandingBoard:
        """The board with its distinct values indexed; its ranks stay as they are until it is defined dense.

        Windows that begin meanwhile are indexed from their first entry on.
        """
        building = standing
        if not standing.is_indexed:
            change = Change.of(standing, standing.board, [], [], now_us)
            await self._store.define(standing.board, change, reorders=False, index="building")
            building = await self._read(project, standing.board.id)
        calendar = building.calendar
        windows = [window for kind in calendar.types for window in calendar.candidates(kind, now_us, _EDGE_US)]
        windows += [after.running(kind, now_us) for kind in after.types if kind not in calendar.types]
        key_sets = [building.window_keys(window) for window in windows]
        key_sets += [building.window_keys(record.window, record.generation) for record in closed]
        if building.has_teams:
            key_sets += list(map(of_teams, key_sets))
        for window_keys in key_sets:
            await self._store.index_values(building, window_keys)
        return building


def _names_of(standing: StandingBoard, owned: Owned) -> list[bytes]:
    """The keys of all windows, and on boards with teams those of theirs."""
    sets = [*owned.windows, *(map(of_teams, owned.windows) if standing.has_teams else ())]
    return [name for window_keys in sets for name in window_keys]


def is_kept(standing: StandingBoard, record: Record, now_us: int) -> bool:
    """Whether a window that was played is over, and may still be read."""
    calendar = standing.calendar
    if record.type not in calendar.keeps:
        return False
    if record.is_archive:
        if record.type in ("all", "season"):
            return True
        return (record.start_us or 0) >= calendar.oldest_us(record.type, now_us)
    if _is_running(standing, record, now_us):
        return False
    return calendar.oldest_us(record.type, now_us) <= (record.start_us or 0) <= now_us


def _is_running(standing: StandingBoard, record: Record, now_us: int) -> bool:
    calendar = standing.calendar
    return record.type in calendar.keeps and record.start_us == calendar.running(record.type, now_us).start_us


def next_due_us(calendar: Calendar, after_us: int) -> int | None:
    """When a window closes next after an instant: of those that run then, or still take late scores."""
    candidates = [window for kind in calendar.types for window in calendar.candidates(kind, after_us, 0)]
    # Where a board has ended nothing is due any more; one that is to start is looked at all the same.
    windows = [one for one in candidates if calendar.is_open_in(one) or after_us < (calendar.opens_us or 0)]
    due = [window.end_us + calendar.late_us for window in windows if window.end_us is not None]
    return min((due_us for due_us in due if due_us > after_us), default=None)


def _pushed_out(records: Sequence[Record], keeps: dict[str, int]) -> list[Record]:
    """Archives of one window beyond as many as are kept, the oldest ones; one stays at least."""
    archives: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda one: one.end_us or 0, reverse=True):
        if record.is_archive and record.type in keeps:
            archives.setdefault(record.field.partition("~")[0], []).append(record)
    return [one for same in archives.values() for one in same[max(keeps[same[0].type], 1) :]]


def _moment(now_us: int) -> datetime:
    return from_us(now_us // 1000 * 1000)


def _no_type(kind: str, calendar: Calendar) -> str:
    return f"the board has no period of type {kind!r}; it has {', '.join(calendar.types)}"


def _absent(board_id: str) -> BoardNotFound:
    return BoardNotFound(f"there is no board {board_id!r} in this project; PUT /v1/boards/{board_id} makes it")


def _not_empty(names: list[str], *, has_periods: bool) -> str:
    ways = "take the closed periods off with `keep` 0 and reset the board" if has_periods else "reset the board first"
    return (
        f"{', '.join(names)} would reorder the entries the board has; {ways}, or make another one with these settings"
    )

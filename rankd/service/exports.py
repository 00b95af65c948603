"""Whole boards, read from one place of the order to the next, so that writes meanwhile neither hide nor repeat
an entry that stands still."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from rankd.domain.boards import Board
from rankd.domain.entries import Entry
from rankd.domain.queries import ExportQuery, LastEntry
from rankd.errors import BoardChanging, PeriodNotFound, ValidationFailed
from rankd.service.boards import Boards
from rankd.service.members import Members
from rankd.service.pages import PeriodShown
from rankd.service.periods import Periods
from rankd.service.ranks import NO_TEAMS, binding_of
from rankd.service.scores import ordered_subscores
from rankd.store.periods import Period
from rankd.store.ranks import Place, RankStore, Rows, Start, entries_of
from rankd.store.standing import StandingBoard

# Rows that one call of the store reads, about a millisecond of work here, and the pause after each: other requests
# wait for no more than a step, and the walk leaves them a share of the time however fast its client takes.
ROWS_A_STEP = 125
PAUSE_S = 0.001
_WHOLE = (None, None)


@dataclass(frozen=True, slots=True)
class Export:
    """A walk that has begun: its board, its period, and the entries step by step.

    `cursor` is bound to the very window, so that a walk that goes on later does not mix it with another.
    """

    board: Board
    period: PeriodShown
    cursor: str
    steps: AsyncIterator[Sequence[Entry]]


@dataclass(slots=True)
class _Walk:
    """How far a walk is: the board as it was read last, the window it keeps to, and what was read last."""

    project: str
    standing: StandingBoard
    period: Period
    rows: Rows


class Exports:
    """Walks over boards."""

    def __init__(self, boards: Boards, periods: Periods, members: Members, store: RankStore) -> None:
        self._boards = boards
        self._periods = periods
        self._members = members
        self._store = store

    async def begun(self, project: str, board_id: str, query: ExportQuery) -> Export:
        """A walk with its first step read. Raises PeriodNotFound, StaleCursor, ValidationFailed."""
        query, cursor = query.resumed()

        async def work(standing: StandingBoard) -> tuple[_Walk, str]:
            period = await self._asked(standing, query)
            binding = binding_of(standing, period)
            if cursor:
                cursor.check(binding)
            start = _start_after(standing, period, query.after) if query.after else Start("offset", 0)
            rows = await self._store.page(standing, period, ROWS_A_STEP, start, _WHOLE)
            # From here on it is this window, whatever runs by then.
            walk = _Walk(project, standing, period._replace(held=None), rows)
            return walk, query.model_copy(update={"period": period.id}).cursor_to(binding, "after", "")

        walk, own_cursor = await self._boards.applied(project, board_id, work)
        shown = PeriodShown(walk.period.window, walk.period.id)
        return Export(walk.standing.board, shown, own_cursor, self._steps(walk))

    async def _asked(self, standing: StandingBoard, query: ExportQuery) -> Period:
        period = await self._periods.asked(standing, query.period)
        if query.member_type == "user":
            return period
        if not standing.board.has_teams:
            await self._boards.confirm(standing.keys.project, standing)
            raise ValidationFailed(faults=[{"parameter": "member_type", "detail": NO_TEAMS}])
        return period.of_teams()

    async def _steps(self, walk: _Walk) -> AsyncIterator[Sequence[Entry]]:
        """The entries, a step at a time: the next is read once the last was taken."""
        while walk.rows.ids:
            yield await self._members.shown(walk.project, entries_of(walk.period.board_in(walk.standing), walk.rows))
            if not walk.rows.has_later:
                return
            await asyncio.sleep(PAUSE_S)
            await self._read_on(walk)

    async def _read_on(self, walk: _Walk) -> None:
        layout = walk.standing.layout
        place = Place.of_entry(layout, walk.rows.records[-1], walk.rows.ids[-1])
        start = Start("after", place.number, place.member)

        async def work(standing: StandingBoard) -> Rows:
            if standing.revision != walk.standing.revision:
                await self._hold(walk, standing)
            return await self._store.page(standing, walk.period, ROWS_A_STEP, start, _WHOLE)

        walk.rows = await self._boards.applied(walk.project, walk.standing.board.id, work)
        if not walk.rows.total:
            raise _gone(walk)

    async def _hold(self, walk: _Walk, standing: StandingBoard) -> None:
        """Goes on with a board that was changed, if the window is still the same entries in the same order."""
        try:
            period = await self._periods.asked(standing, walk.period.id)
        except PeriodNotFound:
            raise _gone(walk) from None
        keys = period.of_teams().keys if walk.period.is_of_teams else period.keys
        if keys != walk.period.keys or standing.layout.order_text != walk.standing.layout.order_text:
            raise _gone(walk)
        walk.standing = standing


def _gone(walk: _Walk) -> BoardChanging:
    return BoardChanging(f"board {walk.standing.board.id!r} was reset or reordered while it was exported")


def _start_after(standing: StandingBoard, period: Period, last: LastEntry) -> Start:
    """Behind the place of an entry as it stood when it was exported."""
    layout, score = standing.layout, last.score
    is_arcade = period.board_in(standing).layout.is_arcade
    if is_arcade != (last.entry_id is not None):
        detail = "on an arcade board the entry has its entry_id" if is_arcade else "entries have no entry_id here"
        raise ValidationFailed(
            faults=[{"parameter": "after", "detail": f"{detail}; give the last line as it was exported"}]
        )
    subscores = ordered_subscores(standing, last.subscores)
    record = layout.pack_value(score, subscores) + layout.pack_arrival(last.at_us)
    stored_id = period.board_in(standing).stored_entry(last.member, last.entry_id)
    place = Place.of_entry(layout, record, stored_id)
    return Start("after", place.number, place.member)

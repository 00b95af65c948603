"""Boards: definitions, kept in this process for as long as the store agrees, and what changes them."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from rankd.domain.boards import Board, BoardSettings
from rankd.domain.queries import CursorQuery
from rankd.errors import BoardChanging, BoardNotEmpty, BoardNotFound
from rankd.store.boards import BoardStore, IndexNeeded, StandingBoard
from rankd.store.outcomes import BoardChanged

T = TypeVar("T")
_MAX_KNOWN = 10_000
_MAX_TRIES = 4
_PAGE = 100


class Boards:
    """The boards of all projects."""

    def __init__(self, store: BoardStore, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._now_ms = now_ms
        self._known: OrderedDict[tuple[str, str], StandingBoard] = OrderedDict()

    async def applied(self, project: str, board_id: str, work: Callable[[StandingBoard], Awaitable[T]]) -> T:
        """Does work on a board, and again with the board read anew where it has changed meanwhile."""
        standing = self._known.get((project, board_id)) or await self._read(project, board_id)
        for _ in range(_MAX_TRIES):
            try:
                return await work(standing)
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
            except (BoardChanged, BoardNotFound):
                continue
        raise BoardChanging(f"the settings of board {board_id!r} kept changing; try again")

    async def patch(self, project: str, board_id: str, merged: Callable[[Board], BoardSettings]) -> Board:
        """Replaces the settings by what `merged` makes of the present ones."""

        async def work(standing: StandingBoard) -> Board:
            return await self._replace(project, standing, merged(standing.board))

        return await self.applied(project, board_id, work)

    async def confirm(self, project: str, standing: StandingBoard) -> None:
        """Makes sure that a board is still as it was read, before it is held against a request.

        Raises BoardChanged, BoardNotFound.
        """
        if (await self._read(project, standing.board.id)).revision != standing.revision:
            raise BoardChanged

    async def drop_all(self, project: str) -> None:
        """Deletes every board of a project, in steps that a repeat goes on with."""
        while ids := (await self._store.list_ids(project, _PAGE, "after", "")).ids:
            for board_id in ids:
                try:
                    await self.delete(project, board_id)
                except BoardNotFound:
                    await self._store.delist(project, board_id)

    async def get(self, project: str, board_id: str) -> Board:
        return (await self._read(project, board_id)).board

    async def delete(self, project: str, board_id: str) -> None:
        await self.applied(project, board_id, self._store.drop)
        self._known.pop((project, board_id), None)
        await self._store.delist(project, board_id)

    async def reset(self, project: str, board_id: str, operation: bytes) -> tuple[int, bool]:
        """Empties a board. Returns how many entries it had, and whether this is a repeat's answer."""

        async def work(standing: StandingBoard) -> tuple[int, bool]:
            return await self._store.reset(standing, operation, self._now_ms())

        outcome = await self.applied(project, board_id, work)
        self._known.pop((project, board_id), None)
        return outcome

    async def page(self, project: str, query: CursorQuery) -> tuple[list[Board], int, str | None, str | None]:
        """A page of the project's boards by id: the boards, how many there are, and both cursors."""
        binding = f"boards {project}"
        query, cursor = query.resumed(binding)
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

    async def _read(self, project: str, board_id: str) -> StandingBoard:
        try:
            standing = await self._store.read(project, board_id)
        except BoardNotFound:
            self._known.pop((project, board_id), None)
            raise _absent(board_id) from None
        known = self._known.get((project, board_id))
        if known is not None and known.revision == standing.revision:
            return known
        self._known[project, board_id] = standing
        if len(self._known) > _MAX_KNOWN:
            self._known.popitem(last=False)
        return standing

    async def _create(self, project: str, board_id: str, settings: BoardSettings) -> Board:
        now = self._now()
        board = Board(**dict(settings), id=board_id, created_at=now, updated_at=now, version=1)
        await self._store.enlist(project, board_id)
        index = "ready" if board.rank_style == "dense" else ""
        await self._store.define(project, board, None, reorders=False, index=index)
        return board

    async def _replace(self, project: str, standing: StandingBoard, settings: BoardSettings) -> Board:
        present = standing.board
        reordering = present.reorders(settings)
        board = Board(
            **dict(settings),
            id=present.id,
            created_at=present.created_at,
            updated_at=self._now(),
            version=present.version + 1,
        )
        index = "ready" if board.rank_style == "dense" else ""
        try:
            await self._store.define(project, board, standing, bool(reordering), index)
        except BoardNotEmpty:
            raise BoardNotEmpty(_not_empty(reordering)) from None
        except IndexNeeded:
            indexed = await self._indexed(project, standing)
            await self._store.define(project, board, indexed, bool(reordering), "built")
        self._known.pop((project, present.id), None)
        return board

    async def _indexed(self, project: str, standing: StandingBoard) -> StandingBoard:
        """The board with its distinct values indexed; its ranks stay as they are until it is defined dense."""
        building = standing
        if not standing.is_indexed:
            await self._store.define(project, standing.board, standing, reorders=False, index="building")
            building = await self._read(project, standing.board.id)
        await self._store.index_values(building)
        return building

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._now_ms() / 1000, UTC)


def _absent(board_id: str) -> BoardNotFound:
    return BoardNotFound(f"there is no board {board_id!r} in this project; PUT /v1/boards/{board_id} makes it")


def _not_empty(names: list[str]) -> str:
    return (
        f"{', '.join(names)} would reorder the entries the board has; "
        "reset the board first, or make another one with these settings"
    )

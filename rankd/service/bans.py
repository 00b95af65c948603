"""Bans and erasures of members, over all boards of a project.

A project notes a ban first and then brings it to its boards, one after the other; a board that is made reads the
notes after it is on the list. So whichever comes first, none is left out, and a repeat completes what broke off.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import orjson

from rankd.domain.bans import Ban
from rankd.domain.queries import CursorQuery
from rankd.errors import BanNotFound, BoardNotFound, ReceiptNotFound, StaleCursor, ValidationFailed
from rankd.service.boards import Boards
from rankd.service.members import Members
from rankd.store.bans import BanStore

_BOARDS_AT_ONCE = 20


class Bans:
    """The bans of all projects, and the end of a member."""

    def __init__(self, boards: Boards, members: Members, store: BanStore) -> None:
        self._boards = boards
        self._members = members
        self._store = store

    async def put(self, project: str, member: str, ban: Ban) -> bool:
        """Bans a member. Returns whether it had no ban before. Raises ValidationFailed where a board is unknown."""
        faults = []
        for index, board_id in enumerate(ban.boards or ()):
            try:
                await self._boards.get(project, board_id)
            except BoardNotFound as absent:
                faults.append({"pointer": f"/boards/{index}", "detail": absent.detail})
        if faults:
            raise ValidationFailed(faults=faults)
        before = await self._store.note(project, member, ban)
        await self._bring(project, member, ban, before)
        return before is None

    async def get(self, project: str, member: str) -> Ban:
        """A member's ban. Raises BanNotFound."""
        ban = await self._store.read(project, member)
        if ban is None:
            raise BanNotFound(f"member {member!r} is not banned")
        return ban

    async def listed(self, project: str, query: CursorQuery) -> tuple[list[tuple[str, Ban]], str | None]:
        """About `limit` members with their bans, in no order, and the cursor to the others. Raises StaleCursor."""
        binding = f"bans {project}"
        query, cursor = query.resumed()
        if cursor:
            cursor.check(binding)
            if not cursor.place.isdecimal():
                raise StaleCursor("this is not a cursor that a list has given; take `next` as it is")
        found, place = await self._store.listed(project, cursor.place if cursor else "0", query.limit)
        return found, query.cursor_to(binding, "after", place) if place != "0" else None

    async def lift(self, project: str, member: str) -> None:
        """Takes a ban back: what was hidden stands where its scores put it. Does nothing where there is none."""
        before = await self._store.note(project, member, None)
        # A repeat after one that broke off finds no note any more.
        await self._bring(project, member, None, before or Ban(mode="hide", boards=None))

    async def _bring(self, project: str, member: str, ban: Ban | None, before: Ban | None) -> None:
        """Brings a ban to the boards it is about, or was about."""
        named = None
        if (ban is None or ban.boards) and (before is None or before.boards):
            named = {*((ban and ban.boards) or ()), *((before and before.boards) or ())}

        async def settle(board_id: str) -> None:
            if named is None or board_id in named:
                await self._boards.settle_ban(project, board_id, member, ban.mode_on(board_id) if ban else None)

        await self._on_each(project, settle)

    async def erase(self, project: str, member: str) -> str:
        """Takes a member out of every board of the project, archives and days included, with its profile and ban.
        Returns the receipt's id."""
        boards = entries = days = 0

        async def erase_on(board_id: str) -> None:
            nonlocal boards, entries, days
            found, touched = await self._boards.erase(project, board_id, member)
            boards, entries, days = boards + bool(found or touched), entries + found, days + touched

        await self._on_each(project, erase_on)
        receipt = "er_" + secrets.token_hex(12)
        noted = {"id": receipt, "erased_at": datetime.now(UTC), "boards": boards, "entries": entries, "days": days}
        await self._store.forget(project, member, receipt, orjson.dumps(noted, option=orjson.OPT_UTC_Z))
        self._members.forget(project)
        return receipt

    async def receipt(self, project: str, receipt: str) -> bytes:
        """What an erasure found, as JSON. Raises ReceiptNotFound."""
        text = await self._store.receipt(project, receipt)
        if not text:
            raise ReceiptNotFound(f"there is no erasure {receipt!r} in this project")
        return text

    async def _on_each(self, project: str, work: Callable[[str], Awaitable[None]]) -> None:
        """Does work on every board of a project, some at once; one that is gone meanwhile needs none."""

        async def done(board_id: str) -> None:
            try:
                await work(board_id)
            except BoardNotFound:
                return

        async for ids in self._board_ids(project):
            await asyncio.gather(*map(done, ids))

    async def _board_ids(self, project: str) -> AsyncIterator[list[str]]:
        last = ""
        while ids := (await self._boards.list_ids(project, _BOARDS_AT_ONCE, "after", last)).ids:
            yield ids
            last = ids[-1]

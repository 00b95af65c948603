"""Bans and erasures of members, over all boards of a project.

A project notes a ban first and then brings it to its boards, one after the other; a board that is made reads the
notes after it is on the list. So whichever comes first, none is left out, and a repeat completes what broke off.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime

import orjson

from rankd.domain.bans import Ban
from rankd.domain.queries import CursorQuery
from rankd.errors import BanNotFound, BoardNotFound, ReceiptNotFound, ValidationFailed
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
        if faults := await self._unknown(project, ban.boards or ()):
            raise ValidationFailed(faults=faults)
        before = await self._store.note(project, member, ban)
        await self._bring(project, member, ban)
        return before is None

    async def _unknown(self, project: str, board_ids: Sequence[str]) -> list[dict[str, str]]:
        """A fault for each of some boards that is not there."""
        faults = []
        for start in range(0, len(board_ids), _BOARDS_AT_ONCE):
            asked = [self._boards.get(project, board_id) for board_id in board_ids[start : start + _BOARDS_AT_ONCE]]
            for index, found in enumerate(await asyncio.gather(*asked, return_exceptions=True), start):
                if isinstance(found, BoardNotFound):
                    faults.append({"pointer": f"/boards/{index}", "detail": found.detail})
                elif isinstance(found, BaseException):
                    raise found
        return faults

    async def get(self, project: str, member: str) -> Ban:
        """A member's ban. Raises BanNotFound."""
        ban = (await self._store.read(project, [member]))[member]
        if ban is None:
            raise BanNotFound(f"member {member!r} is not banned; PUT bans it")
        return ban

    async def listed(self, project: str, query: CursorQuery) -> tuple[list[tuple[str, Ban]], str | None]:
        """About `limit` members with their bans, in no order, and the cursor to the others. Raises StaleCursor."""
        binding = f"bans {project}"
        query, place = query.scanned(binding)
        found, behind = await self._store.listed(project, place, query.limit)
        return found, query.cursor_behind(binding, behind)

    async def lift(self, project: str, member: str) -> None:
        """Takes a ban back: what was hidden stands where its scores put it. Does nothing where there is none."""
        await self._store.note(project, member, None)
        await self._bring(project, member, None)

    async def _bring(self, project: str, member: str, ban: Ban | None) -> None:
        """Brings a ban to every board, also to those it is not about: an earlier one that was about them may have
        been taken back and broken off."""
        await self._on_each(project, lambda board_id: self._boards.settle_bans(project, board_id, {member: ban}))

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

"""Board definitions in the store, and the list of a project's boards."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rankd.domain.boards import Board
from rankd.domain.periods import TYPES, Window
from rankd.errors import BoardNotEmpty, BoardNotFound, IdempotencyMismatch, RankdError
from rankd.store import keys
from rankd.store.changes import Change
from rankd.store.client import StoreClient, new_call
from rankd.store.keys import BoardKeys
from rankd.store.outcomes import checked
from rankd.store.periods import window_args
from rankd.store.scripts import load
from rankd.store.standing import StandingBoard, WindowKeys

_READ, _DEFINE, _DROP, _RESET, _INDEX = (load(name) for name in ("read_board", "define", "drop", "reset", "index"))
_LIST, _ENLIST = load("list"), load("enlist")
_INDEX_CHUNK = 100


@dataclass(frozen=True, slots=True)
class IdPage:
    total: int
    first: int
    ids: list[str]


@dataclass(frozen=True, slots=True)
class ResetPlan:
    """Windows to end early, and whether they are archived. `days` are those whose ranges are forgotten, and with them
    what sessions said; None keeps both."""

    windows: list[Window]
    archives: bool
    days: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class ResetWindow:
    """A period that was reset: the entries it had, and the id of its archive."""

    type: str
    id: str
    removed: int
    archive: str | None


class IndexNeeded(RankdError):
    """The board is to be dense and its standing entries are not indexed. Never leaves the service."""


class BoardStore:
    """Boards, by project and id."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client

    async def read(self, project: str, board_id: str) -> StandingBoard:
        """The board as it stands. Raises BoardNotFound."""
        reply = await self._client.call(_READ, new_call(), [keys.board(project, board_id)], TYPES)
        definition, revision, born, index, slots, generations, closed, read_us = checked(reply)
        names = BoardKeys(project, board_id, born.decode(), _by_type(generations, bytes.decode))
        board = Board.model_validate_json(definition)
        return StandingBoard(board, revision, index, names, slots.decode(), _by_type(closed, int), int(read_us))

    async def define(self, board: Board, change: Change, *, reorders: bool, index: str) -> None:
        """Writes a definition over the one that was read, or a new board.

        Raises BoardChanged, ClocksDiffer, BoardNotEmpty, IndexNeeded; nothing is written then.
        """
        names, call = change.names, new_call()
        all_names = [names.board, keys.kept_call(names.tag, call), names.periods, names.outbox, *change.all_keys]
        args = [change.revision, board.model_dump_json(), int(reorders), index, *change.all_args]
        reply = await self._client.call(_DEFINE, call, all_names, args)
        checked(reply, {b"BOARD_NOT_EMPTY": BoardNotEmpty, b"INDEX_NEEDED": IndexNeeded})

    async def index_values(self, standing: StandingBoard, window_keys: WindowKeys) -> None:
        """Indexes the distinct values of a window's entries, in chunks between which others write."""
        number, member = b"", b""
        order, entries, distinct, _, ties = window_keys
        while True:
            args = [standing.revision, standing.layout_text, number, member, _INDEX_CHUNK]
            names = [standing.keys.board, order, entries, distinct, ties]
            number, member = checked(await self._client.call(_INDEX, new_call(), names, args))
            if not number:
                return

    async def drop(self, standing: StandingBoard, owned: Sequence[bytes]) -> None:
        """Deletes a board with all keys it owns."""
        call, names = new_call(), standing.keys
        all_names = [names.board, keys.kept_call(names.tag, call), names.periods, names.outbox, names.days, *owned]
        checked(await self._client.call(_DROP, call, all_names, [standing.revision]))

    async def reset(
        self, standing: StandingBoard, plan: ResetPlan, operation: bytes, now_us: int
    ) -> tuple[list[ResetWindow], bool]:
        """Ends running windows early. Returns what was reset, and whether this is a repeat's answer.

        Raises ClocksDiffer.
        """
        call, first, names = new_call(), keys.first_day(now_us // 1000), standing.keys
        all_names = [names.board, keys.kept_call(names.tag, call), names.periods, names.outbox]
        all_names += names.kept_operations(operation or b"\0\0", first)
        counts = [int(plan.archives), len(plan.windows)]
        args: list[Any] = [standing.revision, first, operation, *counts]
        for number, window in enumerate(plan.windows, 1):
            all_names += standing.owned_keys(window)
            args += window_args(standing, number, window)
        if plan.days is not None:
            all_names += [names.days, *standing.day_keys(plan.days), *names.sessions(first)]
            args += plan.days
        reply = await self._client.call(_RESET, call, all_names, args)
        text, is_replay = checked(reply, {b"IDEMPOTENCY_MISMATCH": IdempotencyMismatch})
        return _reset_windows(text.decode()), bool(is_replay)

    async def enlist(self, project: str, board_id: str) -> None:
        await self._list(project, board_id, stays=1)

    async def _list(self, project: str, board_id: str, stays: int) -> None:
        call = new_call()
        names = [keys.boards(project), keys.project_call(project, call)]
        checked(await self._client.call(_ENLIST, call, names, [board_id, stays]))

    async def delist(self, project: str, board_id: str) -> None:
        """Takes a board off its project's list, unless it was made again in the meantime."""
        await self._list(project, board_id, stays=0)
        try:
            await self.read(project, board_id)
        except BoardNotFound:
            return
        await self.enlist(project, board_id)

    async def list_ids(self, project: str, limit: int, direction: str, board_id: str) -> IdPage:
        return await read_ids(self._client, keys.boards(project), limit, direction, board_id)


def _by_type(found: list[bytes], read: Any) -> dict[str, Any]:
    return {kind: read(value) for kind, value in zip(TYPES, found, strict=True) if value}


def _reset_windows(text: str) -> list[ResetWindow]:
    """From lua/reset.lua's text: field, entries, field of the archive or a dash, for each window."""
    words = text.split(" ")
    found = []
    for name, removed, archive in zip(words[::3], words[1::3], words[2::3], strict=True):
        kind, _, window_id = name.partition(":")
        archive_id = archive.partition(":")[2] if archive != "-" else None
        found.append(ResetWindow(kind, window_id, int(removed), archive_id))
    return found


async def read_ids(client: StoreClient, key: bytes, limit: int, direction: str, place: str) -> IdPage:
    """A page of a list of ids, after or before a place."""
    total, first, ids = checked(await client.call(_LIST, new_call(), [key], [limit, direction, place]))
    return IdPage(total, first, [found.decode() for found in ids])

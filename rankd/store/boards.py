"""Board definitions in the store, and the list of a project's boards."""

from dataclasses import dataclass
from functools import cached_property

from rankd.domain.boards import Board
from rankd.domain.ordering import Layout
from rankd.errors import BoardNotEmpty, BoardNotFound, IdempotencyMismatch, RankdError
from rankd.store import keys
from rankd.store.client import StoreClient, new_call
from rankd.store.keys import BoardKeys
from rankd.store.outcomes import checked
from rankd.store.scripts import load

_READ, _DEFINE, _DROP, _RESET, _INDEX = (load(name) for name in ("read_board", "define", "drop", "reset", "index"))
_LIST, _ENLIST = load("list"), load("enlist")
_INDEX_CHUNK = 100


@dataclass(frozen=True)
class StandingBoard:
    """A board as it was read: valid for as long as the store holds the same revision."""

    board: Board
    revision: bytes
    index: bytes
    keys: BoardKeys

    @cached_property
    def layout(self) -> Layout:
        return Layout.of(self.board)

    @cached_property
    def layout_text(self) -> bytes:
        return self.layout.text.encode()

    @property
    def is_indexed(self) -> bool:
        """Whether writes keep the index of distinct values."""
        return self.index != b""


@dataclass(frozen=True, slots=True)
class IdPage:
    total: int
    first: int
    ids: list[str]


class IndexNeeded(RankdError):
    """The board is to be dense and its standing entries are not indexed. Never leaves the service."""


class BoardStore:
    """Boards, by project and id."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client

    async def read(self, project: str, board_id: str) -> StandingBoard:
        """The board as it stands. Raises BoardNotFound."""
        reply = await self._client.call(_READ, new_call(), [keys.board(project, board_id)], [])
        definition, revision, generation, born, index = checked(reply)
        board = Board.model_validate_json(definition)
        names = BoardKeys(project, board_id, generation.decode(), born.decode())
        return StandingBoard(board, revision, index or b"", names)

    async def define(
        self, project: str, board: Board, standing: StandingBoard | None, reorders: bool, index: str
    ) -> None:
        """Writes a definition over the one that was read, or a new board.

        Raises BoardChanged, BoardNotEmpty, IndexNeeded; nothing is written then.
        """
        names = standing.keys if standing else BoardKeys(project, board.id, "0", "0")
        call = new_call()
        revision = standing.revision if standing else b""
        args = [revision, board.model_dump_json(), int(reorders), index]
        reply = await self._client.call(
            _DEFINE, call, [names.board, names.order, names.distinct, keys.kept_call(names.tag, call)], args
        )
        checked(reply, {b"BOARD_NOT_EMPTY": BoardNotEmpty, b"INDEX_NEEDED": IndexNeeded})

    async def index_values(self, standing: StandingBoard) -> None:
        """Indexes the distinct values of all standing entries, in chunks between which others write."""
        number, member = b"", b""
        while True:
            args = [standing.revision, standing.layout_text, number, member, _INDEX_CHUNK]
            names = standing.keys
            reply = await self._client.call(_INDEX, new_call(), [names.board, names.order, names.distinct], args)
            number, member = checked(reply)
            if not number:
                return

    async def drop(self, standing: StandingBoard) -> None:
        call = new_call()
        names = [*standing.keys.ranked, keys.kept_call(standing.keys.tag, call)]
        checked(await self._client.call(_DROP, call, names, [standing.revision]))

    async def reset(self, standing: StandingBoard, operation: bytes, now_ms: int) -> tuple[int, bool]:
        """Empties the board. Returns how many entries it had, and whether this is a repeat's answer."""
        call, first = new_call(), keys.first_window(now_ms)
        names = [*standing.keys.ranked, keys.kept_call(standing.keys.tag, call)]
        names += standing.keys.windows(operation or b"\0\0", first)
        reply = await self._client.call(_RESET, call, names, [standing.revision, first, operation])
        removed, is_replay = checked(reply, {b"IDEMPOTENCY_MISMATCH": IdempotencyMismatch})
        return int(removed), bool(is_replay)

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


async def read_ids(client: StoreClient, key: bytes, limit: int, direction: str, place: str) -> IdPage:
    """A page of a list of ids, after or before a place."""
    total, first, ids = checked(await client.call(_LIST, new_call(), [key], [limit, direction, place]))
    return IdPage(total, first, [found.decode() for found in ids])

"""GameSparks' short codes of leaderboards: a board's id, or a board's and a partition's with dots between.

A partition is a segment: NAME.VALUE where the board has one field with `segment`, NAME.FIELD.VALUE of any. Ids and
values may hold dots themselves, so the name may end at any of them. As in GameSparks, a partition comes into being
with its first score.
"""

import asyncio
from collections.abc import Iterator
from typing import NamedTuple

from rankd.domain.boards import ID_PATTERN, Board
from rankd.domain.queries import PageQuery
from rankd.errors import BoardNotFound, ValidationFailed
from rankd.http.codec import validated
from rankd.http.endpoints import Call
from rankd.service.pages import EntryPage

_MAX_ID_CHARS = 128


class Found(NamedTuple):
    """What a short code names, with the rows asked for."""

    page: EntryPage
    is_partition: bool

    @property
    def needs_partition(self) -> bool:
        return not self.is_partition and bool(_segments(self.page.board))


async def find(call: Call, name: str, limit: int = 1, offset: int = 0) -> Found | None:
    """What a short code names: a whole board first, then a partition; of longer names before shorter ones."""
    ends = [place for place, character in enumerate(name[: _MAX_ID_CHARS + 1]) if character == "."]
    heads = [name[:end] for end in reversed(ends)]
    whole, *boards = await asyncio.gather(*[_board(call, head) for head in (name, *heads)])
    asked: dict[str, int | str] = {"limit": limit, "offset": offset}
    if whole is not None and (page := await _page(call, whole, asked)) is not None:
        return Found(page, is_partition=False)
    partitioned = [board for board in boards if board is not None and _segments(board)]
    for read in (_by_value, _by_field):
        for board in partitioned:
            for segment in read(board, name[len(board.id) + 1 :]):
                page = await _page(call, board, {**asked, "segment": segment})
                if page is not None and page.total:
                    return Found(page, is_partition=True)
    return None


async def _board(call: Call, board_id: str) -> Board | None:
    try:
        return await call.services.boards.get(call.project, board_id) if ID_PATTERN.fullmatch(board_id) else None
    except BoardNotFound:
        return None


async def _page(call: Call, board: Board, asked: dict[str, int | str]) -> EntryPage | None:
    """A page; None where the text is no value of the field, or the board has gone."""
    try:
        return await call.services.ranks.page(call.project, board.id, validated(PageQuery, asked))
    except (BoardNotFound, ValidationFailed):
        return None


def _segments(board: Board) -> list[str]:
    return [rule.name for rule in board.fields if rule.segment]


def _by_value(board: Board, partition: str) -> Iterator[str]:
    names = _segments(board)
    if len(names) == 1:
        yield f"{names[0]}:{partition}"


def _by_field(board: Board, partition: str) -> Iterator[str]:
    name, dot, value = partition.partition(".")
    if dot and name in _segments(board):
        yield f"{name}:{value}"

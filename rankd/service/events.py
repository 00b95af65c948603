"""Game events: every board that an event feeds takes what it submits there."""

import asyncio

from rankd.domain.access import Principal
from rankd.domain.entries import Submission
from rankd.domain.events import Event, submission_of
from rankd.errors import BoardNotFound, PlayerRefused, RankdError, ValidationFailed
from rankd.service.boards import Boards
from rankd.service.scores import Operation, Scores
from rankd.store.standing import StandingBoard
from rankd.store.submit_wire import Applied, Outcome

_STEP = 50


class Events:
    """What games tell of, brought to boards by their `source`."""

    def __init__(self, boards: Boards, scores: Scores) -> None:
        self._boards = boards
        self._scores = scores

    async def take(self, principal: Principal, event: Event, operation: Operation | None) -> tuple[list[str], Applied]:
        """Submits an event to every enabled board that it feeds, each an operation of its own.

        Returns the ids of these boards in order, and what became of it on each: a board that does not take it leaves
        the others theirs. A player's event feeds boards with `player_submit` alone. Raises PlayerRefused.
        """
        if principal.member is not None and principal.member != event.member:
            raise PlayerRefused(f"the player token is of {principal.member!r}, and sends no other member's events")
        board_ids: list[str] = []
        outcomes: list[Outcome] = []
        replays: list[bool] = []
        candidates = await self._boards.heard(principal.project, event.name)
        for start in range(0, len(candidates), _STEP):
            step = candidates[start : start + _STEP]
            found = await asyncio.gather(*[self._submit(principal, one, event, operation) for one in step])
            for board_id, applied in zip(step, found, strict=True):
                if applied is not None:
                    board_ids.append(board_id)
                    outcomes += applied.outcomes
                    replays.append(applied.is_replay)
        return board_ids, Applied(outcomes, is_replay=bool(replays) and all(replays))

    async def _submit(
        self, principal: Principal, board_id: str, event: Event, operation: Operation | None
    ) -> Applied | None:
        """What became of an event on one board, or None where it does not feed that board."""

        async def submission(standing: StandingBoard) -> Submission | None:
            board = standing.board
            if board.source is None or board.source.event != event.name or not board.enabled:
                await self._boards.confirm(principal.project, standing)
                return None
            if principal.member is not None and not board.player_submit:
                await self._boards.confirm(principal.project, standing)
                return None
            try:
                return submission_of(event, board)
            except ValidationFailed:
                await self._boards.confirm(principal.project, standing)
                raise

        try:
            return await self._scores.submit_made(principal, board_id, submission, operation)
        except BoardNotFound:
            return None
        except RankdError as refused:
            return Applied([refused], is_replay=False)

"""Entries set as they stood elsewhere: an array at a time, in the running periods or in one period alone."""

from collections.abc import Sequence

from rankd.domain.access import Principal
from rankd.domain.boards import Board
from rankd.domain.entries import Submission
from rankd.errors import RankdError
from rankd.service.boards import Boards
from rankd.service.periods import Periods
from rankd.service.scores import Operation, Scores
from rankd.store.one_window import only_window
from rankd.store.scores import Applied
from rankd.store.standing import StandingBoard


class Imports:
    """What brings entries in."""

    def __init__(self, boards: Boards, periods: Periods, scores: Scores) -> None:
        self._boards = boards
        self._periods = periods
        self._scores = scores

    async def board(self, project: str, board_id: str, period: str | None) -> Board:
        """The board as it is, if there is somewhere to import to. Raises BoardNotFound, PeriodNotFound."""

        async def work(standing: StandingBoard) -> Board:
            await self._boards.confirm(project, standing)
            if period is not None:
                await self._periods.asked(standing, period)
            return standing.board

        return await self._boards.applied(project, board_id, work)

    async def bring_in(
        self,
        principal: Principal,
        board_id: str,
        items: Sequence[Submission | RankdError],
        operation: Operation | None,
        period: str | None,
    ) -> Applied:
        """Sets entries outright, arrivals included, whatever the board's rule; outcomes in the items' order.

        With a period they land in that one alone, running or closed, also on a board that takes no submissions
        now; without one they land in all running periods, as a submission does.
        """

        async def target(standing: StandingBoard) -> StandingBoard:
            if period is None:
                return standing
            return only_window(standing, await self._periods.asked(standing, period))

        return await self._scores.submit(principal, board_id, items, operation, target)

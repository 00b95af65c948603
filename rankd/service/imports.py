"""Entries set as they stood elsewhere: an array at a time, in the running periods or in one period alone."""

from collections.abc import Sequence

from rankd.domain.access import Principal
from rankd.domain.boards import Board
from rankd.domain.entries import Submission
from rankd.domain.queries import ImportQuery
from rankd.errors import RankdError, ValidationFailed
from rankd.service.boards import Boards
from rankd.service.periods import Periods
from rankd.service.ranks import NO_TEAMS
from rankd.service.scores import Operation, Scores
from rankd.store.one_window import only_window
from rankd.store.standing import StandingBoard
from rankd.store.submit_wire import Applied

_TEAM = (
    "a member's team is imported with its entry into one period: name it with `period`; the teams' own entries come "
    "with `member_type=team`"
)


class Imports:
    """What brings entries in."""

    def __init__(self, boards: Boards, periods: Periods, scores: Scores) -> None:
        self._boards = boards
        self._periods = periods
        self._scores = scores

    async def board(self, project: str, board_id: str, query: ImportQuery) -> Board:
        """The board as it is, if there is somewhere to import to. Raises BoardNotFound, PeriodNotFound,
        ValidationFailed."""

        async def work(standing: StandingBoard) -> Board:
            await self._boards.confirm(project, standing)
            if query.member_type == "team" and not standing.board.has_teams:
                raise ValidationFailed(faults=[{"parameter": "member_type", "detail": NO_TEAMS}])
            if query.period is not None:
                await self._periods.asked(standing, query.period)
            return standing.board

        return await self._boards.applied(project, board_id, work)

    async def bring_in(
        self,
        principal: Principal,
        board_id: str,
        items: Sequence[Submission | RankdError],
        operation: Operation | None,
        query: ImportQuery,
    ) -> Applied:
        """Sets entries outright, arrivals included, whatever the board's rule; outcomes in the items' order.

        With a period they land in that one alone, running or closed, also on a board that takes no submissions
        now, and members keep their teams without counting for them; without one they land in all running periods,
        as a submission does.
        """

        async def target(standing: StandingBoard) -> StandingBoard:
            if query.period is None:
                return standing
            period = await self._periods.asked(standing, query.period)
            return only_window(standing, period.of_teams() if query.member_type == "team" else period)

        if query.period is None:
            items = [_without_team(item) for item in items]
        return await self._scores.submit(principal, board_id, items, operation, target)


def _without_team(item: Submission | RankdError) -> Submission | RankdError:
    """What an import into all running periods takes: an entry that would count for its team again does not belong."""
    if isinstance(item, RankdError) or item.team is None:
        return item
    return ValidationFailed(faults=[{"pointer": "/team", "detail": _TEAM}])

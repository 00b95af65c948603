"""A board of several periods with teams and hidden members in plain Python: a second board whose members are the
teams, and beside each window's entries who named which team last and what it brought there since.

Shares no code with rankd.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tests.oracle import INT64_MAX, INT64_MIN, OracleBoard, Overflow, Row, Rules, Submission, Value
from tests.oracle_calendar import Window
from tests.oracle_periods import Definition, OraclePeriods, Refused


@dataclass(frozen=True)
class TeamDefinition(Definition):
    """What a board with teams is made with."""

    team_update: str = "sum"
    team_moves: bool = False

    def body(self) -> dict[str, Any]:
        teams = {"member_types": ["user", "team"], "team_update": self.team_update, "team_moves": self.team_moves}
        return {**super().body(), **teams}


@dataclass(frozen=True)
class TeamSubmission(Submission):
    """A submission that may name a team; what PUT sets outright names none."""

    team: str | None = None

    def body(self, *, with_member: bool = True) -> dict[str, Any]:
        body = super().body(with_member=with_member)
        return {**body, "team": self.team} if with_member and self.team is not None else body


@dataclass
class Membership:
    """The team that a member named last in a window, and what it brought to it since, where that is counted."""

    team: str
    brought: Value | None


class Members(OracleBoard):
    """A window's entries of members, those that are hidden among them."""

    def __init__(self, rules: Rules, hidden: set[str]) -> None:
        super().__init__(rules)
        self.hidden = hidden
        self.memberships: dict[str, Membership] = {}

    def apply(self, submission: Submission, rule: str, arrival: int | None = None) -> dict[str, Any]:
        """As for any board, but a hidden member has no rank and takes none from others."""
        is_hidden = submission.member in self.hidden
        shown, aside = self.shown_only(), OracleBoard(self.rules)
        aside.rows = {member: row for member, row in self.rows.items() if member in self.hidden}
        placing = (aside if is_hidden else shown).apply(submission, rule, arrival)
        self.rows = {**shown.rows, **aside.rows}
        self._walk = None
        return {**placing, "rank": None, "previous_rank": None, "total": len(shown.rows)} if is_hidden else placing

    def remove(self, member: str) -> None:
        super().remove(member)
        self.memberships.pop(member, None)

    def shown_only(self, team: str | None = None) -> OracleBoard:
        """What reads show: those that are not hidden, or of them the members of a team."""
        board = OracleBoard(self.rules)
        board.rows = {
            member: row
            for member, row in self.rows.items()
            if member not in self.hidden and (team is None or self.team_of(member) == team)
        }
        return board

    def team_of(self, member: str) -> str | None:
        found = self.memberships.get(member)
        return found.team if found else None

    def counts(self) -> list[tuple[str, int]]:
        """The teams that shown members are of, in the order of their bytes, with the number of these."""
        teams = [self.team_of(member) for member in self.rows if member not in self.hidden]
        return sorted(((team, teams.count(team)) for team in {*teams} if team), key=lambda one: one[0].encode())


class Teams(OracleBoard):
    """A window's entries of teams. Two that one submission moved arrived together: their ids decide."""

    def walk(self) -> list[Row]:
        if self._walk is None:
            is_backwards = self.rules.order == "desc"
            by_id = sorted(self.rows.values(), key=lambda row: row.member.encode(), reverse=is_backwards)
            sign = 1 if self.rules.tie_break == "first" else -1
            self._walk = sorted(by_id, key=lambda row: (self.rules.key(row.value), sign * row.arrival))
        return self._walk


class TeamPeriods(OraclePeriods):
    """The board whose members are the teams."""

    def board(self, window: Window) -> OracleBoard:
        return self._played.get(window) or Teams(self.definition.rules)

    def played_board(self, window: Window) -> OracleBoard:
        return self._played.setdefault(window, Teams(self.definition.rules))


@dataclass(frozen=True)
class Move:
    """What a submission does to teams in one window: `value` goes to one, and another is left with `left`."""

    value: Value
    brought: Value | None
    leaves: str | None = None
    left: Value | None = None


class OracleTeams(OraclePeriods):
    """One board, made now; `teams` is the board of its teams."""

    definition: TeamDefinition

    def __init__(self, definition: TeamDefinition, now_us: Callable[[], int]) -> None:
        super().__init__(definition, now_us)
        self.hidden: set[str] = set()
        self.teams = TeamPeriods(definition, now_us)

    def board(self, window: Window) -> OracleBoard:
        return self.members(window)

    def members(self, window: Window) -> Members:
        found = self._played.get(window)
        return found if isinstance(found, Members) else Members(self.definition.rules, self.hidden)

    def _played_board(self, window: Window) -> OracleBoard:
        return self._played.setdefault(window, Members(self.definition.rules, self.hidden))

    def shown(self, board: OracleBoard | None) -> OracleBoard | None:
        """What reads show of a board, where there is one."""
        return board.shown_only() if isinstance(board, Members) else board

    def span(self, first: date, last: date, aggregate: str, *, of_teams: bool) -> OracleBoard:
        ranges = self.teams.ranges if of_teams else self.ranges
        board = ranges.board(first, last, aggregate, self.now_us())
        if not of_teams:
            board.rows = {member: row for member, row in board.rows.items() if member not in self.hidden}
        return board

    # writes

    def put(self, submission: Submission) -> dict[str, Any]:
        assert isinstance(submission, TeamSubmission)
        return super().put(replace(submission, team=None))

    def _apply(
        self, submission: Submission, rule: str, achieved_us: int | None, *, outright: bool = False
    ) -> dict[str, Any]:
        team = submission.team if isinstance(submission, TeamSubmission) else None
        if team is None:
            return super()._apply(submission, rule, achieved_us, outright=outright)
        self._check_open(achieved_us)
        windows = [self._target(period, achieved_us) for period in self.definition.periods]
        try:
            moves = [self._move_in(window, submission, team) for window in windows]
        except Overflow:
            raise Refused("SCORE_OVERFLOW") from None
        arrival = max(self.now_us(), self._last_arrival + 1) if achieved_us is None else achieved_us
        placing = super()._apply(submission, rule, achieved_us)
        for window, move in zip(windows, moves, strict=True):
            self._carry_out(window, submission.member, team, move, arrival)
        if achieved_us is None:
            self._last_arrival = max(arrival, self._last_arrival)
        at_us = self.now_us() if achieved_us is None else achieved_us
        self.teams.ranges.add(replace(submission, member=team), arrival, at_us)
        return placing

    def _move_in(self, window: Window, submission: Submission, team: str) -> Move:
        members, teams = self.members(window), self.teams.board(window)
        value, brought = members.value_of(submission), None
        before = members.memberships.get(submission.member)
        leaves = left = None
        if self.definition.team_moves:
            earlier = before.brought if before else None
            brought = _sum(earlier, value) if earlier else value
            if before and earlier and before.team != team:
                value = brought
                if before.team in teams.rows:
                    leaves, left = before.team, _sum(teams.rows[before.team].value, earlier, -1)
        if self.definition.team_update == "sum" and team in teams.rows:
            _sum(teams.rows[team].value, value)
        return Move(value, brought, leaves, left)

    def _carry_out(self, window: Window, member: str, team: str, move: Move, arrival: int) -> None:
        self.members(window).memberships[member] = Membership(team, move.brought)
        teams = self.teams.played_board(window)
        if move.leaves and move.left:
            teams.apply(self._submission(move.leaves, move.left), "latest", arrival)
        teams.apply(self._submission(team, move.value), self.definition.team_update, arrival)

    def _submission(self, team: str, value: Value) -> Submission:
        names = [name for name, _ in self.definition.rules.subscores]
        return Submission(team, value[0], dict(zip(names, value[1:], strict=True)))

    def reset(self, kind: str | None = None, *, archive: bool = False) -> None:
        super().reset(kind, archive=archive)
        self.teams.reset(kind, archive=archive)

    def edit(self, **changes: Any) -> None:
        super().edit(**changes)
        self.teams.edit(rank_style=self.definition.rules.rank_style)

    def edit_teams(self, team_update: str, team_moves: bool) -> None:
        self.definition = replace(self.definition, team_update=team_update, team_moves=team_moves)

    def erase(self, member: str) -> None:
        """A member goes from everything, its ban too; teams keep what they have."""
        self.hidden.discard(member)
        for board in self.every_board():
            if member in board.rows:
                board.remove(member)
        for days in (self.ranges.sums, self.ranges.bests):
            for day in days.values():
                day.pop(member, None)


def _sum(value: Value, other: Value, sign: int = 1) -> Value:
    found = tuple(mine + sign * theirs for mine, theirs in zip(value, other, strict=True))
    if not all(INT64_MIN <= part <= INT64_MAX for part in found):
        raise Overflow
    return found

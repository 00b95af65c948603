"""Teams stand where the submissions that named them put them: every read of teams, and of members by their team, is
what plain Python counts, whatever moves, bans, erasures, resets and clocks do.

The machine is that of the periods' model. Teams are called like members; which one a submission names, if any, is
drawn with its subscores. In CI 14 examples of 40 steps on Valkey, and some on Redis.
"""

from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.model.calendars import definitions, wrong
from tests.model.few_members import MEMBERS, members
from tests.model.machine import IN_CI, BoardMachine, run, world_on
from tests.model.reads import Target, ways
from tests.model.strategies import build
from tests.oracle import OracleBoard
from tests.oracle_calendar import Window, day_start_us
from tests.oracle_periods import SINGLE, Definition, OraclePeriods
from tests.oracle_teams import OracleTeams, TeamDefinition, TeamSubmission

EXAMPLES = {"valkey": 14 if IN_CI else 8, "redis": 4 if IN_CI else 3}
# By the two bits of a drawn part that say nothing of subscores: none, one called like a member, a canonical UUID,
# one called like a route.
TEAMS = [None, MEMBERS[0], MEMBERS[2], MEMBERS[5]]
MAX_SUBSCORES = 2
rules_of_teams = st.sampled_from([("sum", True), ("sum", True), ("sum", False), ("best", False), ("latest", False)])
named_teams = st.sampled_from([team for team in TEAMS if team] + ["nobody"])
places = st.integers(0, 5)


class Span(NamedTuple):
    ago: int
    length: int
    aggregate: str | None


spans = st.builds(
    Span, st.sampled_from([0, 1, 2, 7]), st.sampled_from([0, 1, 7]), st.sampled_from(["sum", "best", None])
)

backs = st.sampled_from([0, 0, 0, 1, 1, 2])
# One rule reads in all these ways, so that most steps write.
reads = st.one_of(
    st.tuples(st.just("read_teams"), places, backs, ways),
    st.tuples(st.just("read_a_segment"), places, backs, named_teams, ways),
    st.tuples(st.just("read_a_span"), spans, st.booleans(), ways),
    st.tuples(st.just("read_an_archive"), places, st.integers(0, 2), ways),
    st.tuples(st.just("list_the_teams"), places, backs),
)


@st.composite
def team_definitions(draw: st.DrawFn) -> tuple[TeamDefinition, int]:
    """A board with teams, at most two subscores, and the instant it is made at."""
    drawn, now_us = draw(st.sampled_from([0, 2, 40]).flatmap(lambda keep_days: definitions(keep_days=keep_days)))
    plain = {one.name: getattr(drawn, one.name) for one in fields(Definition)}
    team_update, team_moves = draw(rules_of_teams)
    definition = TeamDefinition(**plain, team_update=team_update, team_moves=team_moves)
    subscores = definition.rules.subscores[:MAX_SUBSCORES]
    rules = type(definition.rules)(**{**vars(definition.rules), "subscores": subscores})
    return TeamDefinition(**{**vars(definition), "rules": rules}), now_us


class TeamsMachine(BoardMachine):
    """A board with teams, with reads of these and of their members."""

    oracle: OracleTeams
    looks = 0

    @initialize(drawn=team_definitions(), apps=st.integers(1, 2), ahead_us=wrong)
    def define(self, drawn: tuple[TeamDefinition, int], apps: int, ahead_us: int) -> None:
        self.begin(*drawn, apps, ahead_us)

    def oracle_of(self, definition: Definition) -> OraclePeriods:
        assert isinstance(definition, TeamDefinition)
        return OracleTeams(definition, self.clock.now_us)

    def built(self, part: tuple[Any, ...]) -> TeamSubmission:
        plain = build(self.oracle.definition.rules, *part)
        return TeamSubmission(**vars(plain), team=TEAMS[part[2] >> MAX_SUBSCORES])

    # writes

    @rule(member=members, is_hidden=st.booleans())
    def ban_or_lift(self, member: str, is_hidden: bool) -> None:
        path = f"/v1/members/{quote(member, safe='')}/ban"
        body = {"mode": "hide"} if is_hidden else None
        answer = self.service.call("PUT" if is_hidden else "DELETE", path, body)
        assert answer.status in (200, 201, 204), answer.body
        (self.oracle.hidden.add if is_hidden else self.oracle.hidden.discard)(member)
        self.has_moved = True

    @rule(member=members, sure=st.integers(0, 2))
    def erase(self, member: str, sure: int) -> None:
        if sure == 0:
            answer = self.service.call("DELETE", f"/v1/members/{quote(member, safe='')}")
            assert answer.status == 204, answer.body
            self.oracle.erase(member)
            self.has_moved = True

    @rule(drawn=rules_of_teams)
    def edit_the_teams(self, drawn: tuple[str, bool]) -> None:
        answer = self.calls.call("PATCH", "", {"team_update": drawn[0], "team_moves": drawn[1]})
        assert answer.status == 200, answer.body
        self.oracle.edit_teams(*drawn)

    # reads

    @rule(read=reads)
    def read(self, read: tuple[Any, ...]) -> None:
        name, *args = read
        getattr(self, name)(*args)

    def read_teams(self, place: int, back: int, way: tuple[Any, ...]) -> None:
        name, *args = way
        getattr(self.reads, name)(self.of_teams(place, back), *args)

    def read_a_segment(self, place: int, back: int, team: str, way: tuple[Any, ...]) -> None:
        name, *args = way
        if name not in ("stats", "entry"):
            getattr(self.reads, name)(self.of_members(place, back, team), *args)

    def read_a_span(self, span: Span, is_of_teams: bool, way: tuple[Any, ...]) -> None:
        name, *args = way
        getattr(self.reads, name)(self.of_days(span, is_of_teams), *args)

    def read_an_archive(self, place: int, number: int, way: tuple[Any, ...]) -> None:
        periods = self.oracle.definition.periods
        period = periods[place % len(periods)]
        window = self.oracle.window(period)
        found = self.oracle.archives(period, window)
        if not found:
            return
        archive = found[number % len(found)]
        of_teams = self.oracle.teams.archive(period, window, archive.number)
        named = f"{window.id}~{archive.number}"
        name, *args = way
        query = {"period": named, "member_type": "team"}
        getattr(self.reads, name)(Target(query, period.type, named, None, of_teams), *args)
        shown = self.oracle.shown(archive.board)
        self.reads.whole(Target({"period": named}, period.type, named, None, shown))

    def list_the_teams(self, place: int, back: int) -> None:
        query, window = self.asked(place, back)
        if window is None:
            return
        page = self.calls.read("/fields/team/values", **query)
        assert [(one["value"], one["count"]) for one in page["values"]] == self.oracle.members(window).counts()

    @invariant()
    def teams_and_members_agree(self) -> None:
        """Of each period teams and members, with the team of each; of one of them, in turn, the window before."""
        if not self.has_moved or not hasattr(self, "oracle"):
            return
        for place in range(len(self.oracle.definition.periods)):
            self.reads.whole(self.of_teams(place, 0))
            self.look_at_members(place)
        self.looks += 1
        self.reads.whole(self.of_teams(self.looks, 1))
        self.reads.whole(self.of_members(self.looks, 0, TEAMS[1 + self.looks % 3] or ""))
        if self.oracle.definition.keep_days:
            self.reads.whole(self.of_days(Span(1, 1, None), True))
        self.has_moved = False

    def look_at_members(self, place: int) -> None:
        query, window = self.asked(place, 0)
        assert window is not None
        board = self.oracle.members(window)
        page = self.calls.page(limit=1000, **query)
        assert [(entry["member"], entry["rank"], entry.get("team")) for entry in page["entries"]] == [
            (entry["member"], entry["rank"], board.team_of(entry["member"])) for entry in board.shown_only().entries()
        ]

    # what to find

    def asked(self, place: int, back: int) -> tuple[dict[str, str], Window | None]:
        """How a window is asked for, and the window, where it can be read."""
        periods = self.oracle.definition.periods
        period = periods[place % len(periods)]
        query = {"period": f"{period.type}:-{back}" if back else period.type}
        if period.type in SINGLE:
            return query, None if back else self.oracle.window(period)
        return query, self.oracle.window(period, back) if back <= period.keep else None

    def target(self, place: int, back: int, more: dict[str, str], board: OracleBoard | None) -> Target:
        periods = self.oracle.definition.periods
        period = periods[place % len(periods)]
        query, window = self.asked(place, back)
        bounds = (window.start_us, window.end_us) if window else None
        return Target({**query, **more}, period.type, window.id if window else "", bounds, board)

    def of_teams(self, place: int, back: int) -> Target:
        periods = self.oracle.definition.periods
        period = periods[place % len(periods)]
        _, window = self.asked(place, back)
        board = self.oracle.teams.board(window) if window else None
        target = self.target(place, back, {"member_type": "team"}, board)
        return target._replace(movement_of=lambda team: self.oracle.teams.movement(period, window, team))  # type: ignore[arg-type]

    def of_members(self, place: int, back: int, team: str) -> Target:
        _, window = self.asked(place, back)
        board = self.oracle.members(window).shown_only(team) if window else None
        return self.target(place, back, {"segment": f"team:{team}"}, board)

    def of_days(self, span: Span, is_of_teams: bool) -> Target:
        self.apps_clock.tell(self.service)
        known = self.oracle.definition
        first = self.oracle.ranges.today(self.clock.now_us()) - timedelta(days=span.ago)
        last = first + timedelta(days=span.length)
        update = known.team_update if is_of_teams else known.rules.update
        aggregate = span.aggregate or ("sum" if update == "sum" else "best")
        asked = {"from": f"{first}", "to": f"{last}", "member_type": "team" if is_of_teams else "user"}
        return Target(
            query={**asked, **({"aggregate": span.aggregate} if span.aggregate else {})},
            type="range",
            id=f"{first}..{last}",
            bounds=(day_start_us(known.timezone, first), day_start_us(known.timezone, last + timedelta(days=1))),
            board=self.oracle.span(first, last, aggregate, of_teams=is_of_teams) if known.keep_days else None,
            refusal=(422, "VALIDATION_FAILED"),
        )


def test_teams_stand_where_the_submissions_that_named_them_put_them(
    store_kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rankd.service.ranges.QUICK_S", 3600.0)
    monkeypatch.setattr("rankd.service.ranges._OPENED_FOR_S", -1.0)
    with world_on(store_kind, tmp_path, monkeypatch) as world:
        run(TeamsMachine, world, EXAMPLES[store_kind])

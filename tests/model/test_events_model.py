"""Any history of events of many sessions leaves members and teams where plain Python counts them, on two servers."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.machine import IN_CI
from tests.model.service_in_process import service_on
from tests.store_servers import StoreServer

EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "member": st.sampled_from("ab"),
            "team": st.sampled_from([None, "red", "blue"]),
            "session": st.sampled_from([None, "s1", "s1", "s2"]),
            "amount": st.integers(-9, 9) | st.sampled_from([2**53 + 1, -(2**53) - 1]),
        }
    ),
    max_size=25,
)
RULES = st.sampled_from(["sum", "best", "latest"])


def becomes(rule: str, old: int | None, amount: int) -> int:
    if old is None:
        return amount
    return {"sum": old + amount, "best": max(old, amount), "latest": amount}[rule]


def counted(rule: str, team_rule: str, events: list[dict[str, Any]]) -> tuple[dict[str, int], dict[str, int]]:
    """Members and teams after a history."""
    said: dict[tuple[str, str], int] = defaultdict(int)
    members: dict[str, int] = {}
    teams: dict[str, int] = {}
    for one in events:
        member, team, session, amount = one["member"], one["team"], one["session"], one["amount"]
        how, team_how = rule, team_rule
        if session:
            said[member, session], amount = amount, amount - said[member, session]
            how = team_how = "sum"
        members[member] = becomes(how, members.get(member), amount)
        if team:
            teams[team] = becomes(team_how, teams.get(team), amount)
    return members, teams


def test_members_and_teams_stand_where_their_events_put_them(store: StoreServer, tmp_path: Path) -> None:
    with service_on(store.url, tmp_path, apps=2) as service:

        @settings(max_examples=25 if IN_CI else 12, deadline=None)
        @given(rule=RULES, team_rule=RULES, events=EVENTS)
        def check(rule: str, team_rule: str, events: list[dict[str, Any]]) -> None:
            # given a board with teams that an event of its own feeds
            board = service.board({"update": rule, "team_update": team_rule, "member_types": ["user", "team"]}, apps=2)
            source = {"event": board.board_id, "score": "amount"}
            assert board.call("PATCH", "", {"source": source}).status == 200
            # when all events have been sent, to both servers in turn
            for one in events:
                body = {"event": board.board_id, "member": one["member"], "values": {"amount": one["amount"]}}
                body |= {"team": one["team"]} if one["team"] else {}
                body |= {"type": "group", "session": one["session"]} if one["session"] else {}
                (placing,) = service.call("POST", "/v1/events", body).json
                shown = board.read(board.entry_path(one["member"]))
                assert (placing["score"], placing["rank"]) == (shown["score"], shown["rank"])
            # then members and teams stand as counted
            members, teams = counted(rule, team_rule, events)
            for member_type, expected in (("user", members), ("team", teams)):
                page = board.page(member_type=member_type)["entries"]
                assert {entry["member"]: entry["score"] for entry in page} == expected

        check()

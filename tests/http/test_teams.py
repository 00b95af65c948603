"""Teams over HTTP: what is refused, what a submission does to its team, and what is left of teams afterwards.

That every read of teams is right through all that is done to a board is held by tests/model/test_teams_model.py.
"""

from typing import Any
from urllib.parse import quote

import pytest

from tests.asgi_calls import Answer, Calls
from tests.store_servers import StoreServer
from tests.timed_service import TimedService, us

BOARD = "/v1/boards/b"
TEAMS = {"member_types": ["user", "team"]}
KEY = {"Idempotency-Key": "k-1"}
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
INT64_MAX = 2**63 - 1
DAY_US = 86_400_000_000


async def define(call: Calls, **settings: Any) -> None:
    answer = await call("PUT", BOARD, {**TEAMS, **settings})
    assert answer.status == 201, answer.body


async def send(call: Calls, member: str, score: int, team: str | None, **more: Any) -> Any:
    body = {"member": member, "score": score, **({"team": team} if team is not None else {}), **more}
    answer = await call("POST", BOARD + "/scores", body)
    assert answer.status == 200, answer.body
    return answer.json


async def scores(call: Calls, member_type: str = "team", more: str = "") -> dict[str, int]:
    """Who stands on the board in order, with the scores."""
    answer = await call("GET", f"{BOARD}/entries?limit=1000&member_type={member_type}{more}")
    assert answer.status == 200, answer.body
    assert answer.json["total"] == len(answer.json["entries"])
    return {entry["member"]: entry["score"] for entry in answer.json["entries"]}


def places(refused: Answer) -> list[str]:
    """What the faults of a refusal are about."""
    assert (refused.status, refused.code) == (422, "VALIDATION_FAILED"), refused.body
    return [fault.get("pointer") or fault["parameter"] for fault in refused.json["errors"]]


def lasting(store: StoreServer) -> dict[bytes, Any]:
    """All that is in the store but the records of calls."""
    return {key: value for key, value in store.dump().items() if b":call:" not in key}


# refusals


async def test_member_types_are_users_or_users_and_teams(call: Calls) -> None:
    for types in ([], ["team"], ["team", "user"], ["user", "user"], ["user", "team", "team"], ["clan"], "team", None):
        refused = places(await call("PUT", BOARD, {"member_types": types}))
        assert refused and all(place.startswith("/member_types") for place in refused)


async def test_only_what_is_added_up_can_move(call: Calls) -> None:
    wrong = await call("PUT", BOARD, {**TEAMS, "team_update": "best", "team_moves": True})
    assert places(wrong) == ["/team_moves"]
    await define(call, team_update="latest")
    assert places(await call("PATCH", BOARD, {"team_moves": True})) == ["/team_moves"]


async def test_a_team_on_a_board_without_teams_is_refused_and_nothing_is_written(
    call: Calls, store: StoreServer
) -> None:
    # given a board without teams
    await call("PUT", BOARD, {})
    await send(call, "ada", 1, None)
    before = lasting(store)

    # when submissions name one
    alone = await call("POST", BOARD + "/scores", {"member": "ada", "score": 5, "team": "red"})
    in_array = await call("POST", BOARD + "/scores", [{"member": "ada", "score": 5, "team": "red"}])

    # then each says what is wrong with it
    assert places(alone) == ["/team"]
    assert "member_types" in alone.json["errors"][0]["detail"]
    assert [item["code"] for item in in_array.json] == ["VALIDATION_FAILED"]
    assert lasting(store) == before


async def test_a_team_is_named_as_members_are(call: Calls) -> None:
    await define(call)
    for team in ("", "t" * 257, "a\nb", "\u0085", 7, True, ["red"]):
        refused = await call("POST", BOARD + "/scores", {"member": "ada", "score": 5, "team": team})
        assert places(refused) == ["/team"]


async def test_null_names_no_team(call: Calls) -> None:
    await define(call)
    answer = await call("POST", BOARD + "/scores", {"member": "ada", "score": 5, "team": None})
    assert answer.status == 200
    assert await scores(call) == {}


async def test_teams_of_a_board_without_teams_cannot_be_read(call: Calls) -> None:
    await call("PUT", BOARD, {})
    for path in ("/entries", "/entries/ada", "/entries/ada/around", "/around?score=1", "/stats", "/entries/lookup"):
        body = {"members": ["ada"]} if path.endswith("lookup") else None
        asked = path + ("&" if "?" in path else "?") + "member_type=team"
        assert places(await call("POST" if body else "GET", BOARD + asked, body)) == ["member_type"]


async def test_teams_have_no_fields_to_read_them_by(call: Calls) -> None:
    await define(call)
    await send(call, "ada", 1, "red")
    segment = "segment=team:red"
    for asked in (segment, "filter=team:red", "sort=team"):
        assert places(await call("GET", f"{BOARD}/entries?{asked}&member_type=team")) == ["member_type"]
    for path in ("/entries/red?", "/entries/red/around?", "/around?score=1&"):
        assert places(await call("GET", f"{BOARD}{path}{segment}&member_type=team")) == ["member_type"]


async def test_an_entry_cannot_be_put_into_a_team(call: Calls) -> None:
    await define(call)
    assert places(await call("PUT", BOARD + "/entries/ada", {"score": 1, "team": "red"})) == ["/team"]
    await send(call, "ada", 1, "red")
    assert places(await call("PATCH", BOARD + "/entries/ada", {"team": "blue"})) == ["/team"]


async def test_the_order_stays_while_there_are_entries_of_teams_alone(call: Calls) -> None:
    await define(call)
    await send(call, "ada", 1, "red")
    assert (await call("DELETE", BOARD + "/entries/ada")).status == 204
    assert (await call("PATCH", BOARD, {"order": "asc"})).code == "BOARD_NOT_EMPTY"
    assert (await call("POST", BOARD + "/reset", {})).status == 200
    assert (await call("PATCH", BOARD, {"order": "asc"})).status == 200


# what a submission does


async def test_a_member_shows_the_team_it_named_last(call: Calls) -> None:
    # given an entry under `best` with a team
    await define(call)
    await send(call, "ada", 10, "red", metadata={"ship": "x"})

    # when a worse score names another team, and one after it none
    assert (await send(call, "ada", 1, "blue"))["changed"] is False
    await send(call, "ada", 2, None)

    # then the team is the last one named, and all else is that of the best score
    entry = (await call("GET", BOARD + "/entries/ada")).json
    assert (entry["score"], entry["team"], entry["metadata"]) == (10, "blue", {"ship": "x"})
    assert await scores(call) == {"red": 10, "blue": 1}
    assert await scores(call, "user", "&segment=team:red") == {}
    values = (await call("GET", BOARD + "/fields/team/values")).json["values"]
    assert values == [{"value": "blue", "count": 1}]

    # and it stays when a better score names none
    await send(call, "ada", 20, None)
    entry = (await call("GET", BOARD + "/entries/ada")).json
    assert (entry["score"], entry["team"], entry["metadata"]) == (20, "blue", None)


async def test_what_was_brought_outlasts_a_better_score_without_a_team(call: Calls) -> None:
    await define(call, team_moves=True)
    await send(call, "ada", 5, "red")
    await send(call, "ada", 50, None)
    await send(call, "ada", 1, "blue")
    assert await scores(call) == {"blue": 6, "red": 0}


async def test_a_repeat_counts_once_for_the_team(call: Calls) -> None:
    await define(call, update="sum")
    rows = [{"member": member, "score": 5, "team": "red"} for member in ("ada", "bob", "ada")]
    first = await call("POST", BOARD + "/scores", rows, KEY)
    again = await call("POST", BOARD + "/scores", rows, KEY)
    assert (again.headers["idempotent-replayed"], again.json) == ("true", first.json)
    assert await scores(call) == {"red": 15}


@pytest.mark.parametrize("moves", [False, True])
async def test_a_team_that_overflows_leaves_its_member_untouched(call: Calls, store: StoreServer, moves: bool) -> None:
    # given a team one short of the greatest score
    await define(call, team_moves=moves, periods=[{"type": "daily"}, {"type": "all"}], ranges={"keep_days": 3})
    await send(call, "bob", INT64_MAX - 1, "red")
    await send(call, "ada", 7, None)
    before = lasting(store)

    # when another member brings two
    refused = await call("POST", BOARD + "/scores", {"member": "ada", "score": 2, "team": "red"})

    # then nothing is written anywhere, and one more is taken
    assert (refused.status, refused.code) == (422, "SCORE_OVERFLOW")
    assert "its team 'red'" in refused.json["detail"]
    assert lasting(store) == before
    await send(call, "ada", 1, "red")
    assert await scores(call) == {"red": INT64_MAX}


async def test_who_moves_takes_along_what_it_brought(call: Calls) -> None:
    await define(call, team_moves=True, subscores=[{"name": "goals"}])
    for member, score, goals, team in [("ada", 5, 1, "red"), ("bob", 3, 2, "red"), ("ada", 2, 1, "blue")]:
        await send(call, member, score, team, subscores={"goals": goals})
    page = (await call("GET", BOARD + "/entries?member_type=team")).json["entries"]
    assert [(entry["member"], entry["score"], entry["subscores"]["goals"]) for entry in page] == [
        ("blue", 7, 2),
        ("red", 3, 2),
    ]


async def test_what_was_brought_before_moves_were_switched_on_stays(call: Calls) -> None:
    # given a share brought to one team, and a change to another one while nothing was taken along
    await define(call, update="sum", team_moves=True)
    await send(call, "ada", 1, "red")
    await call("PATCH", BOARD, {"team_moves": False})
    await send(call, "ada", 10, "blue")
    await call("PATCH", BOARD, {"team_moves": True})

    # when the member goes on to a third one
    await send(call, "ada", 100, "green")

    # then nothing is taken off a team that was not brought to it
    assert await scores(call) == {"green": 100, "blue": 10, "red": 1}


async def test_a_hidden_member_counts_for_its_team_and_a_blocked_one_does_not(call: Calls) -> None:
    await define(call)
    await call("PUT", "/v1/members/ada/ban", {"mode": "hide"})
    await call("PUT", "/v1/members/bob/ban", {"mode": "block"})
    await send(call, "ada", 5, "red")
    blocked = await call("POST", BOARD + "/scores", {"member": "bob", "score": 5, "team": "red"})
    assert blocked.code == "MEMBER_BLOCKED"
    assert await scores(call) == {"red": 5}
    assert await scores(call, "user") == {}


@pytest.mark.parametrize("mode", ["hide", "block"])
async def test_a_ban_of_a_member_is_none_of_the_team_called_like_it(call: Calls, mode: str) -> None:
    # given a banned member, and a team called like it
    await define(call)
    await call("PUT", "/v1/members/red/ban", {"mode": mode})

    # when both are named in one request
    rows = [{"member": member, "score": 5, "team": "red"} for member in ("red", "ada")]
    await call("POST", BOARD + "/scores", rows)

    # then the team stands
    found = (await call("GET", BOARD + "/entries/red?member_type=team")).json
    assert (found["score"], found["rank"]) == (10 if mode == "hide" else 5, 1)
    assert await scores(call, "user") == {"ada": 5}


async def test_one_request_to_several_boards_counts_for_the_team_where_there_are_teams(call: Calls) -> None:
    await define(call)
    await call("PUT", "/v1/boards/plain", {})
    answer = await call("POST", "/v1/scores", {"boards": ["b", "plain"], "member": "ada", "score": 5, "team": "red"})
    assert [item.get("code") for item in answer.json] == [None, "VALIDATION_FAILED"]
    assert await scores(call) == {"red": 5}
    assert (await call("GET", "/v1/boards/plain/entries")).json["total"] == 0


# ids


IDS = ["ada", UUID, UUID.upper(), UUID.replace("-", ""), "t" * 256, "\U0001f3c1" * 64, "a:b", "a/b", " ", "%2F",
       "around", "x.team", "{}*?", "e\u0301", "\u2028"]  # fmt: skip


async def test_a_team_may_be_called_anything_that_a_member_may(call: Calls) -> None:
    # given teams, each with a member that is called the same
    await define(call, rank_style="dense")
    await send(call, "bob", 5, "red")
    for team in IDS:
        await send(call, team, 7, team)

    # then every read of either finds that one
    for team in IDS:
        path = f"{BOARD}/entries/{quote(team, safe='')}"
        found = (await call("GET", path + "?member_type=team")).json
        assert (found["member"], found["score"], found["rank"], found["total"]) == (team, 7, 1, len(IDS) + 1)
        around = (await call("GET", path + "/around?member_type=team&size=1")).json["entries"]
        assert [one["member"] for one in around] == [team]
        assert (await call("GET", path)).json["team"] == team
        asked = quote(f"team:{team}", safe="")
        for way in ("segment", "filter"):
            page = (await call("GET", f"{BOARD}/entries?{way}={asked}")).json["entries"]
            assert [(one["member"], one["team"]) for one in page] == [(team, team)]
    looked = (await call("POST", BOARD + "/entries/lookup?member_type=team", {"members": [*IDS, "bob"]})).json
    assert ([one["member"] for one in looked["entries"]], looked["missing"]) == (IDS, ["bob"])
    values = (await call("GET", BOARD + "/fields/team/values")).json["values"]
    assert [one["value"] for one in values] == sorted([*IDS, "red"], key=str.encode)


# what is left


async def test_teams_that_are_switched_on_and_off_again_leave_nothing_behind(call: Calls, store: StoreServer) -> None:
    # given a dense board with entries that gets teams, and has them taken off
    settings = {"rank_style": "dense", "periods": [{"type": "weekly"}, {"type": "all"}], "ranges": {"keep_days": 3}}
    await call("PUT", BOARD, settings)
    await send(call, "ada", 1, None)
    await call("PATCH", BOARD, TEAMS)
    await send(call, "ada", 2, "red")
    await call("GET", BOARD + "/entries?from=2026-01-01&to=2099-01-01&member_type=team")
    assert (await call("PATCH", BOARD, {"member_types": ["user"]})).status == 200

    # then they cannot be read nor submitted to, and the members' entries are all there
    assert places(await call("GET", BOARD + "/entries?member_type=team")) == ["member_type"]
    refused = await call("POST", BOARD + "/scores", {"member": "ada", "score": 9, "team": "red"})
    assert places(refused) == ["/team"]
    assert await scores(call, "user") == {"ada": 2}

    # when the board goes on without, is reset, and deleted
    await send(call, "ada", 3, None)
    assert (await call("POST", BOARD + "/reset", {})).status == 200
    left = [key for key in store.dump() if key.endswith(b".team") and b":day:" not in key]
    assert left == []
    assert (await call("DELETE", BOARD)).status == 204
    # then no key of it is left but the records of calls and computed spans, which go by themselves
    for key in store.dump():
        name = key.decode().removeprefix("rankd:{default/b}:")
        assert name.startswith(("rankd:", "call:", "operations:", "range", "tally:")) or ":range." in name, key
        assert name.startswith("rankd:") or store.control.pexpiretime(key.decode()) > 0, key


async def test_teams_that_are_switched_on_again_have_what_they_had(call: Calls) -> None:
    await define(call)
    await send(call, "ada", 2, "red")
    await call("PATCH", BOARD, {"member_types": ["user"]})
    await send(call, "ada", 5, None)
    await call("PATCH", BOARD, TEAMS)
    await send(call, "bob", 1, "red")
    assert await scores(call) == {"red": 3}
    assert (await call("GET", BOARD + "/entries/ada")).json["team"] == "red"


async def test_every_key_of_teams_of_a_window_that_ends_goes_by_itself(timed: TimedService) -> None:
    # given a dense board with days, whose team is written to, moved from, and archived
    periods: list[str | dict[str, Any]] = ["daily", {"type": "weekly", "keep": 2}]
    await timed.board(*periods, **TEAMS, rank_style="dense", team_moves=True, ranges={"keep_days": 3})
    await timed.send("ada", 5, team="red")
    await timed.send("ada", 5, team="blue")
    await timed.reset(period="daily", archive=True)
    await timed.send("ada", 1, team="blue")

    # then each key of teams goes when the one of members beside it does
    expiries = timed.expiries_us()
    of_teams = {name: at_us for name, at_us in expiries.items() if name.endswith(".team")}
    kinds = {name.partition(":")[0] for name in of_teams}
    assert kinds == {"order", "entries", "distinct", "day"}
    for name, at_us in of_teams.items():
        assert at_us is not None and at_us > us("2026-11-22T12:00:00Z"), name
        assert at_us == expiries[name.removesuffix(".team")], name


async def test_a_closed_day_keeps_its_teams_as_long_as_its_members(timed: TimedService) -> None:
    await timed.board({"type": "daily", "keep": 1}, **TEAMS)
    await timed.send("ada", 5, team="red")
    timed.at("2026-11-22T12:00:00Z")
    await timed.tick()
    await timed.send("ada", 1, team="blue")
    before = await timed.get("/entries?member_type=team&period=daily:-1")
    assert [(entry["member"], entry["score"]) for entry in before["entries"]] == [("red", 5)]
    now = await timed.get("/entries/blue?member_type=team")
    assert (now["score"], now["movement"]) == (1, None)
    timed.at("2026-11-23T12:00:00Z")
    assert await timed.code("/entries?member_type=team&period=2026-11-21") == "PERIOD_NOT_FOUND"

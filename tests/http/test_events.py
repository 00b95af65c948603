"""Game events: which boards they feed, what they submit there, and sessions whose running values move scores."""

from typing import Any

import pytest

from tests.asgi_calls import Calls
from tests.http.test_tokens import player
from tests.timed_service import TimedService

KILLS = {"event": "kill-enemy", "score": "amount"}
DAY_US = 86_400_000_000


async def define(call: Any, board_id: str, **settings: Any) -> None:
    answer = await call("PUT", f"/v1/boards/{board_id}", {"source": KILLS, "update": "sum", **settings})
    assert answer.status in (200, 201), answer.body


def event(amount: Any = 1, member: str = "ada", **more: Any) -> dict[str, Any]:
    return {"event": "kill-enemy", "member": member, "values": {"amount": amount}, **more}


async def sent(call: Any, body: dict[str, Any], headers: dict[str, str] | None = None) -> list[Any]:
    answer = await call("POST", "/v1/events", body, headers)
    assert answer.status == 200, answer.body
    return list(answer.json)


async def scores(call: Any, board_id: str, query: str = "") -> dict[str, int]:
    page = (await call("GET", f"/v1/boards/{board_id}/entries{query}")).json
    return {entry["member"]: entry["score"] for entry in page["entries"]}


def running(amount: int, session: str = "s1", **more: Any) -> dict[str, Any]:
    return event(amount, type="group", session=session, **more)


async def test_an_event_feeds_every_enabled_board_of_its_name_by_the_boards_own_rule(call: Calls) -> None:
    # given two boards that listen, and others: to another event, disabled, and to none
    await define(call, "sums")
    await define(call, "bests", update="best")
    await define(call, "deaths", source={"event": "kill-enemy2", "score": "amount"})
    await define(call, "off", enabled=False)
    await call("PUT", "/v1/boards/deaf", {})
    # when it happens twice
    await sent(call, event(5))
    placings = await sent(call, event(3))
    # then each board that listens has it once, in the order of ids
    assert [(one["board"], one["score"]) for one in placings] == [("bests", 5), ("sums", 8)]
    for board_id in ("deaths", "off", "deaf"):
        assert await scores(call, board_id) == {}


async def test_subscores_fields_and_the_team_are_read_by_their_own_names(call: Calls) -> None:
    await define(call, "b", subscores=[{"name": "armor"}, {"name": "health"}], member_types=["user", "team"],
                 fields=[{"name": "weapon"}, {"name": "range_m", "type": "integer", "rank": "asc"}])  # fmt: skip
    values = {"amount": 2, "armor": 40, "weapon": "bow", "range_m": 90, "other": "x", "health": None}
    await sent(call, {**event(team="red"), "values": values})
    (entry,) = (await call("GET", "/v1/boards/b/entries")).json["entries"]
    assert entry["subscores"] == {"armor": 40, "health": 0}
    assert (entry["fields"], entry["team"]) == ({"weapon": "bow", "range_m": 90}, "red")
    assert await scores(call, "b", "?member_type=team") == {"red": 2}


async def test_a_team_is_nothing_to_a_board_without_teams(call: Calls) -> None:
    await define(call, "b")
    await sent(call, event(2, team="red"))
    assert await scores(call, "b") == {"ada": 2}


@pytest.mark.parametrize("amount", [None, "many", 1.5, True, "1.0", 2**63])
async def test_a_board_that_cannot_read_the_score_says_so_and_the_others_have_theirs(call: Calls, amount: Any) -> None:
    await define(call, "b")
    await define(call, "points", source={"event": "kill-enemy", "score": "points"})
    refused, placing = await sent(call, {**event(), "values": {"amount": amount, "points": 7}})
    assert (refused["board"], refused["status"], refused["errors"][0]["pointer"]) == ("b", 422, "/values/amount")
    assert (placing["board"], placing["score"]) == ("points", 7)
    assert await scores(call, "b") == {}


async def test_every_value_that_does_not_fit_is_told_at_once(call: Calls) -> None:
    await define(call, "b", subscores=[{"name": "armor"}], fields=[{"name": "weapon"}])
    (refused,) = await sent(call, {**event(), "values": {"armor": 1.5, "weapon": 3}})
    assert {fault["pointer"] for fault in refused["errors"]} == {"/values/amount", "/values/armor", "/values/weapon"}


async def test_an_event_that_nobody_hears_is_no_fault(call: Calls) -> None:
    assert await sent(call, {"event": "silence", "member": "ada"}) == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"member": "a"}, "/event"), ({"event": "e"}, "/member"), ({"event": "", "member": "a"}, "/event"),
     ({"event": "e", "member": "a", "type": "both"}, "/type"), ({"event": "e", "member": "a", "type": "group"}, ""),
     ({"event": "e\0f", "member": "a"}, "/event"), ({"event": "e", "member": "a", "values": {"x": []}}, "/values/x")],
)  # fmt: skip
async def test_a_bad_event_is_told_by_its_place(call: Calls, body: Any, pointer: str) -> None:
    answer = await call("POST", "/v1/events", body)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize("source", [{"event": "e"}, {"event": "", "score": "x"}, {"event": "e", "score": 1}, "e"])
async def test_a_bad_source_is_refused(call: Calls, source: Any) -> None:
    assert (await call("PUT", "/v1/boards/b", {"source": source})).status == 422


async def test_boards_hear_an_event_from_the_moment_their_settings_say_so_on_every_server(
    call: Calls, other: Calls
) -> None:
    # given two servers that know a board
    await define(call, "b")
    await sent(call, event(1))
    await sent(other, event(1))
    # when one of them changes it, then the other goes by the change
    await call("PATCH", "/v1/boards/b", {"source": {"event": "win", "score": "amount"}})
    assert await sent(other, event(1)) == []
    assert len(await sent(other, {**event(1), "event": "win"})) == 1
    await call("PATCH", "/v1/boards/b", {"enabled": False})
    assert await sent(other, {**event(1), "event": "win"}) == []
    await call("PATCH", "/v1/boards/b", {"enabled": True, "source": {"event": "win", "score": "points"}})
    (placing,) = await sent(other, {**event(1), "event": "win", "values": {"points": 40}})
    assert placing["score"] == 43
    await call("PATCH", "/v1/boards/b", {"source": None})
    assert await sent(other, {**event(1), "event": "win"}) == []
    await call("DELETE", "/v1/boards/b")
    assert await sent(other, event(1)) == []


async def test_many_boards_hear_one_event_and_no_others_name(call: Calls) -> None:
    for number in range(60):
        await define(call, f"b{number}")
    await define(call, "z", source={"event": "kill-enem", "score": "amount"})
    placings = await sent(call, event(2))
    assert sorted(one["board"] for one in placings) == sorted(f"b{number}" for number in range(60))


async def test_a_session_moves_a_score_by_the_difference_whatever_the_boards_rule(call: Calls) -> None:
    for rule in ("sum", "best", "latest"):
        await define(call, rule, update=rule, team_update=rule, member_types=["user", "team"])
    # when a session tells 10, then 15, then 12, and another one 4, for two members of a team
    for amount in (10, 15, 12):
        await sent(call, running(amount, team="red"))
    await sent(call, running(4, "s2", team="red"))
    await sent(call, running(1, "s1", team="red", member="bob"))
    # then members and team stand at the sums of what their sessions told last
    for rule in ("sum", "best", "latest"):
        assert await scores(call, rule) == {"ada": 16, "bob": 1}
        assert await scores(call, rule, "?member_type=team") == {"red": 17}


async def test_a_running_value_that_is_told_again_counts_nothing(call: Calls) -> None:
    await define(call, "b")
    await sent(call, running(10))
    (again,) = await sent(call, running(10))
    assert (again["changed"], again["score"]) == (False, 10)


async def test_an_operation_is_counted_once_and_answered_alike(call: Calls) -> None:
    await define(call, "b")
    for body in (event(5), running(3)):
        first = await call("POST", "/v1/events", body, {"Idempotency-Key": str(body)[:5] + body.get("type", "")})
        again = await call("POST", "/v1/events", body, {"Idempotency-Key": str(body)[:5] + body.get("type", "")})
        assert (again.body, again.headers["idempotent-replayed"]) == (first.body, "true")
    assert await scores(call, "b") == {"ada": 8}


async def test_subscores_run_with_their_session(call: Calls) -> None:
    await define(call, "b", subscores=[{"name": "up"}, {"name": "down", "order": "asc"}])
    for up, down in ((1, 9), (5, 3)):
        await sent(call, {**running(7), "values": {"amount": 7, "up": up, "down": down}})
    (entry,) = (await call("GET", "/v1/boards/b/entries")).json["entries"]
    assert (entry["score"], entry["subscores"]) == (7, {"up": 5, "down": 3})


async def test_a_session_that_is_refused_is_not_remembered(call: Calls) -> None:
    await define(call, "b", max_step=5)
    await sent(call, running(3))
    (refused,) = await sent(call, running(100))
    assert refused["code"] == "STEP_TOO_LARGE"
    (placing,) = await sent(call, running(6))
    assert placing["score"] == 6


async def test_a_difference_that_leaves_64_bits_is_refused(call: Calls) -> None:
    await define(call, "b")
    await sent(call, running(2**63 - 1))
    (refused,) = await sent(call, running(-(2**63)))
    assert refused["code"] == "SCORE_OVERFLOW"
    assert await scores(call, "b") == {"ada": 2**63 - 1}


async def test_bounds_hold_what_a_session_tells_and_not_the_difference(call: Calls) -> None:
    await define(call, "b", score_min=0, score_max=20)
    await sent(call, running(15))
    (placing,) = await sent(call, running(5))
    (refused,) = await sent(call, running(21))
    assert (placing["score"], refused["code"]) == (5, "SCORE_OUT_OF_BOUNDS")


async def test_a_session_goes_on_over_midnight_and_a_new_period_has_what_came_since(timed: TimedService) -> None:
    await timed.board("daily", "all", source=KILLS, update="sum")
    timed.at("2026-11-21T23:59:00Z")
    await sent(timed, running(10))
    timed.at("2026-11-22T00:01:00Z")
    (placing,) = await sent(timed, running(14))
    assert (placing["score"], placing["periods"]["all"]["score"]) == (4, 14)
    assert (placing["periods"]["daily"]["score"], placing["previous_score"]) == (4, None)


async def test_sessions_are_known_for_a_week_of_silence_and_leave_nothing_in_the_end(timed: TimedService) -> None:
    await timed.board("all", source=KILLS, update="sum")
    await sent(timed, running(10))
    timed.at("2026-11-28T12:00:00Z")
    await sent(timed, running(11))
    assert (await timed.scores()) == {"ada": 11}
    timed.at("2026-12-20T12:00:00Z")
    await sent(timed, running(5))
    assert (await timed.scores()) == {"ada": 16}
    kept = [key for key in timed.store.dump() if b":sessions:" in key]
    assert all(timed.store.control.ttl(key) > 0 for key in kept)


async def test_no_key_holds_the_name_of_a_member_or_a_session(call: Calls, store: Any) -> None:
    await define(call, "b")
    await sent(call, running(3, "secret-session", member="mallory"))
    kept = {key: value for key, value in store.dump().items() if b":sessions:" in key}
    assert len(kept) == 1
    assert b"mallory" not in repr(kept).encode() and b"secret-session" not in repr(kept).encode()


async def test_a_deleted_board_leaves_no_session_and_no_place_in_the_index(call: Calls, store: Any) -> None:
    await define(call, "b")
    await sent(call, running(3))
    await call("DELETE", "/v1/boards/b")
    assert not [key for key in store.dump() if b":sessions:" in key or b":sources" in key]
    await define(call, "b")
    await sent(call, running(5))
    assert await scores(call, "b") == {"ada": 5}


async def test_a_player_sends_its_own_events_to_boards_for_players(app: Any, call: Calls) -> None:
    await define(call, "open", player_submit=True)
    await define(call, "closed")
    ada = await player(app, call, "ada")
    assert [one["board"] for one in await sent(ada, event(2))] == ["open"]
    assert (await ada("POST", "/v1/events", event(2, "bob"))).code == "PLAYER_REFUSED"
    assert await scores(call, "closed") == {}


async def test_what_a_board_refuses_is_told_and_leaves_the_others(call: Calls) -> None:
    await define(call, "b", registered_only=True)
    await define(call, "c")
    refused, placing = await sent(call, event(2))
    assert (refused["code"], placing["score"]) == ("MEMBER_NOT_REGISTERED", 2)


async def test_on_an_arcade_board_each_event_is_an_entry_and_none_has_a_running_value(call: Calls) -> None:
    await define(call, "b", unique=False)
    for amount in (5, 3):
        await sent(call, event(amount))
    (refused,) = await sent(call, running(9))
    assert (refused["status"], refused["errors"][0]["pointer"]) == (422, "/session")
    page = (await call("GET", "/v1/boards/b/entries")).json
    assert [(entry["member"], entry["score"]) for entry in page["entries"]] == [("ada", 5), ("ada", 3)]

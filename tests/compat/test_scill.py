"""SCILL's door in particular: its parameters, its days, who may, and what leaves the core in other words."""

from typing import Any

import pytest

from rankd.errors import StoreFull, ValidationFailed
from rankd.service.events import Events
from rankd.store.scores import Applied
from tests.asgi_calls import Answer, Calls
from tests.http.test_keys import key_of
from tests.http.test_tokens import player
from tests.timed_service import TimedService

# Nothing of this is about the store: the core's tests run on each kind.
pytestmark = pytest.mark.parametrize("store_kind", ["valkey"], indirect=True)
V1, V2 = "/api/v1", "/api/v2"
BOARD = V2 + "/leaderboards/b"


async def put(call: Any, board_id: str = "b", **settings: Any) -> None:
    answer = await call("PUT", f"/v1/boards/{board_id}", settings)
    assert answer.status in (200, 201), answer.body


async def score(call: Any, *rows: dict[str, Any], board_id: str = "b") -> None:
    answer = await call("POST", f"/v1/boards/{board_id}/scores", list(rows))
    assert answer.status == 200, answer.body


async def users(call: Any, query: str = "", board_id: str = "b", kind: str = "user") -> dict[str, int]:
    answer = await call("GET", f"{V2}/leaderboards/{board_id}{query}")
    assert answer.status == 200, answer.body
    rows = answer.json["leaderboard_results_by_member_type"][kind]["members"]
    return {row["member_id"]: row["score"] for row in rows}


async def event(call: Any, **given: Any) -> Answer:
    body = {"user_id": "ada", "event_name": "kill", "meta_data": {"amount": 1}, **given}
    answer: Answer = await call("POST", V1 + "/events", body)
    return answer


def scill(answer: Answer) -> tuple[int, str]:
    """Status and code of a refusal, which has nothing beside its message."""
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json) == {"code", "message"}
    return answer.status, answer.code


# pages


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", "abcdefgh"),
        ("?", "abcdefgh"),
        ("?pageSize=3", "abc"),
        ("?currentPage=2&pageSize=3", "def"),
        ("?currentPage=2&pageSize=3&currentPosition=2", "bcd"),
        ("?currentPosition=8", "h"),
        ("?currentPosition=0&pageSize=1", "a"),
        ("?currentPosition=9", ""),
        ("?currentPage=&pageSize=&currentPosition=&startDate=&aggregate=&language=", "abcdefgh"),
        ("?pageSize=5000&unknown=1", "abcdefgh"),
        ("?pageSize=2&currentPage=4", "gh"),
        ("?currentPage=9223372036854775807", ""),
        ("?currentPosition=9223372036854775807", ""),
    ],
)
async def test_pages_begin_where_they_are_asked_to(call: Calls, query: str, shown: str) -> None:
    await put(call)
    await score(call, *[{"member": name, "score": 9 - place} for place, name in enumerate("abcdefgh")])
    assert "".join(await users(call, query)) == shown


@pytest.mark.parametrize(
    "query", ["pageSize=0", "pageSize=-1", "pageSize=x", "currentPage=0", "currentPosition=-1", "aggregate=MEAN",
              "startDate=yesterday", "startDate=2026-13-01", "startDate=2026-11-02&endDate=2026-11-01"]
)  # fmt: skip
async def test_parameters_that_mean_nothing_are_told(call: Calls, query: str) -> None:
    await put(call, ranges={"keep_days": 3})
    refused = await call("GET", f"{BOARD}?{query}")
    assert scill(refused) == (422, "VALIDATION_FAILED")
    assert query.rpartition("&")[2].partition("=")[0] in refused.json["message"]


async def test_every_fault_is_told_in_the_one_message_that_there_is(call: Calls) -> None:
    # given a board whose events have three values
    await put(call, source={"event": "kill", "score": "amount"}, fields=[{"name": "level", "type": "integer"}])
    await put(call, "c", source={"event": "kill", "score": "amount"}, unique=False)
    # when parameters, a body, and the values of an event have several faults each
    values = {"amount": "ten", "level": 1.5}
    by_query = await call("GET", f"{BOARD}?pageSize=0&currentPage=0&aggregate=MEAN")
    by_body = await call("POST", V1 + "/events", {"event_type": "both", "team_id": 5})
    by_values = await event(call, event_type="group", session_id="s", meta_data=values)
    # then each is named, by its sender's name
    for refused, names in (
        (by_query, ("pageSize must", "currentPage must", "aggregate must")),
        (by_body, ("event_name is", "event_type must", "team_id must")),
        (by_values, ("meta_data.amount not", "meta_data.level ", "c did not take it: ", "session_id on this")),
    ):
        assert scill(refused)[0] == 422
        assert [name for name in names if name not in refused.json["message"]] == []
        assert "errors" not in refused.json["message"]


async def test_a_list_that_would_be_too_long_asks_for_smaller_pages(call: Calls, monkeypatch: Any) -> None:
    monkeypatch.setattr("rankd.compat.scill.leaderboards.MAX_ROWS", 20)
    for name in "bc":
        await put(call, name)
    refused = await call("GET", V2 + "/leaderboards?pageSize=11")
    assert (scill(refused)[0], "pageSize" in refused.json["message"]) == (422, True)
    assert len((await call("GET", V2 + "/leaderboards?pageSize=10")).json) == 2


# names and rows


@pytest.mark.parametrize(
    ("language", "name"),
    [("de", "Ruhmeshalle"), ("DE", "Ruhmeshalle"), ("de-AT", "Ruhmeshalle"), ("pt_BR", "Sala"), ("fr", "Hall"),
     ("pt", "Hall")],
)  # fmt: skip
async def test_a_leaderboard_has_its_name_in_the_language_asked_for(call: Calls, language: str, name: str) -> None:
    await put(call, name="Hall", names={"de": "Ruhmeshalle", "pt-BR": "Sala"})
    assert (await call("GET", f"{BOARD}?language={language}")).json["leaderboard_name"] == name
    assert (await call("GET", f"{V1}/leaderboards/b?language={language}")).json["name"] == name


async def test_metadata_results_are_the_ranked_fields_in_their_order_as_whole_numbers(call: Calls) -> None:
    fields = [{"name": "z", "type": "integer", "rank": "asc"}, {"name": "n", "type": "number", "rank": "desc"},
              {"name": "d", "type": "date", "rank": "asc"}, {"name": "s", "type": "string", "rank": "asc"},
              {"name": "plain", "type": "integer"}]  # fmt: skip
    await put(call, fields=fields)
    values = {"z": 4, "n": 2.6, "d": "2026-11-22T00:00:00.250Z", "s": "text", "plain": 1}
    await score(call, {"member": "a", "score": 1, "fields": values})
    answer = await call("GET", V2 + "/leaderboards-members/user/a/b")
    assert answer.json["leaderboard_member"]["metadata_results"] == [
        {"key": "z", "ranked": True, "score": 4, "rank": 1},
        {"key": "n", "ranked": True, "score": 3, "rank": 1},
        {"key": "d", "ranked": True, "score": 1795305600250, "rank": 1},
        {"key": "s", "ranked": False},
    ]


async def test_tied_members_share_a_rank_where_the_board_says_so(call: Calls) -> None:
    await put(call, rank_style="competition", order="asc")
    await score(call, *[{"member": name, "score": number} for name, number in (("a", 5), ("b", 5), ("c", 6))])
    rows = (await call("GET", BOARD)).json["leaderboard_results_by_member_type"]["user"]["members"]
    assert [row["rank"] for row in rows] == [1, 1, 3]


async def test_whole_64_bit_scores_are_integers(call: Calls) -> None:
    await put(call)
    await score(call, {"member": "a", "score": 2**63 - 1})
    assert b'"score":9223372036854775807,' in (await call("GET", BOARD)).body


async def test_a_hidden_user_is_on_no_board_but_its_own(app: Any, call: Calls) -> None:
    await put(call)
    await score(call, {"member": "ada", "score": 5}, {"member": "bob", "score": 4})
    await call("PUT", "/v1/members/ada/ban", {"mode": "hide"})
    place = V2 + "/leaderboards-members/user/ada/b"
    assert await users(call) == {"bob": 4}
    assert (await call("GET", place)).json["leaderboard_member"]["score"] == 0
    own = (await (await player(app, call, "ada"))("GET", place)).json["leaderboard_member"]
    assert (own["score"], own["rank"]) == (5, -1)


# days


async def test_spans_are_of_the_boards_days_and_sums_unless_the_best_is_asked_for(timed: TimedService) -> None:
    # given a board in Seoul with scores of three days, the last today
    await put(timed, ranges={"keep_days": 30}, update="best", timezone="Asia/Seoul", member_types=["user", "team"])
    for day, number in (("2026-11-19T16:00:00Z", 5), ("2026-11-20T16:00:00Z", 9), ("2026-11-21T12:00:00Z", 2)):
        timed.at(day)
        await score(timed, {"member": "ada", "score": number, "team": "red"})
    # then 19 November 16:00 in London is the 20th there
    for query, expected in (
        ("", {"ada": 9}),
        ("?startDate=2026-11-20&endDate=2026-11-20", {"ada": 5}),
        ("?startDate=2026-11-19T15:00:00Z&endDate=2026-11-20T14:59:59Z", {"ada": 5}),
        ("?startDate=2026-11-20&endDate=2026-11-21", {"ada": 16}),
        ("?startDate=2026-11-21", {"ada": 11}),
        ("?endDate=2026-11-20", {"ada": 5}),
        ("?aggregate=SUM", {"ada": 16}),
        ("?aggregate=best", {"ada": 9}),
        ("?startDate=2026-11-20&aggregate=BEST", {"ada": 9}),
        ("?startDate=2020-01-01&endDate=2020-01-01", {}),
    ):
        assert await users(timed, query) == expected, query
        assert await users(timed, query, kind="team") == ({"red": 16} if not query else
            {"red": next(iter(expected.values()))} if expected else {}), query  # fmt: skip
        ranking = await timed("GET", V2 + "/leaderboards-members/user/ada/b" + query)
        assert ranking.json["leaderboard_member"]["rank"] == (1 if expected else -1), query


async def test_a_board_that_keeps_no_days_says_so_by_itself_and_is_empty_in_a_list(call: Calls) -> None:
    await put(call)
    await score(call, {"member": "a", "score": 1})
    await put(call, "kept", ranges={"keep_days": 2})
    span = "?startDate=2026-11-20"
    refused = await call("GET", BOARD + span)
    assert (scill(refused)[0], "keep_days" in refused.json["message"]) == (422, True)
    assert scill(await call("GET", V2 + "/leaderboards-members/user/a/b" + span))[0] == 422
    listed = (await call("GET", V2 + "/leaderboards" + span)).json
    assert [one["leaderboard_results_by_member_type"]["user"]["count"] for one in listed] == [0, 0]
    assert len((await call("GET", V2 + "/leaderboards-members/user/a" + span)).json) == 2
    # an aggregate alone is over all there is
    assert await users(call, "?aggregate=SUM") == {"a": 1}


async def test_a_board_that_begins_to_keep_days_has_them_on_every_server(call: Calls, other: Calls) -> None:
    await put(call)
    await users(other)
    await call("PATCH", "/v1/boards/b", {"ranges": {"keep_days": 3}})
    await score(call, {"member": "a", "score": 1})
    assert await users(other, "?startDate=2020-01-01") == {"a": 1}


async def test_a_reset_forgets_everything_at_once_also_days_and_sessions(timed: TimedService) -> None:
    await put(timed, ranges={"keep_days": 30}, source={"event": "kill", "score": "amount"}, update="sum",
              periods=[{"type": "weekly"}, {"type": "all"}])  # fmt: skip
    group = {"event_type": "group", "session_id": "s"}
    assert (await event(timed, meta_data={"amount": 10}, **group)).status == 200
    assert await users(timed, "?aggregate=SUM") == {"ada": 10}
    answer = await timed("DELETE", V2 + "/leaderboards-reset/default/b")
    assert (answer.status, answer.json) == (200, {"status": 200, "message": "OK"})
    assert await users(timed) == await users(timed, "?aggregate=SUM") == {}
    await event(timed, meta_data={"amount": 12}, **group)
    assert await users(timed) == await users(timed, "?aggregate=SUM") == {"ada": 12}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "America/New_York", "Europe/Paris"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_days_at_the_ends_of_the_calendar_are_days(call: Calls, zone: str, day: str) -> None:
    await put(call, ranges={"keep_days": 3}, timezone=zone)
    await score(call, {"member": "a", "score": 1})
    for text in (day, f"{day}T00:00:00Z", f"{day}T23:59:59Z"):
        first, last = (f"?startDate={text}", f"?endDate={text}")
        assert await users(call, first) == ({"a": 1} if day < "2" else {})
        assert await users(call, last) == ({} if day < "2" else {"a": 1})


# who may


async def test_credentials_that_do_not_do_are_403(app: Any, call: Calls) -> None:
    await put(call)
    writer, reader = Calls(app, await key_of(call, "write")), Calls(app, await key_of(call, "read"))
    ada = await player(app, call, "ada")
    cases = [
        (Calls(app, ""), "GET", BOARD, "UNAUTHORIZED"),
        (Calls(app, "x" * 100), "GET", BOARD, "UNAUTHORIZED"),
        (Calls(app, "a.b.c" + "d" * 80), "GET", BOARD, "UNAUTHORIZED"),
        (writer, "GET", BOARD, "SCOPE_MISSING"),
        (reader, "POST", V1 + "/auth/access-token", "SCOPE_MISSING"),
        (reader, "POST", V1 + "/events", "SCOPE_MISSING"),
        (writer, "DELETE", V2 + "/leaderboards-reset/default/b", "SCOPE_MISSING"),
        (ada, "DELETE", V2 + "/leaderboards-reset/default/b", "PLAYER_REFUSED"),
        (ada, "DELETE", V1 + "/reset-leaderboard/user/default/ada", "PLAYER_REFUSED"),
        (ada, "POST", V1 + "/auth/access-token", "PLAYER_REFUSED"),
        (writer, "PUT", V1 + "/user-additional-info", "FORBIDDEN"),
        (reader, "GET", V1 + "/user-additional-info", "FORBIDDEN"),
    ]
    for caller, method, target, code in cases:
        refused = await caller(method, target, {"user_id": "a"} if method in ("POST", "PUT") else None)
        assert scill(refused) == (403, code), target
        assert "www-authenticate" not in refused.headers


async def test_the_key_of_another_app_resets_nothing(app: Any, call: Calls) -> None:
    await call("POST", "/v1/projects", {"id": "p"})
    key = Calls(app, await key_of(call, "admin", project="p"))
    await put(call)
    await score(call, {"member": "a", "score": 1})
    assert scill(await key("DELETE", V2 + "/leaderboards-reset/default/b")) == (403, "FORBIDDEN")
    assert scill(await key("DELETE", V2 + "/leaderboards-reset/p/b")) == (404, "BOARD_NOT_FOUND")
    assert await users(call) == {"a": 1}


async def test_a_token_of_either_door_opens_the_other(app: Any, call: Calls) -> None:
    await put(call, player_submit=True)
    token = (await call("POST", V1 + "/auth/access-token", {"user_id": "ada"})).json["token"]
    ada = Calls(app, token)
    assert (await ada("POST", "/v1/boards/b/scores", {"member": "ada", "score": 3})).status == 200
    assert await users(await player(app, call, "bob")) == {"ada": 3}


@pytest.mark.parametrize("body", [{}, {"user_id": ""}, {"user_id": 7}, {"user_id": "a\0"}, []])
async def test_a_token_wants_a_user(call: Calls, body: Any) -> None:
    assert (await call("POST", V1 + "/auth/access-token", body)).status in (400, 422)


# user info


@pytest.mark.parametrize(
    ("sent", "profile"),
    [
        ({"username": "A", "avatarImage": "https://e.org/a.png"}, {"name": "A", "avatar_url": "https://e.org/a.png"}),
        ({"username": "A", "avatarImage": "av_7"}, {"name": "A", "avatar_url": None, "info": {"avatarImage": "av_7"}}),
        ({"username": "A", "avatarImage": None, "level": 3}, {"name": "A", "avatar_url": None, "info": {"level": 3}}),
    ],
)
async def test_user_info_is_the_members_profile(app: Any, call: Calls, sent: Any, profile: Any) -> None:
    await put(call)
    await score(call, {"member": "ada", "score": 1})
    ada = await player(app, call, "ada")
    assert (await ada("PUT", V1 + "/user-additional-info", sent)).json == sent
    assert (await ada("GET", V1 + "/user-additional-info")).json == sent
    native = (await call("GET", "/v1/members/ada")).json
    assert native == {"member": "ada", "info": {}, **profile}
    row = (await call("GET", V2 + "/leaderboards-members/user/ada/b")).json["leaderboard_member"]
    assert row["additional_info"] == sent


@pytest.mark.parametrize("sent", [{"username": 7}, {"username": "a" * 201}, {"x": "y" * 3000}, [1]])
async def test_user_info_that_is_none_is_refused(app: Any, call: Calls, sent: Any) -> None:
    ada = await player(app, call, "ada")
    assert (await ada("PUT", V1 + "/user-additional-info", sent)).status in (400, 422)
    assert (await call("GET", "/v1/members/ada")).status == 404


# events


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"event_name": ""}, "event_name"),
        ({"event_name": None}, "event_name"),
        ({"user_id": None}, "user_id"),
        ({"user_id": ""}, "user_id"),
        ({"event_type": "both"}, "event_type"),
        ({"event_type": "group"}, "session_id"),
        ({"event_type": "group", "session_id": ""}, "session_id"),
        ({"meta_data": [1]}, "meta_data"),
        ({"meta_data": {}}, "meta_data.amount"),
        ({"meta_data": {"amount": 1.5}}, "meta_data.amount"),
        ({"meta_data": {"amount": "ten"}}, "meta_data.amount"),
    ],
)
async def test_an_event_that_cannot_be_used_is_told_and_changes_nothing(call: Calls, given: Any, told: str) -> None:
    await put(call, source={"event": "kill", "score": "amount"})
    refused = await event(call, **given)
    assert (scill(refused)[0], told in refused.json["message"]) == (422, True), refused.json
    assert await users(call) == {}


async def test_an_event_that_some_boards_cannot_use_feeds_the_others_and_says_so(call: Calls) -> None:
    await put(call, source={"event": "kill", "score": "amount"})
    await put(call, "c", source={"event": "kill", "score": "points"})
    answer = await event(call, meta_data={"amount": 4, "list": [1, {"x": None}]}, team_id="", event_type=None)
    assert (answer.status, answer.json["status"]) == (200, 200)
    assert answer.json["message"].startswith("OK, but leaderboard c did not take it: meta_data.points is needed")
    assert await users(call) == {"ada": 4}


@pytest.mark.parametrize("boards", ["abc", "acb", "cab"])
async def test_an_event_that_met_a_full_store_is_to_be_sent_again_whatever_else_was_wrong(
    call: Calls, monkeypatch: Any, boards: str
) -> None:
    # given three boards that hear an event: one takes it, one cannot use it, and for one the store is full
    outcomes = {"a": None, "b": ValidationFailed("it has no such value"), "c": StoreFull()}

    async def take(*_: Any) -> tuple[list[str], Applied]:
        return list(boards), Applied([outcomes[one] for one in boards], is_replay=False)  # type: ignore[misc]

    monkeypatch.setattr(Events, "take", take)
    # then the answer says so, in whatever order they come
    refused = await event(call)
    assert scill(refused) == (507, "STORE_FULL")
    assert "leaderboard b did not take it: it has no such value" in refused.json["message"]
    assert "retry-after" in refused.headers


async def test_a_users_event_is_its_own_and_feeds_boards_for_players(app: Any, call: Calls) -> None:
    await put(call, source={"event": "kill", "score": "amount"}, player_submit=True)
    await put(call, "c", source={"event": "kill", "score": "amount"})
    ada = await player(app, call, "ada")
    body = {"event_name": "kill", "meta_data": {"amount": 2}}
    assert (await ada("POST", V1 + "/events?auth=access_token", body)).status == 200
    assert await users(call) == {"ada": 2}
    assert await users(call, board_id="c") == {}
    assert scill(await event(ada, user_id="eve")) == (403, "PLAYER_REFUSED")


async def test_a_boards_own_refusal_has_its_own_status(call: Calls) -> None:
    await put(call, source={"event": "kill", "score": "amount"})
    await call("PUT", "/v1/members/ada/ban", {"mode": "block"})
    assert scill(await event(call)) == (403, "MEMBER_BLOCKED")


async def test_an_event_is_counted_once_under_one_idempotency_key(call: Calls) -> None:
    await put(call, source={"event": "kill", "score": "amount"}, update="sum")
    body = {"user_id": "ada", "event_name": "kill", "meta_data": {"amount": 2}}
    for replayed in (None, "true"):
        answer = await call("POST", V1 + "/events", body, {"Idempotency-Key": "e1"})
        assert answer.headers.get("idempotent-replayed") == replayed
    assert await users(call) == {"ada": 2}


async def test_a_user_leaves_also_the_leaderboards_behind_those_that_are_listed(call: Calls, monkeypatch: Any) -> None:
    # given more leaderboards than a list has
    monkeypatch.setattr("rankd.compat.scill.leaderboards.MAX_BOARDS", 2)
    for name in "abcde":
        await put(call, name)
        await score(call, {"member": "ada", "score": 1}, {"member": "bob", "score": 1}, board_id=name)
    # when a user is reset, then it is on none of them, and the other is on all
    assert (await call("DELETE", V1 + "/reset-leaderboard/user/default/ada")).status == 200
    assert [await users(call, board_id=name) for name in "abcde"] == [{"bob": 1}] * 5


async def test_teams_are_not_reset_alone(call: Calls) -> None:
    assert scill(await call("DELETE", V1 + "/reset-leaderboard/team/default/red")) == (422, "NOT_SUPPORTED")

"""GAMEPOT's API: parameters, refusals, periods, and what it shares with the native API."""

import asyncio
import base64
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.asgi_calls import Calls
from tests.compat.gamepot_game import BOARDS, LOGS, Game, gamepot, new_game
from tests.timed_service import TimedService

MANY = 45


@pytest.fixture
async def game(call: Calls) -> Game:
    return await new_game(call)


def refusal(answer: Any) -> tuple[int, int]:
    """HTTP status and GAMEPOT's number, of a refusal that has its two keys alone."""
    assert set(answer.json) == {"status", "message"}, answer.body
    assert answer.json["message"]
    return answer.status, answer.json["status"]


# who may


async def test_what_is_wrong_with_a_key_or_a_project_has_a_number_of_its_own(call: Calls, game: Game) -> None:
    # given keys of every fate
    other = await new_game(call, "other")
    reader = await new_game(call, "p", scopes=["read"])
    past = datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    expired = await new_game(call, "p", expires_at=past)
    gone = await new_game(call, "p")
    gone_id = gone.key.split("_")[1]
    assert (await call("DELETE", f"/v1/projects/p/keys/{gone_id}")).status == 204
    await game.board()

    async def asked(key: str, project: str = "p", method: str = "GET") -> tuple[int, int]:
        headers = {"x-api-key": key, **({"x-project-id": project} if project else {})}
        body = {"leaderboardId": "lb", "userId": "u"}
        return refusal(await gamepot(call.app, method, LOGS, body, headers))

    # then each is refused by its number, and an unknown project whatever the key is valid for
    assert await asked("nobody-knows-this-key") == (401, -1)
    assert await asked("") == (401, -1)
    assert await asked("nobody-knows-this-key", "nowhere") == (401, -1)
    assert await asked(other.key) == (404, -2)
    assert await asked(gone.key) == (401, -3)
    assert await asked(reader.key, method="POST") == (403, -4)
    assert await asked(expired.key) == (401, -5)
    assert await asked(game.key, "nowhere") == (404, -6)
    assert await asked(game.key, "") == (404, -6)


async def test_a_scope_is_needed_for_each_kind_of_call(call: Calls, game: Game) -> None:
    await game.board()
    needed = {
        "read": [("GET", LOGS + "?leaderboardId=lb"), ("GET", BOARDS), ("GET", BOARDS + "/lb/user/u")],
        "write": [("POST", LOGS)],
        "admin": [("DELETE", LOGS), ("POST", BOARDS), ("PUT", BOARDS + "/lb"), ("DELETE", BOARDS + "/lb")],
    }
    for missing, calls in needed.items():
        lacking = await new_game(call, "p", scopes=sorted({"read", "write", "admin"} - {missing}))
        for method, target in calls:
            assert refusal(await lacking(method, target, {})) == (403, -4), (method, target)


async def test_a_player_token_lacks_the_scope_of_every_call(call: Calls, game: Game) -> None:
    await game.board()
    token = (await game.root("POST", "/v1/tokens", {"member": "u"})).json["token"]
    player = Game(call, game.project, token)
    for method, target in (("GET", LOGS), ("POST", LOGS), ("GET", BOARDS + "/lb"), ("DELETE", BOARDS + "/lb")):
        assert refusal(await player(method, target, {"leaderboardId": "lb", "userId": "u"})) == (403, -4)


async def test_a_disabled_board_refuses_scores_as_one_that_may_not(game: Game) -> None:
    await game.board(status=False)
    answer = await game("POST", LOGS, {"leaderboardId": "lb", "userId": "u", "score": 1})
    assert refusal(answer) == (409, -4)


async def test_only_users_who_are_known_may_score_where_the_board_checks(game: Game) -> None:
    await game.board(is_check_user=True)
    body = {"leaderboardId": "lb", "userId": "u", "score": 1}
    assert refusal(await game("POST", LOGS, body)) == (403, -10)
    await game.root("PUT", "/v1/members/u", {"name": "U"})
    assert (await game("POST", LOGS, body)).status == 200


# what is sent


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["leaderboardId", "userId"]),
        ({"leaderboardId": "a/b", "userId": ""}, ["leaderboardId", "userId"]),
        ({"leaderboardId": "lb", "userId": "u", "score": 1.5, "subscore": True}, ["score", "subscore"]),
        ({"leaderboardId": "lb", "userId": "u", "score": 2**63}, ["score"]),
        ({"leaderboardId": "lb", "userId": "u", "metadata": {"key": "value"}}, ["metadata"]),
        ({"leaderboardId": "lb", "userId": "u", "metadata": "x" * 3000}, ["metadata"]),
        (b"[]", ["object"]),
        (b"{", ["JSON"]),
    ],
)
async def test_a_faulty_score_is_refused_with_every_fault_named(game: Game, body: Any, named: list[str]) -> None:
    await game.board()
    answer = await game("POST", LOGS, body)
    assert refusal(answer)[1] == -10
    assert 400 <= answer.status < 500
    assert all(name in answer.json["message"] for name in named), answer.json
    assert await game.rows() == []


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"id": "no spaces"}, "id"),
        ({"ranking": "worst"}, "ranking"),
        ({"tie_breaking": "middle"}, "tie_breaking"),
        ({"periodType": "hourly"}, "periodType"),
        ({"periodType": "season"}, "startedAt"),
        ({"timezone": "Asia/Nowhere", "startedAt": "2023-01-22 13:00:00"}, "timezone"),
        ({"resetTime": "25:00"}, "resetTime"),
        ({"resetDay": 8}, "resetDay"),
        ({"resetDate": 32}, "resetDate"),
        ({"startedAt": "soon"}, "startedAt"),
        ({"startedAt": "0001-01-01 00:00:00", "timezone": "Asia/Seoul"}, "startedAt"),
        ({"expiredAt": "2023-01-22", "startedAt": "2023-01-23"}, "expiredAt"),
        ({"iconUrl": "javascript:alert(1)"}, "iconUrl"),
        ({"status": "maybe"}, "status"),
    ],
)
async def test_a_faulty_board_is_refused_by_the_names_that_were_sent(
    game: Game, settings: dict[str, Any], named: str
) -> None:
    answer = await game("POST", BOARDS, {"id": "lb", **settings})
    assert refusal(answer) == (422, -10)
    assert named in answer.json["message"]
    assert (await game("GET", BOARDS)).json == []


async def test_parameters_come_from_the_query_as_well_and_the_body_wins(game: Game) -> None:
    await game.board()
    target = LOGS + "?leaderboardId=lb&userId=%C3%A9&score=5&subscore=2&metadata=%22"
    assert (await game("POST", target)).json["leaderboardlog"]["metadata"] == '"'
    assert (await game("POST", target, {"userId": "u", "score": 7})).json["leaderboardlog"]["score"] == 7
    found = await game("GET", LOGS + "?leaderboardId=nope&per_page=1", {"leaderboardId": "lb", "unknown": 1})
    assert [(row["user_id"], row["score"], row["subscore"]) for row in found.json] == [("u", 7, 2)]
    assert [row["user_id"] for row in await game.rows(search="user_id", query="é")] == ["é"]


async def test_every_spelling_of_a_path_and_both_forms_of_an_id_are_the_same(game: Game) -> None:
    await game.board("lb.1")
    await game.score("a/b", 5, "lb.1")
    coded = base64.b64encode(b"Leaderboard:lb.1").decode().replace("=", "%3D")
    for board_id in ("lb.1", coded):
        found = [
            (await game("GET", f"/gpapps/v2/{word}/{board_id}/user{slash}a%2Fb")).json
            for word in ("leaderboard", "leaderboards")
            for slash in ("", "/")
        ]
        assert found == [found[0]] * 4
        assert (found[0]["user_id"], found[0]["leaderboard_id"], found[0]["rank"]) == ("a/b", "lb.1", 1)
    one = (await game("GET", BOARDS + "/lb.1")).json
    assert one[0]["user_count"] == 1
    for path in ("/leaderboard/lb.1", "/leaderboards/" + coded, "/leaderboards?/lb.1?offset=0&per_page=10"):
        assert (await game("GET", "/gpapps/v2" + path)).json == one
    assert (await game("GET", BOARDS)).json == (await game("GET", "/gpapps/v2/leaderboard")).json == one


async def test_what_is_not_there_is_told(game: Game) -> None:
    await game.board()
    for method, target, body in (
        ("GET", LOGS, {"leaderboardId": "nope"}),
        ("GET", LOGS, {"leaderboardId": "nope", "search": "user_id", "query": "u"}),
        ("GET", LOGS, {"leaderboardId": "nope", "search": "score", "query": "5-1"}),
        ("POST", LOGS, {"leaderboardId": "nope", "userId": "u"}),
        ("DELETE", LOGS, {"leaderboardId": "lb", "userId": "u"}),
        ("GET", BOARDS + "/nope", None),
        ("PUT", BOARDS + "/nope", {"name": "x"}),
        ("DELETE", BOARDS + "/nope", None),
        ("GET", BOARDS + "/lb/user/u", None),
        ("GET", "/gpapps/v2/nope", None),
    ):
        assert refusal(await game(method, target, body)) == (404, -10), (method, target)
    assert refusal(await game("PATCH", LOGS)) == (405, -10)


# scores and lists


async def test_pages_and_searches_agree_with_the_whole_board(game: Game) -> None:
    # given users of scores on both sides of 0, in no order
    await game.board()
    scores = {f"u{number}": number * 7 % MANY - 20 for number in range(MANY)}
    for user in random.Random(5).sample(sorted(scores), MANY):
        await game.score(user, scores[user])
    whole = await game.rows()
    assert [row["rank"] for row in whole] == list(range(1, MANY + 1))
    assert [row["score"] for row in whole] == sorted(scores.values(), reverse=True)

    # then pages are its parts, with defaults of 0 and 20, and ranges keep the board's ranks
    assert (await game("GET", LOGS, {"leaderboardId": "lb"})).json == whole[:20]
    assert await game.rows(offset=30, per_page=10) == whole[30:40]
    assert await game.rows(offset=1000) == await game.rows(per_page=0) == []
    assert await game.rows(per_page=5000) == whole
    for text, least, greatest in (("3-12", 3, 12), ("-5-3", -5, 3), ("-15--10", -15, -10), ("9-3", 1, 0)):
        inside = [row for row in whole if least <= row["score"] <= greatest]
        assert await game.rows(search="score", query=text) == inside
        assert await game.rows(search="score", query=text, offset=2, per_page=3) == inside[2:5]
    assert await game.rows(search="user_id", query=whole[7]["user_id"]) == [whole[7]]
    assert await game.rows(search="user_id", query=whole[7]["user_id"], offset=1) == []


async def test_empty_texts_of_a_list_count_as_left_out(game: Game) -> None:
    await game.board()
    await game.score("u", 1)
    plain = await game("GET", LOGS + "?leaderboardId=lb")
    empty = await game("GET", LOGS + "?leaderboardId=lb&offset=&per_page=&search=&query=")
    assert empty.json == plain.json == await game.rows(search="", query="", offset="")
    assert (await game("GET", BOARDS + "?offset=&per_page=")).json == (await game("GET", BOARDS)).json
    assert refusal(await game("GET", LOGS + "?leaderboardId=lb&search=user_id&query=")) == (422, -10)


@pytest.mark.parametrize("asked", [{"search": "score", "query": "ten"}, {"search": "score"}, {"search": "name"}])
async def test_a_search_that_means_nothing_is_refused(game: Game, asked: dict[str, Any]) -> None:
    await game.board()
    assert refusal(await game("GET", LOGS, {"leaderboardId": "lb", **asked})) == (422, -10)


async def test_a_log_answers_the_standing_score_and_an_id_of_its_form(game: Game) -> None:
    await game.board(ranking="best")
    first = await game.score("u", 10, metadata="a")
    kind, _, digits = base64.b64decode(first["id"]).decode().partition(":")
    assert kind == "LeaderboardLog"
    assert len(bytes.fromhex(digits)) == 12
    assert (await game.score("u", 5))["score"] == 10
    assert (await game.score("u", 11))["id"] != first["id"]


async def test_a_repeat_under_an_idempotency_key_counts_once(game: Game) -> None:
    await game.board(ranking="accumulated")
    body = {"leaderboardId": "lb", "userId": "u", "score": 5}
    answers = [await game("POST", LOGS, body, **{"idempotency-key": "k"}) for _ in range(2)]
    assert answers[0].json == answers[1].json
    assert (await game.one("u"))["score"] == 5


# boards


async def test_settings_are_those_of_the_native_api_in_other_words(game: Game) -> None:
    shown = await game.board(
        ranking="accumulated", tie_breaking="last", descending=False, periodType="monthly", resetDate=31,
        resetTime="04:30", resetDay=1, timezone="Europe/Paris", startedAt="2023-01-22 13:00:00",
    )  # fmt: skip
    native = (await game.root("GET", "/v1/boards/lb")).json
    assert (native["update"], native["tie_break"], native["order"]) == ("sum", "last", "asc")
    assert native["periods"] == [{"type": "monthly"}]
    assert native["reset"] == {"time": "04:30:00", "weekday": "sunday", "day": 31}
    assert native["subscores"] == [{"name": "subscore", "order": "asc"}]
    assert native["starts_at"] == "2023-01-22T12:00:00Z"
    assert (shown["startedAt"], shown["resetDay"], shown["resetTime"]) == ("2023-01-22T13:00:00+01:00", 1, "04:30:00")


async def test_editing_changes_what_is_sent_and_nothing_else(game: Game) -> None:
    before = await game.board(name="n", description="d", iconUrl="i.png", resetDay=3, periodType="weekly")
    changed = (await game("PUT", BOARDS + "/lb", {"description": "", "iconUrl": "", "resetDate": 9, "name": None})).json
    after = changed["leaderboard"]
    different = {name for name in before if before[name] != after[name]} - {"updatedAt"}
    assert different == {"description", "icon_url", "resetDate"}
    assert (after["description"], after["icon_url"], after["name"]) == ("", None, "n")


async def test_another_period_replaces_the_first_one_unless_the_board_has_it(game: Game) -> None:
    # given a native board of several periods, with scores in each
    native = [{"type": "all"}, {"type": "daily", "keep": 9}, {"type": "weekly"}]
    assert (await game.root("PUT", "/v1/boards/lb", {"periods": native})).status == 201
    await game.score("u", 5)

    async def edited(period_type: str) -> list[str]:
        assert (await game("PUT", BOARDS + "/lb", {"periodType": period_type})).json["leaderboard"]["period_type"] == (
            period_type
        )
        return [rule["type"] for rule in (await game.root("GET", "/v1/boards/lb")).json["periods"]]

    # when one of them is asked for, then it comes forward, and all keep their scores and settings
    assert await edited("daily") == ["daily", "all", "weekly"]
    assert (await game.root("GET", "/v1/boards/lb")).json["periods"][0]["keep"] == 9
    assert (await game.root("GET", "/v1/boards/lb/entries/u?period=all")).json["score"] == 5
    assert (await game.one("u"))["score"] == 5
    # when it is another one, then that takes the first one's place
    assert await edited("monthly") == ["monthly", "all", "weekly"]


async def test_the_order_may_be_turned_while_there_are_no_scores_and_the_subscore_with_it(game: Game) -> None:
    await game.board(descending=True)
    assert (await game("PUT", BOARDS + "/lb", {"descending": False})).json["leaderboard"]["descending"] is False
    await game.score("a", 1, subscore=2)
    await game.score("b", 1, subscore=1)
    assert [row["user_id"] for row in await game.rows()] == ["b", "a"]
    assert refusal(await game("PUT", BOARDS + "/lb", {"descending": True})) == (409, -10)


async def test_boards_are_listed_in_pages(game: Game) -> None:
    names = [f"b{number:02}" for number in range(25)]
    for name in names:
        await game.board(name)

    async def ids(query: str) -> list[str]:
        found = (await game("GET", BOARDS + query)).json
        return [base64.b64decode(one["id"]).decode().removeprefix("Leaderboard:") for one in found]

    assert await ids("") == names[:20]
    assert await ids("?offset=20&per_page=10") == names[20:]
    assert await ids("?offset=3&per_page=2") == names[3:5]
    assert await ids("?offset=30") == await ids("?per_page=0") == []


async def test_a_board_of_the_native_api_is_read_and_written(game: Game) -> None:
    settings = {"subscores": [{"name": "kills"}, {"name": "time"}], "periods": [{"type": "yearly"}, {"type": "all"}]}
    assert (await game.root("PUT", "/v1/boards/lb", settings)).status == 201
    sent = {"member": "u", "score": 5, "subscores": {"kills": 3}, "metadata": {"ship": "x"}}
    assert (await game.root("POST", "/v1/boards/lb/scores", sent)).status == 200
    (row,) = await game.rows()
    assert (row["score"], row["subscore"], row["metadata"]) == (5, 3, '{"ship":"x"}')
    assert (await game.score("v", 9))["subscore"] == 0
    native = (await game.root("GET", "/v1/boards/lb/entries")).json["entries"]
    assert [one["member"] for one in native] == ["v", "u"]
    assert refusal(await game("POST", LOGS, {"leaderboardId": "lb", "userId": "w", "subscore": 1})) == (422, -10)


async def test_an_arcade_board_has_a_row_a_score_and_loses_all_of_a_user(game: Game) -> None:
    assert (await game.root("PUT", "/v1/boards/lb", {"unique": False})).status == 201
    for user, score in (("a", 3), ("b", 5), ("a", 9)):
        assert (await game.score(user, score))["score"] == score
    assert [(row["rank"], row["user_id"], row["score"]) for row in await game.rows()] == [
        (1, "a", 9),
        (2, "b", 5),
        (3, "a", 3),
    ]
    assert [row["score"] for row in await game.rows(search="user_id", query="a")] == [9]
    assert (await game("DELETE", LOGS, {"leaderboardId": "lb", "userId": "a"})).status == 200
    assert [row["user_id"] for row in await game.rows()] == ["b"]


async def test_of_two_calls_that_make_a_board_one_does(game: Game) -> None:
    answers = await asyncio.gather(*[game("POST", BOARDS, {"id": "lb", "name": str(n)}) for n in range(4)])
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    (made,) = [answer.json["leaderboard"]["name"] for answer in answers if answer.status == 200]
    assert (await game("GET", BOARDS + "/lb")).json[0]["name"] == made


async def test_editing_leaves_a_subscore_of_another_direction_alone(game: Game) -> None:
    settings = {"order": "desc", "subscores": [{"name": "subscore", "order": "asc"}]}
    await game.root("PUT", "/v1/boards/lb", settings)
    await game.score("u", 1)
    edited = await game("PUT", BOARDS + "/lb", {"descending": True, "name": "x"})
    assert (edited.status, edited.json["leaderboard"]["name"]) == (200, "x")
    assert (await game.root("GET", "/v1/boards/lb")).json["subscores"] == settings["subscores"]


async def test_times_at_the_end_of_the_calendar_are_shown(game: Game) -> None:
    season = {"periodType": "season", "startedAt": "2020-01-01", "expiredAt": "9999-12-31T23:59:59Z"}
    shown = await game.board(timezone="Asia/Seoul", **season)
    assert shown["expiredAt"] == "9999-12-31T23:59:59+00:00"
    assert (await game.score("u", 1))["expiredAt"] == shown["expiredAt"]


# periods


@pytest.mark.parametrize(
    ("settings", "expired"),
    [
        ({"periodType": "all"}, None),
        ({}, None),
        ({"periodType": "daily", "resetTime": "17:00:00"}, "2026-11-21T17:00:00+09:00"),
        ({"periodType": "daily", "resetTime": "11:00:00"}, "2026-11-22T11:00:00+09:00"),
        ({"periodType": "weekly", "resetDay": 1}, "2026-11-22T00:00:00+09:00"),
        ({"periodType": "weekly", "resetDay": 7, "resetTime": "00:01:01"}, "2026-11-28T00:01:01+09:00"),
        ({"periodType": "monthly", "resetDate": 31}, "2026-11-30T00:00:00+09:00"),
        ({"periodType": "monthly", "resetDate": 21}, "2026-12-21T00:00:00+09:00"),
        (
            {"periodType": "season", "startedAt": "2026-11-01", "expiredAt": "2026-12-24 18:00:00"},
            "2026-12-24T18:00:00+09:00",
        ),
    ],
)
async def test_a_score_expires_with_its_period_in_the_boards_zone(
    timed: TimedService, settings: dict[str, Any], expired: str | None
) -> None:
    # given noon of Saturday 21 November 2026 in Seoul
    timed.at("2026-11-21T12:00:00+09:00")
    game = await new_game(await timed.another())
    await game.board(timezone="Asia/Seoul", **settings)
    # then the log, the row and the lookup say when the running period ends
    shown = [await game.score("u", 1), (await game.rows())[0], await game.one("u")]
    assert [one["expiredAt"] for one in shown] == [expired] * 3


@pytest.mark.parametrize(
    ("at", "settings", "expired"),
    [
        ("2026-03-07T12:00:00-05:00", {"periodType": "daily", "resetTime": "02:30:00"}, "2026-03-08T03:00:00-04:00"),
        ("2026-10-31T12:00:00-04:00", {"periodType": "daily", "resetTime": "01:30:00"}, "2026-11-01T01:30:00-04:00"),
        ("2026-10-28T12:00:00-04:00", {"periodType": "weekly", "resetDay": 2}, "2026-11-02T00:00:00-05:00"),
        ("2026-02-28T12:00:00-05:00", {"periodType": "monthly", "resetDate": 31}, "2026-03-31T00:00:00-04:00"),
    ],
)
async def test_a_score_expires_by_the_offset_of_that_day_where_clocks_are_changed(
    timed: TimedService, at: str, settings: dict[str, Any], expired: str
) -> None:
    timed.at(at)
    game = await new_game(await timed.another())
    await game.board(timezone="America/New_York", **settings)
    await game.score("u", 1)
    assert {(await game.one("u"))["expiredAt"], (await game.score("u", 0))["expiredAt"]} == {expired}
    assert (await game.one("u"))["updatedAt"] == at


async def test_the_score_before_is_that_of_the_running_period(timed: TimedService) -> None:
    # given a score that was raised in a day
    timed.at("2026-11-21T12:00:00Z")
    game = await new_game(await timed.another())
    await game.board(periodType="daily", ranking="best")
    await game.score("u", 5)
    assert (await game.one("u"))["prev_score"] is None
    await game.score("u", 8)
    await game.score("u", 3)
    assert (await game.one("u"))["prev_score"] == 5
    # when the next day begins, then nothing stood before its first score
    timed.at("2026-11-22T12:00:00Z")
    await game.score("u", 1)
    one = await game.one("u")
    assert (one["score"], one["prev_score"], one["user_count"]) == (1, None, 1)

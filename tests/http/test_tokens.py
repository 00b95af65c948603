"""Player tokens: what they open, what they do not, and which texts are none."""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rankd.app import ROUTES
from rankd.domain.tokens import Claims, TokenRefused, project_in, signed, verified
from tests.asgi_calls import Answer, Calls
from tests.http.test_keys import key_of
from tests.timed_service import TimedService

BOARD, SCORES = "/v1/boards/b", "/v1/boards/b/scores"
SECRET = b"s" * 32


async def token_of(call: Calls, member: str, ttl_s: int = 600) -> str:
    made = await call("POST", "/v1/tokens", {"member": member, "ttl_s": ttl_s})
    assert made.status == 201
    return str(made.json["token"])


async def player(app: Any, call: Calls, member: str) -> Calls:
    return Calls(app, await token_of(call, member))


def b64(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def test_a_token_reads_and_submits_for_its_member_where_the_board_allows_it(app: Any, call: Calls) -> None:
    # given a board for players, one that is not, and a player
    await call("PUT", BOARD, {"player_submit": True})
    await call("PUT", "/v1/boards/closed", {})
    ada = await player(app, call, "ada")
    # when it submits
    own = await ada("POST", SCORES, {"member": "ada", "score": 5})
    others = [
        await ada("POST", SCORES, {"member": "bob", "score": 5}),
        await ada("POST", "/v1/boards/closed/scores", {"member": "ada", "score": 5}),
    ]
    # then its own score on the board for players counts, and nothing else
    assert (own.status, own.json["rank"]) == (200, 1)
    assert [(one.status, one.code) for one in others] == [(403, "PLAYER_REFUSED")] * 2
    assert (await ada("GET", BOARD + "/entries")).json["total"] == 1
    assert (await ada("GET", "/v1/boards/closed/entries")).json["total"] == 0


async def test_in_an_array_and_on_several_boards_only_what_is_not_the_players_is_refused(app: Any, call: Calls) -> None:
    await call("PUT", BOARD, {"player_submit": True})
    await call("PUT", "/v1/boards/closed", {})
    ada = await player(app, call, "ada")
    array = (await ada("POST", SCORES, [{"member": "bob", "score": 1}, {"member": "ada", "score": 2}])).json
    assert [array[0]["code"], array[1]["score"]] == ["PLAYER_REFUSED", 2]
    spread = (await ada("POST", "/v1/scores", {"boards": ["b", "closed"], "member": "ada", "score": 3})).json
    assert [spread[0]["score"], spread[1]["code"]] == [3, "PLAYER_REFUSED"]


async def test_every_route_that_is_not_for_players_refuses_them(app: Any, call: Calls) -> None:
    ada = await player(app, call, "ada")
    for route in ROUTES:
        if route.scope == "public" or route.is_for_players:
            continue
        refused = await ada(route.method, route.path.replace("{", "").replace("}", ""), {})
        assert (refused.status, refused.code) == (403, "PLAYER_REFUSED"), route.name
    for name in ("createToken", "exportBoard", "putBoard", "createKey", "eraseMember", "resetBoard", "putMember"):
        assert not next(route for route in ROUTES if route.name == name).is_for_players


async def test_a_token_is_longer_than_any_key_and_says_when_it_ends(timed: TimedService) -> None:
    made = await timed("POST", "/v1/tokens", {"member": "a", "ttl_s": 60})
    assert len(made.json["token"]) > 64
    assert made.json["expires_at"] == "2026-11-21T12:01:00Z"
    assert made.headers["cache-control"] == "no-store"
    assert set(made.json) == {"token", "expires_at"}


async def test_a_token_ends_with_its_time(timed: TimedService) -> None:
    token = (await timed("POST", "/v1/tokens", {"member": "a", "ttl_s": 60})).json["token"]
    assert (await timed("GET", "/v1/boards", headers={"X-API-Key": token})).status == 200
    timed.at("2026-11-21T12:01:00Z")
    other = await timed.another()
    assert (await other("GET", "/v1/boards", headers={"X-API-Key": token})).status == 401


async def test_a_token_that_is_not_valid_yet_is_refused(timed: TimedService) -> None:
    token = (await timed("POST", "/v1/tokens", {"member": "a", "ttl_s": 86400})).json["token"]
    timed.at("2026-11-21T12:00:00Z", -3_600_000_000)
    other = await timed.another()
    assert (await other("GET", "/v1/boards", headers={"X-API-Key": token})).status == 401


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "/member"), ({"member": ""}, "/member"), ({"member": "a", "ttl_s": 0}, "/ttl_s"),
     ({"member": "a", "ttl_s": 2592001}, "/ttl_s"), ({"member": "a", "ttl_s": "60"}, "/ttl_s"),
     ({"member": "a", "role": "admin"}, "/role")],
)  # fmt: skip
async def test_a_bad_wish_is_told_by_its_place(call: Calls, body: Any, pointer: str) -> None:
    answer = await call("POST", "/v1/tokens", body)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)


async def test_only_a_key_with_write_makes_tokens(app: Any, call: Calls) -> None:
    body = {"member": "a"}
    assert (await Calls(app, await key_of(call, "write"))("POST", "/v1/tokens", body)).status == 201
    for scope in ("read", "admin"):
        assert (await Calls(app, await key_of(call, scope))("POST", "/v1/tokens", body)).status == 403


async def test_a_token_opens_its_own_project_alone(app: Any, call: Calls) -> None:
    await call("POST", "/v1/projects", {"id": "p"})
    token = await token_of(Calls(app, await key_of(call, "write", project="p")), "ada")
    ada = Calls(app, token)

    async def in_project(project: str) -> Answer:
        return await ada("GET", "/v1/boards", headers={"X-Project-Id": project})

    assert (await in_project("p")).status == 200
    refused = await in_project("default")
    assert (refused.status, refused.code) == (401, "UNAUTHORIZED")
    assert "opens no project 'default'" in refused.json["detail"]


async def test_forged_tokens_open_nothing(app: Any, call: Calls) -> None:
    # given a token, and what others make of its parts
    token = await token_of(call, "ada")
    head, body, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    none = b64({"alg": "none", "typ": "JWT"})
    longer = b64({"alg": "HS512", "typ": "JWT"})
    key = b"k" * 64
    forged = [
        f"{none}.{body}.",
        f"{none}.{body}.{signature}",
        f"{b64({'alg': 'RS256', 'typ': 'JWT'})}.{body}.{signature}",
        f"{longer}.{body}.{b64(hmac.new(key, f'{longer}.{body}'.encode(), hashlib.sha512).digest())}",
        f"{head}.{b64({**claims, 'sub': 'eve'})}.{signature}",
        jwt.encode(claims, key, algorithm="HS256"),
        jwt.encode(claims | {"project": "nowhere"}, key, algorithm="HS256"),
        f"{head}.{body}.{signature[:-4]}AAAA",
        "x" * 65,
        "." * 80,
        token + "é",
        "a" * 5000,
    ]
    # then each is refused as if it were nothing
    for one in forged:
        refused = await call("GET", "/v1/boards", headers={"X-API-Key": one})
        assert (refused.status, refused.code) == (401, "UNAUTHORIZED"), one


async def test_voiding_ends_the_tokens_of_one_project(app: Any, call: Calls) -> None:
    await call("POST", "/v1/projects", {"id": "p"})
    ended = await player(app, Calls(app, await key_of(call, "write", project="p")), "ada")
    kept = await player(app, call, "ada")
    assert (await ended("GET", "/v1/boards")).status == 200
    assert (await call("DELETE", "/v1/projects/p/tokens")).status == 204
    assert (await ended("GET", "/v1/boards")).status == 401
    assert (await kept("GET", "/v1/boards")).status == 200
    assert (await call("DELETE", "/v1/projects/none/tokens")).code == "PROJECT_NOT_FOUND"


async def test_a_project_that_is_made_again_does_not_take_tokens_of_the_deleted_one(app: Any, call: Calls) -> None:
    await call("POST", "/v1/projects", {"id": "p"})
    ada = await player(app, Calls(app, await key_of(call, "write", project="p")), "ada")
    assert (await call("DELETE", "/v1/projects/p")).status == 204
    assert (await ada("GET", "/v1/boards")).status == 401
    await call("POST", "/v1/projects", {"id": "p"})
    await player(app, Calls(app, await key_of(call, "write", project="p")), "bob")
    assert (await ada("GET", "/v1/boards")).status == 401


async def test_a_token_is_taken_by_every_server_of_the_store(other: Calls, app: Any, call: Calls) -> None:
    token = await token_of(call, "ada")
    assert (await other("GET", "/v1/boards", headers={"X-API-Key": token})).status == 200


async def test_a_token_that_is_known_asks_the_store_nothing(app: Any, call: Calls, store: Any) -> None:
    await call("PUT", BOARD, {})
    ada = await player(app, call, "ada")
    await ada("GET", BOARD + "/entries")
    before = store.script_calls().get("hmget", 0)
    for _ in range(5):
        await ada("GET", BOARD + "/entries/ada")
    # then only the boards' own reads are made: with a key there are as many
    asked = store.script_calls().get("hmget", 0) - before
    before = store.script_calls().get("hmget", 0)
    for _ in range(5):
        await call("GET", BOARD + "/entries/ada")
    assert asked == store.script_calls().get("hmget", 0) - before


async def test_a_hidden_player_sees_itself_and_no_other_hidden_one(app: Any, call: Calls) -> None:
    await call("PUT", BOARD, {})
    await call("POST", SCORES, [{"member": "ada", "score": 1}, {"member": "eve", "score": 2}])
    for member in ("ada", "eve"):
        await call("PUT", f"/v1/members/{member}/ban", {"mode": "hide"})
    ada = await player(app, call, "ada")
    assert (await ada("GET", BOARD + "/entries/ada")).json["rank"] is None
    assert (await ada("GET", BOARD + "/entries/eve")).status == 404
    assert (await ada("GET", BOARD + "/entries/eve?viewer=eve")).code == "PLAYER_REFUSED"


async def test_nothing_in_the_store_can_sign_a_token(call: Calls, store: Any) -> None:
    token = await token_of(call, "ada")
    kept = store.dump()[b"rankd:{.}:seeds"]
    for seed in kept.values():
        with pytest.raises(TokenRefused):
            verified(token, seed.ljust(32), 0)


@given(member=st.text(min_size=1, max_size=60, alphabet=st.characters(exclude_categories=("Cc", "Cs"))),
       now_s=st.integers(0, 2**40), ttl_s=st.integers(1, 2592000))  # fmt: skip
def test_what_is_signed_is_read_back_until_it_ends_and_always_longer_than_a_key(
    member: str, now_s: int, ttl_s: int
) -> None:
    claims = Claims(sub=member, project="p", iat=now_s, exp=now_s + ttl_s)
    token = signed(SECRET, claims)
    assert len(token) > 64
    assert project_in(token) == "p"
    assert verified(token, SECRET, now_s + ttl_s - 1) == claims
    with pytest.raises(TokenRefused):
        verified(token, SECRET, now_s + ttl_s)

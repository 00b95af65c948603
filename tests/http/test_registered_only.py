"""Boards that take scores of registered members only."""

from typing import Any

import pytest

from tests.asgi_calls import Calls
from tests.store_servers import StoreServer

BOARD = "/v1/boards/b"
KEY = {"Idempotency-Key": "k-1"}
PROFILES = "rankd:{default}:profiles"


@pytest.fixture
async def board(call: Calls) -> None:
    """A board of registered members, of whom there is one."""
    assert (await call("PUT", BOARD, {"registered_only": True, "update": "sum"})).json["registered_only"] is True
    assert (await call("PUT", "/v1/members/ada", {"name": "Ada"})).status == 201


async def submit(call: Calls, body: Any, headers: dict[str, str] | None = None) -> Any:
    return await call("POST", BOARD + "/scores", body, headers)


@pytest.mark.usefixtures("board")
async def test_a_member_without_a_profile_is_refused_and_nothing_is_written(call: Calls, store: StoreServer) -> None:
    await submit(call, {"member": "ada", "score": 1})
    before = {key: value for key, value in store.dump().items() if b":call:" not in key}
    refused = await submit(call, {"member": "bob", "score": 5})
    assert (refused.status, refused.code) == (403, "MEMBER_NOT_REGISTERED")
    assert (await call("PUT", BOARD + "/entries/bob", {"score": 5})).code == "MEMBER_NOT_REGISTERED"
    after = {key: value for key, value in store.dump().items() if b":call:" not in key}
    assert after == before


@pytest.mark.usefixtures("board")
async def test_in_an_array_each_item_has_its_own_answer(call: Calls) -> None:
    rows = [{"member": member, "score": 1} for member in ("bob", "ada", "eve", "ada")]
    answer = await submit(call, rows)
    assert answer.status == 200
    assert [item.get("code") for item in answer.json] == ["MEMBER_NOT_REGISTERED", None] * 2
    page = (await call("GET", BOARD + "/entries")).json["entries"]
    assert [(entry["member"], entry["score"]) for entry in page] == [("ada", 2)]


@pytest.mark.usefixtures("board")
async def test_a_profile_registers_at_once(call: Calls) -> None:
    assert (await submit(call, {"member": "bob", "score": 1})).status == 403
    await call("PUT", "/v1/members/bob", {})
    assert (await submit(call, {"member": "bob", "score": 1})).status == 200


@pytest.mark.usefixtures("board")
async def test_a_replay_answers_as_at_first_whatever_the_profiles_are_now(call: Calls, store: StoreServer) -> None:
    # given answers to one member with a profile and one without
    rows = [{"member": "ada", "score": 1}, {"member": "bob", "score": 1}]
    first = await submit(call, rows, KEY)
    assert [item.get("status") for item in first.json] == [None, 403]

    # when it is the other way round, and the request is repeated
    store.control.hdel(PROFILES, "ada")
    await call("PUT", "/v1/members/bob", {})
    again = await submit(call, rows, KEY)

    # then the placing is the same, the refusal has its code, and nothing was added
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json[0] == first.json[0]
    assert (again.json[1]["status"], again.json[1]["code"]) == (403, "MEMBER_NOT_REGISTERED")
    page = (await call("GET", BOARD + "/entries")).json["entries"]
    assert [(entry["member"], entry["score"]) for entry in page] == [("ada", 1)]


@pytest.mark.usefixtures("board")
async def test_one_request_to_several_boards_is_refused_where_the_board_asks_for_it(call: Calls) -> None:
    await call("PUT", "/v1/boards/open", {})
    answer = await call("POST", "/v1/scores", {"boards": ["b", "open"], "member": "bob", "score": 1})
    assert [item.get("code") for item in answer.json] == ["MEMBER_NOT_REGISTERED", None]


async def test_what_was_there_before_the_setting_stays(call: Calls) -> None:
    await call("PUT", BOARD, {})
    await submit(call, {"member": "bob", "score": 1})
    await call("PATCH", BOARD, {"registered_only": True})
    assert (await submit(call, {"member": "bob", "score": 2})).status == 403
    assert (await call("GET", BOARD + "/entries/bob")).json["score"] == 1

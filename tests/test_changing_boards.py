"""Requests that meet a board being changed, by this process or another one: nothing twice, nothing stale."""

import asyncio
from typing import Any

import pytest

from tests.asgi_calls import Calls
from tests.store_servers import StoreServer

BOARD = "/v1/boards/b"
SCORES = BOARD + "/scores"


async def test_an_array_counts_once_while_the_boards_settings_change(call: Calls, other: Calls) -> None:
    # given a sum board and a thousand members
    await call("PUT", BOARD, {"update": "sum"})
    rows = [{"member": f"u{index}", "score": 1} for index in range(1000)]
    ended = asyncio.Event()

    async def keep_changing() -> None:
        turn = 0
        while not ended.is_set():
            turn += 1
            assert (await other("PATCH", BOARD, {"name": f"n{turn}"})).status == 200
            await asyncio.sleep(0.005)

    # when arrays are sent while its name changes all the time
    changing = asyncio.ensure_future(keep_changing())
    taken = 0
    for _ in range(8):
        taken += (await call("POST", SCORES, rows)).status == 200
    ended.set()
    await changing

    # then every array that was answered counts once for everyone
    assert taken == 8
    entries = (await call("GET", BOARD + "/entries?limit=1000")).json["entries"]
    assert {entry["score"] for entry in entries} == {8}


async def test_two_changes_to_dense_at_once_leave_a_whole_index(call: Calls, other: Calls) -> None:
    await call("PUT", BOARD, {})
    for start in range(0, 4000, 1000):
        await call(
            "POST", SCORES, [{"member": f"u{index}", "score": index // 3} for index in range(start, start + 1000)]
        )
    done = await asyncio.gather(*[one("PATCH", BOARD, {"rank_style": "dense"}) for one in (call, other, call)])
    assert {answer.status for answer in done} <= {200, 409}
    assert 200 in {answer.status for answer in done}
    last = (await call("GET", BOARD + "/entries/u0")).json
    assert last["rank"] == len({index // 3 for index in range(4000)})


async def test_a_board_left_half_indexed_is_indexed_anew(call: Calls, store: StoreServer) -> None:
    # given a board whose change to dense was cut off by a crash
    await call("PUT", BOARD, {})
    await call("POST", SCORES, [{"member": f"u{index}", "score": index} for index in range(300)])
    store.control.hset("rankd:{default/b}:board", mapping={"index": "building", "revision": "1"})

    # when it is made dense again
    assert (await call("PATCH", BOARD, {"rank_style": "dense"})).status == 200

    # then every entry has its rank
    assert (await call("GET", BOARD + "/entries/u0")).json["rank"] == 300


async def test_what_another_process_changed_is_known_before_anything_is_refused(call: Calls, other: Calls) -> None:
    # given a board that this process has read
    await call("PUT", BOARD, {})
    await call("GET", BOARD + "/entries")

    # when another one gives it a subscore
    await other("PUT", BOARD, {"subscores": [{"name": "x"}]})

    # then this one takes it at once
    assert (await call("POST", SCORES, {"member": "u", "score": 1, "subscores": {"x": 2}})).status == 200
    await other("POST", BOARD + "/reset", {})
    await other("PUT", BOARD, {"subscores": [{"name": "y"}]})
    assert (await call("GET", BOARD + "/around?score=1&subscore.y=3")).status == 200
    await other("PUT", BOARD, {"subscores": [{"name": "z"}, {"name": "y"}]})
    assert (await call("GET", BOARD + "/around?score=1")).status == 200
    await other("PUT", BOARD, {"subscores": [{"name": "w"}]})
    assert (await call("PUT", BOARD + "/entries/u", {"score": 1, "subscores": {"w": 2}})).status == 201


@pytest.mark.parametrize("change", [{"order": "asc"}, {"subscores": [{"name": "other"}]}, {"subscores": []}])
async def test_a_first_answer_outlives_a_reset_and_another_order(call: Calls, change: dict[str, Any]) -> None:
    await call("PUT", BOARD, {"subscores": [{"name": "s"}]})
    key = {"Idempotency-Key": "k"}
    body = {"member": "u", "score": 5, "subscores": {"s": 7}}
    first = await call("POST", SCORES, body, key)
    await call("POST", BOARD + "/reset", {})
    assert (await call("PATCH", BOARD, change)).status == 200
    again = await call("POST", SCORES, body, key)
    assert (again.status, again.json, again.headers["idempotent-replayed"]) == (200, first.json, "true")


async def test_an_arrays_refused_items_are_part_of_its_first_answer(app: Any, call: Calls) -> None:
    # given an array answered to a caller who may not set arrival
    await call("PUT", BOARD, {})
    made = await call("POST", "/v1/projects/default/keys", {"name": "w", "scopes": ["write"]})
    writer = Calls(app, made.json["key"])
    body = [{"member": "a", "score": 1}, {"member": "b", "score": 2, "achieved_at": 1_600_000_000_000}, {"member": ""}]
    key = {"Idempotency-Key": "k"}
    first = (await writer("POST", SCORES, body, key)).json
    assert [item.get("code") for item in first] == [None, "SCOPE_MISSING", "VALIDATION_FAILED"]

    # when it is repeated by one who may
    again = await call("POST", SCORES, body, key)

    # then the first answer holds, and nothing more was written
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json[0] == first[0]
    assert [item.get("code") for item in again.json] == [None, "SCOPE_MISSING", "VALIDATION_FAILED"]
    assert (await call("GET", BOARD + "/entries")).json["total"] == 1


@pytest.mark.parametrize("body", [[{"member": "", "score": 1}], [{"member": "u", "score": 2**63 - 1}]])
async def test_an_array_of_refused_items_is_remembered_too(call: Calls, body: list[dict[str, Any]]) -> None:
    await call("PUT", BOARD, {"update": "sum"})
    await call("POST", SCORES, {"member": "u", "score": 5})
    key = {"Idempotency-Key": "k"}
    first = await call("POST", SCORES, body, key)
    await call("PUT", BOARD + "/entries/u", {"score": -5})
    again = await call("POST", SCORES, body, key)
    assert (again.json, again.headers["idempotent-replayed"]) == (first.json, "true")
    other = await call("POST", SCORES, [{"member": "v", "score": 1}], key)
    assert other.code == "IDEMPOTENCY_MISMATCH"


async def test_a_key_used_on_a_board_cannot_empty_it(call: Calls) -> None:
    await call("PUT", BOARD, {})
    key = {"Idempotency-Key": "k"}
    await call("POST", SCORES, {"member": "u", "score": 5}, key)
    assert (await call("POST", BOARD + "/reset", {}, key)).code == "IDEMPOTENCY_MISMATCH"
    assert (await call("GET", BOARD + "/entries")).json["total"] == 1


async def test_an_array_that_a_disabled_board_cuts_off_says_how_far_it_came(call: Calls, other: Calls) -> None:
    # given an array under way
    await call("PUT", BOARD, {})
    rows = [{"member": f"u{index}", "score": 1} for index in range(1000)]
    sending = asyncio.ensure_future(call("POST", SCORES, rows))
    while not sending.done() and (await other("GET", BOARD + "/entries?limit=1")).json["total"] == 0:
        pass

    # when the board is disabled in its middle
    await other("PATCH", BOARD, {"enabled": False})
    answer = await sending

    # then the answer tells the truth
    total = (await call("GET", BOARD + "/entries?limit=1")).json["total"]
    if answer.status == 409:
        assert f"the first {total} of 1000 submissions were applied" in answer.json["detail"]
    else:
        assert (answer.status, total) == (200, 1000)

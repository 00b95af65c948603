"""The contract of Idempotency-Key: the first answer again, whatever has happened since."""

import asyncio
from typing import Any

import pytest

from tests.asgi_calls import Answer, Calls

BOARD = "/v1/boards/b"
KEY = {"Idempotency-Key": "k-1"}


async def define(call: Calls, **rules: Any) -> None:
    assert (await call("PUT", BOARD, rules)).status == 201


async def submit(call: Calls, body: Any, headers: dict[str, str] | None = None) -> Answer:
    return await call("POST", BOARD + "/scores", body, headers)


async def test_the_same_key_and_body_gives_the_first_answer_again_and_counts_once(call: Calls) -> None:
    # given an answered submission, and others after it
    await define(call, update="sum")
    first = await submit(call, {"member": "u", "score": 5}, KEY)
    await submit(call, [{"member": "u", "score": 7}, {"member": "v", "score": 90}])

    # when it is sent again
    again = await submit(call, {"member": "u", "score": 5}, KEY)

    # then every field is that of the first answer, and nothing was added
    assert (first.status, "idempotent-replayed" in first.headers) == (200, False)
    assert (again.status, again.json, again.headers["idempotent-replayed"]) == (200, first.json, "true")
    assert (await call("GET", BOARD + "/entries/u")).json["score"] == 12


@pytest.mark.parametrize("before", ["best", "latest", "sum"])
@pytest.mark.parametrize("after", ["best", "latest", "sum"])
@pytest.mark.parametrize("present", [None, 9, 3])
async def test_a_replay_after_the_rule_was_edited_is_still_the_first_answer(
    call: Calls, before: str, after: str, present: int | None
) -> None:
    # given a submission answered under one rule
    await define(call, update=before, subscores=[{"name": "s"}])
    if present is not None:
        await submit(call, {"member": "u", "score": present, "subscore": 1})
    body = [
        {"member": "u", "score": 5, "subscore": 2},
        {"member": "v", "score": 6},
        {"member": "u", "score": 5},
    ]
    first = await submit(call, body, KEY)

    # when the rule is edited and the submission sent again
    assert (await call("PATCH", BOARD, {"update": after, "rank_style": "dense"})).status == 200
    again = await submit(call, body, KEY)

    # then the answer is the first one
    assert (again.status, again.json) == (200, first.json)


async def test_a_replay_survives_reset_removal_and_disabling(call: Calls) -> None:
    await define(call, update="latest")
    body = {"member": "u", "score": 5, "metadata": {"a": 1}}
    first = await submit(call, body, KEY)
    for method, path, change in [
        ("DELETE", BOARD + "/entries/u", None),
        ("POST", BOARD + "/reset", {}),
        ("PATCH", BOARD, {"enabled": False}),
    ]:
        assert (await call(method, path, change)).status < 300
        again = await submit(call, body, KEY)
        assert (again.status, again.json) == (200, first.json), path
    assert (await call("GET", BOARD + "/entries")).json["total"] == 0


async def test_an_array_is_replayed_whole_across_its_calls(call: Calls) -> None:
    # given an array of several calls, with refused items in it
    await define(call, update="sum")
    rows: list[Any] = [{"member": f"u{i % 250}", "score": i} for i in range(700)]
    rows[3] = {"member": "bad\n", "score": 1}
    rows[450] = {"member": "u1", "score": 1.5}
    first = await submit(call, rows, KEY)

    # when it is sent again after others
    await submit(call, [{"member": f"u{i}", "score": 1} for i in range(250)])
    again = await submit(call, rows, KEY)

    # then every item has its first answer
    assert (again.status, again.json, again.headers.get("idempotent-replayed")) == (200, first.json, "true")


async def test_the_same_key_sent_at_once_counts_once(call: Calls) -> None:
    await define(call, update="sum")
    body = {"member": "u", "score": 5}
    answers = await asyncio.gather(*(submit(call, body, KEY) for _ in range(20)))
    assert {answer.status for answer in answers} <= {200, 409}
    assert (await call("GET", BOARD + "/entries/u")).json["score"] == 5


async def test_a_key_belongs_to_one_request(call: Calls) -> None:
    # given a key used on one board
    await define(call, update="sum")
    await call("PUT", "/v1/boards/other", {"update": "sum"})
    await submit(call, {"member": "u", "score": 5}, KEY)

    # when it comes with another body, or on another path
    other_body = await submit(call, {"member": "u", "score": 6}, KEY)
    in_array = await submit(call, [{"member": "u", "score": 5}], KEY)

    # then it is refused, and nothing was added
    assert [(a.status, a.code) for a in (other_body, in_array)] == [(422, "IDEMPOTENCY_MISMATCH")] * 2
    assert (await call("GET", BOARD + "/entries/u")).json["score"] == 5


async def test_a_refused_submission_may_be_sent_right_under_a_new_key(call: Calls) -> None:
    await define(call, update="sum")
    wrong = await submit(call, {"member": "u", "score": 1.5}, KEY)
    right = await submit(call, {"member": "u", "score": 1}, {"Idempotency-Key": "k-2"})
    assert (wrong.status, right.status) == (422, 200)


async def test_many_boards_take_a_key_in_one_call(call: Calls) -> None:
    # given a submission to two boards
    for board in ("a", "b"):
        await call("PUT", f"/v1/boards/{board}", {"update": "sum"})
    body = {"boards": ["a", "b", "absent"], "member": "u", "score": 5}
    first = await call("POST", "/v1/scores", body, KEY)
    again = await call("POST", "/v1/scores", body, KEY)

    # then a repeat gives the same placings, and each board counts once
    assert first.status == again.status == 200
    assert again.json == first.json
    assert [item.get("rank", item.get("code")) for item in first.json] == [1, 1, "BOARD_NOT_FOUND"]
    for board in ("a", "b"):
        assert (await call("GET", f"/v1/boards/{board}/entries/u")).json["score"] == 5


async def test_a_reset_with_a_key_happens_once(call: Calls) -> None:
    await define(call, update="sum")
    await submit(call, {"member": "u", "score": 5})
    first = await call("POST", BOARD + "/reset", {}, KEY)
    await submit(call, {"member": "v", "score": 5})
    again = await call("POST", BOARD + "/reset", {}, KEY)
    assert (again.status, again.body) == (first.status, first.body)
    assert (await call("GET", BOARD + "/entries")).json["total"] == 1

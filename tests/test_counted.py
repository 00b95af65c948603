"""What a call costs the store, counted there: one submission is one EVALSHA, a refused one writes nothing."""

import asyncio
import math
from typing import Any

import pytest

from rankd.store.scores import MAX_ENTRIES_A_CALL
from tests.asgi_calls import Calls
from tests.store_servers import StoreServer

BOARD = "/v1/boards/b"
ALL_TYPES = {
    "timezone": "Europe/Paris",
    "starts_at": "2020-01-01T00:00:00Z",
    "ends_at": "2999-01-01T00:00:00Z",
    "periods": [
        *({"type": kind} for kind in ("all", "daily", "weekly", "monthly", "yearly", "season")),
        {"type": "cron", "cron": "*/20 * * * *"},
    ],
}
DAYS = {"type": "daily"}
OF_THE_TEST = {"CLIENT", "ECHO", "INFO"}  # its own connection, greeting included


async def board_of_one(call: Calls, **rules: Any) -> None:
    """A board with one entry, its script known to the store and its definition to the service."""
    assert (await call("PUT", BOARD, {"update": "sum", **rules})).status == 201
    for _ in range(2):
        assert (await call("POST", BOARD + "/scores", {"member": "u", "score": 1})).status == 200


def sent_since(store: StoreServer, before: dict[str, int]) -> dict[str, int]:
    """Commands by clients since then. Those that scripts ran are counted too by the store, and are left
    out here by asking for what a client sends: scripts, and anything that is not run inside one."""
    after = store.script_calls()
    return {name: count - before.get(name, 0) for name, count in after.items() if count != before.get(name, 0)}


async def monitored(store: StoreServer, work: Any) -> list[str]:
    """The commands that clients sent while `work` ran; those run inside scripts left out."""
    with store.control.monitor() as monitor:
        await work
        store.control.echo("end of the count")
        commands = []
        for line in monitor.listen():
            if "end of the count" in line["command"]:
                return commands
            word = line["command"].split()[0].upper()
            if line["client_type"] != "lua" and word not in OF_THE_TEST:
                commands.append(word)
    raise AssertionError


async def test_one_submission_is_one_evalsha_and_nothing_else(call: Calls, store: StoreServer) -> None:
    # given a warm service
    await board_of_one(call)
    before = store.script_calls()

    # when one submission is sent
    sent = await monitored(store, call("POST", BOARD + "/scores", {"member": "u", "score": 1}))

    # then the store was asked once, and counts it so too
    assert sent == ["EVALSHA"]
    assert sent_since(store, before).get("evalsha") == 1


@pytest.mark.parametrize("more", [{}, {"ranges": {"keep_days": 30}}, {"rank_style": "dense", "late_s": 300}])
async def test_one_submission_into_seven_periods_is_one_evalsha(
    call: Calls, store: StoreServer, more: dict[str, Any]
) -> None:
    # given a warm service, and a board with a period of every type
    await board_of_one(call, **ALL_TYPES, **more)
    before = store.script_calls()

    # when one submission is sent
    answers = []

    async def submit() -> None:
        answers.append(await call("POST", BOARD + "/scores", {"member": "u", "score": 1}))

    sent = await monitored(store, submit())

    # then the store was asked once, and each period has it
    assert sent == ["EVALSHA"]
    assert sent_since(store, before).get("evalsha") == 1
    assert [part["score"] for part in answers[0].json["periods"].values()] == [3] * 7


@pytest.mark.parametrize("periods", [["all"], ["all", "daily", "weekly"]])
async def test_one_submission_to_an_arcade_board_is_one_evalsha_whether_or_not_it_is_kept(
    call: Calls, store: StoreServer, periods: list[str]
) -> None:
    # given a member with as many entries as it may have
    kinds = [{"type": kind} for kind in periods]
    await board_of_one(call, unique=False, entries_per_member=2, periods=kinds, ranges={"keep_days": 3})

    # when it sends one that is kept, and one that is not
    for score, is_kept in ((5, True), (0, False)):
        task = asyncio.ensure_future(call("POST", BOARD + "/scores", {"member": "u", "score": score}))

        # then the store was asked once
        assert await monitored(store, task) == ["EVALSHA"]
        assert ((await task).json["entry_id"] is not None) == is_kept


@pytest.mark.parametrize("items", [2, MAX_ENTRIES_A_CALL, MAX_ENTRIES_A_CALL + 1, 1000])
async def test_an_array_is_one_evalsha_for_every_bounded_chunk(call: Calls, store: StoreServer, items: int) -> None:
    await board_of_one(call)
    rows = [{"member": f"u{index}", "score": 1} for index in range(items)]
    sent = await monitored(store, call("POST", BOARD + "/scores", rows))
    assert sent == ["EVALSHA"] * math.ceil(items / MAX_ENTRIES_A_CALL)


async def test_a_replayed_submission_is_one_evalsha_too(call: Calls, store: StoreServer) -> None:
    await board_of_one(call)
    row, headers = {"member": "u", "score": 1}, {"Idempotency-Key": "k1"}
    first = await call("POST", BOARD + "/scores", row, headers)
    before = store.script_calls()
    again = await call("POST", BOARD + "/scores", row, headers)
    assert sent_since(store, before).get("evalsha") == 1
    assert (again.json, again.headers["idempotent-replayed"]) == (first.json, "true")


@pytest.mark.parametrize(
    ("rules", "rows", "status", "code"),
    [
        ({}, {"member": "u", "score": 2**63 - 1}, 422, "SCORE_OVERFLOW"),
        ({}, {"member": "u", "score": 1.5}, 422, "VALIDATION_FAILED"),
        ({}, {"member": "u\n", "score": 1}, 422, "VALIDATION_FAILED"),
        ({}, {"member": "u", "score": 1, "subscores": {"x": 1}}, 422, "VALIDATION_FAILED"),
        ({}, {"member": "u", "score": 1, "unknown": 1}, 422, "VALIDATION_FAILED"),
        ({"enabled": False}, {"member": "u", "score": 1}, 409, "BOARD_DISABLED"),
        ({"starts_at": "2999-01-01T00:00:00Z"}, {"member": "u", "score": 1}, 409, "BOARD_NOT_STARTED"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, {"member": "u", "score": 1}, 409, "BOARD_ENDED"),
        ({"periods": [DAYS]}, {"member": "u", "score": 1, "achieved_at": "2020-01-01T00:00:00Z"}, 409, "PERIOD_CLOSED"),
        ({"periods": [{"type": "all"}, DAYS]}, {"member": "u", "score": 1, "achieved_at": 0}, 409, "PERIOD_CLOSED"),
    ],
)
async def test_a_refused_submission_writes_nothing(
    call: Calls, store: StoreServer, rules: dict[str, Any], rows: Any, status: int, code: str
) -> None:
    # given a board
    await board_of_one(call)
    assert (await call("PATCH", BOARD, rules or {"name": "b"})).status == 200
    before = store.dump()

    # when a submission is refused, alone or as an array's only item
    alone = await call("POST", BOARD + "/scores", rows)
    in_array = await call("POST", BOARD + "/scores", [rows])

    # then it says why, and no key has changed
    assert (alone.status, alone.code) == (status, code)
    refused = in_array.json[0] if in_array.status == 200 else in_array.json
    assert refused["code"] == code
    assert store.dump() == before


@pytest.mark.parametrize("emptied", ["all", "daily", "season"])
async def test_a_sum_that_overflows_in_some_periods_only_writes_nothing_in_any(
    call: Calls, store: StoreServer, emptied: str
) -> None:
    # given a member with all the points there are, but in one period
    await board_of_one(call, **ALL_TYPES, ranges={"keep_days": 30})
    assert (await call("POST", BOARD + "/scores", {"member": "v", "score": 2**63 - 1})).status == 200
    assert (await call("POST", BOARD + "/reset", {"period": emptied})).status == 200
    assert (await call("POST", BOARD + "/scores", {"member": "w", "score": 1})).status == 200
    before = store.dump()

    # when it brings one more, alone or as an array's only item
    alone = await call("POST", BOARD + "/scores", {"member": "v", "score": 1})
    in_array = await call("POST", BOARD + "/scores", [{"member": "v", "score": 1}])

    # then it is refused everywhere, and no key has changed
    assert (alone.status, alone.code) == (422, "SCORE_OVERFLOW")
    assert in_array.json[0]["code"] == "SCORE_OVERFLOW"
    assert store.dump() == before


async def test_an_overflowing_subscore_refuses_the_whole_submission(call: Calls, store: StoreServer) -> None:
    rules = {"subscores": [{"name": "up", "order": "desc"}, {"name": "down", "order": "asc"}]}
    await board_of_one(call, **rules)
    low = {"member": "v", "score": 1, "subscores": {"up": 1, "down": -(2**63)}}
    assert (await call("POST", BOARD + "/scores", low)).status == 200
    before = store.dump()
    answer = await call("POST", BOARD + "/scores", {"member": "v", "score": 1, "subscores": {"down": -1}})
    assert (answer.status, answer.code) == (422, "SCORE_OVERFLOW")
    assert store.dump() == before


async def test_a_key_used_with_another_body_writes_nothing(call: Calls, store: StoreServer) -> None:
    # given an answered submission with a key
    await board_of_one(call)
    key = {"Idempotency-Key": "k1"}
    assert (await call("POST", BOARD + "/scores", {"member": "u", "score": 1}, key)).status == 200
    before = store.dump()

    # when the key comes with another body, or with the same value written otherwise
    for body in (b'{"member":"u","score":2}', b'{"score": 1, "member": "u"}'):
        answer = await call("POST", BOARD + "/scores", body, key)

        # then it is refused and nothing is written
        assert (answer.status, answer.code) == (422, "IDEMPOTENCY_MISMATCH")
        assert store.dump() == before


async def test_a_submission_to_an_absent_board_writes_nothing(call: Calls, store: StoreServer) -> None:
    before = store.dump()
    answer = await call("POST", "/v1/boards/absent/scores", {"member": "u", "score": 1})
    assert (answer.status, answer.code) == (404, "BOARD_NOT_FOUND")
    assert store.dump() == before

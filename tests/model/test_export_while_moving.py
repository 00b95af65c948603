"""A whole board exported while it is written to: who stands still is there once, in order."""

import asyncio
import itertools
import json
import random
from typing import Any

import pytest

from tests.asgi_calls import Calls

BOARD = "/v1/boards/b"
ENTRIES = 3000
WRITES_AT_ONCE = 8


async def keep_writing(call: Calls, number: int, written: list[int]) -> None:
    """Moves even members about, takes some away, brings new ones."""
    chance = random.Random(number)
    for turn in itertools.count():
        rows: list[dict[str, Any]] = [
            {"member": f"u{2 * chance.randrange(ENTRIES // 2)}", "score": chance.randint(0, 400)} for _ in range(10)
        ]
        rows.append({"member": f"new{number}-{turn}", "score": chance.randint(0, 400)})
        assert (await call("POST", BOARD + "/scores", rows)).status == 200
        await call("DELETE", f"{BOARD}/entries/u{2 * chance.randrange(ENTRIES // 2)}")
        written.append(len(rows) + 1)


@pytest.mark.parametrize(("order", "style"), [("desc", "unique"), ("asc", "dense"), ("desc", "competition")])
async def test_no_unmoved_entry_is_missing_or_twice(call: Calls, order: str, style: str) -> None:
    # given a board of few scores, whose even members move all the time
    assert (await call("PUT", BOARD, {"update": "latest", "order": order, "rank_style": style})).status == 201
    chance = random.Random(7)
    for first in range(0, ENTRIES, 1000):
        rows = [{"member": f"u{index}", "score": chance.randint(1, 400)} for index in range(first, first + 1000)]
        assert (await call("POST", BOARD + "/scores", rows)).status == 200
    still = {f"u{index}" for index in range(1, ENTRIES, 2)}
    before = json_lines((await call("GET", BOARD + "/export")).body)

    # when it is exported meanwhile
    written: list[int] = []
    writers = [asyncio.create_task(keep_writing(call, number, written)) for number in range(WRITES_AT_ONCE)]
    export = await call("GET", BOARD + "/export")
    for writer in writers:
        writer.cancel()
    await asyncio.gather(*writers, return_exceptions=True)

    # then each that stood still is there once, in the order it had, and nothing stands above what is better
    lines = json_lines(export.body)
    assert sum(written) > 50
    assert [one["member"] for one in lines if one["member"] in still] == [
        one["member"] for one in before if one["member"] in still
    ]
    scores = [one["score"] for one in lines]
    assert scores == sorted(scores, reverse=order == "desc")


def json_lines(body: bytes) -> list[Any]:
    return [json.loads(line) for line in body.splitlines()]

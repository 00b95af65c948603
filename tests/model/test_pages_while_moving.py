"""Pages by cursor while the board moves, and ranks among many equal scores."""

import random
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.asgi_calls import Calls

ENTRIES = 300
MOVES_A_PAGE = 10
TIED = 1000
BOARD = "/v1/boards/b"


async def read(call: Calls, target: str) -> Any:
    answer = await call("GET", BOARD + target)
    assert answer.status == 200, answer.body
    return answer.json


async def walk_while(call: Calls, start: str | None, way: str, limit: int, move: Any) -> AsyncIterator[list[str]]:
    """The members of each page, with moves made between two pages."""
    cursor = start
    while True:
        page = await read(call, f"/entries?limit={limit}" + (f"&cursor={quote(cursor)}" if cursor else ""))
        yield [entry["member"] for entry in page["entries"]]
        cursor = page[way]
        if cursor is None:
            return
        await move()


async def filled(call: Calls, **rules: Any) -> None:
    """A board of few distinct scores, so that arrival decides most places."""
    assert (await call("PUT", BOARD, {"update": "latest", **rules})).status == 201
    chance = random.Random(7)
    rows = [{"member": f"u{index}", "score": chance.randint(1, 40)} for index in range(ENTRIES)]
    assert (await call("POST", BOARD + "/scores", rows)).status == 200


async def end_cursor(call: Calls, limit: int) -> str | None:
    """A cursor that leads back from the last page."""
    page = await read(call, f"/entries?limit={limit}&offset={ENTRIES - limit}")
    return str(page["prev"])


@pytest.mark.parametrize("way", ["next", "prev"])
@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize("tie_break", ["first", "last"])
async def test_no_unmoved_entry_is_repeated_or_missed_while_others_move(
    call: Calls, way: str, order: str, tie_break: str
) -> None:
    # given a board whose even members move all the time and vanish and come, and whose odd ones stay
    await filled(call, order=order, tie_break=tie_break)
    chance = random.Random(11)
    limit = 13

    async def move() -> None:
        moved = [f"u{2 * chance.randrange(ENTRIES // 2)}" for _ in range(MOVES_A_PAGE)]
        rows = [{"member": member, "score": chance.randint(0, 41)} for member in moved]
        assert (await call("POST", BOARD + "/scores", rows)).status == 200
        await call("DELETE", f"{BOARD}/entries/u{2 * chance.randrange(ENTRIES // 2)}")

    # when the board is walked page by page with moves between them
    start = await end_cursor(call, limit) if way == "prev" else None
    seen_at_start = []
    if start:
        last = await read(call, f"/entries?limit={limit}&offset={ENTRIES - limit}")
        seen_at_start = [entry["member"] for entry in last["entries"]]
    pages = [page async for page in walk_while(call, start, way, limit, move)]

    # then each entry that stayed is seen exactly once
    seen = seen_at_start + [member for page in pages for member in page]
    stayed = [member for member in seen if int(member[1:]) % 2 == 1]
    assert sorted(stayed) == sorted(f"u{index}" for index in range(1, ENTRIES, 2))


async def test_a_cursor_whose_own_entry_is_gone_still_leads_on(call: Calls) -> None:
    # given a cursor that stands at an entry
    await filled(call)
    whole = [entry["member"] for entry in (await read(call, "/entries?limit=1000"))["entries"]]
    page = await read(call, "/entries?limit=10")
    cursor = quote(page["next"])

    # when the entries on both sides of it are removed
    for member in whole[9:11]:
        assert (await call("DELETE", f"{BOARD}/entries/{member}")).status == 204

    # then the next page goes on behind them, and its prev leads back before them
    after = await read(call, f"/entries?limit=10&cursor={cursor}")
    assert [entry["member"] for entry in after["entries"]] == whole[11:21]
    back = await read(call, f"/entries?limit=10&cursor={quote(after['prev'])}")
    assert [entry["member"] for entry in back["entries"]] == whole[:9]


@pytest.mark.parametrize("style", ["unique", "competition", "dense"])
async def test_a_thousand_equal_scores_have_one_rank_each_in_every_read(call: Calls, style: str) -> None:
    # given 10 better entries of two values, then a thousand equal ones with equal subscores
    rules = {"rank_style": style, "update": "best", "subscores": [{"name": "s", "order": "asc"}]}
    assert (await call("PUT", BOARD, rules)).status == 201
    better = [{"member": f"top{index}", "score": 60 + index % 2, "subscore": 1} for index in range(10)]
    tied = [{"member": f"u{index}", "score": 50, "subscore": 7} for index in range(TIED)]
    for rows in (better, tied):
        assert (await call("POST", BOARD + "/scores", rows)).status == 200
    shared = {"unique": None, "competition": 11, "dense": 3}[style]
    expected = {f"u{index}": shared or 11 + index for index in range(TIED)}

    # when every read there is gives the ranks
    pages: dict[str, int] = {}
    for offset in range(10, 10 + TIED, 70):
        page = await read(call, f"/entries?limit=70&offset={offset}")
        pages |= {entry["member"]: entry["rank"] for entry in page["entries"]}
    lookup = (await call("POST", BOARD + "/entries/lookup", {"members": list(expected)})).json["entries"]
    again = (await call("POST", BOARD + "/scores", tied)).json

    # then they agree with each other and with the style
    assert pages == expected
    assert {entry["member"]: entry["rank"] for entry in lookup} == expected
    assert {placing["member"]: placing["rank"] for placing in again} == expected
    for member in list(expected)[::37]:
        assert (await read(call, f"/entries/{member}"))["rank"] == expected[member]
        around = (await read(call, f"/entries/{member}/around?size=9"))["entries"]
        assert {row["member"]: row["rank"] for row in around if row["member"] in expected}.items() <= expected.items()
        one = await call("POST", BOARD + "/scores", {"member": member, "score": 50, "subscore": 7})
        assert (one.json["rank"], one.json["changed"]) == (expected[member], False)

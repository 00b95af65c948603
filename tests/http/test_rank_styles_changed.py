"""A change of the rank style moves nothing: who walks a board goes on, with the ranks of the new style."""

import json
from urllib.parse import quote

import pytest

from tests.asgi_calls import Calls

BOARD = "/v1/boards/b"
SCORES = [5, 5, 4, 4, 4, 3, 2]
RANKS = {
    "unique": [1, 2, 3, 4, 5, 6, 7],
    "competition": [1, 1, 3, 3, 3, 6, 7],
    "dense": [1, 1, 2, 2, 2, 3, 4],
}
CHANGES = [(one, other) for one in RANKS for other in RANKS if one != other]


async def filled(call: Calls, rank_style: str) -> None:
    settings = {"rank_style": rank_style, "fields": [{"name": "country", "segment": True}], "ranges": {"keep_days": 1}}
    assert (await call("PUT", BOARD, settings)).status == 201
    rows = [{"member": f"u{index}", "score": score, "fields": {"country": "FR"}} for index, score in enumerate(SCORES)]
    assert (await call("POST", BOARD + "/scores", rows)).status == 200


@pytest.mark.parametrize(("before", "after"), CHANGES)
@pytest.mark.parametrize("way", ["", "segment=country:FR&", "sort=-country&", "from=2026-01-01&to=2999-01-01&"])
async def test_a_page_goes_on_behind_its_cursor(call: Calls, before: str, after: str, way: str) -> None:
    # given a page, and its cursor
    await filled(call, before)
    page = (await call("GET", f"{BOARD}/entries?{way}limit=3")).json

    # when the board counts its ranks otherwise, and the page goes on
    assert (await call("PATCH", BOARD, {"rank_style": after})).status == 200
    behind = (await call("GET", f"{BOARD}/entries?{way}cursor={quote(page['next'])}")).json
    back = (await call("GET", f"{BOARD}/entries?{way}cursor={quote(behind['prev'])}")).json

    # then no row is missing or there twice, and the ranks are those of now
    rows = [*back["entries"], *behind["entries"]]
    assert [(row["member"], row["rank"]) for row in rows] == [
        (f"u{place}", rank) for place, rank in enumerate(RANKS[after][:6])
    ]


async def test_an_export_goes_on_behind_its_last_entry(call: Calls) -> None:
    await filled(call, "unique")
    answer = await call("GET", BOARD + "/export")
    last = answer.body.splitlines()[2].decode()
    await call("PATCH", BOARD, {"rank_style": "dense"})
    behind = await call("GET", f"{BOARD}/export?cursor={quote(answer.headers['rankd-cursor'])}&after={quote(last)}")
    assert [json.loads(line)["rank"] for line in behind.body.splitlines()] == RANKS["dense"][3:]

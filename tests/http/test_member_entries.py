"""One member on all boards of its project."""

import random
from typing import Any

import pytest

from tests.asgi_calls import Calls
from tests.store_servers import StoreServer

ENTRIES = "/v1/members/u/entries"
NUMBER = 70  # more boards than are asked at once


async def many_boards(call: Calls) -> list[str]:
    """Boards of several kinds; the ids, in order, of those that the member is on."""
    source = random.Random(4)
    kinds: list[dict[str, Any]] = [
        {},
        {"order": "asc", "rank_style": "competition"},
        {"periods": [{"type": "daily"}, {"type": "all"}], "subscores": [{"name": "s"}]},
        {"fields": [{"name": "time_ms", "type": "integer", "rank": "asc"}]},
    ]
    on: list[str] = []
    for number in source.sample(range(NUMBER), NUMBER):
        board_id = f"b{number}"
        await call("PUT", f"/v1/boards/{board_id}", kinds[number % len(kinds)])
        members = [f"m{index}" for index in range(5)]
        if source.random() < 0.4:
            members.append("u")
            on.append(board_id)
        rows: list[dict[str, Any]] = [{"member": member, "score": source.randrange(9)} for member in members]
        if "fields" in kinds[number % len(kinds)]:
            rows = [{**row, "fields": {"time_ms": source.randrange(99)}} for row in rows]
        await call("POST", f"/v1/boards/{board_id}/scores", rows)
    return sorted(on)


async def test_every_board_the_member_is_on_is_there_once_as_it_tells_itself(call: Calls) -> None:
    on = await many_boards(call)
    answer = (await call("GET", ENTRIES)).json
    assert (answer["member"], answer["next"], answer["prev"]) == ("u", None, None)
    assert [entry["board"] for entry in answer["entries"]] == on
    for entry in answer["entries"]:
        assert entry == (await call("GET", f"/v1/boards/{entry['board']}/entries/u")).json


@pytest.mark.parametrize("limit", [1, 7])
async def test_pages_cover_it_in_both_directions(call: Calls, limit: int) -> None:
    on = await many_boards(call)

    # when its pages are read to the last, and back to the first
    pages = [(await call("GET", f"{ENTRIES}?limit={limit}")).json]
    while pages[-1]["next"]:
        pages.append((await call("GET", f"{ENTRIES}?cursor={pages[-1]['next']}")).json)
    back = [pages[-1]]
    while back[-1]["prev"]:
        back.append((await call("GET", f"{ENTRIES}?cursor={back[-1]['prev']}")).json)

    # then both are all of it, with full pages on the way down
    assert [entry["board"] for page in pages for entry in page["entries"]] == on
    assert [entry["board"] for page in reversed(back) for entry in page["entries"]] == on
    assert {len(page["entries"]) for page in pages[:-1]} <= {limit}


async def test_a_period_is_read_where_boards_have_it(call: Calls) -> None:
    await call("PUT", "/v1/boards/a", {"periods": [{"type": "all"}, {"type": "daily"}]})
    await call("PUT", "/v1/boards/b", {})
    await call("POST", "/v1/scores", {"boards": ["a", "b"], "member": "u", "score": 1})
    first = (await call("GET", ENTRIES)).json["entries"]
    daily = (await call("GET", ENTRIES + "?period=daily")).json["entries"]
    assert [(entry["board"], entry["period"]["type"]) for entry in first] == [("a", "all"), ("b", "all")]
    assert [(entry["board"], entry["period"]["type"]) for entry in daily] == [("a", "daily")]


async def test_the_profile_stands_beside_the_entries_once(call: Calls) -> None:
    await call("PUT", "/v1/boards/a", {})
    await call("POST", "/v1/boards/a/scores", {"member": "u", "score": 2**53 + 1})
    assert "profile" not in (await call("GET", ENTRIES)).json
    await call("PUT", "/v1/members/u", {"name": "U"})
    answer = (await call("GET", ENTRIES + "?int64=string")).json
    assert answer["profile"]["name"] == "U"
    assert "profile" not in answer["entries"][0]
    assert answer["entries"][0]["score"] == str(2**53 + 1)


async def test_a_member_on_no_board_has_an_empty_list(call: Calls) -> None:
    await call("PUT", "/v1/boards/a", {})
    answer = await call("GET", ENTRIES)
    assert (answer.status, answer.json) == (200, {"member": "u", "entries": [], "next": None, "prev": None})


async def test_a_project_sees_its_own_boards_alone(call: Calls) -> None:
    await call("POST", "/v1/projects", {"id": "other"})
    await call("PUT", "/v1/boards/a", {})
    await call("POST", "/v1/boards/a/scores", {"member": "u", "score": 1})
    assert (await call("GET", ENTRIES, None, {"X-Project-Id": "other"})).json["entries"] == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "VALIDATION_FAILED"),
        ("limit=1001", "VALIDATION_FAILED"),
        ("period=dayly", "VALIDATION_FAILED"),
        ("offset=1", "VALIDATION_FAILED"),
        ("cursor=x", "STALE_CURSOR"),
    ],
)
async def test_a_wrong_parameter_is_refused(call: Calls, query: str, code: str) -> None:
    assert (await call("GET", f"{ENTRIES}?{query}")).code == code


async def test_a_cursor_belongs_to_its_member(call: Calls) -> None:
    for board_id in ("a", "b"):
        await call("PUT", f"/v1/boards/{board_id}", {})
    await call("POST", "/v1/scores", {"boards": ["a", "b"], "member": "u", "score": 1})
    cursor = (await call("GET", ENTRIES + "?limit=1")).json["next"]
    assert (await call("GET", f"/v1/members/v/entries?cursor={cursor}")).code == "STALE_CURSOR"


async def test_known_boards_are_asked_once_each(call: Calls, store: StoreServer) -> None:
    # given boards that this process knows
    for board_id in ("a", "b", "c"):
        await call("PUT", f"/v1/boards/{board_id}", {})
    await call("POST", "/v1/scores", {"boards": ["a", "b", "c"], "member": "u", "score": 1})
    before = store.script_calls()["evalsha"]

    # when the member is read
    assert len((await call("GET", ENTRIES)).json["entries"]) == 3

    # then that took a call each, one for their list and one for the profile
    assert store.script_calls()["evalsha"] - before == 3 + 2

"""A field whose type is changed keeps its values: read anew from their text, sorted and filtered as the new type is."""

import asyncio
from typing import Any

import pytest

from tests.asgi_calls import Calls

BOARD = "/v1/boards/b"
MEMBERS = "abcdefgh"


def fields(kind: str) -> dict[str, Any]:
    return {"fields": [{"name": "x", "type": kind, "segment": True}], "periods": [{"type": "all"}, {"type": "daily"}]}


async def board_of(call: Calls, kind: str, values: list[Any]) -> None:
    assert (await call("PUT", BOARD, fields(kind))).status == 201
    rows = [{"member": name, "score": 1, "fields": {"x": value}} for name, value in zip(MEMBERS, values, strict=False)]
    answer = await call("POST", BOARD + "/scores", rows)
    assert all("code" not in one for one in answer.json), answer.body


async def shown(call: Calls, query: str = "") -> dict[str, Any]:
    page = (await call("GET", f"{BOARD}/entries{query}")).json
    return {entry["member"]: entry["fields"].get("x") for entry in page["entries"]}


@pytest.mark.parametrize(
    ("before", "values", "after", "expected"),
    [
        ("integer", [5, -7, 2**63 - 1], "string", ["5", "-7", "9223372036854775807"]),
        ("integer", [5, -7], "number", [5.0, -7.0]),
        ("string", ["12", "", "x", "-3"], "integer", [12, None, None, -3]),
        ("string", ["true", "yes"], "boolean", [True, None]),
        ("number", [7.0, 1.5], "integer", [7, None]),
        ("boolean", [True, False], "string", ["true", "false"]),
        ("date", ["1970-01-01T00:00:01Z"], "integer", [1000]),
        ("integer", [1000], "date", ["1970-01-01T00:00:01Z"]),
    ],
)
async def test_values_are_read_anew_from_their_text(
    call: Calls, before: str, values: list[Any], after: str, expected: list[Any]
) -> None:
    # given entries with values of one type
    await board_of(call, before, values)
    # when the type is changed
    assert (await call("PATCH", BOARD, fields(after))).status == 200
    # then they have those of the other one, in every period, and can be sorted by them
    assert list((await shown(call)).values()) == expected
    assert list((await shown(call, "?period=daily")).values()) == expected
    known = {name: value for name, value in zip(MEMBERS, expected, strict=False) if value is not None}
    assert await shown(call, "?sort=x") == dict(sorted(known.items(), key=lambda one: one[1]))


async def test_what_the_new_type_cannot_say_is_there_again_when_the_type_is_changed_back(call: Calls) -> None:
    await board_of(call, "string", ["12", "twelve"])
    await call("PATCH", BOARD, fields("integer"))
    assert await shown(call, "?filter=x:12") == {"a": 12}
    await call("PATCH", BOARD, fields("string"))
    assert await shown(call) == {"a": "12", "b": "twelve"}
    assert await shown(call, "?segment=x:twelve") == {"b": "twelve"}


async def test_a_value_given_since_takes_the_place_of_the_former_one_for_good(call: Calls) -> None:
    await board_of(call, "string", ["one", "two", "3"])
    await call("PATCH", BOARD, fields("integer"))
    # when one is given anew, and one is removed
    await call("PATCH", f"{BOARD}/entries/a", {"fields": {"x": 1}})
    await call("PATCH", f"{BOARD}/entries/b", {"fields": {"x": None}})
    # then changing back does not bring the former ones up
    await call("PATCH", BOARD, fields("string"))
    assert await shown(call) == {"a": "1", "b": None, "c": "3"}
    assert await shown(call, "?sort=x") == {"a": "1", "c": "3"}


async def test_more_entries_than_a_step_takes_are_all_brought_over(call: Calls) -> None:
    assert (await call("PUT", BOARD, {**fields("integer"), "rank_style": "dense"})).status == 201
    rows = [{"member": f"m{index:03}", "score": index, "fields": {"x": index % 3}} for index in range(170)]
    await call("POST", BOARD + "/scores", rows)
    assert (await call("PATCH", BOARD, {**fields("string"), "rank_style": "dense"})).status == 200
    values = (await call("GET", f"{BOARD}/fields/x/values")).json["values"]
    assert values == [{"value": "0", "count": 57}, {"value": "1", "count": 57}, {"value": "2", "count": 56}]
    page = (await call("GET", f"{BOARD}/entries?segment=x:2&limit=1000")).json
    assert [entry["rank"] for entry in page["entries"]] == list(range(1, 57))


async def test_entries_that_move_meanwhile_are_brought_over_as_well(call: Calls) -> None:
    # given entries that are written to, without their field, while its type is changed
    assert (await call("PUT", BOARD, {**fields("string"), "update": "latest"})).status == 201
    rows = [{"member": f"m{index:04}", "score": 5000 + index, "fields": {"x": "5"}} for index in range(1500)]
    for first in range(0, 1500, 500):
        assert (await call("POST", BOARD + "/scores", rows[first : first + 500])).status == 200

    async def play() -> None:
        for index in range(0, 1500, 10):
            moved = [{"member": f"m{member:04}", "score": member} for member in range(index, index + 10)]
            assert (await call("POST", BOARD + "/scores", moved)).status == 200

    # when it is changed
    change = call("PATCH", BOARD, {**fields("integer"), "update": "latest"})
    _, changed = await asyncio.gather(play(), change)
    assert changed.status == 200
    # then all of them are in the order of its values
    values = (await call("GET", BOARD + "/fields/x/values")).json["values"]
    assert values == [{"value": 5, "count": 1500}]


async def test_a_hidden_members_value_is_brought_over_and_leaks_nowhere(call: Calls) -> None:
    # given a member that is hidden
    await board_of(call, "string", ["5", "5"])
    await call("PUT", "/v1/members/a/ban", {"mode": "hide"})
    # when the type is changed
    assert (await call("PATCH", BOARD, fields("integer"))).status == 200
    # then nobody sees it, until the ban is lifted
    assert (await call("GET", BOARD + "/fields/x/values")).json["values"] == [{"value": 5, "count": 1}]
    assert await shown(call, "?segment=x:5") == {"b": 5}
    await call("DELETE", "/v1/members/a/ban")
    assert await shown(call, "?segment=x:5") == {"a": 5, "b": 5}

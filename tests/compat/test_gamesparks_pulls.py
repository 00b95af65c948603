"""What is pulled through GameSparks' callback is what the native pages show: each entry once, in order, by the same
ranks, of a board as a whole and of each of its partitions."""

import itertools
import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.asgi_calls import Answer, Calls, lifespan, request
from tests.conftest import ROOT_KEY, app_on

NUMBERS = itertools.count()
CALLBACK = f"/callback/default/any/{ROOT_KEY}"
FORM = [(b"host", b"test"), (b"content-type", b"application/x-www-form-urlencoded")]
MEMBERS = ["u1", "é/2", 'a","b', "u 4", "[]", "U1", "m7", "m8"]
SIDES = [None, "", "red", "red.dark", "vert é", "a&b=c"]
MAX_PAGES = 20

rules = st.fixed_dictionaries({
    "order": st.sampled_from(["asc", "desc"]),
    "update": st.sampled_from(["best", "latest", "sum"]),
    "tie_break": st.sampled_from(["first", "last"]),
    "rank_style": st.sampled_from(["unique", "competition", "dense"]),
})  # fmt: skip
histories = st.lists(
    st.tuples(st.sampled_from(MEMBERS), st.integers(-2, 2) | st.just(2**60), st.sampled_from(SIDES)), max_size=16
)


async def posted(call: Calls, **data: Any) -> Answer:
    content = urlencode(data, quote_via=quote).encode()
    headers = [*FORM, (b"content-length", str(len(content)).encode())]
    return await request(call.app, "POST", CALLBACK, headers, content)


async def pulled(call: Calls, board: str, limit: int, partition: str = "") -> list[Any]:
    """Every page as the tutorial's loop asks for them, until one is empty."""
    found: list[Any] = []
    for page in range(MAX_PAGES):
        answer = await posted(call, key="pull_data", lb_name=board, partition_id=partition, limit=limit, page=page)
        assert answer.status == 200, answer.body
        if answer.body == b"[]":
            return found
        rows = json.loads(answer.body)
        assert answer.body == json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode()
        assert len(rows) <= limit
        found += rows
    raise AssertionError("the loop does not end")


async def shown(call: Calls, board: str, query: str = "") -> list[Any]:
    page = (await call("GET", f"/v1/boards/{board}/entries?limit=1000{query}")).json
    return [{"playerId": entry["member"], "rank": entry["rank"]} for entry in page["entries"]]


@given(rules=rules, history=histories, hidden=st.sampled_from([None, *MEMBERS]), limit=st.integers(1, 6))
@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)
async def test_pulls_are_the_native_pages(
    call: Calls, rules: dict[str, str], history: list[Any], hidden: str | None, limit: int
) -> None:
    # given a board with partitions, and a history in which players change them
    board = f"b{next(NUMBERS)}"
    definition = {**rules, "fields": [{"name": "side", "segment": True}]}
    assert (await call("PUT", f"/v1/boards/{board}", definition)).status == 201
    for member, score, side in history:
        sent = {"member": member, "score": score, **({} if side is None else {"fields": {"side": side}})}
        assert (await call("POST", f"/v1/boards/{board}/scores", sent)).status == 200
    if hidden is not None:
        ban = {"mode": "hide", "boards": [board]}
        assert (await call("PUT", f"/v1/members/{quote(hidden, safe='')}/ban", ban)).status in (200, 201)

    # then a pull has every entry of the whole board
    assert await pulled(call, board, limit) == await shown(call, board)

    # and of each partition, which is there where it has entries, under both its names
    for side in filter(None, SIDES):
        expected = await shown(call, board, f"&segment=side:{quote(side, safe='')}")
        for partition in (side, f"side.{side}"):
            tested = await posted(call, key="test_part", lb_name=board, partition_id=partition)
            assert tested.body == (b"valid-lb-name" if expected else b"invalid-partition-id")
            if expected:
                assert await pulled(call, board, limit, partition) == expected


async def test_a_board_of_every_score_is_pulled_score_by_score(call: Calls) -> None:
    # given an arcade board, on which a player has as many entries as scores
    definition = {"unique": False, "fields": [{"name": "side", "segment": True}]}
    assert (await call("PUT", "/v1/boards/b", definition)).status == 201
    sent = [("u1", 5), ("u2", 5), ("u1", 7), ("u1", 5), ("u3", 1)]
    rows = [{"member": name, "score": score, "fields": {"side": f"of {name}"}} for name, score in sent]
    assert (await call("POST", "/v1/boards/b/scores", rows)).status == 200
    await call("PUT", "/v1/members/u3/ban", {"mode": "hide"})

    # then each of those that stand is pulled, in order
    everything = await pulled(call, "b", 2)
    assert everything == await shown(call, "b")
    assert [row["playerId"] for row in everything] == ["u1", "u1", "u2", "u1"]
    assert await pulled(call, "b", 2, "of u1") == [{"playerId": "u1", "rank": rank} for rank in (1, 2, 3)]


async def test_where_names_can_be_read_twice_values_go_before_fields(call: Calls) -> None:
    # given a board with dots in its id beside one whose partitions begin as the rest of it
    for board in ("a", "a.b"):
        await call("PUT", f"/v1/boards/{board}", {"fields": [{"name": "f", "segment": True}]})
    rows = [("a", "b.x", 1), ("a", "f.x", 2), ("a", "x", 3), ("a.b", "y", 4), ("a.b", "f.y", 5)]
    for board, value, number in rows:
        body = {"member": f"u{number}", "score": 1, "fields": {"f": value}}
        assert (await call("POST", f"/v1/boards/{board}/scores", body)).status == 200

    async def pull(name: str, partition: str) -> list[str]:
        return [row["playerId"] for row in await pulled(call, name, 10, partition)]

    assert await pull("a", "b.x") == ["u1"]
    assert await pull("a", "f.x") == ["u2"]
    assert await pull("a", "f.f.x") == ["u2"]
    assert await pull("a", "x") == ["u3"]
    assert await pull("a", "b.y") == await pull("a.b", "y") == ["u4"]
    assert await pull("a.b", "f.y") == ["u5"]
    assert sorted(await pull("a", "b")) == ["u4", "u5"]


async def test_names_of_many_dots_are_looked_up_in_bounds(call: Calls) -> None:
    for name in ("." * 60_000, "a." * 30_000, "a" * 60_000, "\x00.\x00"):
        for key in ("test_lb", "test_part"):
            answer = await posted(call, key=key, lb_name=name, partition_id="")
            assert answer.body == (b"invalid-lb-name" if key == "test_lb" else b"invalid-partition-id")


async def test_a_partition_whose_players_leave_while_it_is_pulled_ends_the_loop(call: Calls) -> None:
    # given a partition of two players, of which one page is pulled
    await call("PUT", "/v1/boards/b", {"update": "latest", "fields": [{"name": "f", "segment": True}]})
    rows = [{"member": name, "score": 1, "fields": {"f": "x"}} for name in ("u1", "u2")]
    await call("POST", "/v1/boards/b/scores", rows)
    asked = {"key": "pull_data", "lb_name": "b", "partition_id": "x", "limit": 1}
    assert json.loads((await posted(call, page=0, **asked)).body) == [{"playerId": "u1", "rank": 1}]

    # when both play for another one, or the board goes
    await call("POST", "/v1/boards/b/scores", [{**row, "fields": {"f": "y"}} for row in rows])
    assert (await posted(call, page=1, **asked)).body == b"[]"
    await call("DELETE", "/v1/boards/b")

    # then the next page is empty, while a first one is refused
    assert (await posted(call, page=1, **asked)).body == b"[]"
    refused = await posted(call, page=0, **asked)
    assert (refused.status, list(refused.json)) == (404, ["error"])


async def test_another_process_knows_a_change_of_the_board_at_once(call: Calls, other: Calls) -> None:
    await call("PUT", "/v1/boards/b", {})
    assert (await posted(other, key="test_lb", lb_name="b")).body == b"valid-lb-name"
    await call("PATCH", "/v1/boards/b", {"fields": [{"name": "f", "segment": True}]})
    assert (await posted(other, key="test_lb", lb_name="b")).body == b"requires-partition"
    await call("DELETE", "/v1/boards/b")
    assert (await posted(other, key="test_lb", lb_name="b")).body == b"invalid-lb-name"


async def test_the_stores_absence_is_no_page(tmp_path: Any) -> None:
    app = app_on("redis://127.0.0.1:1/0", tmp_path)
    async with lifespan(app):
        answer = await posted(Calls(app, ROOT_KEY), key="pull_data", lb_name="b", limit=5, page=1)
    assert (answer.status, list(answer.json)) == (503, ["error"])
    assert answer.headers["retry-after"]


@pytest.mark.parametrize("settings", [{"facades": []}, {"facades": ["gamepot"]}])
async def test_a_project_that_switches_it_off_has_no_callback(call: Calls, settings: dict[str, Any]) -> None:
    await call("PATCH", "/v1/projects/default", {"settings": settings})
    assert (await posted(call, key="test_endpoint")).status == 404


@pytest.mark.parametrize(
    "number", ["9" * 300, "-" + "9" * 300, "1e400", "-0", "0.5", "null", "[7]", '"\\ud83c"', "{}", "true"]
)
async def test_no_number_in_json_is_a_failure_of_rankd(call: Calls, number: str) -> None:
    await call("PUT", "/v1/boards/b", {})
    for limit, page in ((number, "0"), ("5", number), (number, number)):
        content = f'{{"key": "pull_data", "lb_name": "b", "limit": {limit}, "page": {page}}}'.encode()
        answer = await call("POST", CALLBACK, content)
        assert answer.status in (200, 400), answer.body
        assert answer.body == b"[]" or list(answer.json) == ["error"]


@pytest.mark.parametrize("content", [b"%ff=1", b"key=%ff", b"key=test_lb&lb_name=%ff", b"&&=&=x", b"key", b"\xff\x00"])
async def test_no_form_is_a_failure_of_rankd(call: Calls, content: bytes) -> None:
    headers = [*FORM, (b"content-length", str(len(content)).encode())]
    answer = await request(call.app, "POST", CALLBACK, headers, content)
    assert answer.status in (200, 400), answer.body
    assert answer.body == b"{}" or list(answer.json) == ["error"]

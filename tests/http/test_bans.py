"""Bans: who may, what is refused, what a hidden member and others are told, and that a ban comes off without loss."""

import re
import time
from typing import Any
from urllib.parse import quote

import pytest

from tests.asgi_calls import Answer, Calls
from tests.http.test_keys import key_of
from tests.store_search import contents
from tests.store_servers import StoreServer

BOARD, OTHER = "/v1/boards/b", "/v1/boards/other"
ADA = "/v1/members/ada"
BAN = ADA + "/ban"
DAY_MS = 86_400_000
SETTINGS = {
    "periods": [{"type": "all"}, {"type": "daily"}],
    "fields": [{"name": "country", "segment": True}, {"name": "time", "type": "integer", "rank": "asc"}],
    "ranges": {"keep_days": 2},
}
ROUTES = [("PUT", BAN), ("GET", BAN), ("DELETE", BAN), ("DELETE", ADA), ("GET", "/v1/erasures/er_0")]


@pytest.fixture
async def boards(call: Calls) -> None:
    """Two boards of three members; ada is the second on both."""
    for board in (BOARD, OTHER):
        assert (await call("PUT", board, SETTINGS)).status == 201
        rows = [
            {"member": member, "score": score, "fields": {"country": "FR", "time": score}}
            for score, member in enumerate(("bob", "ada", "eve"))
        ]
        assert (await call("POST", board + "/scores", rows)).status == 200


async def ban(call: Calls, mode: str = "hide", *boards: str) -> Answer:
    return await call("PUT", BAN, {"mode": mode, **({"boards": list(boards)} if boards else {})})


async def ranks(call: Calls, board: str, query: str = "") -> dict[str, int]:
    page = (await call("GET", board + "/entries" + query)).json
    assert page["total"] == len(page["entries"])
    return {entry["member"]: entry["rank"] for entry in page["entries"]}


# who may


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_only_admin_may(call: Calls, app: Any, method: str, path: str) -> None:
    refused = await Calls(app, await key_of(call, "read", "write"))(method, path, {"mode": "hide"})
    assert (refused.status, refused.code) == (403, "SCOPE_MISSING")


@pytest.mark.usefixtures("boards")
async def test_an_admin_key_bans_lifts_and_erases(call: Calls, app: Any) -> None:
    admin = Calls(app, await key_of(call, "admin"))
    answers = [await admin(method, path, {"mode": "hide"} if method == "PUT" else None) for method, path in ROUTES]
    assert [answer.status for answer in answers] == [201, 200, 204, 204, 404]


# what is refused


@pytest.mark.usefixtures("boards")
@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"/mode"}),
        ({"mode": "shadow", "boards": [], "until": 1}, {"/mode", "/boards", "/until"}),
        ({"mode": "hide", "boards": ["b", "a/b", 7]}, {"/boards/1", "/boards/2"}),
        ({"mode": "hide", "boards": ["absent", "b", "gone"]}, {"/boards/0", "/boards/2"}),
        ({"member": "eve", "mode": "hide"}, {"/member"}),
        ([], {""}),
    ],
)
async def test_every_fault_is_named_at_once_and_nothing_is_written(
    call: Calls, store: StoreServer, body: Any, pointers: set[str]
) -> None:
    before = contents(store)
    answer = await call("PUT", BAN, body)
    assert (answer.status, answer.code) == (422, "VALIDATION_FAILED")
    assert {fault["pointer"] for fault in answer.json["errors"]} == pointers
    assert contents(store) == before


async def test_an_unknown_board_is_named_with_what_would_make_it(call: Calls) -> None:
    (fault,) = (await ban(call, "hide", "absent")).json["errors"]
    assert "'absent'" in fault["detail"]
    assert "PUT /v1/boards/absent" in fault["detail"]


async def test_what_is_not_there_is_said_to_be_so(call: Calls) -> None:
    assert (await call("GET", BAN)).code == "BAN_NOT_FOUND"
    assert (await call("GET", "/v1/erasures/er_0")).code == "RECEIPT_NOT_FOUND"
    for path in (BAN, ADA):
        assert (await call("DELETE", path)).status == 204


# what a ban does


@pytest.mark.usefixtures("boards")
async def test_a_ban_is_read_as_it_was_put_and_can_be_put_again_as_it_was_read(call: Calls) -> None:
    made = await ban(call, "hide", "b")
    read = await call("GET", BAN)
    again = await call("PUT", BAN, read.json)
    assert (made.status, read.status, again.status) == (201, 200, 200)
    assert made.json == read.json == again.json == {"member": "ada", "mode": "hide", "boards": ["b"]}


@pytest.mark.usefixtures("boards")
async def test_a_hidden_member_stands_nowhere_and_sees_itself_without_a_rank(call: Calls) -> None:
    # given a hidden member
    await ban(call)

    # when it goes on playing
    placing = (await call("POST", BOARD + "/scores", {"member": "ada", "score": 9, "metadata": 1})).json

    # then it is told its score and no rank, and others move up
    shown = ("changed", "score", "rank", "total", "previous_score", "previous_rank")
    assert [placing[name] for name in shown] == [True, 9, None, 2, 1, None]
    assert {part["rank"] for part in placing["periods"].values()} == {None}
    assert await ranks(call, BOARD) == await ranks(call, BOARD, "?period=daily") == {"eve": 1, "bob": 2}
    own = (await call("GET", BOARD + "/entries/ada?viewer=ada")).json
    assert [own[name] for name in ("rank", "score", "metadata", "total", "percentile")] == [None, 9, 1, 2, None]
    assert (await call("GET", BOARD + "/entries/ada?viewer=eve")).code == "ENTRY_NOT_FOUND"


@pytest.mark.parametrize("rank_style", ["unique", "competition", "dense"])
async def test_a_change_of_a_hidden_entry_tells_no_rank(call: Calls, rank_style: str) -> None:
    await call("PUT", BOARD, {"rank_style": rank_style})
    await call("POST", BOARD + "/scores", [{"member": "ada", "score": 1}, {"member": "bob", "score": 2}])
    await ban(call)
    edited = (await call("PATCH", BOARD + "/entries/ada", {"metadata": 1})).json
    assert (edited["rank"], edited["percentile"], edited["metadata"]) == (None, None, 1)


@pytest.mark.usefixtures("boards")
async def test_a_lifted_ban_puts_the_member_where_its_scores_put_it(call: Calls) -> None:
    await ban(call)
    await call("POST", BOARD + "/scores", {"member": "ada", "score": 9})
    assert (await call("DELETE", BAN)).status == 204
    assert await ranks(call, BOARD) == {"ada": 1, "eve": 2, "bob": 3}
    assert await ranks(call, OTHER) == {"eve": 1, "ada": 2, "bob": 3}
    assert (await call("GET", BAN)).status == 404


@pytest.mark.usefixtures("boards")
async def test_a_blocked_member_stands_where_it_stood_and_sends_nothing_more(call: Calls) -> None:
    # given a blocked member, and what it and another send
    await ban(call, "block")
    rows = [{"member": member, "score": 9} for member in ("ada", "bob")]
    refused, array = await call("POST", BOARD + "/scores", rows[0]), await call("POST", BOARD + "/scores", rows)
    spread = await call("POST", "/v1/scores", {**rows[0], "boards": ["b", "other"]})

    # then its scores alone are refused, and an admin may still set them
    assert (refused.status, refused.code) == (403, "MEMBER_BLOCKED")
    assert [item.get("code") for item in array.json] == ["MEMBER_BLOCKED", None]
    assert [item.get("code") for item in spread.json] == ["MEMBER_BLOCKED"] * 2
    assert await ranks(call, BOARD) == {"bob": 1, "eve": 2, "ada": 3}
    assert (await call("PUT", BOARD + "/entries/ada", {"score": 10})).json["rank"] == 1


@pytest.mark.usefixtures("boards")
async def test_another_ban_takes_the_place_of_one_and_restores_the_boards_it_leaves_out(call: Calls) -> None:
    await ban(call)
    narrowed = await ban(call, "hide", "other")
    assert narrowed.status == 200
    assert "ada" in await ranks(call, BOARD)
    assert "ada" not in await ranks(call, OTHER)
    await ban(call, "block", "b")
    assert await ranks(call, OTHER) == {"eve": 1, "ada": 2, "bob": 3}
    assert (await call("POST", OTHER + "/scores", {"member": "ada", "score": 5})).status == 200
    assert (await call("POST", BOARD + "/scores", {"member": "ada", "score": 5})).status == 403


@pytest.mark.usefixtures("boards")
async def test_a_ban_everywhere_is_one_on_boards_made_later_too(call: Calls) -> None:
    await ban(call)
    await call("PUT", "/v1/boards/later", {})
    assert (await call("POST", "/v1/boards/later/scores", {"member": "ada", "score": 5})).json["rank"] is None
    assert await ranks(call, "/v1/boards/later") == {}


async def test_a_board_is_made_with_all_bans_of_a_project_however_many(call: Calls) -> None:
    # given more bans than a call takes, every third of them a block, and one on another board alone
    await call("PUT", OTHER, {})
    members = [f"u{number}" for number in range(130)]
    for number, member in enumerate(members):
        mode = "block" if number % 3 == 0 else "hide"
        assert (await call("PUT", f"/v1/members/{member}/ban", {"mode": mode})).status == 201
    await call("PUT", BAN, {"mode": "hide", "boards": ["other"]})

    # when a board is made
    assert (await call("PUT", BOARD, {})).status == 201

    # then it has them all
    rows = [{"member": member, "score": 1} for member in [*members, "ada"]]
    answers = (await call("POST", BOARD + "/scores", rows)).json
    assert [item.get("code") for item in answers[::3]] == ["MEMBER_BLOCKED"] * 44
    assert [item.get("rank") for item in answers[1:-1:3]] == [None] * 43
    assert await ranks(call, BOARD) == {"ada": 1}


@pytest.mark.usefixtures("boards")
async def test_a_ban_on_a_board_holds_for_one_that_is_made_again_under_its_id(call: Calls) -> None:
    await ban(call, "block", "b")
    await call("DELETE", BOARD)
    await call("PUT", BOARD, {})
    assert (await call("POST", BOARD + "/scores", {"member": "ada", "score": 5})).status == 403


async def test_bans_are_a_projects_own_and_go_with_it(call: Calls) -> None:
    there = {"X-Project-Id": "elsewhere"}
    await call("POST", "/v1/projects", {"id": "elsewhere"})
    await ban(call)
    assert (await call("GET", BAN, None, there)).status == 404
    await call("PUT", BAN, {"mode": "hide"}, there)
    await call("DELETE", "/v1/projects/elsewhere")
    await call("POST", "/v1/projects", {"id": "elsewhere"})
    assert (await call("GET", BAN, None, there)).status == 404


# what others are told

READS = [
    *(BOARD + "/entries" + query for query in ("", "?period=daily", "?score_min=1", "?rank=2")),
    BOARD + "/stats",
    *(BOARD + "/entries/GHOST" + query for query in ("", "?period=daily", "?segment=country:FR", "?viewer=eve")),
    BOARD + "/entries/GHOST/around",
    BOARD + "/entries/GHOST/around?segment=country:FR",
    BOARD + "/entries?segment=country:FR",
    BOARD + "/entries?sort=time",
    BOARD + "/entries?filter=country:FR&filter=time:5",
    BOARD + "/fields/time/values",
    BOARD + "/around?score=5",
    BOARD + "/around?score=5&segment=country:FR",
    BOARD + "/entries/eve",
    BOARD + "/entries/bob?segment=country:FR",
    BOARD + "/entries/eve/around",
    BOARD + "/periods",
    "/v1/members/GHOST/entries",
    "/v1/members/GHOST",
    *(f"{BOARD}/{path}from=2026-01-01&to=2999-01-01" for path in ("entries?", "entries/GHOST?", "stats?")),
]  # fmt: skip


async def told(call: Calls, ghost: str) -> list[bytes]:
    """Every read's answer, but for what names the request or its moment."""
    paths = [path.replace("GHOST", quote(ghost, safe="")) for path in READS]
    answers = [await call("GET", path) for path in paths]
    asked = {"members": ["bob", ghost, "eve"]}
    answers += [await call("POST", BOARD + "/entries/lookup" + way, asked) for way in ("", "?segment=country:FR")]
    volatile = rb'"(request_id|as_of|kept_from)":"[^"]*"'
    return [b"%d %s" % (answer.status, re.sub(volatile, b"", answer.body)) for answer in answers]


@pytest.mark.usefixtures("boards")
@pytest.mark.parametrize("ghost", ["ghost", "7c9e6679-7425-40de-944b-e07fc1f90ae7", "a/b 🏁"])
async def test_a_hidden_member_cannot_be_told_from_one_that_never_was(call: Calls, ghost: str) -> None:
    # given what is said before it came
    before = await told(call, ghost)

    # when it plays, is hidden, and plays on
    row = {"member": ghost, "score": 5, "fields": {"country": "FR", "time": 5}}
    assert (await call("POST", BOARD + "/scores", row)).status == 200
    assert await told(call, ghost) != before
    await call("PUT", f"/v1/members/{quote(ghost, safe='')}/ban", {"mode": "hide"})
    await call("POST", BOARD + "/scores", {**row, "score": 6})

    # then the same is said, byte by byte
    for path, one, other in zip(READS, await told(call, ghost), before, strict=False):
        assert one == other, path
    assert (await told(call, ghost)) == before


# erasure


@pytest.mark.usefixtures("boards")
async def test_an_erasure_answers_with_a_receipt_that_can_be_read(call: Calls) -> None:
    # given a member on two boards with two periods each and one day, one of them archived
    await call("POST", BOARD + "/reset", {"period": "all", "archive": True})
    await call("POST", BOARD + "/scores", {"member": "ada", "score": 9})
    await call("PUT", ADA, {"name": "Ada"})
    await ban(call, "hide", "b")

    # when it is erased
    answer = await call("DELETE", ADA)

    # then the receipt counts what was found, and nothing of it is left
    assert (answer.status, answer.body) == (204, b"")
    noted = (await call("GET", "/v1/erasures/" + answer.headers["erasure-receipt"])).json
    assert {**noted, "erased_at": ""} == {
        "id": answer.headers["erasure-receipt"], "erased_at": "", "boards": 2, "entries": 5, "days": 2,
    }  # fmt: skip
    assert (await call("GET", BAN)).code == "BAN_NOT_FOUND"
    assert (await call("GET", ADA)).code == "PROFILE_NOT_FOUND"
    for board in (BOARD, OTHER):
        assert "ada" not in await ranks(call, board, "?period=daily")


@pytest.mark.usefixtures("boards")
async def test_erasing_again_answers_204_with_a_receipt_of_its_own(call: Calls) -> None:
    first, second = await call("DELETE", ADA), await call("DELETE", ADA)
    assert (first.status, second.status) == (204, 204)
    noted = (await call("GET", "/v1/erasures/" + second.headers["erasure-receipt"])).json
    assert (noted["boards"], noted["entries"], noted["days"]) == (0, 0, 0)
    assert first.headers["erasure-receipt"] != second.headers["erasure-receipt"]


@pytest.mark.usefixtures("boards")
async def test_an_erased_member_may_come_again_as_a_new_one(call: Calls) -> None:
    await ban(call, "block")
    await call("DELETE", ADA)
    placing = (await call("POST", BOARD + "/scores", {"member": "ada", "score": 0})).json
    assert (placing["rank"], placing["previous_score"]) == (3, None)


async def test_receipts_are_kept_for_400_days_at_least_and_not_for_ever(
    call: Calls, store: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a receipt
    receipt = (await call("DELETE", ADA)).headers["erasure-receipt"]
    made_ms = time.time_ns() // 1_000_000
    (name,) = store.control.keys("*:erasures:*")
    until_ms = store.control.pexpiretime(name)

    # then the store keeps it so long, and it is found on each day until then
    assert 400 * DAY_MS <= until_ms - made_ms <= 800 * DAY_MS
    for days in (0, 1, 399, 400):
        monkeypatch.setattr(time, "time_ns", lambda at_ms=made_ms + days * DAY_MS: at_ms * 1_000_000)
        assert (await call("GET", f"/v1/erasures/{receipt}")).status == 200, days


async def test_a_projects_receipts_go_with_it(call: Calls, store: StoreServer) -> None:
    there = {"X-Project-Id": "elsewhere"}
    await call("POST", "/v1/projects", {"id": "elsewhere"})
    await call("DELETE", ADA, None, there)
    await call("DELETE", "/v1/projects/elsewhere")
    assert store.control.keys("*:erasures:*") == []

"""Board definitions: what can be set, what is refused, and what a change leaves standing."""

import asyncio
from typing import Any

import pytest

from tests.asgi_calls import Calls

BOARD = "/v1/boards/b"


async def test_a_new_board_answers_201_with_every_setting_of_the_contract(call: Calls) -> None:
    answer = await call("PUT", BOARD, {"name": "Arcade", "subscores": [{"name": "lives"}]})
    assert answer.status == 201
    board = answer.json
    assert board["subscores"] == [{"name": "lives", "order": "desc"}]
    assert (board["id"], board["update"], board["order"], board["tie_break"]) == ("b", "best", "desc", "first")
    assert board["periods"] == [{"type": "all"}]
    assert board["version"] == 1
    assert (await call("GET", BOARD)).json == board


async def test_put_again_replaces_and_patch_keeps_what_it_does_not_name(call: Calls) -> None:
    await call("PUT", BOARD, {"name": "one", "description": "d", "update": "sum"})
    patched = await call("PATCH", BOARD, {"name": "two"})
    assert (patched.status, patched.json["name"], patched.json["description"]) == (200, "two", "d")
    replaced = await call("PUT", BOARD, {"name": "three"})
    assert (replaced.status, replaced.json["description"], replaced.json["update"]) == (200, "", "best")
    assert replaced.json["version"] == 3


async def test_every_fault_is_named_at_once_with_its_place(call: Calls) -> None:
    settings = {"order": "up", "subscores": [{"name": "1x"}], "nmae": "typo", "icon_url": "javascript:1"}
    answer = await call("PUT", BOARD, settings)
    assert (answer.status, answer.code) == (422, "VALIDATION_FAILED")
    places = {fault["pointer"] for fault in answer.json["errors"]}
    assert places == {"/order", "/subscores/0/name", "/nmae", "/icon_url"}
    assert (await call("GET", BOARD)).status == 404


async def test_a_boards_own_answer_can_be_put_back(call: Calls) -> None:
    board = (await call("PUT", BOARD, {"name": "x", "order": "asc"})).json
    for name in ("created_at", "updated_at", "version"):
        del board[name]
    assert (await call("PUT", BOARD, board)).status == 200


async def test_a_boards_answer_makes_it_again_after_it_was_deleted(call: Calls) -> None:
    # given a board's whole answer, kept before the board went
    board = (await call("PUT", BOARD, {"name": "x", "unique": False, "entries_per_member": 3})).json
    await call("DELETE", BOARD)
    # when it is sent where no such board is
    made = await call("PUT", BOARD, board)
    # then the board is there with the same settings, and times of its own
    assert (made.status, made.json["version"]) == (201, 1)
    own = ("created_at", "updated_at")
    assert {**made.json, **dict.fromkeys(own)} == {**board, **dict.fromkeys(own)}


async def test_settings_that_name_another_board_are_refused_in_words_that_say_so(call: Calls) -> None:
    refused = await call("PUT", BOARD, {"id": "other", "order": "up"})
    assert (refused.status, [fault["pointer"] for fault in refused.json["errors"]]) == (422, ["/id", "/order"])
    assert "leave it out, or write 'b'" in refused.json["detail"]
    assert (await call("GET", BOARD)).status == 404


@pytest.mark.parametrize("change", [{"order": "asc"}, {"tie_break": "last"}, {"subscores": [{"name": "s"}]}])
async def test_a_change_that_would_reorder_entries_is_refused_while_there_are_any(
    call: Calls, change: dict[str, Any]
) -> None:
    await call("PUT", BOARD, {})
    await call("POST", BOARD + "/scores", {"member": "u", "score": 1})
    refused = await call("PATCH", BOARD, change)
    assert (refused.status, refused.code) == (409, "BOARD_NOT_EMPTY")
    await call("POST", BOARD + "/reset", {})
    assert (await call("PATCH", BOARD, change)).status == 200


async def test_a_disabled_board_takes_no_submissions_and_still_answers_reads(call: Calls) -> None:
    await call("PUT", BOARD, {})
    await call("POST", BOARD + "/scores", {"member": "u", "score": 1})
    await call("PATCH", BOARD, {"enabled": False})
    refused = await call("POST", BOARD + "/scores", {"member": "u", "score": 2})
    assert (refused.status, refused.code) == (409, "BOARD_DISABLED")
    assert (await call("GET", BOARD + "/entries/u")).json["score"] == 1


async def test_a_board_becomes_dense_while_its_entries_move(call: Calls) -> None:
    # given a board of many ties
    await call("PUT", BOARD, {"update": "latest"})
    rows = [{"member": f"u{index}", "score": index % 37} for index in range(1000)]
    await call("POST", BOARD + "/scores", rows)

    # when it is made dense while members move
    async def move(turn: int) -> None:
        moved = [{"member": f"u{index}", "score": (index * turn) % 41} for index in range(turn, 1000, 7)]
        assert (await call("POST", BOARD + "/scores", moved)).status == 200

    changed, *_ = await asyncio.gather(call("PATCH", BOARD, {"rank_style": "dense"}), *map(move, range(1, 8)))
    assert changed.status == 200

    # then every rank is 1 + the number of better distinct scores
    entries = (await call("GET", BOARD + "/entries?limit=1000")).json["entries"]
    distinct = sorted({entry["score"] for entry in entries}, reverse=True)
    assert [entry["rank"] for entry in entries] == [distinct.index(entry["score"]) + 1 for entry in entries]


async def test_a_deleted_board_is_gone_and_its_successor_starts_empty(call: Calls) -> None:
    await call("PUT", BOARD, {})
    await call("POST", BOARD + "/scores", {"member": "u", "score": 1}, {"Idempotency-Key": "k"})
    assert (await call("DELETE", BOARD)).status == 204
    assert (await call("DELETE", BOARD)).code == "BOARD_NOT_FOUND"
    assert (await call("POST", BOARD + "/scores", {"member": "u", "score": 1})).code == "BOARD_NOT_FOUND"
    await call("PUT", BOARD, {})
    assert (await call("GET", BOARD + "/entries")).json["total"] == 0
    again = await call("POST", BOARD + "/scores", {"member": "u", "score": 1}, {"Idempotency-Key": "k"})
    assert "idempotent-replayed" not in again.headers


async def test_boards_are_listed_by_id_in_pages_both_ways(call: Calls) -> None:
    for name in ("c", "a", "d", "b", "e"):
        await call("PUT", f"/v1/boards/{name}", {})
    first = (await call("GET", "/v1/boards?limit=2")).json
    assert ([board["id"] for board in first["boards"]], first["total"], first["prev"]) == (["a", "b"], 5, None)
    second = (await call("GET", f"/v1/boards?limit=2&cursor={first['next']}")).json
    assert [board["id"] for board in second["boards"]] == ["c", "d"]
    back = (await call("GET", f"/v1/boards?cursor={second['prev']}")).json
    assert [board["id"] for board in back["boards"]] == ["a", "b"]


@pytest.mark.parametrize("board_id", ["-x", ".x", "a%20b", "a%2Fb", "x" * 129, "%C3%A9"])
async def test_ids_outside_the_alphabet_are_refused(call: Calls, board_id: str) -> None:
    assert (await call("PUT", f"/v1/boards/{board_id}", {})).status == 422

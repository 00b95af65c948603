"""Fields that a board hides, and words on how to show fields."""

import pytest

from tests.asgi_calls import Calls

BOARD = "/v1/boards/b"
SHOWN = [{"name": "land", "segment": True}, {"name": "time", "type": "integer", "rank": "asc", "format": "stopwatch"}]
HIDDEN = [SHOWN[0], {**SHOWN[1], "hidden": True}]


@pytest.fixture
async def board(call: Calls) -> Calls:
    """A board with one entry that has both fields."""
    assert (await call("PUT", BOARD, {"fields": SHOWN})).status == 201
    sent = {"member": "u1", "score": 1, "fields": {"land": "FR", "time": 5}}
    assert (await call("POST", BOARD + "/scores", sent)).status == 200
    return call


async def test_a_board_says_what_is_set_of_its_fields_and_no_more(board: Calls) -> None:
    land, time = (await board("GET", BOARD)).json["fields"]
    assert land == {"name": "land", "type": "string", "segment": True, "rank": None}
    assert time == {"name": "time", "type": "integer", "segment": False, "rank": "asc", "format": "stopwatch"}
    (_, hidden) = (await board("PATCH", BOARD, {"fields": HIDDEN})).json["fields"]
    assert hidden["hidden"] is True


@pytest.mark.parametrize("word", ["", "1st", "two words", "é", "x" * 33, 5])
async def test_a_format_is_a_word(call: Calls, word: object) -> None:
    refused = await call("PUT", BOARD, {"fields": [{"name": "a", "format": word}]})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/fields/0/format")


async def test_a_hidden_field_is_as_if_it_were_not_declared(board: Calls) -> None:
    # When a field is hidden
    await board("PATCH", BOARD, {"fields": HIDDEN})
    # Then it is in no entry, and nothing can be asked by it or written to it
    entry = (await board("GET", BOARD + "/entries/u1")).json
    assert (entry["fields"], "field_ranks" in entry) == ({"land": "FR"}, False)
    for query in ("sort=time", "filter=time:5"):
        assert (await board("GET", f"{BOARD}/entries?{query}")).status == 422
    assert (await board("GET", BOARD + "/fields/time/values")).status == 422
    sent = {"member": "u2", "score": 1, "fields": {"time": 5}}
    assert (await board("POST", BOARD + "/scores", sent)).status == 422
    assert b"stopwatch" not in (await board("GET", BOARD + "/export?format=csv")).body


async def test_a_field_that_is_shown_again_has_its_values_and_its_order(board: Calls) -> None:
    # Given an entry from before a field was hidden, and one from then
    await board("PATCH", BOARD, {"fields": HIDDEN})
    await board("POST", BOARD + "/scores", {"member": "u2", "score": 2, "fields": {"land": "DE"}})
    # When it is shown again
    await board("PATCH", BOARD, {"fields": SHOWN})
    # Then the first one has its value and its rank, and the other one none
    page = (await board("GET", BOARD + "/entries?sort=time")).json
    assert [(one["member"], one["fields"]["time"], one["field_ranks"]["time"]) for one in page["entries"]] == [
        ("u1", 5, 1)
    ]


async def test_a_hidden_field_may_come_back_under_another_type(board: Calls) -> None:
    await board("PATCH", BOARD, {"fields": HIDDEN})
    await board("PATCH", BOARD, {"fields": [SHOWN[0], {"name": "time"}]})
    assert (await board("GET", BOARD + "/entries/u1")).json["fields"] == {"land": "FR", "time": "5"}


async def test_fields_that_are_hidden_count_among_those_of_a_board(board: Calls) -> None:
    more = [{"name": f"f{number}", "hidden": True} for number in range(23)]
    refused = await board("PATCH", BOARD, {"fields": [*SHOWN, *more]})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/fields")

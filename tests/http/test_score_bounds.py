"""The bounds of scores, and the decimals that boards show."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rankd.domain.boards import BoardSettings
from rankd.domain.numbers import INT64_MAX, INT64_MIN
from tests.asgi_calls import Calls
from tests.store_servers import StoreServer

BOARD = "/v1/boards/b"
INT64 = st.integers(INT64_MIN, INT64_MAX)


@given(least=INT64 | st.none(), greatest=INT64 | st.none())
def test_bounds_are_taken_where_they_leave_a_score(least: int | None, greatest: int | None) -> None:
    empty = least is not None and greatest is not None and least > greatest
    try:
        BoardSettings(score_min=least, score_max=greatest)
    except ValueError as error:
        assert empty
        assert "score_max" in str(error)
    else:
        assert not empty


@pytest.mark.parametrize("update", ["best", "latest", "sum"])
@pytest.mark.parametrize("bounds", [(-5, 5), (None, 5), (-5, None), (0, 0), (INT64_MIN, INT64_MAX), (2**53, 2**53 + 1)])
async def test_exactly_the_scores_outside_are_refused(
    call: Calls, update: str, bounds: tuple[int | None, int | None]
) -> None:
    # given a board with bounds, and scores on both sides of each of them
    least, greatest = bounds
    await call("PUT", BOARD, {"update": update, "score_min": least, "score_max": greatest})
    edges = {edge + step for edge in (-5, 0, 5, 2**53) for step in (-1, 0, 1)} | {INT64_MIN, INT64_MAX}
    scores = sorted(edges)

    # when they are submitted by a member each
    rows = [{"member": str(score), "score": score} for score in scores]
    answer = (await call("POST", BOARD + "/scores", rows)).json

    # then those outside have the code, the bound and their place, and the others stand
    inside = [(least is None or least <= score) and (greatest is None or score <= greatest) for score in scores]
    assert ["code" not in item for item in answer] == inside
    for score, item, stays in zip(scores, answer, inside, strict=True):
        if not stays:
            bound = least if least is not None and score < least else greatest
            assert (item["status"], item["code"]) == (422, "SCORE_OUT_OF_BOUNDS")
            assert (item["errors"][0]["pointer"], str(bound) in item["detail"]) == ("/score", True)
    page = (await call("GET", BOARD + "/entries?limit=100")).json["entries"]
    assert sorted(entry["score"] for entry in page) == [one for one, stays in zip(scores, inside, strict=True) if stays]


async def test_bounds_hold_what_is_sent_and_not_what_it_adds_up_to(call: Calls) -> None:
    await call("PUT", BOARD, {"update": "sum", "score_max": 10})
    for _ in range(2):
        answer = await call("POST", BOARD + "/scores", {"member": "u", "score": 10})
    assert (answer.status, answer.json["score"]) == (200, 20)


async def test_an_entry_cannot_be_set_outside_either(call: Calls, store: StoreServer) -> None:
    await call("PUT", BOARD, {"score_min": 0})
    await call("PUT", BOARD + "/entries/u", {"score": 1})
    refused = await call("PUT", BOARD + "/entries/u", {"score": -1})
    assert (refused.status, refused.code) == (422, "SCORE_OUT_OF_BOUNDS")
    assert (await call("GET", BOARD + "/entries/u")).json["score"] == 1


async def test_a_score_outside_and_other_faults_are_named_at_once(call: Calls) -> None:
    await call("PUT", BOARD, {"score_max": 10})
    answer = await call("POST", BOARD + "/scores", {"member": "u", "score": 11, "subscores": {"x": 1}})
    assert answer.code == "VALIDATION_FAILED"
    assert {fault["pointer"] for fault in answer.json["errors"]} == {"/score", "/subscores/x"}


async def test_a_change_of_bounds_loses_nothing_and_a_replay_answers_as_at_first(call: Calls) -> None:
    # given a score inside and one outside, under a key
    await call("PUT", BOARD, {"score_max": 10})
    rows = [{"member": "u", "score": 5}, {"member": "v", "score": 50}]
    first = (await call("POST", BOARD + "/scores", rows, {"Idempotency-Key": "k"})).json

    # when the bounds exclude what stands and take what was refused
    await call("PATCH", BOARD, {"score_max": None, "score_min": 20})

    # then the entry stays, and the repeated request is answered as it was
    assert (await call("GET", BOARD + "/entries/u")).json["score"] == 5
    again = (await call("POST", BOARD + "/scores", rows, {"Idempotency-Key": "k"})).json
    assert (again[0], again[1]["code"]) == (first[0], "SCORE_OUT_OF_BOUNDS")
    assert (await call("POST", BOARD + "/scores", rows[1])).status == 200


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"score_min": 1.5}, "/score_min"),
        ({"score_max": 2**63}, "/score_max"),
        ({"decimals": 10}, "/decimals"),
        ({"decimals": -1}, "/decimals"),
        ({"decimals": "2"}, "/decimals"),
        ({"registered_only": 1}, "/registered_only"),
    ],
)
async def test_settings_out_of_range_are_refused(call: Calls, settings: dict[str, Any], place: str) -> None:
    answer = await call("PUT", BOARD, settings)
    assert (answer.status, [fault["pointer"] for fault in answer.json["errors"]]) == (422, [place])


async def test_decimals_are_told_and_scores_stay_whole(call: Calls) -> None:
    # given a board that shows two decimals
    assert (await call("PUT", BOARD, {"decimals": 2})).json["decimals"] == 2
    placing = (await call("POST", BOARD + "/scores", {"member": "u", "score": 12345})).json

    # then every read says so beside a score that stays whole
    page = (await call("GET", BOARD + "/entries")).json
    around = (await call("GET", BOARD + "/around?score=1")).json
    entry = (await call("GET", BOARD + "/entries/u")).json
    edited = (await call("PATCH", BOARD + "/entries/u", {"metadata": 1})).json
    looked_up = (await call("POST", BOARD + "/entries/lookup", {"members": ["u"]})).json
    on_boards = (await call("GET", "/v1/members/u/entries")).json["entries"][0]
    assert {one["decimals"] for one in (page, around, entry, edited, looked_up, on_boards)} == {2}
    shown = (placing, entry, on_boards, page["entries"][0], around["entries"][0], looked_up["entries"][0])
    assert {one["score"] for one in shown} == {12345}

"""max_step: by how much one submission may change a score."""

import pytest

from tests.asgi_calls import Calls
from tests.timed_service import BOARD as TIMED_BOARD
from tests.timed_service import TimedService

BOARD = "/v1/boards/b"
LEAST, MOST = -(2**63), 2**63 - 1

# Of each rule: the bound, a standing score, what is taken then, and what is refused.
STEPS = {
    "latest": [
        (10, 0, [10, -10], [11, -11, MOST, LEAST]),
        (0, 7, [7], [8, 6]),
        (MOST, LEAST, [-1, LEAST], [0, MOST]),
        (MOST, 0, [MOST, -MOST], [LEAST]),
        (2**32, 2**31, [2**32 + 2**31, -(2**31)], [2**32 + 2**31 + 1, -(2**31) - 1]),
        (2**53, -1, [2**53 - 1, -(2**53) - 1], [2**53, -(2**53) - 2]),
    ],
    "sum": [
        (10, 100, [10, -10, 0], [11, -11, MOST, LEAST]),
        (MOST, 0, [-MOST, MOST], [LEAST]),
        (0, 0, [0], [1, -1]),
    ],
    # What is no better changes nothing, and is no step.
    "best": [
        (10, 0, [10, -11, LEAST, 0], [11, MOST]),
        (MOST, LEAST, [-1, LEAST], [0, MOST]),
        (0, 7, [7, 6, LEAST], [8]),
    ],
}  # fmt: skip


@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize("update", STEPS)
async def test_a_step_to_the_bound_is_taken_and_one_beyond_refused(call: Calls, update: str, order: str) -> None:
    # An ascending board is the mirror image of a descending one; -2^63 has none, and is left out there.
    sign = -1 if order == "asc" else 1
    await call("PUT", BOARD, {"order": order, "update": update})
    for bound, standing, taken, refused in STEPS[update]:
        await call("PATCH", BOARD, {"max_step": bound})
        if sign * standing == -LEAST:
            continue
        for score in (one for one in (*taken, *refused) if sign * one != -LEAST):
            # Given a standing score
            await call("PUT", BOARD + "/entries/u1", {"score": sign * standing})
            # When another one comes
            answer = await call("POST", BOARD + "/scores", {"member": "u1", "score": sign * score})
            # Then the size of the step decides, and a refused one leaves the score
            code = None if score in taken else "STEP_TOO_LARGE"
            assert (answer.status, answer.json.get("code")) == (422 if code else 200, code), (bound, standing, score)
            reached = standing + score if update == "sum" else max(standing, score) if update == "best" else score
            shown = (await call("GET", BOARD + "/entries/u1")).json["score"]
            assert shown == sign * (standing if code else reached), (bound, standing, score)


@pytest.mark.parametrize("update", ["best", "latest"])
async def test_the_first_score_of_a_member_is_no_step(call: Calls, update: str) -> None:
    await call("PUT", BOARD, {"update": update, "max_step": 1})
    assert (await call("POST", BOARD + "/scores", {"member": "u1", "score": MOST})).status == 200


async def test_what_is_added_is_a_step_by_itself_from_the_first_on(call: Calls) -> None:
    await call("PUT", BOARD, {"update": "sum", "max_step": 1})
    answer = await call("POST", BOARD + "/scores", {"member": "u1", "score": 2})
    assert (answer.status, answer.code) == (422, "STEP_TOO_LARGE")


async def test_a_refused_step_changes_nothing_and_leaves_the_rest_of_an_array(call: Calls) -> None:
    # Given a member with a score
    await call("PUT", BOARD, {"update": "latest", "max_step": 5, "fields": [{"name": "land"}]})
    await call("POST", BOARD + "/scores", {"member": "u1", "score": 0, "fields": {"land": "FR"}})
    before = (await call("GET", BOARD + "/entries")).json
    # When a step too large comes with other fields
    rows = [{"member": "u1", "score": 6, "fields": {"land": "DE"}, "metadata": 1}]
    refused = await call("POST", BOARD + "/scores", rows[0])
    # Then nothing is written
    assert (refused.status, refused.code) == (422, "STEP_TOO_LARGE")
    assert (await call("GET", BOARD + "/entries")).json == before
    # And in an array each submission is a step from the one before it
    answer = await call("POST", BOARD + "/scores", [*rows, {"member": "u1", "score": 5}, {"member": "u1", "score": 10}])
    assert [item.get("code") for item in answer.json] == ["STEP_TOO_LARGE", None, None]


async def test_a_correction_is_not_bound(call: Calls) -> None:
    await call("PUT", BOARD, {"update": "latest", "max_step": 1})
    for score in (0, MOST, LEAST):
        assert (await call("PUT", BOARD + "/entries/u1", {"score": score})).status < 300


async def test_over_several_periods_the_first_that_has_a_score_is_measured(timed: TimedService) -> None:
    # Given a score of yesterday, which counts in the second period only
    timed.at("2026-11-20T12:00:00Z")
    await timed.board("daily", "all", update="latest", max_step=10)
    await timed.send("u1", 100)
    timed.at("2026-11-21T12:00:00Z")
    # When the first one of today is too far from it
    refused = await timed("POST", TIMED_BOARD + "/scores", {"member": "u1", "score": 111})
    # Then it is refused in all periods
    assert (refused.status, refused.code) == (422, "STEP_TOO_LARGE")
    assert await timed.scores("daily") == {}
    assert await timed.scores("all") == {"u1": 100}
    # And from then on the day's own score is what steps are measured from
    await timed.send("u1", 110)
    await timed.send("u1", 120)
    assert await timed.scores("daily") == {"u1": 120}

"""Statistics are those of the scores themselves, to the last digit, and of the period asked for."""

import math
import random
from fractions import Fraction
from itertools import pairwise

import pytest

from tests.asgi_calls import Calls

BOARD = "/v1/boards/b"


def drawn_scores(seed: int, count: int) -> list[int]:
    """Scores at and between the edges of doubles and of int64, with ties."""
    rng = random.Random(seed)
    kinds = (
        lambda: rng.randrange(-(2**63), 2**63),
        lambda: rng.randrange(-5, 5),
        lambda: 2**53 + rng.randrange(9),
        lambda: 2**63 - 1 - rng.randrange(3),
    )
    return [rng.choice(kinds)() for _ in range(count)]


async def board_with(call: Calls, scores: list[int], **settings: object) -> None:
    assert (await call("PUT", BOARD, settings)).status == 201
    rows = [{"member": f"u{index}", "score": score} for index, score in enumerate(scores)]
    assert (await call("POST", BOARD + "/scores", rows)).status == 200


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("count", [1, 2, 3, 250, 997])
async def test_counts_ends_and_quantiles_are_exact(call: Calls, order: str, count: int) -> None:
    scores = sorted(drawn_scores(count, count))
    await board_with(call, scores, order=order)
    stats = (await call("GET", BOARD + "/stats")).json
    assert (stats["count"], stats["min"], stats["max"]) == (count, scores[0], scores[-1])
    for name, score in stats["quantiles"].items():
        share = float(name.removeprefix("p")) / 100
        assert score == scores[max(math.ceil(share * count) - 1, 0)], name


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("steps", [1, 7, 100])
async def test_the_histogram_counts_every_score_once(call: Calls, order: str, steps: int) -> None:
    scores = drawn_scores(steps, 500)
    await board_with(call, scores, order=order)
    histogram = (await call("GET", f"{BOARD}/stats?steps={steps}")).json["histogram"]
    assert 1 <= len(histogram) <= steps
    assert (histogram[0]["from"], histogram[-1]["to"]) == (min(scores), max(scores))
    assert all(below["to"] + 1 == above["from"] for below, above in pairwise(histogram))
    for step in histogram:
        assert step["count"] == sum(step["from"] <= score <= step["to"] for score in scores)


async def test_equal_scores_are_one_step(call: Calls) -> None:
    await board_with(call, [7, 7, 7])
    assert (await call("GET", BOARD + "/stats")).json["histogram"] == [{"from": 7, "to": 7, "count": 3}]


async def test_an_empty_period_has_no_ends(call: Calls) -> None:
    await board_with(call, [7], periods=[{"type": "all"}, {"type": "daily"}])
    stats = (await call("GET", BOARD + "/stats?period=daily:-1")).json
    assert (stats["count"], stats["min"], stats["quantiles"], stats["histogram"]) == (0, None, {}, [])
    assert (await call("GET", BOARD + "/stats?period=weekly")).code == "PERIOD_NOT_FOUND"


async def test_scores_are_text_where_that_is_asked_for(call: Calls) -> None:
    await board_with(call, [2**63 - 1])
    stats = (await call("GET", BOARD + "/stats?int64=string")).json
    assert stats["max"] == stats["quantiles"]["p50"] == stats["histogram"][0]["to"] == str(2**63 - 1)


@pytest.mark.parametrize("query", ["steps=0", "steps=101", "steps=x", "bins=3"])
async def test_parameters_out_of_range_are_refused(call: Calls, query: str) -> None:
    await board_with(call, [1])
    answer = await call("GET", f"{BOARD}/stats?{query}")
    assert (answer.status, answer.code) == (422, "VALIDATION_FAILED")


async def test_an_entrys_percentile_is_the_share_of_the_others_below_it(call: Calls) -> None:
    await board_with(call, [40, 30, 20, 10, 0], rank_style="competition")
    found = [(await call("GET", f"{BOARD}/entries/u{index}")).json["percentile"] for index in range(5)]
    assert found == [100, 75, 50, 25, 0]


async def test_the_only_entry_stands_above_all_others(call: Calls) -> None:
    await board_with(call, [1])
    assert (await call("GET", BOARD + "/entries/u0")).json["percentile"] == 100


@pytest.mark.parametrize("rank_style", ["unique", "competition", "dense"])
@pytest.mark.parametrize("way", ["", "?segment=country:FR"])
async def test_the_last_of_a_board_stands_above_nobody_however_ranks_are_counted(
    call: Calls, rank_style: str, way: str
) -> None:
    # given ties, for which a dense rank counts one
    scores = [10, 10, 9, 9, 9, 8]
    await call("PUT", BOARD, {"rank_style": rank_style, "fields": [{"name": "country", "segment": True}]})
    for number, score in enumerate(scores):
        row = {"member": f"u{number}", "score": score, "fields": {"country": "FR"}}
        await call("POST", BOARD + "/scores", row)

    # then a percentile counts the entries that are better, not their values
    found = [(await call("GET", f"{BOARD}/entries/u{number}{way}")).json["percentile"] for number in range(6)]
    better = [sum(other > score for other in scores) for score in scores]
    if rank_style == "unique":
        better = list(range(6))
    assert found == [100 * (5 - count) / 5 for count in better]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("count", [1, 3, 100, 997])
async def test_a_top_is_the_share_of_the_best_and_the_score_of_its_last(call: Calls, order: str, count: int) -> None:
    # given scores, best first
    scores = sorted(drawn_scores(count, count), reverse=order == "desc")
    await board_with(call, scores, order=order)

    # when tops are asked for; 0.07 * 100 is no 7 in doubles
    shares = ["0.001", "1", "7", "29", "33.333", "100"]
    stats = (await call("GET", f"{BOARD}/stats?" + "&".join(f"top={share}" for share in shares))).json

    # then each holds so many whole entries, one at least, and its score is that of the last
    assert [str(top["percent"]) for top in stats["top"]] == shares
    for share, top in zip(shares, stats["top"], strict=True):
        taken = math.ceil(Fraction(share) * count / 100)
        assert (top["count"], top["score"]) == (taken, scores[taken - 1]), share


async def test_an_empty_board_has_no_tops_and_scores_of_tops_may_be_text(call: Calls) -> None:
    await call("PUT", BOARD, {})
    assert (await call("GET", BOARD + "/stats?top=5")).json["top"] == []
    await call("POST", BOARD + "/scores", {"member": "a", "score": 2**63 - 1})
    answer = (await call("GET", BOARD + "/stats?top=5&int64=string")).json
    assert answer["top"] == [{"percent": 5, "count": 1, "score": str(2**63 - 1)}]


@pytest.mark.parametrize("share", ["0", "101", "-1", "x", "1e1", "0.0001", "NaN", ""])
async def test_a_top_that_is_no_percent_is_refused_beside_other_faults(call: Calls, share: str) -> None:
    await board_with(call, [1])
    answer = await call("GET", f"{BOARD}/stats?top=5&top={share}&steps=0")
    assert {fault["parameter"] for fault in answer.json["errors"]} == {"steps", "top.1"}

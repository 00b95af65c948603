"""Whole scores shown with their board's decimals."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from rankd.cli.decimals import MAX_DECIMALS, decimal_text, decimals_of
from rankd.cli.tables import Column, lines
from rankd.domain import boards
from rankd.domain.numbers import INT64_MAX, INT64_MIN

SCORES = st.integers(INT64_MIN, INT64_MAX)
DECIMALS = st.integers(0, MAX_DECIMALS)


@given(score=SCORES, decimals=DECIMALS)
def test_the_text_is_the_exact_number(score: int, decimals: int) -> None:
    text = str(decimal_text(score, decimals))
    assert Decimal(text) == Decimal(score).scaleb(-decimals)
    assert len(text.partition(".")[2]) == decimals


@given(scores=st.lists(SCORES, min_size=1, max_size=5), decimals=st.integers(1, MAX_DECIMALS))
def test_points_stand_below_each_other(scores: list[int], decimals: int) -> None:
    rows = lines([Column("SCORE", right=True)], [[decimal_text(score, decimals)] for score in scores])
    assert len({len(row) - row.index(".") for row in rows[1:]}) == 1


def test_the_most_decimals_are_those_of_the_domain() -> None:
    assert MAX_DECIMALS == boards.MAX_DECIMALS


def test_an_answer_that_does_not_say_leaves_scores_whole() -> None:
    for answer in ({}, {"decimals": "2"}, {"decimals": 99}, {"decimals": True}, {"decimals": -1}):
        assert decimals_of(answer) == 0
    assert decimal_text(None, 2) is None
    assert decimal_text("?", 2) == "?"

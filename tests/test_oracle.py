"""The board that the model tests compare with, checked by hand on what matters most."""

import pytest

from tests.oracle import INT64_MAX, OracleBoard, Overflow, Rules, Submission


def board(**rules: object) -> OracleBoard:
    filled = OracleBoard(Rules(**rules))  # type: ignore[arg-type]
    for member, score in [("a", 5), ("b", 7), ("c", 5), ("d", 3)]:
        filled.submit(Submission(member, score))
    return filled


@pytest.mark.parametrize(
    ("style", "ranks"), [("unique", [1, 2, 3, 4]), ("competition", [1, 2, 2, 4]), ("dense", [1, 2, 2, 3])]
)
def test_ranks_follow_the_style(style: str, ranks: list[int]) -> None:
    assert [entry["rank"] for entry in board(rank_style=style).entries()] == ranks


def test_ties_follow_arrival() -> None:
    assert [row.member for row in board(tie_break="first").walk()] == ["b", "a", "c", "d"]
    assert [row.member for row in board(tie_break="last").walk()] == ["b", "c", "a", "d"]
    assert [row.member for row in board(order="asc").walk()] == ["d", "a", "c", "b"]


def test_a_repeat_of_the_present_score_keeps_its_arrival() -> None:
    filled = board(update="latest")
    assert filled.submit(Submission("a", 5))["changed"] is False
    assert filled.rank_of("a") == 2


def test_a_sum_past_int64_changes_nothing() -> None:
    filled = board(update="sum")
    filled.submit(Submission("d", INT64_MAX - 3))
    with pytest.raises(Overflow):
        filled.submit(Submission("d", 1))
    assert filled.rows["d"].value == (INT64_MAX,)


def test_a_window_slides_to_stay_full() -> None:
    filled = board()
    assert [entry["member"] for entry in filled.around("b", 3)] == ["b", "a", "c"]
    assert [entry["member"] for entry in filled.around("d", 2)] == ["c", "d"]
    assert [entry["member"] for entry in filled.around("a", 9)] == ["b", "a", "c", "d"]


def test_a_new_equal_score_stands_below_or_above_by_the_tie_rule() -> None:
    assert board(tie_break="first").around_value((5,), 1)[0] == 4
    assert board(tie_break="last").around_value((5,), 1)[0] == 2
    assert board(rank_style="dense").around_value((5,), 1)[0] == 2

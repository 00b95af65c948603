"""Periods as commands show and ask for them."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cli.conftest import Run
from tests.cli.stand_in import Reply, StandIn, problem

WEEK = {"id": "2026-W47", "type": "weekly", "starts_at": "2026-11-16T03:00:00Z", "ends_at": "2099-11-23T03:00:00Z"}
ALL = {"id": "all", "type": "all", "starts_at": None, "ends_at": None}
OVER = {"id": "2019-W01", "type": "weekly", "starts_at": "2018-12-31T03:00:00Z", "ends_at": "2019-01-07T03:00:30Z"}
SPAN = {
    "id": "2026-11-01..2026-11-07",
    "type": "range",
    "starts_at": "2026-11-01T00:00:00Z",
    "ends_at": "2026-11-08T00:00:00Z",
    "as_of": "2026-11-08T05:40:19.640335Z",
}
ENTRY = {"rank": 3, "member": "ada", "score": 820, "subscores": {}}
MOVEMENT = {"period": "2026-W46", "rank": 6, "score": 700, "rank_change": 3, "score_change": 120}


def page(period: Any) -> dict[str, Any]:
    return {"board": "b", "period": period, "total": 812, "entries": [ENTRY], "next": None, "prev": None}


def asked(stand_in: StandIn) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(stand_in.requests[-1].path).query).items()}


def listed(period: dict[str, Any], total: int, closed: bool, **changes: Any) -> dict[str, Any]:
    return {**period, "total": total, "closed": closed, **changes}


def test_periods_are_listed_with_their_times_and_states(run: Run, stand_in: StandIn) -> None:
    periods = [
        listed(WEEK, 812, False),
        listed(WEEK, 9, True, id="2026-W47~1"),
        listed(OVER, 40, False, id="2019-W02"),
        listed(OVER, 4_000_000, True),
        listed(ALL, 7, False),
        listed(WEEK, 0, False, id="season", type="season", starts_at="2099-01-01T00:00:00Z"),
    ]
    stand_in.answer = lambda seen: Reply(document={"board": "b", "periods": periods})

    result = run("board", "periods", "b")

    assert stand_in.requests[0].path == "/v1/boards/b/periods"
    assert result.stdout.splitlines() == [
        "TYPE    PERIOD      STARTS (UTC)      ENDS (UTC)             TOTAL  STATE",
        "weekly  2026-W47    2026-11-16 03:00  2099-11-23 03:00         812  running",
        "weekly  2026-W47~1  2026-11-16 03:00  2099-11-23 03:00           9  archived",
        "weekly  2019-W02    2018-12-31 03:00  2019-01-07 03:00:30       40  closing",
        "weekly  2019-W01    2018-12-31 03:00  2019-01-07 03:00:30  4000000  closed",
        "all     all                                                      7  running",
        "season  season      2099-01-01 00:00  2099-11-23 03:00           0  not started",
    ]


@pytest.mark.parametrize("command", [("top", "b"), ("around", "b", "ada")])
def test_a_page_says_of_what_period_it_is_and_when_that_ends(
    run: Run, stand_in: StandIn, command: tuple[str, ...]
) -> None:
    stand_in.answer = lambda seen: Reply(document=page(WEEK))

    shown = run(*command, "--period", "weekly:-1").stderr

    assert asked(stand_in)["period"] == "weekly:-1"
    assert "1 of 812 entries; 2026-W47, ends 2099-11-23 03:00 UTC, in " in shown


def test_a_period_that_is_over_says_when_it_ended(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document=page(OVER))

    assert "2019-W01, ended 2019-01-07 03:00:30 UTC\n" in run("top", "b", "--period", "2019-W01").stderr


@pytest.mark.parametrize("period", [ALL, None])
def test_of_all_time_nothing_is_said(run: Run, stand_in: StandIn, period: object) -> None:
    stand_in.answer = lambda seen: Reply(document=page(period))

    assert run("top", "b").stderr == "1 of 812 entries\n"
    assert "period" not in asked(stand_in)


def test_a_span_of_days_is_asked_for_and_named(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document=page(SPAN))

    shown = run("top", "b", "--from", "2026-11-01", "--to", "2026-11-07", "--aggregate", "sum").stderr

    wanted = {"from": "2026-11-01", "to": "2026-11-07", "aggregate": "sum"}
    assert wanted.items() <= asked(stand_in).items()
    assert "1 of 812 entries; sum of 2026-11-01 to 2026-11-07, as of 2026-11-08 05:40:19 UTC\n" in shown


@pytest.mark.parametrize(("option", "told"), [((), "10 of 20 records are read\n"), (("--json",), "")])
def test_a_span_that_is_being_computed_is_asked_for_again(
    run: Run, stand_in: StandIn, option: tuple[str, ...], told: str
) -> None:
    pending = problem(503, "RANGE_PENDING", "10 of 20 records are read", Retry_After="0")
    stand_in.answer = lambda seen: pending if len(stand_in.requests) < 2 else Reply(document=page(SPAN))

    result = run("top", "b", "--from", "2026-11-01", "--to", "2026-11-07", *option)

    assert result.exit_code == 0
    assert len(stand_in.requests) == 2
    assert result.stderr.startswith(told)


def test_another_refusal_of_a_read_is_told_at_once(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: problem(503, "STORE_AWAY", "away", Retry_After="1")

    assert run("top", "b", "--from", "2026-11-01", "--to", "2026-11-07").exit_code == 1
    assert len(stand_in.requests) == 1


def test_a_rank_shows_how_it_moved(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document={**ENTRY, "total": 812, "period": WEEK, "movement": MOVEMENT})

    lines = dict(line.split(maxsplit=1) for line in run("rank", "b", "ada", "--period", "weekly").stdout.splitlines())

    assert asked(stand_in) == {"period": "weekly"}
    assert lines["rank"] == "3 of 812"
    assert lines["movement"] == "+3 since 2026-W46, from rank 6; score +120"
    assert lines["period"].startswith("2026-W47, ends 2099-11-23 03:00 UTC")


@pytest.mark.parametrize(
    ("rank_change", "score_change", "text"),
    [
        (0, 0, "+0 since 2026-W46, from rank 6; score +0"),
        (-12, -(2**63), f"-12 since 2026-W46, from rank 6; score -{2**63}"),
    ],
)
def test_movement_has_its_sign(run: Run, stand_in: StandIn, rank_change: int, score_change: int, text: str) -> None:
    movement = {**MOVEMENT, "rank_change": rank_change, "score_change": score_change}
    stand_in.answer = lambda seen: Reply(document={**ENTRY, "total": 812, "period": WEEK, "movement": movement})

    assert text in run("rank", "b", "ada").stdout


def test_who_was_not_there_before_has_not_moved(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document={**ENTRY, "total": 812, "period": WEEK, "movement": None})

    assert "movement" not in run("rank", "b", "ada").stdout


PLACING = {"board": "b", "member": "ada", "changed": True, "score": 820, "rank": 3, "total": 812, "previous_rank": 7}
PART = {"rank": 3, "score": 820, "changed": True, "previous_rank": 7}


def test_a_submission_shows_each_of_several_periods(run: Run, stand_in: StandIn) -> None:
    parts = {
        "all": PART,
        "weekly": {"id": "2026-W47", "rank": 1, "score": 120, "changed": True, "previous_rank": None},
        "daily": {"id": "2026-11-21", "rank": 9, "score": 20, "changed": False, "previous_rank": 9},
    }
    stand_in.answer = lambda seen: Reply(document={**PLACING, "periods": parts})

    assert run("submit", "b", "ada", "820").stdout.splitlines()[-3:] == [
        "all      rank 3 (was 7), score 820",
        "weekly   2026-W47: rank 1 (new), score 120",
        "daily    2026-11-21: rank 9, score 20, unchanged",
    ]


def test_a_submission_to_one_period_is_told_once(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document={**PLACING, "periods": {"weekly": {"id": "2026-W47", **PART}}})

    assert "weekly" not in run("submit", "b", "ada", "820").stdout


def test_a_reset_may_be_of_one_period_and_keep_what_was_there(run: Run, stand_in: StandIn) -> None:
    ended = [{"type": "weekly", "id": "2026-W47", "removed": 812, "archive": "2026-W47~1"}]
    stand_in.answer = lambda seen: Reply(document={"board": "b", "removed": 812, "periods": ended})

    result = run("board", "reset", "b", "--period", "weekly", "--archive", "--yes")

    assert stand_in.requests[0].document == {"period": "weekly", "archive": True}
    assert result.stdout == "TYPE    PERIOD    REMOVED  KEPT AS\nweekly  2026-W47      812  2026-W47~1\n"


def test_a_reset_of_everything_asks_for_nothing_more(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document={"board": "b", "removed": 0, "periods": []})

    assert run("board", "reset", "b", "--yes").exit_code == 0
    assert stand_in.requests[0].document == {}


@pytest.mark.parametrize(
    ("code", "status", "told"),
    [
        ("PERIOD_NOT_FOUND", 404, "rankd board periods"),
        ("PERIOD_CLOSED", 409, "--late-s"),
        ("BOARD_NOT_STARTED", 409, "--starts-at"),
        ("BOARD_ENDED", 409, "--ends-at"),
    ],
)
def test_each_refusal_about_time_has_a_next_step(
    run: Run, stand_in: StandIn, code: str, status: int, told: str
) -> None:
    stand_in.answer = lambda seen: problem(status, code, "no")

    assert told in run("top", "b").stderr

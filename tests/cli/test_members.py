"""`rankd member`, and what profiles, bounds and decimals change in other commands."""

import json
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.served import Served
from tests.cli.stand_in import Reply, StandIn

ENTRY = {"rank": 1, "member": "ada", "score": 12345, "subscores": {"laps": 7}, "total": 2, "percentile": 100.0}


def test_a_member_is_put_shown_and_found_on_its_boards(served: Served) -> None:
    # given a member with a profile, on two boards of which one shows decimals
    made = served.json("member", "put", "zoë/1", "--name", "Zoë", "--info", '{"country": "FR"}')
    assert made == {"member": "zoë/1", "name": "Zoë", "avatar_url": None, "info": {"country": "FR"}}
    assert served.json("member", "show", "zoë/1") == made
    served.run("board", "put", "laps", "--order", "asc", "--decimals", "3", "--score-min", "-20000")
    served.run("board", "put", "days", "--period", "daily", "--registered-only")
    for board in ("laps", "days"):
        assert served.run("submit", board, "zoë/1", "-12345").exit_code == 0

    # when its boards are shown
    shown = served.run("member", "boards", "zoë/1").stdout.splitlines()

    # then each has a line
    assert [line.split()[:4] for line in shown[1:]] == [["days", "1", "1", "-12345"], ["laps", "1", "1", "-12.345"]]
    daily = served.json("member", "boards", "zoë/1", "--period", "daily")
    assert [entry["board"] for entry in daily["entries"]] == ["days"]
    assert "Zoë" in served.run("top", "laps").stdout

    # and what boards refuse is told with its code
    assert "score_min" in served.run("submit", "laps", "zoë/1", "-20001").stderr
    assert "registered" in served.run("submit", "days", "nobody", "1").stderr


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        (["--decimals", "2"], {"decimals": 2}),
        (["--score-min", "-5", "--score-max", "9223372036854775807"], {"score_min": "-5", "score_max": str(2**63 - 1)}),
        (["--score-min", "none", "--score-max", "none"], {"score_min": None, "score_max": None}),
        (["--max-step", "500"], {"max_step": "500"}),
        (["--registered-only"], {"registered_only": True}),
        (["--anyone"], {"registered_only": False}),
    ],
)
def test_settings_of_boards_are_sent_as_they_are_given(
    run: Run, stand_in: StandIn, options: list[str], sent: dict[str, Any]
) -> None:
    stand_in.answer = lambda _seen: Reply(200, {"id": "b"})
    assert run("board", "patch", "b", *options).exit_code == 0
    assert stand_in.requests[0].document == sent


def test_a_boards_bounds_are_shown_with_its_decimals(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda _seen: Reply(200, {"id": "b", "decimals": 2, "score_min": -5, "score_max": None})
    shown = dict(line.split(None, 1) for line in run("board", "get", "b").stdout.splitlines())
    assert (shown["decimals"], shown["score_min"]) == ("2", "-5 (shown as -0.05)")
    assert "score_max" not in shown


def test_top_and_rank_show_decimals_and_names_where_there_are_any(run: Run, stand_in: StandIn) -> None:
    # given a page and an entry of a board with two decimals
    entries = [{**ENTRY, "profile": {"name": "Ada L."}}, {**ENTRY, "member": "bob", "rank": 2, "score": "-7"}]
    moved = {"period": "2026-W46", "rank": 3, "score": 12000, "rank_change": 2, "score_change": 345}
    page = {"decimals": 2, "entries": entries, "total": 2}
    entry = {**entries[0], "decimals": 2, "movement": moved}

    def answer(seen: Any) -> Reply:
        return Reply(200, entry if seen.path.endswith("/ada") else page)

    stand_in.answer = answer

    # when they are shown
    top, rank = run("top", "b").stdout.splitlines(), run("rank", "b", "ada").stdout
    machine = json.loads(run("top", "b", "--json").stdout)

    # then scores have them and subscores have not, and machines get what came
    assert [line.split() for line in top] == [
        ["RANK", "SCORE", "LAPS", "MEMBER", "NAME"],
        ["1", "123.45", "7", "ada", "Ada", "L."],
        ["2", "-0.07", "7", "bob"],
    ]
    assert "score +3.45" in rank
    assert ["score", "123.45"] in [line.split() for line in rank.splitlines()]
    assert "Ada L." in rank
    assert machine == page


def test_info_that_is_no_object_is_a_usage_error(run: Run, stand_in: StandIn) -> None:
    result = run("member", "put", "ada", "--info", "[1]")
    assert result.exit_code == 2
    assert "--info" in result.stderr
    assert stand_in.requests == []


def test_the_boards_of_a_member_are_read_to_the_last_page(run: Run, stand_in: StandIn) -> None:
    def answer(seen: Any) -> Reply:
        number = 1 + ("cursor=" in seen.path)
        entries = [{**ENTRY, "board": f"b{number}", "period": {"id": "all"}}]
        return Reply(200, {"member": "ada", "entries": entries, "next": "c" if number == 1 else None})

    stand_in.answer = answer
    document = json.loads(run("member", "boards", "ada", "--period", "all", "--json").stdout)
    assert [entry["board"] for entry in document["entries"]] == ["b1", "b2"]
    assert all("period=all" in seen.path for seen in stand_in.requests)

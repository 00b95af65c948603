"""Periods through the command line, against the service itself on its embedded store."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.served import Served

TYPES = ["weekly", "all", "daily", "cron"]


@pytest.fixture
def timed(served: Served, board: str) -> str:
    """A board of several periods, none of which ends during a test: its day began an hour ago."""
    began = datetime.now(UTC) - timedelta(hours=1)
    periods = [word for kind in ("weekly:keep=8", "all", "daily") for word in ("--period", kind)]
    yearly = f"cron=0 0 {began.day} {began.month} *"
    reset = ["--reset-time", f"{began:%H:%M}", "--reset-weekday", f"{began:%A}".lower()]
    assert served.run("board", "put", board, *periods, "--period", yearly, *reset, "--update", "sum").exit_code == 0
    return board


def test_settings_are_put_patched_and_shown(served: Served, board: str) -> None:
    options = "--period monthly:keep=12 --period all --timezone Africa/Cairo --reset-day 31 --late-s 60 --keep-days 7"

    made = served.json("board", "put", board, *options.split())
    changed = served.json("board", "patch", board, "--reset-time", "04:30", "--ends-at", "2099-01-01T00:00:00+02:00")

    assert made["periods"] == [{"type": "monthly", "keep": 12}, {"type": "all"}]
    assert (made["timezone"], made["late_s"], made["ranges"]) == ("Africa/Cairo", 60, {"keep_days": 7})
    assert changed["reset"] == {"time": "04:30:00", "weekday": "monday", "day": 31}
    assert changed["ends_at"] == "2098-12-31T22:00:00Z"
    assert served.json("board", "patch", board, "--ends-at", "none")["ends_at"] is None
    assert "monthly:keep=12, all" in served.run("board", "get", board).stdout


def test_a_submission_lands_in_every_period_and_each_is_read(served: Served, timed: str) -> None:
    told = served.run("submit", timed, "ada", "40").stdout
    served.run("submit", timed, "ada", "2")

    assert [line.split()[0] for line in told.splitlines()[-4:]] == TYPES
    listed = served.json("board", "periods", timed)["periods"]
    running = [period for period in listed if not period["closed"]]
    assert [(period["type"], period["total"]) for period in running] == [(kind, 1) for kind in TYPES]
    for period in running:
        page = served.json("top", timed, "--period", period["id"])
        assert page["period"]["type"] == period["type"]
        assert page["entries"][0]["score"] == 42
    weekly = running[0]["id"]
    assert f"{weekly}, ends " in served.run("top", timed).stderr
    assert f"{weekly}, ends " in served.run("around", timed, "ada").stderr
    assert f"{weekly}, ends " in served.run("rank", timed, "ada").stdout


def test_a_period_that_was_not_played_is_empty_and_an_unknown_one_refused(served: Served, timed: str) -> None:
    assert served.json("top", timed, "--period", "weekly:-1")["total"] == 0

    refused = served.run("top", timed, "--period", "weekly:-9")

    assert refused.exit_code == 1
    assert "PERIOD_NOT_FOUND" in refused.stderr and "rankd board periods" in refused.stderr


def test_a_reset_with_archive_keeps_what_was_there(served: Served, timed: str) -> None:
    served.run("submit", timed, "ada", "40")

    (ended,) = served.json("board", "reset", timed, "--period", "weekly", "--archive", "--yes")["periods"]

    assert (ended["type"], ended["removed"], ended["archive"]) == ("weekly", 1, ended["id"] + "~1")
    assert served.json("top", timed)["total"] == 0
    assert served.json("top", timed, "--period", ended["archive"])["total"] == 1
    assert served.json("top", timed, "--period", "all")["total"] == 1
    assert f"{ended['archive']} " in served.run("board", "periods", timed).stdout


def test_boundaries_are_those_the_service_keeps(served: Served, timed: str) -> None:
    listed = served.json("board", "periods", timed)["periods"]
    running = {one["id"]: one["ends_at"] for one in listed if not one["closed"] and one["ends_at"]}

    explained = served.json("board", "next", timed, "--count", "20")["boundaries"]

    ends = {ended["id"]: boundary["at"] for boundary in explained for ended in boundary["ends"]}
    assert len(running) == 3
    assert len(running.keys() & ends.keys()) == 2  # the cron ends in a year
    assert {id_: ends.get(id_, at) for id_, at in running.items()} == running


def test_a_board_that_has_not_started_or_has_ended_says_how_to_move_it(served: Served, board: str) -> None:
    served.run("board", "patch", board, "--starts-at", "2099-01-01T00:00:00Z")
    assert "--starts-at" in served.run("submit", board, "ada", "1").stderr

    served.run("board", "patch", board, "--starts-at", "none", "--ends-at", "2020-01-01T00:00:00Z")
    assert "--ends-at" in served.run("submit", board, "ada", "1").stderr


def test_a_span_of_days_is_summed(served: Served, board: str) -> None:
    served.run("board", "patch", board, "--keep-days", "3")
    for score in ("40", "2", "1"):
        served.run("submit", board, "ada", score)
    span = [
        "--from",
        f"{datetime.now(UTC) - timedelta(days=1):%F}",
        "--to",
        f"{datetime.now(UTC) + timedelta(days=1):%F}",
    ]

    assert served.json("top", board, *span, "--aggregate", "sum")["entries"][0]["score"] == 43
    assert served.json("rank", board, "ada", *span)["score"] == 40
    assert "best of" in served.run("around", board, "ada", *span, "--aggregate", "best").stderr

    refused = served.run("top", board, "--from", "2026-11-07", "--to", "2026-11-01")
    assert refused.exit_code == 1
    assert "to: lies before from" in refused.stderr

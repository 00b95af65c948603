"""`rankd board next` explains a schedule in words and instants, without a server where it can."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rankd.cli.root import app
from tests.cli.conftest import Run
from tests.cli.stand_in import Reply, StandIn, problem


def explained(*arguments: str, stdin: str | None = None) -> Result:
    """Where nothing listens, and with no key."""
    return CliRunner().invoke(app, ["board", "next", *arguments], input=stdin, env={"RANKD_URL": "http://127.0.0.1:9"})


def document(*arguments: str) -> Any:
    result = explained(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def remarks(*arguments: str) -> list[str]:
    """Those of the first boundaries."""
    return [note for boundary in document(*arguments)["boundaries"] for note in boundary["notes"]]


def test_a_rule_is_told_in_words_and_its_boundaries_in_a_table() -> None:
    options = "--period weekly --timezone Europe/Paris --reset-time 04:00 --from 2026-11-21 --count 2"

    lines = explained(*options.split()).stdout.splitlines()

    assert lines[0] == "Weekly, Mondays at 04:00 in Europe/Paris; 4 closed weeks stay readable."
    assert lines[2].split() == ["UTC", "LOCAL", "ENDS", "READABLE", "BEGINS", "LASTS"]
    assert lines[3] == "2026-11-23 03:00  Mon 23 Nov 04:00 CET  2026-W47  28 d      2026-W48  7 d"
    assert lines[4] == "2026-11-30 03:00  Mon 30 Nov 04:00 CET  2026-W48  28 d      2026-W49  7 d"


def test_the_document_has_instants_ids_lengths_and_how_long_what_ends_is_readable() -> None:
    options = "--period daily:keep=2 --timezone Europe/Paris --from 2026-03-28 --count 2 --late-s 60"

    _, second = document(*options.split())["boundaries"]

    assert second == {
        "at": "2026-03-28T23:00:00Z",
        "local": "2026-03-29T00:00:00+01:00",
        "weekday": "sunday",
        "zone": "CET",
        "ends": [
            {
                "type": "daily",
                "id": "2026-03-28",
                "closes_at": "2026-03-28T23:01:00Z",
                "readable_until": "2026-03-30T22:00:00Z",
            }
        ],
        "begins": [{"type": "daily", "id": "2026-03-29", "ends_at": "2026-03-29T22:00:00Z", "length_s": 82800}],
        "notes": ["2026-03-29 lasts 23 h instead of 24 h: clocks go forward by 1 h at 2026-03-29 01:00 UTC"],
    }


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        (
            ("--period", "daily", "--timezone", "Africa/Cairo", "--from", "2024-04-26", "-n", "1"),
            "00:00 does not exist on that day: clocks jump to 01:00",
        ),
        (
            ("--period", "daily", "--timezone", "America/New_York", "--reset-time", "02:30", "--from", "2026-03-08"),
            "02:30 does not exist on that day: clocks jump from 02:00 to 03:00",
        ),
        (
            ("--period", "daily", "--timezone", "America/New_York", "--reset-time", "01:30", "--from", "2026-11-01"),
            "01:30 comes twice on that day: the first counts",
        ),
        (
            ("--period", "cron=0 * * * *", "--timezone", "America/New_York", "--from", "2026-11-01"),
            "2026-11-01T05:00:00Z lasts 2 h instead of 1 h: clocks go back by 1 h at 2026-11-01 06:00 UTC",
        ),
        (
            ("--period", "cron=*/15 * * * *", "--timezone", "America/New_York", "--from", "2026-03-08T01:50"),
            "02:00, 02:15, 02:30, 02:45 would fall on the same instant, as clocks jump over it: one period begins,"
            " 2026-03-08T07:00:00Z",
        ),
        (
            ("--period", "daily", "--timezone", "Pacific/Apia", "--from", "2011-12-31", "-n", "1"),
            "2011-12-30 00:00 would fall on the same instant, as clocks jump over it: one period begins, 2011-12-31",
        ),
        (
            ("--period", "monthly", "--reset-day", "31", "--from", "2027-02-01", "-n", "1"),
            "February has 28 days: day 31 falls on 28",
        ),
        (
            ("--period", "weekly", "--reset-weekday", "friday", "--from", "2027-01-01", "-n", "1"),
            "2027-01-01 is named 2026-W53: its week belongs to 2026 by ISO 8601",
        ),
    ],
)
def test_what_is_odd_is_said(arguments: tuple[str, ...], note: str) -> None:
    assert note in remarks(*arguments)


def test_an_ordinary_boundary_has_no_remark() -> None:
    options = "--period daily --period weekly --period monthly --timezone Europe/Paris --from 2026-11-21"

    assert remarks(*options.split()) == []


def test_changes_of_clocks_after_the_last_boundary_are_told_too() -> None:
    options = "--period daily --timezone Africa/Cairo --from 2024-04-27 --count 1"

    later = document(*options.split())["later"]

    assert [boundary["local"][:10] for boundary in later] == ["2024-10-31", "2025-04-25"]
    assert "where clocks change:" in explained(*options.split()).stdout
    assert document("--period", "daily", "--from", "2026-11-22")["later"] == []


def test_a_type_that_comes_later_is_shown_once() -> None:
    options = (
        "--period",
        "yearly",
        "--period",
        "cron=*/5 * * * *",
        "--period",
        "all",
        "--from",
        "2026-11-22",
        "-n",
        "3",
    )

    (later,) = document(*options)["later"]

    assert [part["id"] for part in later["begins"]] == ["2027"]


def test_several_periods_meet_at_one_boundary() -> None:
    options = "--period daily --period all --period monthly --from 2026-12-01 --count 1"

    (boundary,) = document(*options.split())["boundaries"]

    assert [(part["type"], part["id"]) for part in boundary["ends"]] == [
        ("daily", "2026-11-30"),
        ("monthly", "2026-11"),
    ]
    assert [part["id"] for part in boundary["begins"]] == ["2026-12-01", "2026-12"]


def test_a_season_begins_and_ends_with_the_board() -> None:
    bounds = "--starts-at 2030-01-05T10:00:00Z --ends-at 2030-02-10T10:00:00Z"

    boundaries = document("--period", "season", "--period", "monthly", *bounds.split())["boundaries"]

    assert [boundary["at"] for boundary in boundaries] == [
        "2030-01-05T10:00:00Z",
        "2030-02-01T00:00:00Z",
        "2030-02-10T10:00:00Z",
        "2030-03-01T00:00:00Z",
    ]
    assert boundaries[0]["begins"][0] == {
        "type": "season",
        "id": "season",
        "ends_at": "2030-02-10T10:00:00Z",
        "length_s": 36 * 86_400,
    }
    assert boundaries[2]["ends"][0]["readable_until"] is None
    assert "BOARD_NOT_STARTED" in boundaries[0]["notes"][0] and "BOARD_ENDED" in boundaries[2]["notes"][0]
    assert boundaries[3]["notes"] == ["2030-03 stays empty: the board has ended"]


def test_bounds_without_a_season_are_boundaries_too() -> None:
    result = explained("--starts-at", "2030-01-05T10:00:00Z")

    assert "2030-01-05 10:00  Sat 05 Jan 10:00 UTC\n  ! the board starts" in result.stdout


def test_periods_before_the_start_stay_empty() -> None:
    options = "--period daily --starts-at 2030-01-05T10:00:00Z --from 2030-01-04 --count 1"

    assert remarks(*options.split()) == ["2030-01-04 stays empty: the board starts later"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--period", "all"), "All time: one period that never ends."),
        (("--period", "daily:keep=1"), "Daily at 00:00 in UTC; 1 closed day stays readable."),
        (("--period", "daily:keep=0"), "Daily at 00:00 in UTC; a closed day cannot be read."),
        (("--period", "yearly"), "Yearly, on 1 January at 00:00 in UTC; 4 closed years stay readable."),
        (
            ("--period", "monthly", "--reset-day", "31", "--reset-time", "06:30:15"),
            "Monthly, on day 31, or the month's last, at 06:30:15 in UTC; 4 closed months stay readable.",
        ),
        (
            ("--period", "cron=0 4 * * 1"),
            "By cron `0 4 * * 1` (at 04:00 on Monday) in UTC; 4 closed periods stay readable.",
        ),
        (
            ("--period", "cron=0 0 1 * 5"),
            "By cron `0 0 1 * 5` (at 00:00 on the first day of month and on Friday; either day matches) in UTC;"
            " 4 closed periods stay readable.",
        ),
        (
            ("--period", "weekly", "--reset-weekday", "sunday"),
            "A week is named by the ISO week that the Sunday it begins on lies in.",
        ),
        (
            ("--late-s", "120"),
            "A period closes 2 min after its end, and takes late scores (achieved_at) till then.",
        ),
        (("--keep-days", "31"), "Sums and bests of 31 days are kept, each from 00:00 in UTC."),
        (("--ends-at", "2030-01-05T10:00:00Z"), "Submissions are taken until 2030-01-05 10:00 UTC."),
    ],
)
def test_rules_are_told_in_words(arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in document(*arguments)["rules"]


def test_what_never_ends_says_how_to_make_what_does() -> None:
    result = explained("--timezone", "UTC")

    assert result.exit_code == 0
    assert "--period daily" in result.stderr


def test_a_board_that_is_over_has_no_boundaries() -> None:
    result = explained("--period", "daily", "--ends-at", "2020-01-05T10:00:00Z")

    assert "The board ends at 2020-01-05 10:00 UTC" in result.stderr


def test_refused_settings_are_told_in_the_servers_words() -> None:
    options = "--timezone Europe/Pari --reset-time 25:00 --period season --starts-at soon"

    result = explained(*options.split())

    assert result.exit_code == 2
    for place in ("/timezone", "/reset/time", "/starts_at"):
        assert place in result.stderr
    assert "'Europe/Pari' is not a time zone" in result.stderr


@pytest.mark.parametrize("begin", ["tomorrow", "2026-02-30", "99999999999999999999", "2026"])
def test_a_wrong_time_to_begin_at_says_how_to_write_it(begin: str) -> None:
    result = explained("--period", "daily", "--from", begin)

    assert result.exit_code == 2
    assert "2026-11-22T10:00" in result.stderr


@pytest.mark.parametrize("begin", ["2026-11-22", "2026-11-22T00:00", "2026-11-21T23:00:00Z", "1795302000000"])
def test_a_time_to_begin_at_is_an_instant_or_a_local_time(begin: str) -> None:
    first = document("--period", "daily", "--timezone", "Europe/Paris", "--from", begin)["boundaries"][0]

    assert first["local"] == "2026-11-22T00:00:00+01:00"


@pytest.mark.parametrize("begin", ["0001-01-02", "9999-12-25"])
def test_the_ends_of_the_calendar_are_no_traceback(begin: str) -> None:
    for period in ("daily", "yearly", "cron=0 0 29 2 *", "weekly:keep=1000"):
        result = explained("--period", period, "--timezone", "Asia/Tokyo", "--from", begin)

        assert result.exit_code in (0, 2), result.output


def test_nothing_given_says_what_to_give() -> None:
    result = explained()

    assert result.exit_code == 2
    assert "--period daily" in result.stderr


def test_a_file_may_be_what_get_printed(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(BOARD))

    assert document("--file", str(file), "--from", "2026-11-21")["boundaries"][0]["begins"][0]["id"] == "2026-W48"


def test_a_misspelt_setting_in_a_file_is_found() -> None:
    result = explained("--file", "-", stdin='{"perods": []}')

    assert result.exit_code == 2
    assert "/perods: is not a known key" in result.stderr


BOARD = {
    "id": "b",
    "order": "asc",
    "timezone": "Europe/Paris",
    "periods": [{"type": "weekly", "keep": 8}],
    "reset": {"time": "04:00:00", "weekday": "monday", "day": 1},
    "starts_at": None,
    "unique": True,
    "created_at": "2026-11-01T00:00:00.000000Z",
    "version": 3,
}


def test_a_boards_settings_are_read_and_options_go_over_them(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document={**BOARD, "of_a_newer_server": 1})

    shown = json.loads(run("board", "next", "b", "--reset-weekday", "friday", "--from", "2026-11-21", "--json").stdout)

    assert [seen.path for seen in stand_in.requests] == ["/v1/boards/b"]
    assert shown["board"] == "b"
    assert shown["rules"][0] == "Weekly, Fridays at 04:00 in Europe/Paris; 8 closed weeks stay readable."


def test_a_board_that_is_not_there_is_a_refusal(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: problem(404, "BOARD_NOT_FOUND", "none")

    assert "rankd board list" in run("board", "next", "b").stderr

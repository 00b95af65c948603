"""The settings that make a board's periods, from options to what is sent."""

from typing import get_args

import pytest

from rankd.cli.period_options import TYPES, instant_value, period_rule, rule_text
from rankd.cli.settings_options import _WEEKDAYS, merged
from rankd.domain import periods as domain
from tests.cli.conftest import Run
from tests.cli.stand_in import Reply, StandIn

BOARD = {
    "id": "b",
    "name": "",
    "enabled": True,
    "timezone": "Europe/Paris",
    "periods": [{"type": "weekly", "keep": 8}, {"type": "cron", "cron": "0 4 * * 1"}, {"type": "all"}],
    "reset": {"time": "04:00:00", "weekday": "monday", "day": 1},
    "ranges": {"keep_days": 0},
}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("weekly", {"type": "weekly"}),
        ("weekly:keep=8", {"type": "weekly", "keep": 8}),
        ("all", {"type": "all"}),
        ("cron=0 4 * * 1", {"type": "cron", "cron": "0 4 * * 1"}),
        ("cron=*/5 0-6/2 1,15 * MON-FRI:keep=0", {"type": "cron", "cron": "*/5 0-6/2 1,15 * MON-FRI", "keep": 0}),
    ],
)
def test_a_period_is_written_as_it_is_shown(text: str, rule: dict[str, object]) -> None:
    assert period_rule(text) == rule
    assert rule_text(rule) == text


def test_the_words_are_those_of_the_domain() -> None:
    assert sorted(TYPES) == sorted(domain.TYPES)
    assert get_args(_WEEKDAYS) == domain.WEEKDAYS


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("dayly", "did you mean daily?"),
        ("", "all, daily, weekly"),
        ("weekly:8", "did you mean weekly:keep=8?"),
        ("weekly:keep=x", "TYPE:keep=N"),
        ("cron", "--period 'cron=0 4 * * 1'"),
        ("cron=", "--period 'cron=0 4 * * 1'"),
        ("weekly=monday", "--reset-weekday"),
    ],
)
def test_a_wrong_period_says_what_to_write(run: Run, stand_in: StandIn, given: str, told: str) -> None:
    result = run("board", "put", "b", "--period", given)

    assert result.exit_code == 2
    assert told in " ".join(result.stderr.replace("│", " ").split())
    assert stand_in.requests == []


def test_put_sends_every_setting(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document=BOARD)

    options = (
        "--period daily --period all --timezone Asia/Tokyo --reset-time 04:00 --reset-weekday sunday --reset-day 31"
    )
    bounds = "--starts-at 2026-12-01T00:00:00Z --ends-at 1798761600000 --late-s 60 --keep-days 31"
    run("board", "put", "b", *options.split(), *bounds.split())

    assert stand_in.requests[0].document == {
        "periods": [{"type": "daily"}, {"type": "all"}],
        "timezone": "Asia/Tokyo",
        "reset": {"time": "04:00", "weekday": "sunday", "day": 31},
        "ranges": {"keep_days": 31},
        "starts_at": "2026-12-01T00:00:00Z",
        "ends_at": 1798761600000,
        "late_s": 60,
    }


def test_patch_sends_only_the_given_part_of_an_object(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document=BOARD)

    run("board", "patch", "b", "--reset-time", "05:00", "--ends-at", "none", "--late-s", "0")

    assert stand_in.requests[0].document == {"reset": {"time": "05:00"}, "ends_at": None, "late_s": 0}


def test_options_go_over_the_parts_of_a_file(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document=BOARD)
    settings = '{"reset": {"day": 3, "time": "01:00"}, "late_s": 9}'

    run("board", "put", "b", "--file", "-", "--reset-time", "05:00", stdin=settings)

    assert stand_in.requests[0].document == {"reset": {"day": 3, "time": "05:00"}, "late_s": 9}


def test_merging_replaces_what_is_no_object() -> None:
    assert merged({"reset": 5, "ranges": {"keep_days": 1}}, {"reset": {"day": 2}, "late_s": 1}) == {
        "reset": {"day": 2},
        "ranges": {"keep_days": 1},
        "late_s": 1,
    }


def test_instants_may_be_milliseconds_text_or_none() -> None:
    assert instant_value("1798761600000") == 1798761600000
    assert instant_value("2026-12-01T00:00:00Z") == "2026-12-01T00:00:00Z"
    assert instant_value("none") is None


def test_a_board_shows_its_periods_as_options_write_them(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document=BOARD)

    lines = dict(line.split(maxsplit=1) for line in run("board", "get", "b").stdout.splitlines())

    assert lines["periods"] == "weekly:keep=8, cron=0 4 * * 1, all"
    assert lines["reset"] == "time 04:00:00, weekday monday, day 1"
    assert lines["ranges"] == "keep_days 0"

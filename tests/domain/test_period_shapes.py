"""How the settings of periods are shown and stored, and taken back."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings

from rankd.domain.boards import Board, BoardSettings
from rankd.http.codec import encode, validated
from rankd.http.shapes import board_shape
from tests.domain.strategies import Case, cases


def test_a_board_of_no_settings_has_all_time_in_utc() -> None:
    shape = _shape(BoardSettings())
    assert shape["periods"] == [{"type": "all"}]
    assert shape["reset"] == {"time": "00:00:00", "weekday": "monday", "day": 1}
    assert shape["ranges"] == {"keep_days": 0}
    assert (shape["timezone"], shape["starts_at"], shape["ends_at"], shape["late_s"]) == ("UTC", None, None, 0)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"periods": [{"type": "daily"}]}, [{"type": "daily"}]),
        ({"periods": [{"keep": 4, "type": "daily"}]}, [{"type": "daily", "keep": 4}]),
        ({"periods": [{"type": "daily", "cron": None}]}, [{"type": "daily", "cron": None}]),
        ({"periods": [{"type": "cron", "cron": " 0  4 * *\tmon "}]}, [{"type": "cron", "cron": "0 4 * * mon"}]),
        ({"reset": {}}, {"time": "00:00:00", "weekday": "monday", "day": 1}),
        ({"reset": {"time": "04:30"}}, {"time": "04:30:00", "weekday": "monday", "day": 1}),
        ({"reset": {"time": "23:59:59", "day": 31}}, {"time": "23:59:59", "weekday": "monday", "day": 31}),
        ({"starts_at": "2026-01-01T02:00:00+02:00"}, "2026-01-01T00:00:00Z"),
        ({"starts_at": 1_767_225_600_500}, "2026-01-01T00:00:00.500000Z"),
        ({"ends_at": 0}, "1970-01-01T00:00:00Z"),
        ({"late_s": 300}, 300),
        ({"timezone": "America/Argentina/ComodRivadavia"}, "America/Argentina/ComodRivadavia"),
    ],
)
def test_settings_are_shown_as_given_with_their_defaults(given: dict[str, Any], shown: Any) -> None:
    name = next(iter(given))
    assert _shape(validated(BoardSettings, given))[name] == shown


@given(cases())
@settings(max_examples=50, deadline=None)
def test_what_is_shown_and_what_is_stored_are_the_settings_again(case: Case) -> None:
    assert BoardSettings.model_validate_json(case.settings.model_dump_json()) == case.settings
    shape = _shape(case.settings)
    again = BoardSettings.model_validate({name: shape[name] for name in BoardSettings.model_fields})
    assert again == case.settings
    assert _shape(again) == shape


def _shape(board: BoardSettings) -> dict[str, Any]:
    """What GET answers of the settings."""
    now = datetime(2026, 11, 22, tzinfo=UTC)
    values = {name: getattr(board, name) for name in BoardSettings.model_fields}
    whole = Board.model_construct(**values, id="b", created_at=now, updated_at=now, version=1)
    shape: dict[str, Any] = orjson.loads(encode(board_shape(whole)))
    return shape

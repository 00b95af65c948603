"""Whatever is sent to GAMEPOT's routes is answered in its words, and never by a failure of rankd."""

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from rankd.compat.gamepot import FAMILY
from tests.asgi_calls import Calls
from tests.compat.gamepot_game import Game, new_game

NUMBERS = itertools.count()
NAMES = [
    *("leaderboardId", "userId", "score", "subscore", "metadata", "offset", "per_page", "search", "query", "id"),
    *("status", "is_check_user", "name", "description", "iconUrl", "descending", "startedAt", "expiredAt", "timezone"),
    *("periodType", "resetDay", "resetDate", "resetTime", "ranking", "tie_breaking"),
]
WORDS = ["lb", "user_id", "score", "-5--1", "9-", "season", "daily", "all", "best", "first", "Asia/Seoul", "24:00"]
TIMES = ["2023-01-22 13:00:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2023-W01-1", "12:00"]
VALUE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(WORDS + TIMES),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.none(), max_size=2),
)
BODY = st.dictionaries(st.sampled_from(NAMES), VALUE, max_size=8)
SPELLINGS = sorted((route.method, path) for route in FAMILY.routes for path in (route.path, *route.also))


@pytest.fixture
async def game(call: Calls) -> Game:
    game = await new_game(call)
    await game.board("lb")
    await game.score("u", 1)
    return game


@given(spelling=st.sampled_from(SPELLINGS), body=BODY, named=st.sampled_from(["lb", "u", "%00", "%C3%28", "a%2Fb"]))
@settings(
    max_examples=80,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)
async def test_noise_is_refused_or_answered(game: Game, spelling: Any, body: dict[str, Any], named: str) -> None:
    method, path = spelling
    if body.get("id") == "lb" or method == "DELETE":
        body = {**body, "id": f"x{next(NUMBERS)}"}
    target = path.replace("{leaderboardId}", named if method != "DELETE" else "no").replace("{userId}", named)
    answer = await game(method, target, body)
    assert answer.status == 200 or 400 <= answer.status < 500, (method, target, answer.body)
    if answer.status != 200:
        assert set(answer.json) == {"status", "message"}
        assert answer.json["status"] < 0

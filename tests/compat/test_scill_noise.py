"""SCILL's routes, and the native ones of events and tokens, with noise: refused or taken, and never a failure."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.asgi_calls import Calls
from tests.http.test_tokens import player
from tests.model.machine import IN_CI

# Nothing of this is about the store: the core's tests run on each kind.
pytestmark = pytest.mark.parametrize("store_kind", ["valkey"], indirect=True)
ODD = ["", "a", "b", "Session", "ü/ b", "%", "\x7f", "9" * 30, "-1", "1e9", "1.5", "NaN", "null", "x" * 300, "BEST",
       "2026-11-22", "2026-11-22T00:00:00+14:00", "0001-01-01T00:00:00-14:00", "9999-12-31T23:59:59+00:00",
       "\0"]  # fmt: skip
texts = st.sampled_from(ODD) | st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)


def mostly(fitting: Any) -> Any:
    return st.one_of(*[st.just(fitting)] * 3, values)


queries = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ["startDate", "endDate", "aggregate", "currentPage", "currentPosition", "pageSize", "language", "auth"], texts
    ),
)
events = st.fixed_dictionaries(
    {"event_name": mostly("kill"), "user_id": mostly("ada"), "meta_data": st.dictionaries(
        st.sampled_from(["amount", "armor", "time_ms", "other"]), values, max_size=4) | values},
    optional={"event_type": mostly("group"), "session_id": mostly("s"), "team_id": mostly("red"), "x": values},
)  # fmt: skip
bodies = events | st.fixed_dictionaries({"user_id": values}) | st.fixed_dictionaries(
    {"username": values, "avatarImage": values, "x": values}
) | st.fixed_dictionaries({"event": mostly("kill"), "member": mostly("ada"), "values": values, "type": mostly("group"),
    "session": mostly("s")}) | st.fixed_dictionaries({"member": values, "ttl_s": values}) | values  # fmt: skip
kinds, ids = st.sampled_from(["user", "team", "clan"]), st.sampled_from(["b", "c", "nobody"]) | texts.filter(bool)


@st.composite
def requests(draw: Any) -> tuple[str, str, dict[str, str], Any]:
    version, board, kind, member = draw(st.sampled_from(["v1", "v2"])), draw(ids), draw(kinds), draw(ids)
    board, member = quote(board, safe=""), quote(member, safe="")
    reads = [f"/api/{version}/leaderboards", f"/api/{version}/leaderboards/{board}",
             f"/api/{version}/leaderboards-members/{kind}/{member}",
             f"/api/{version}/leaderboards-members/{kind}/{member}/{board}",
             "/api/v1/user-additional-info"]  # fmt: skip
    writes = [("POST", "/api/v1/events"), ("POST", "/api/v1/auth/access-token"),
              ("PUT", "/api/v1/user-additional-info"),
              ("POST", "/v1/events"), ("POST", "/v1/tokens"), ("DELETE", f"/api/v2/leaderboards-reset/default/{board}"),
              ("DELETE", f"/api/v1/reset-leaderboard/{kind}/default/{member}")]  # fmt: skip
    if draw(st.booleans()):
        return "GET", draw(st.sampled_from(reads)), draw(queries), None
    return *draw(st.sampled_from(writes)), {}, draw(bodies)


@pytest.fixture
async def callers(app: Any, call: Calls) -> list[Calls]:
    """The root key and a player, and two boards that hear one event: the second with teams, subscores, fields, days."""
    source = {"event": "kill", "score": "amount"}
    rich = {"subscores": [{"name": "armor"}], "member_types": ["user", "team"], "ranges": {"keep_days": 3},
            "fields": [{"name": "time_ms", "type": "integer", "rank": "asc"}, {"name": "other", "type": "date"}],
            "timezone": "Asia/Seoul"}  # fmt: skip
    for board_id, more in (("b", {}), ("c", rich)):
        made = await call("PUT", f"/v1/boards/{board_id}", {"source": source, "player_submit": True, **more})
        assert made.status == 201
    return [call, await player(app, call, "ada")]


@given(request=requests(), is_player=st.booleans())
@settings(
    max_examples=200 if IN_CI else 80,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)
async def test_noise_is_refused_or_answered(callers: list[Calls], request: Any, is_player: bool) -> None:
    method, path, query, body = request
    target = path + ("?" + urlencode(query) if query else "")
    answer = await callers[is_player](method, target, body)
    assert 200 <= answer.status < 500, (request, answer.body)
    if path.startswith("/api") and answer.status >= 400:
        assert set(answer.json) == {"code", "message"}

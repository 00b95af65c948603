"""The same history through the native API and through GAMEPOT's gives the same order and ranks."""

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.asgi_calls import Calls
from tests.compat.gamepot_game import Game, new_game

NUMBERS = itertools.count()
UPDATES = {"best": "best", "latest": "latest", "accumulated": "sum"}
USERS = ["u1", "é/2", "0b0e7a4c-2f4d-4c1e-8b0f-000000000001", "u 4", "U1"]
SCORES = st.integers(-3, 3) | st.sampled_from([2**53 + 1, -(2**58), 2**58])
HISTORY = st.lists(
    st.tuples(st.sampled_from(USERS), SCORES, st.integers(-1, 1), st.none() | st.sampled_from(["", '{"a":1}'])),
    min_size=1,
    max_size=12,
)


def previous_scores(history: list[Any], ranking: str, descending: bool) -> dict[str, int | None]:
    """By user the standing score before the last submission that changed score or subscore."""
    standing: dict[str, tuple[int, int]] = {}
    before: dict[str, int | None] = {}
    for user, score, subscore, _ in history:
        sent, old = (score, subscore), standing.get(user)
        if old is not None and ranking == "best":
            sent = max(old, sent) if descending else min(old, sent)
        elif old is not None and ranking == "accumulated":
            sent = (old[0] + score, old[1] + subscore)
        if sent != old:
            standing[user], before[user] = sent, old[0] if old else None
    return before


@pytest.fixture
async def game(call: Calls) -> Game:
    return await new_game(call)


async def two_boards(game: Game, ranking: str, tie: str, descending: bool) -> tuple[str, str]:
    """A board made through each door, with the same rules."""
    number = next(NUMBERS)
    native_id, their_id = f"native{number}", f"theirs{number}"
    order = "desc" if descending else "asc"
    rules = {"order": order, "update": UPDATES[ranking], "tie_break": tie}
    native = await game.root(
        "PUT", f"/v1/boards/{native_id}", {**rules, "subscores": [{"name": "kills", "order": order}]}
    )
    assert native.status == 201, native.body
    await game.board(their_id, ranking=ranking, tie_breaking=tie, descending=descending)
    return native_id, their_id


@given(
    history=HISTORY,
    ranking=st.sampled_from(sorted(UPDATES)),
    tie=st.sampled_from(["first", "last"]),
    descending=st.booleans(),
)
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)
async def test_one_history_through_both_doors_is_one_order(
    game: Game, history: list[Any], ranking: str, tie: str, descending: bool
) -> None:
    # given the same submissions to a board of each door
    native, theirs = await two_boards(game, ranking, tie, descending)
    for user, score, subscore, metadata in history:
        sent = {"member": user, "score": score, "subscore": subscore}
        more = {} if metadata is None else {"metadata": metadata}
        placing = (await game.root("POST", f"/v1/boards/{native}/scores", {**sent, **more})).json
        log = await game.score(user, score, theirs, subscore=subscore, **more)
        assert (log["score"], log["subscore"]) == (placing["score"], placing["subscores"]["kills"])

    # then each door shows the same order and ranks of both
    entries = (await game.root("GET", f"/v1/boards/{native}/entries?limit=100")).json["entries"]
    expected = [(one["rank"], one["member"], one["score"], one["metadata"] or "") for one in entries]
    for board_id in (native, theirs):
        rows = await game.rows(board_id)
        assert [(row["rank"], row["user_id"], row["score"], row["metadata"]) for row in rows] == expected
        through = (await game.root("GET", f"/v1/boards/{board_id}/entries?limit=100")).json["entries"]
        assert [(one["rank"], one["member"], one["score"]) for one in through] == [one[:3] for one in expected]

    # and GAMEPOT's board knows what stood before
    before = previous_scores(history, ranking, descending)
    for row in await game.rows(theirs):
        found = await game.rows(theirs, search="user_id", query=row["user_id"])
        assert found == [row]
    native_rows = (await game.root("GET", f"/v1/boards/{theirs}/entries?limit=100")).json["entries"]
    assert {one["member"]: one.get("previous_score") for one in native_rows} == before

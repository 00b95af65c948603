"""Boards that keep the score an entry had before."""

from typing import Any

import pytest

from tests.asgi_calls import Calls

BOARD = "/v1/boards/b"


async def send(call: Calls, score: int, **more: Any) -> None:
    assert (await call("POST", BOARD + "/scores", {"member": "u", "score": score, **more})).status == 200


async def previous(call: Calls) -> Any:
    """What the entry by itself says, and the page, which has to say the same."""
    alone = (await call("GET", BOARD + "/entries/u")).json.get("previous_score")
    (row,) = (await call("GET", BOARD + "/entries")).json["entries"]
    assert row.get("previous_score") == alone
    return alone


@pytest.mark.parametrize(
    ("update", "scores", "expected"),
    [
        ("best", [5, 8, 7], 5),
        ("best", [5, 5], None),
        ("latest", [5, 8, 8], 5),
        ("latest", [5, -(2**63), 2**63 - 1], -(2**63)),
        ("sum", [5, 8, 0], 5),
    ],
)
async def test_an_entry_says_what_stood_before_its_last_change(
    call: Calls, update: str, scores: list[int], expected: int | None
) -> None:
    await call("PUT", BOARD, {"update": update, "previous_scores": True, "rank_style": "dense"})
    for score in scores:
        await send(call, score)
    assert await previous(call) == expected
    if expected is not None:
        text = (await call("GET", BOARD + "/entries/u?int64=string")).json["previous_score"]
        assert text == str(expected)


@pytest.mark.parametrize("update", ["best", "latest", "sum"])
async def test_fields_teams_metadata_and_edits_live_beside_it(call: Calls, update: str) -> None:
    settings = {"fields": [{"name": "country", "segment": True}], "member_types": ["user", "team"]}
    await call("PUT", BOARD, {"update": update, "previous_scores": True, **settings})
    await send(call, 5, metadata={"a": 1}, fields={"country": "FR"}, team="t")
    await send(call, 8, metadata={"a": 2}, fields={"country": "DE"})
    await call("PATCH", BOARD + "/entries/u", {"metadata": {"a": 3}, "fields": {"country": "IT"}})
    entry = (await call("GET", BOARD + "/entries/u")).json
    assert (entry["metadata"], entry["fields"], entry["team"]) == ({"a": 3}, {"country": "IT"}, "t")
    assert await previous(call) == 5
    italian = (await call("GET", BOARD + "/entries?segment=country:IT")).json
    assert [(one["member"], one["rank"], one["previous_score"]) for one in italian["entries"]] == [("u", 1, 5)]
    assert (await call("GET", BOARD + "/entries?segment=country:FR")).json["total"] == 0


async def test_setting_a_score_outright_is_a_change_as_well(call: Calls) -> None:
    await call("PUT", BOARD, {"previous_scores": True})
    await send(call, 5)
    await call("PUT", BOARD + "/entries/u", {"score": 2})
    assert await previous(call) == 5


async def test_it_is_kept_while_it_is_asked_for_and_never_shown_late(call: Calls) -> None:
    # given a board without it
    await call("PUT", BOARD, {})
    await send(call, 1)
    await send(call, 2)
    assert await previous(call) is None
    # when it is switched on, then what was is not known, and what comes is
    await call("PATCH", BOARD, {"previous_scores": True})
    assert await previous(call) is None
    await send(call, 3)
    assert await previous(call) == 2
    # and what changed while it was off is not taken for the latest change
    await call("PATCH", BOARD, {"previous_scores": False})
    assert await previous(call) is None
    await send(call, 4)
    await call("PATCH", BOARD, {"previous_scores": True})
    assert await previous(call) is None
    await send(call, 5)
    assert await previous(call) == 4


@pytest.mark.parametrize("kind", ["ndjson", "csv"])
async def test_an_export_can_be_imported_and_leaves_it_behind(call: Calls, kind: str) -> None:
    await call("PUT", BOARD, {"previous_scores": True})
    await send(call, 5)
    await send(call, 8)
    rows = (await call("GET", f"{BOARD}/export?format={kind}")).body
    await call("PUT", "/v1/boards/c", {"previous_scores": True})
    imported = await call("POST", f"/v1/boards/c/import?format={kind}", rows)
    assert (imported.json["taken"], imported.json["faults"]) == (1, [])
    (row,) = (await call("GET", "/v1/boards/c/entries")).json["entries"]
    assert (row["score"], "previous_score" in row) == (8, False)

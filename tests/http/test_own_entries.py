"""What a hidden member is shown of itself (`viewer`), on every read that names it, and that nobody else is."""

from typing import Any

import pytest

from tests.asgi_calls import Calls

BOARD = "/v1/boards/b"
COUNTRIES = ("FR", "DE")


async def board_with_a_hidden_one(call: Calls, scores: list[int], hidden: int, **settings: Any) -> None:
    """Members u0, u1 ... of two countries and two teams in turn, of whom one is hidden."""
    fields = [{"name": "country", "segment": True}, {"name": "time", "type": "integer", "rank": "asc"}]
    shape = {"fields": fields, "member_types": ["user", "team"], "ranges": {"keep_days": 2}, **settings}
    assert (await call("PUT", BOARD, shape)).status == 201
    rows = [
        {
            "member": f"u{number}",
            "score": score,
            "team": f"t{number % 2}",
            "fields": {"country": COUNTRIES[number % 2], "time": number},
        }
        for number, score in enumerate(scores)
    ]
    assert (await call("POST", BOARD + "/scores", rows)).status == 200
    assert (await call("PUT", f"/v1/members/u{hidden}/ban", {"mode": "hide"})).status == 201


def members(answer: Any) -> list[str]:
    return [entry["member"] for entry in answer.json["entries"]]


WAYS = ["", "segment=country:DE&", "segment=team:t1&", "from=2026-01-01&to=2999-01-01&"]
SCORES = [50, 50, 40, 40, 40, 30, 30, 20, 20, 10]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("order", "tie_break", "rank_style"),
    [("desc", "first", "unique"), ("desc", "last", "competition"), ("asc", "first", "dense")],
)
async def test_the_rows_around_a_hidden_member_are_those_it_would_stand_among(
    call: Calls, way: str, order: str, tie_break: str, rank_style: str
) -> None:
    # given the order of a board before one of it is hidden
    rules = {"order": order, "tie_break": tie_break, "rank_style": rank_style}
    await board_with_a_hidden_one(call, SCORES, 0, **rules)
    await call("DELETE", "/v1/members/u0/ban")
    whole = members(await call("GET", f"{BOARD}/entries/u5/around?{way}size=1000"))
    await call("PUT", "/v1/members/u5/ban", {"mode": "hide"})

    for size in (1, 2, 3, 4, 1000):
        # when it asks for the rows around itself
        answer = await call("GET", f"{BOARD}/entries/u5/around?{way}size={size}&viewer=u5")

        # then they are those of before, it is among them without a rank, and others have the ranks that all see
        first = max(min(whole.index("u5") - (size - 1) // 2, len(whole) - size), 0)
        assert members(answer) == whole[first : first + size]
        assert answer.json["total"] == len(whole) - 1
        seen = (await call("GET", f"{BOARD}/entries?{way}")).json["entries"]
        ranks = {entry["member"]: entry["rank"] for entry in seen}
        assert all(entry["rank"] == ranks.get(entry["member"]) for entry in answer.json["entries"])
    assert "u5" not in ranks


@pytest.mark.parametrize("score", [-(2**63), -1, 2**53 + 1, 2**63 - 1])
@pytest.mark.parametrize("way", ["", "segment=country:DE&"])
async def test_places_are_exact_at_the_edges_of_int64(call: Calls, score: int, way: str) -> None:
    step = 1 if score < 0 else -1
    scores = [score, score, score, score + step, score + step, score, score + 2 * step]
    await board_with_a_hidden_one(call, scores, 0, team_update="best")
    await call("DELETE", "/v1/members/u0/ban")
    whole = members(await call("GET", f"{BOARD}/entries?{way}"))
    for hidden in ("u3", "u5"):
        await call("PUT", f"/v1/members/{hidden}/ban", {"mode": "hide"})
        answer = await call("GET", f"{BOARD}/entries/{hidden}/around?{way}viewer={hidden}")
        assert members(answer) == whole
        await call("DELETE", f"/v1/members/{hidden}/ban")


@pytest.mark.parametrize("way", WAYS)
async def test_only_the_hidden_member_itself_is_shown(call: Calls, way: str) -> None:
    await board_with_a_hidden_one(call, SCORES, 5)
    for viewer in ("", "viewer=u1"):
        for path in ("u5", "u5/around"):
            assert (await call("GET", f"{BOARD}/entries/{path}?{way}{viewer}")).code == "ENTRY_NOT_FOUND"
        looked = await call("POST", f"{BOARD}/entries/lookup?{way}{viewer}", {"members": ["u5", "u7"]})
        assert (members(looked), looked.json["missing"]) == (["u7"], ["u5"])
    assert (await call("GET", "/v1/members/u5/entries?viewer=u1")).json["entries"] == []


@pytest.mark.parametrize("way", WAYS[:3])
async def test_a_hidden_member_sees_its_entry_in_its_own_segments(call: Calls, way: str) -> None:
    await board_with_a_hidden_one(call, SCORES, 5)
    own = (await call("GET", f"{BOARD}/entries/u5?{way}viewer=u5")).json
    others = (await call("GET", f"{BOARD}/entries?{way}")).json["total"]
    shown = ("rank", "score", "percentile", "movement", "total")
    assert [own[name] for name in shown] == [None, 30, None, None, others]
    assert "field_ranks" not in own


@pytest.mark.parametrize("segment", ["country:FR", "team:t0", "country:XX"])
async def test_and_in_no_other_segment(call: Calls, segment: str) -> None:
    await board_with_a_hidden_one(call, SCORES, 5)
    for path in ("u5", "u5/around"):
        answer = await call("GET", f"{BOARD}/entries/{path}?segment={segment}&viewer=u5")
        assert answer.code == "ENTRY_NOT_FOUND"
    looked = await call("POST", f"{BOARD}/entries/lookup?segment={segment}&viewer=u5", {"members": ["u5"]})
    assert looked.json["missing"] == ["u5"]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("way", WAYS)
async def test_a_lookup_has_the_viewer_by_its_score_without_rank_and_position(
    call: Calls, order: str, way: str
) -> None:
    await board_with_a_hidden_one(call, SCORES, 5, order=order)
    asked = {"members": ["u9", "u1", "nobody", "u5", "u7"]}
    looked = await call("POST", f"{BOARD}/entries/lookup?{way}viewer=u5", asked)
    wanted = ["u1", "u5", "u7", "u9"]
    assert members(looked) == (wanted if order == "desc" else wanted[::-1])
    assert looked.json["missing"] == ["nobody"]
    for entry in looked.json["entries"]:
        assert (entry["rank"] is None) == (entry["position"] is None) == (entry["member"] == "u5")


async def test_a_viewer_that_was_not_asked_for_is_not_looked_up(call: Calls) -> None:
    await board_with_a_hidden_one(call, SCORES, 5)
    looked = await call("POST", f"{BOARD}/entries/lookup?viewer=u5", {"members": ["u1"]})
    assert members(looked) == ["u1"]


async def test_a_hidden_members_boards_are_shown_to_itself(call: Calls) -> None:
    await board_with_a_hidden_one(call, SCORES, 5)
    (entry,) = (await call("GET", "/v1/members/u5/entries?viewer=u5")).json["entries"]
    assert (entry["board"], entry["rank"], entry["score"]) == ("b", None, 30)


async def test_who_is_not_hidden_sees_with_viewer_what_all_see(call: Calls) -> None:
    await board_with_a_hidden_one(call, SCORES, 5)
    for path in ("u7", "u7/around"):
        for way in WAYS[:3]:
            one, other = [await call("GET", f"{BOARD}/entries/{path}?{way}{own}") for own in ("", "viewer=u7")]
            assert (one.status, one.body) == (200, other.body)


@pytest.mark.parametrize("path", ["u5?viewer=", "u5/around?viewer=&size=0", "u5/around?viewer=%00"])
async def test_a_viewer_is_a_member_id(call: Calls, path: str) -> None:
    await board_with_a_hidden_one(call, SCORES, 5)
    answer = await call("GET", f"{BOARD}/entries/{path}")
    assert answer.status == 422
    assert "viewer" in {fault["parameter"] for fault in answer.json["errors"]}

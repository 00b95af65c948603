"""Reads of places: starts, cursors, ranges, and parameters that are refused."""

import base64
import json

import pytest

from tests.asgi_calls import Calls

BOARD = "/v1/boards/b"
ENTRIES = BOARD + "/entries"


async def twelve(call: Calls, **rules: object) -> None:
    """A board with u00 (0 points) to u11 (110 points)."""
    await call("PUT", BOARD, rules)
    await call("POST", BOARD + "/scores", [{"member": f"u{index:02}", "score": 10 * index} for index in range(12)])


async def members(call: Calls, query: str) -> list[str]:
    answer = await call("GET", f"{ENTRIES}?{query}")
    assert answer.status == 200, answer.body
    return [entry["member"] for entry in answer.json["entries"]]


async def test_a_cursor_carries_its_page_and_goes_stale_where_a_parameter_differs(call: Calls) -> None:
    await twelve(call)
    page = (await call("GET", f"{ENTRIES}?limit=3&score_min=20&score_max=90")).json
    assert (page["total"], page["prev"]) == (8, None)
    assert await members(call, f"cursor={page['next']}") == ["u06", "u05", "u04"]
    assert await members(call, f"limit=3&score_min=20&score_max=90&cursor={page['next']}") == ["u06", "u05", "u04"]
    for other in ("limit=4", "score_min=30", "offset=1"):
        stale = await call("GET", f"{ENTRIES}?{other}&cursor={page['next']}")
        assert (stale.status, stale.code) == (400, "STALE_CURSOR"), other


async def test_a_cursor_of_another_board_or_of_before_a_reset_is_stale(call: Calls) -> None:
    await twelve(call)
    cursor = (await call("GET", f"{ENTRIES}?limit=3")).json["next"]
    await call("PUT", "/v1/boards/other", {})
    assert (await call("GET", f"/v1/boards/other/entries?cursor={cursor}")).code == "STALE_CURSOR"
    await call("POST", BOARD + "/reset", {})
    assert (await call("GET", f"{ENTRIES}?cursor={cursor}")).code == "STALE_CURSOR"


@pytest.mark.parametrize("cursor", ["x", "%00", "W10", "bnVsbA", "A" * 5000, "eyJhIjoxfQ"])
async def test_what_is_no_cursor_is_refused(call: Calls, cursor: str) -> None:
    await twelve(call)
    assert (await call("GET", f"{ENTRIES}?cursor={cursor}")).code == "STALE_CURSOR"


async def test_links_lead_to_the_pages_beside(call: Calls) -> None:
    await twelve(call)
    answer = await call("GET", f"{ENTRIES}?limit=5&offset=3")
    links = dict(reversed(part.split("; ")) for part in answer.headers["link"].split(", "))
    following = await call("GET", links['rel="next"'].strip("<>"))
    assert following.json["entries"][0]["rank"] == 9
    previous = await call("GET", links['rel="prev"'].strip("<>"))
    assert [entry["rank"] for entry in previous.json["entries"]] == [1, 2, 3]


async def test_a_page_past_the_end_is_empty(call: Calls) -> None:
    await twelve(call)
    for query in ("offset=12", "offset=9007199254740992", "rank=13", "score_min=111", "score_min=50&score_max=40"):
        answer = await call("GET", f"{ENTRIES}?{query}")
        assert (answer.status, answer.json["entries"], answer.json["next"]) == (200, [], None), query


@pytest.mark.parametrize(
    ("style", "rank", "first"), [("unique", 4, 4), ("competition", 2, 4), ("competition", 4, 4), ("dense", 2, 2)]
)
async def test_a_page_by_rank_starts_at_the_first_entry_of_at_least_that_rank(
    call: Calls, style: str, rank: int, first: int
) -> None:
    await call("PUT", BOARD, {"rank_style": style})
    await call("POST", BOARD + "/scores", [{"member": f"u{i}", "score": s} for i, s in enumerate([9, 9, 9, 5, 5, 1])])
    entries = (await call("GET", f"{ENTRIES}?rank={rank}")).json["entries"]
    assert entries[0]["rank"] == first
    assert min(entry["rank"] for entry in entries) >= rank


async def test_a_member_called_like_a_route_is_a_member(call: Calls) -> None:
    await call("PUT", BOARD, {})
    await call("POST", BOARD + "/scores", [{"member": name, "score": 1} for name in ("lookup", "around", "a/b", "%2F")])
    for target in ("lookup", "around", "a%2Fb", "%252F"):
        answer = await call("GET", f"{ENTRIES}/{target}")
        assert answer.status == 200, target
        assert (await call("GET", f"{ENTRIES}/{target}/around")).json["total"] == 4
    assert (await call("DELETE", f"{ENTRIES}/lookup")).status == 204


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "VALIDATION_FAILED"),
        ("limit=1001", "VALIDATION_FAILED"),
        ("limit=1e1", "VALIDATION_FAILED"),
        ("offset=-1", "VALIDATION_FAILED"),
        ("offset=1&rank=1", "VALIDATION_FAILED"),
        ("limit=1&limit=2", "VALIDATION_FAILED"),
        ("lmiit=1", "VALIDATION_FAILED"),
        ("score_min=9223372036854775808", "VALIDATION_FAILED"),
        ("segment=country:FR", "VALIDATION_FAILED"),
        ("sort=-time_ms", "VALIDATION_FAILED"),
        ("member_type=team", "VALIDATION_FAILED"),
        ("from=2026-01-01", "VALIDATION_FAILED"),
        ("period=weekly", "PERIOD_NOT_FOUND"),
        ("int64=number", "VALIDATION_FAILED"),
    ],
)
async def test_parameters_that_cannot_be_carried_out_are_refused(call: Calls, query: str, code: str) -> None:
    await twelve(call)
    answer = await call("GET", f"{ENTRIES}?{query}")
    assert answer.code == code
    if code != "PERIOD_NOT_FOUND":
        named = query.split("=", maxsplit=1)[0]
        assert answer.json["errors"][0]["parameter"] == {"offset=1&rank=1": "rank", "from=2026-01-01": "to"}.get(
            query, named
        )


async def test_int64_as_text_goes_for_every_score(call: Calls) -> None:
    await call("PUT", BOARD, {"subscores": [{"name": "s"}]})
    body = {"member": "u", "score": str(2**63 - 1), "subscore": "-9223372036854775808"}
    placing = (await call("POST", BOARD + "/scores?int64=string", body)).json
    assert (placing["score"], placing["subscores"]) == (str(2**63 - 1), {"s": str(-(2**63))})
    assert placing["periods"]["all"]["score"] == str(2**63 - 1)
    entry = (await call("GET", f"{ENTRIES}/u?int64=string")).json
    assert (entry["score"], entry["subscores"]["s"]) == (str(2**63 - 1), str(-(2**63)))
    assert (await call("GET", f"{ENTRIES}/u")).json["score"] == 2**63 - 1


async def test_metadata_is_given_back_as_it_was_sent(call: Calls) -> None:
    await call("PUT", BOARD, {"update": "latest"})
    for metadata in (
        {"z": 1, "a": [1.5, None, "é"]},
        10**30,
        "text",
        [],
        {},
        False,
        0,
        {"deep": {"n": 123456789012345678901}},
    ):
        await call("POST", BOARD + "/scores", {"member": "u", "score": 1, "metadata": metadata})
        assert (await call("GET", f"{ENTRIES}/u")).json["metadata"] == metadata


async def test_edits_change_metadata_and_leave_the_place(call: Calls) -> None:
    await twelve(call)
    before = (await call("GET", f"{ENTRIES}/u05")).json
    edited = (await call("PATCH", f"{ENTRIES}/u05", {"metadata": {"ship": "x"}})).json
    assert edited == {**before, "metadata": {"ship": "x"}}
    assert (await call("PATCH", f"{ENTRIES}/u05", {"metadata": None})).json == before
    assert (await call("PATCH", f"{ENTRIES}/nobody", {"metadata": 1})).code == "ENTRY_NOT_FOUND"


async def test_put_sets_a_score_whatever_the_rule_and_makes_what_is_absent(call: Calls) -> None:
    await twelve(call)
    lowered = await call("PUT", f"{ENTRIES}/u11", {"score": -1})
    assert (lowered.status, lowered.json["rank"], lowered.json["previous_rank"]) == (200, 12, 1)
    made = await call("PUT", f"{ENTRIES}/new", {"score": 1000})
    assert (made.status, made.json["rank"], made.json["previous_rank"]) == (201, 1, None)


async def test_achieved_at_keeps_an_imports_order_and_lies_in_the_past(call: Calls) -> None:
    await call("PUT", BOARD, {})
    late, early = "1999-07-01T00:00:00+02:00", "1965-07-01T00:00:00Z"
    rows = [{"member": "late", "score": 1, "achieved_at": late}, {"member": "early", "score": 1, "achieved_at": early}]
    await call("POST", BOARD + "/scores", rows)
    assert await members(call, "") == ["early", "late"]
    assert (await call("GET", f"{ENTRIES}/late")).json["updated_at"] == "1999-06-30T22:00:00.000000Z"
    future = await call("POST", BOARD + "/scores", {"member": "u", "score": 1, "achieved_at": "2999-01-01T00:00:00Z"})
    assert (future.status, future.json["errors"][0]["pointer"]) == (422, "/achieved_at")


@pytest.mark.parametrize(
    "params", [{"limit": 5000}, {"bogus": 1}, {"offset": 1, "rank": 2}, {"score_min": 1.5}, {"limit": "x"}]
)
async def test_a_forged_cursor_is_stale(call: Calls, params: dict[str, object]) -> None:
    await twelve(call)
    cursor = (await call("GET", f"{ENTRIES}?limit=3")).json["next"]
    fields = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    fields[3] = params
    forged = base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")
    assert (await call("GET", f"{ENTRIES}?cursor={forged}")).code == "STALE_CURSOR"


async def test_a_number_too_large_for_metadata_is_refused(call: Calls) -> None:
    await call("PUT", BOARD, {})
    for number in ("1e999", "9" * 401):
        body = b'{"member":"u","score":1,"metadata":{"x":' + number.encode() + b"}}"
        answer = await call("POST", BOARD + "/scores", body)
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/metadata")


async def test_a_lookup_takes_a_thousand_long_members(call: Calls) -> None:
    await twelve(call)
    asked = [f"{index:0256}" for index in range(999)] + ["u03"]
    found = (await call("POST", ENTRIES + "/lookup", {"members": asked})).json
    assert ([entry["position"] for entry in found["entries"]], len(found["missing"])) == ([9], 999)


async def test_names_in_every_script_are_text(call: Calls) -> None:
    for name in ("スコア\u3000ランキング", "👩\u200d🚀", "\u200f\u05d0", "a\u00a0b"):
        assert (await call("PUT", BOARD, {"name": name})).json["name"] == name
    assert (await call("PUT", BOARD, {"name": "a\u0085b"})).status == 422


async def test_a_boards_whole_answer_can_be_put_back(call: Calls) -> None:
    board = (await call("PUT", BOARD, {"name": "x"})).json
    assert (await call("PUT", BOARD, {**board, "name": "y"})).json["name"] == "y"
    stale = (await call("PUT", BOARD, {**board, "name": "z"})).json
    assert {fault["pointer"] for fault in stale["errors"]} == {"/updated_at", "/version"}


async def test_wide_pages_carry_metadata_too(call: Calls) -> None:
    await call("PUT", BOARD, {"subscores": [{"name": "s", "order": "asc"}]})
    rows = [{"member": f"u{i}", "score": i * 2**52, "subscore": i, "metadata": {"n": i}} for i in range(700)]
    rows[5].pop("metadata")
    await call("POST", BOARD + "/scores", rows)
    narrow = [(await call("GET", f"{ENTRIES}?limit=100&offset={at}")).json["entries"] for at in range(0, 700, 100)]
    wide = (await call("GET", f"{ENTRIES}?limit=1000")).json["entries"]
    assert wide == [entry for page in narrow for entry in page]
    assert wide[-6]["metadata"] is None
    assert wide[0]["metadata"] == {"n": 699}
    around = (await call("GET", f"{ENTRIES}/u350/around?size=600")).json["entries"]
    assert around == wide[50:650]


@pytest.mark.parametrize(
    ("query", "faulty"),
    [
        ("limit=0&offset=1&rank=1&from=2026-01-01&zz=1", {"limit", "rank", "to", "zz"}),
        ("to=2026-01-01&score_min=x", {"to", "score_min"}),
        ("from=x&to=2026-01-01&limit=x", {"from", "limit"}),
        ("from=2026-01-02&to=2026-01-01&period=all&limit=x", {"from", "limit"}),
        ("from=2026-01-02&to=2026-01-01&aggregate=all", {"to", "aggregate"}),
    ],
)
async def test_parameters_that_do_not_go_together_are_named_beside_faulty_ones(
    call: Calls, query: str, faulty: set[str]
) -> None:
    await twelve(call)
    answer = await call("GET", f"{ENTRIES}?{query}")
    assert answer.status == 422
    assert {fault["parameter"] for fault in answer.json["errors"]} == faulty


async def test_faults_of_a_score_asked_about_are_named_with_those_of_its_subscores(call: Calls) -> None:
    await twelve(call)
    answer = await call("GET", f"{BOARD}/around?score=x&size=0&subscore.kills=1.5")
    assert {fault["parameter"] for fault in answer.json["errors"]} == {"score", "size", "subscore.kills"}
    answer = await call("GET", f"{BOARD}/around?score=1&subscore.kills=1.5")
    assert {fault["parameter"] for fault in answer.json["errors"]} == {"subscore.kills"}


async def test_faults_of_a_lookup_are_named_with_those_of_its_query(call: Calls) -> None:
    await twelve(call)
    answer = await call("POST", f"{ENTRIES}/lookup?int64=x&viewer=", {"members": [""]})
    named = [fault.get("parameter") or fault["pointer"] for fault in answer.json["errors"]]
    assert named == ["/members/0", "int64", "viewer"]


async def test_an_unknown_key_of_a_small_body_is_told_which_keys_there_are(call: Calls) -> None:
    # a score is what PUT sets: who sends it to PATCH is told what that takes
    await call("PUT", "/v1/boards/b", {})
    refused = await call("PATCH", "/v1/boards/b/entries/u", {"score": 5})
    assert refused.json["errors"] == [
        {
            "pointer": "/score",
            "detail": "is not a known key; check its spelling, or leave it out; it takes metadata, fields",
        }
    ]


async def test_an_unknown_parameter_is_called_one(call: Calls) -> None:
    await call("PUT", "/v1/boards/b", {})
    refused = await call("GET", "/v1/boards/b/entries/u?score=5")
    assert refused.json["detail"].startswith("score: is not a parameter of this call")

"""Arcade boards over HTTP: their settings, what a submission answers, and every read of the entries."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.arcade_boards import ADA, BOARD, FIELDS, arcade, faults, numbers_of, page, scores, sent
from tests.asgi_calls import Calls
from tests.http.test_keys import key_of

SPAN = "from=2026-01-01&to=2999-01-01"
FAR = 2**53


# settings


async def test_settings_that_do_not_fit_are_named_all_at_once(call: Calls) -> None:
    settings = {"unique": False, "entries_per_member": 0, "max_step": 5, "team_moves": True, "order": "up"}
    found = faults(await call("PUT", BOARD, settings))
    assert set(found) == {"/order", "/entries_per_member", "/max_step", "/team_moves"}
    assert "unique false" in found["/max_step"]
    assert "unique true" in found["/team_moves"]


@pytest.mark.parametrize("cap", [0, -1, 10_001, 1.5, "ten", True])
async def test_a_cap_is_a_whole_number_within_bounds(call: Calls, cap: Any) -> None:
    assert set(faults(await call("PUT", BOARD, {"unique": False, "entries_per_member": cap}))) == {
        "/entries_per_member"
    }


async def test_a_cap_needs_an_arcade_board(call: Calls) -> None:
    assert "unique false" in faults(await call("PUT", BOARD, {"entries_per_member": 3}))["/entries_per_member"]
    await arcade(call, entries_per_member=3)
    assert "unique false" in faults(await call("PATCH", BOARD, {"unique": True}))["/entries_per_member"]


async def test_settings_are_shown_as_they_were_given(call: Calls) -> None:
    await arcade(call, entries_per_member=10_000)
    shown = (await call("GET", BOARD)).json
    assert (shown["unique"], shown["entries_per_member"]) == (False, 10_000)
    assert (await call("PATCH", BOARD, {"entries_per_member": None})).json["entries_per_member"] is None


@pytest.mark.parametrize("is_hidden", [False, True])
async def test_whether_members_have_one_entry_stands_once_there_is_any(call: Calls, is_hidden: bool) -> None:
    # given a board with an entry, which may be a hidden member's
    await arcade(call)
    await sent(call, "ada", 1)
    if is_hidden:
        await call("PUT", "/v1/members/ada/ban", {"mode": "hide"})

    # when it is to be another kind of board, and again when it is empty
    refused = await call("PATCH", BOARD, {"unique": True})
    await call("DELETE", ADA)
    taken = await call("PATCH", BOARD, {"unique": True})

    # then only the latter is done
    assert (refused.status, refused.code, "unique" in refused.json["detail"]) == (409, "BOARD_NOT_EMPTY", True)
    assert (taken.status, taken.json["unique"]) == (200, True)
    assert "entry_id" not in (await call("POST", BOARD + "/scores", {"member": "ada", "score": 1})).json


# submissions


async def test_a_submission_answers_its_entry_field_by_field(call: Calls) -> None:
    # given a board on which a member has a better entry
    await arcade(call, subscores=[{"name": "kills"}], periods=[{"type": "all"}, {"type": "daily"}])
    (first,) = await sent(call, "ada", 9)

    # when it sends another one
    answer = await call("POST", BOARD + "/scores", {"member": "ada", "score": 5, "subscore": 2})

    # then it is told of that one alone: nothing stood there before
    told = answer.json
    assert told["entry_id"] > first
    daily = told["periods"]["daily"].pop("id")
    part = {"rank": 2, "score": 5, "changed": True, "previous_rank": None}
    assert daily
    assert told == {
        "board": "b",
        "member": "ada",
        "entry_id": told["entry_id"],
        "changed": True,
        "score": 5,
        "subscores": {"kills": 2},
        "rank": 2,
        "total": 2,
        "previous_score": None,
        "previous_rank": None,
        "period": "all",
        "updated_at": told["updated_at"],
        "periods": {"all": part, "daily": part},
    }
    # and reads show it so
    read = (await call("GET", f"{ADA}?entry_id={told['entry_id']}")).json
    assert {name: read[name] for name in ("entry_id", "score", "subscores", "rank", "total", "updated_at")} == {
        name: told[name] for name in ("entry_id", "score", "subscores", "rank", "total", "updated_at")
    }


async def test_an_entry_worse_than_those_a_member_may_have_is_told_so_and_is_not_there(call: Calls) -> None:
    await arcade(call, entries_per_member=2)
    best = await sent(call, "ada", 9, 8)
    told = (await call("POST", BOARD + "/scores", {"member": "ada", "score": 7})).json
    assert (told["entry_id"], told["rank"], told["changed"], told["score"], told["total"]) == (None, None, False, 7, 2)
    assert told["periods"]["all"] == {"rank": None, "score": 7, "changed": False, "previous_rank": None}
    assert await numbers_of(call, "ada") == best


async def test_an_entry_may_be_kept_in_one_period_and_not_in_another(call: Calls) -> None:
    # given a member whose best is of a day that was reset
    await arcade(call, entries_per_member=1, periods=[{"type": "all"}, {"type": "daily"}])
    await sent(call, "ada", 9)
    await call("POST", BOARD + "/reset", {"period": "daily"})

    # when it sends a worse one
    told = (await call("POST", BOARD + "/scores", {"member": "ada", "score": 5})).json

    # then it has a number, since it stands in the day
    assert (told["rank"], told["changed"]) == (None, False)
    assert [(part["rank"], part["changed"]) for part in told["periods"].values()] == [(None, False), (1, True)]
    assert await numbers_of(call, "ada", "period=daily") == [told["entry_id"]]


async def test_a_retry_answers_what_the_first_did(call: Calls) -> None:
    # given submissions with keys: one, an array with one that is not kept, and one to several boards
    await arcade(call, entries_per_member=1)
    await call("PUT", "/v1/boards/plain", {})
    requests: list[tuple[str, Any]] = [
        (BOARD + "/scores", {"member": "ada", "score": 5}),
        (BOARD + "/scores", [{"member": "ada", "score": score} for score in (7, 6)]),
        ("/v1/scores", {"member": "ada", "score": 8, "boards": ["b", "plain"]}),
    ]
    firsts = [
        await call("POST", target, body, {"Idempotency-Key": f"k{n}"}) for n, (target, body) in enumerate(requests)
    ]
    assert [one["entry_id"] is None for one in firsts[1].json] == [False, True]

    # when the board changes, and they are sent again
    await call("PATCH", BOARD, {"rank_style": "dense", "entries_per_member": 2})
    agains = [
        await call("POST", target, body, {"Idempotency-Key": f"k{n}"}) for n, (target, body) in enumerate(requests)
    ]

    # then the answers are the same to the byte, and no entry came
    assert [one.body for one in agains] == [one.body for one in firsts]
    assert {one.headers.get("idempotent-replayed") for one in agains} == {"true"}
    assert await scores(call) == [("ada", 8)]


async def test_a_submission_to_several_boards_has_a_number_on_each_arcade_board(call: Calls) -> None:
    await arcade(call)
    await call("PUT", "/v1/boards/plain", {})
    await call("PUT", "/v1/boards/other", {"unique": False, "entries_per_member": 1})
    body = {"member": "ada", "score": 5, "boards": ["b", "plain", "other", "absent"]}
    answer = (await call("POST", "/v1/scores", body)).json
    assert ["entry_id" in one for one in answer] == [True, False, True, False]
    named = (await call("POST", "/v1/scores", {**body, "entry_id": 5})).json
    assert [one.get("entry_id", one.get("code")) for one in named] == [5, "VALIDATION_FAILED", None, "BOARD_NOT_FOUND"]


async def test_int64_comes_as_text_and_numbers_of_entries_do_not(call: Calls) -> None:
    await arcade(call)
    told = (await call("POST", BOARD + "/scores?int64=string", {"member": "ada", "score": "-9223372036854775808"})).json
    shown = (await page(call, "int64=string"))["entries"][0]
    assert told["score"] == told["periods"]["all"]["score"] == shown["score"] == "-9223372036854775808"
    assert type(told["entry_id"]) is type(shown["entry_id"]) is int
    assert 0 < told["entry_id"] < FAR


# entries that are named in a submission


async def test_an_admin_names_an_entry_and_changes_it_by_the_boards_rule(call: Calls) -> None:
    await arcade(call)
    path = BOARD + "/scores"
    made = (await call("POST", path, {"member": "ada", "score": 5, "entry_id": 0})).json
    worse = (await call("POST", path, {"member": "ada", "score": 4, "entry_id": 0})).json
    better = (await call("POST", path, {"member": "ada", "score": 6, "entry_id": "0"})).json
    others = (await call("POST", path, {"member": "bob", "score": 1, "entry_id": 0})).json
    assert [(one["entry_id"], one["changed"], one["score"]) for one in (made, worse, better, others)] == [
        (0, True, 5),
        (0, False, 5),
        (0, True, 6),
        (0, True, 1),
    ]
    assert (better["previous_score"], better["previous_rank"], better["total"]) == (5, 1, 1)
    assert await scores(call) == [("ada", 6), ("bob", 1)]


@pytest.mark.parametrize("number", [-1, FAR, 2**63, 1.5, True, "x", [], "1e3"])
async def test_a_number_that_no_entry_has_is_refused(call: Calls, number: Any) -> None:
    await arcade(call)
    answer = await call("POST", BOARD + "/scores", {"member": "ada", "score": 5, "entry_id": number})
    assert set(faults(answer)) == {"/entry_id"}
    assert await scores(call) == []


async def test_the_greatest_number_is_taken_and_read_back(call: Calls) -> None:
    await arcade(call)
    (number,) = await sent(call, "ada", 5, entry_id=FAR - 1)
    assert (number, (await call("GET", f"{ADA}?entry_id={FAR - 1}")).json["score"]) == (FAR - 1, 5)


async def test_only_admin_names_entries(call: Calls, app: Any) -> None:
    await arcade(call)
    writer, admin = [Calls(app, await key_of(call, scope)) for scope in ("write", "admin")]
    body = {"member": "ada", "score": 5, "entry_id": 7}
    refused = await writer("POST", BOARD + "/scores", body)
    assert (refused.status, refused.code, "entry_id" in refused.json["detail"]) == (403, "SCOPE_MISSING", True)
    assert (await writer("POST", BOARD + "/scores", {**body, "entry_id": None})).status == 200
    assert (await admin("POST", BOARD + "/import", b'{"member": "ada", "score": 5, "entry_id": 7}\n',
                        {"Content-Type": "application/x-ndjson"})).json["taken"] == 1  # fmt: skip


# numbers where there are none


async def test_where_a_member_has_one_entry_no_number_is_taken(call: Calls) -> None:
    await call("PUT", BOARD, {})
    await call("POST", BOARD + "/scores", {"member": "ada", "score": 5})
    answers = [
        await call("GET", ADA + "?entry_id=1"),
        await call("GET", ADA + "/around?entry_id=1"),
        await call("PATCH", ADA + "?entry_id=1", {"metadata": 1}),
        await call("DELETE", ADA + "?entry_id=1"),
        await call("POST", BOARD + "/scores", {"member": "ada", "score": 7, "entry_id": 1}),
    ]
    for answer in answers:
        ((where, detail),) = faults(answer).items()
        assert where.removeprefix("/") == "entry_id"
        assert "one entry" in detail
    assert await scores(call) == [("ada", 5)]


@pytest.mark.parametrize("query", [SPAN, "member_type=team", "segment=country:FR"])
@pytest.mark.parametrize("way", ["", "/around"])
async def test_spans_teams_and_segments_take_no_number(call: Calls, query: str, way: str) -> None:
    await arcade(call, fields=FIELDS, ranges={"keep_days": 2}, member_types=["user", "team"])
    (number,) = await sent(call, "ada", 5, fields={"country": "FR"}, team="ada")
    found = faults(await call("GET", f"{ADA}{way}?{query}&entry_id={number}"))
    assert set(found) == {"entry_id"}
    assert "leave" in found["entry_id"]
    shown = await call("GET", f"{ADA}{way}?{query}")
    assert shown.status == 200


@pytest.mark.parametrize("number", ["-1", str(FAR), "x", "1.0", ""])
async def test_a_number_in_a_query_is_checked(call: Calls, number: str) -> None:
    await arcade(call)
    for method, way in (("GET", ""), ("GET", "/around"), ("PATCH", ""), ("DELETE", "")):
        body = {"metadata": 1} if method == "PATCH" else None
        assert set(faults(await call(method, f"{ADA}{way}?entry_id={number}", body))) == {"entry_id"}


async def test_an_entry_is_not_put_and_nothing_changes(call: Calls) -> None:
    await arcade(call)
    await sent(call, "ada", 5)
    found = faults(await call("PUT", ADA, {"score": 7}))
    assert "POST" in found["/score"]
    assert await scores(call) == [("ada", 5)]


# reads


async def test_an_entry_of_somebody_else_is_not_found(call: Calls) -> None:
    await arcade(call)
    (ours,), (theirs,) = await sent(call, "ada", 5), await sent(call, "bob", 6)
    for way in ("", "/around"):
        refused = await call("GET", f"{ADA}{way}?entry_id={theirs}")
        assert (refused.code, f"has no entry {theirs} on" in refused.json["detail"]) == ("ENTRY_NOT_FOUND", True)
        assert (await call("GET", f"{ADA}{way}?entry_id={ours}")).status == 200


async def test_a_members_entries_are_a_filter_and_a_segment(call: Calls) -> None:
    # given members of whom one's id begins another's
    await arcade(call)
    for member, values in (("ada", (9, 3, 5)), ("ada.2", (8, 4)), ("a,b:c d", (7, 1))):
        await sent(call, member, *values)

    # then a filter lists them with the board's ranks, a segment with their own
    filtered, segment = await page(call, "filter=member:ada"), await page(call, "segment=member:ada")
    assert [(one["score"], one["rank"]) for one in filtered["entries"]] == [(9, 1), (5, 4), (3, 6)]
    assert [(one["score"], one["rank"]) for one in segment["entries"]] == [(9, 1), (5, 2), (3, 3)]
    assert filtered["total"] == segment["total"] == 3
    assert [one["score"] for one in (await page(call, f"filter=member:{quote('a,b:c d')}"))["entries"]] == [7, 1]
    assert (await page(call, "filter=member:nobody"))["total"] == 0


async def test_a_filter_by_member_goes_with_others(call: Calls) -> None:
    await arcade(call, fields=FIELDS)
    for member in ("ada", "bob"):
        for score, country in enumerate(("FR", "DE", "FR")):
            await sent(call, member, score, fields={"country": country, "time": 10 - score})
    assert await scores(call, "filter=member:ada&filter=country:FR") == [("ada", 2), ("ada", 0)]
    assert await scores(call, "filter=member:ada&sort=time") == [("ada", 2), ("ada", 1), ("ada", 0)]
    assert await scores(call, "segment=country:FR&filter=member:bob") == [("bob", 2), ("bob", 0)]


@pytest.mark.parametrize("text", ["member", "member:", "member:%0A", "member:" + "x" * 257])
async def test_a_filter_by_no_member_is_refused(call: Calls, text: str) -> None:
    await arcade(call)
    assert set(faults(await call("GET", f"{BOARD}/entries?filter={text}"))) == {"filter"}


async def test_where_members_have_one_entry_there_is_no_such_filter(call: Calls) -> None:
    await call("PUT", BOARD, {})
    for parameter in ("filter", "segment"):
        found = faults(await call("GET", f"{BOARD}/entries?{parameter}=member:ada"))
        assert "`unique` is false" in found.pop(parameter)
        assert not found


async def test_a_field_called_member_goes_before_the_member(call: Calls) -> None:
    await arcade(call, fields=[{"name": "member", "segment": True}])
    await sent(call, "ada", 5, fields={"member": "of the crew"})
    assert await scores(call, f"filter=member:{quote('of the crew')}") == [("ada", 5)]
    assert await scores(call, "filter=member:ada") == []


async def test_lists_across_boards_have_the_best_entry_of_each(call: Calls) -> None:
    await arcade(call)
    await call("PUT", "/v1/boards/c", {})
    best = max(await sent(call, "ada", 3, 9))
    await call("POST", "/v1/boards/c/scores", {"member": "ada", "score": 4})
    found = (await call("GET", "/v1/members/ada/entries")).json["entries"]
    assert [(one["board"], one.get("entry_id"), one["score"], one["rank"]) for one in found] == [
        ("b", best, 9, 1),
        ("c", None, 4, 1),
    ]


async def test_statistics_count_entries(call: Calls) -> None:
    await arcade(call)
    await sent(call, "ada", 1, 2, 3)
    await sent(call, "bob", 4)
    stats = (await call("GET", BOARD + "/stats?top=50")).json
    assert (stats["count"], stats["min"], stats["max"], stats["quantiles"]["p50"]) == (4, 1, 4, 2)
    assert stats["top"] == [{"percent": 50, "count": 2, "score": 3}]
    assert (await call("GET", ADA)).json["percentile"] == pytest.approx(66.6667)


async def test_the_rows_around_a_score_are_entries(call: Calls) -> None:
    await arcade(call)
    await sent(call, "ada", 1, 3, 5)
    found = (await call("GET", BOARD + "/around?score=3&size=3")).json
    assert (found["rank"], [one["score"] for one in found["entries"]]) == (3, [5, 3, 1])
    assert all(one["entry_id"] for one in found["entries"])


@pytest.mark.parametrize("way", ["", "filter=member:ada&", "segment=member:ada&", "sort=-time&"])
@pytest.mark.parametrize("style", ["competition", "dense"])
async def test_a_cursor_goes_on_while_the_rank_style_changes(call: Calls, way: str, style: str) -> None:
    # given a member's entries, some of which tie, and a page of them
    await arcade(call, fields=FIELDS)
    numbers = await sent(call, "ada", 5, 5, 4, 4, 3, fields={"time": 1})
    start = (await call("GET", f"{BOARD}/entries?{way}limit=2")).json

    # when the ranks are counted otherwise and the page goes on, and back
    assert (await call("PATCH", BOARD, {"rank_style": style})).status == 200
    behind = (await call("GET", f"{BOARD}/entries?{way}cursor={quote(start['next'])}&limit=2")).json
    back = (await call("GET", f"{BOARD}/entries?{way}cursor={quote(behind['prev'])}")).json

    # then each entry is there once, with the rank of now
    rows = [*back["entries"], *behind["entries"]]
    assert [row["entry_id"] for row in rows] == numbers[:4]
    assert [row["rank"] for row in rows] == {"competition": [1, 1, 3, 3], "dense": [1, 1, 2, 2]}[style]
    assert [row["field_ranks"]["time"] for row in rows] == [1] * 4


async def test_openapi_describes_numbers_and_settings(call: Calls) -> None:
    shown = (await call("GET", "/openapi.json")).json
    named = {
        (path, method)
        for path, methods in shown["paths"].items()
        for method, operation in methods.items()
        if any(one["name"] == "entry_id" and one["schema"].get("description") for one in operation["parameters"])
    }
    entry = "/v1/boards/{board}/entries/{member}"
    assert named == {(entry, "get"), (entry, "patch"), (entry, "delete"), (entry + "/around", "get")}
    schemas = shown["components"]["schemas"]
    assert schemas["SubmissionBody"]["properties"]["entry_id"]["description"]
    assert all(schemas["BoardSettings"]["properties"][name]["description"] for name in ("unique", "entries_per_member"))

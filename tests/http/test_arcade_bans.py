"""Arcade boards: members with many entries are hidden, shown again and erased, without loss and without a rest."""

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from tests.arcade_boards import ADA, ARCADE, BOARD, FIELDS, arcade, faults, kept, numbers_of, page, scores, sent
from tests.asgi_calls import Calls
from tests.store_search import contents, keys_holding
from tests.store_servers import StoreServer
from tests.timed_service import TimedService

MEMBER = "/v1/members/ada"
BAN = MEMBER + "/ban"
HIDE = {"mode": "hide"}
CAPPED = "/v1/boards/capped"
MANY, FEW = 230, 6  # several steps of a ban and of an erasure, and one
IDS = ["7c9e6679-7425-40de-944b-e07fc1f90ae7", "player.one", "🏁 Zoë/1"]


def standings(store: StoreServer) -> dict[bytes, bytes]:
    """What the store holds of entries: their orders, records and values."""
    kinds = (b":order", b":entries", b":values", b":distinct", b":ties")
    return {key: held for key, held in contents(store).items() if any(kind in key for kind in kinds)}


async def played(call: Calls, **settings: Any) -> list[int]:
    """A board with two periods on which ada has many entries, and bob some; the numbers of ada's."""
    await arcade(call, fields=FIELDS, periods=[{"type": "all"}, {"type": "daily"}], **settings)
    rows = [
        {"member": "ada", "score": score % 50, "fields": {"country": ["FR", "DE"][score % 2], "time": score}}
        for score in range(MANY)
    ]
    answer = (await call("POST", BOARD + "/scores", rows)).json
    await sent(call, "bob", 60, 20, -1, fields={"country": "FR", "time": 1000})
    return [placing["entry_id"] for placing in answer]


@pytest.mark.parametrize("style", ["unique", "dense"])
async def test_all_entries_of_a_member_are_hidden_and_shown_again_without_loss(
    call: Calls, store: StoreServer, style: str
) -> None:
    # given a member with many entries
    await played(call, rank_style=style)
    before = standings(store)
    pages = [await page(call, query) for query in ("", "segment=country:FR", "period=daily", "sort=time")]

    # when it is hidden
    assert (await call("PUT", BAN, HIDE)).status == 201

    # then no read of others has any of its entries
    bobs = [("bob", 60), ("bob", 20), ("bob", -1)]
    for query in ("", "segment=country:FR", "period=daily", "sort=-country"):
        assert await scores(call, query) == bobs
    for query in ("filter=member:ada", "segment=member:ada", "segment=country:DE"):
        assert (await page(call, query))["total"] == 0
    assert (await call("GET", BOARD + "/stats")).json["count"] == 3
    assert (await call("GET", ADA)).code == "ENTRY_NOT_FOUND"

    # and shown again all is as it was, to the byte
    assert (await call("DELETE", BAN)).status == 204
    assert standings(store) == before
    assert [await page(call, query) for query in ("", "segment=country:FR", "period=daily", "sort=time")] == pages


async def test_a_hidden_member_sees_its_best_entry_and_each_by_its_number(call: Calls) -> None:
    # given a hidden member
    numbers = await played(call)
    best = await numbers_of(call, "ada")
    await call("PUT", BAN, HIDE)

    # then it sees itself without a rank, its best entry and any other, and the rows around them
    for query, number in (("", best[0]), (f"entry_id={numbers[7]}&", numbers[7])):
        shown = (await call("GET", f"{ADA}?{query}viewer=ada")).json
        assert (shown["entry_id"], shown["rank"], shown["total"]) == (number, None, 3)
        around = (await call("GET", f"{ADA}/around?{query}viewer=ada&size=3")).json["entries"]
        assert [(one["member"], one["rank"]) for one in around if one["entry_id"] == number] == [("ada", None)]
        assert (await call("GET", f"{ADA}?{query}viewer=bob")).code == "ENTRY_NOT_FOUND"
    among = (await call("GET", f"{ADA}?segment=country:DE&viewer=ada")).json
    assert (among["rank"], among["total"]) == (None, 0)
    looked = (await call("POST", BOARD + "/entries/lookup?viewer=ada", {"members": ["bob", "ada"]})).json
    assert [(one["member"], one["position"]) for one in looked["entries"]] == [("bob", 1), ("ada", None)]
    assert (await call("GET", "/v1/members/ada/entries?viewer=ada")).json["entries"][0]["entry_id"] == best[0]


async def test_a_hidden_member_walks_all_its_entries(call: Calls) -> None:
    # given a hidden member, and the order of its entries before
    await played(call, rank_style="competition")
    numbers = await numbers_of(call, "ada")
    among = await numbers_of(call, "ada", "filter=country:DE")
    await call("PUT", BAN, HIDE)

    # when it walks them, there and back
    found, back, query = [], [], "filter=member:ada&viewer=ada&limit=100"
    shown: Any = {"next": ""}
    while shown["next"] is not None:
        shown = (await call("GET", f"{BOARD}/entries?{query}")).json
        found += shown["entries"]
        query = f"cursor={quote(shown['next'] or '')}"
    while shown["prev"] is not None:
        shown = (await call("GET", f"{BOARD}/entries?cursor={quote(shown['prev'])}")).json
        back = [*shown["entries"], *back]

    # then all of them are there in their order, without ranks, and so are those that have a value
    assert [one["entry_id"] for one in found] == numbers
    assert [one["entry_id"] for one in back] == numbers[:200]
    assert {(one["rank"], "field_ranks" in one) for one in found} == {(None, False)}
    assert shown["total"] == MANY
    assert await numbers_of(call, "ada", "viewer=ada&filter=country:DE") == among
    assert (await page(call, "filter=member:ada&viewer=ada&score_min=49"))["total"] == 4
    assert (await page(call, f"filter=member:ada&viewer=ada&offset={MANY - 1}"))["entries"][0]["entry_id"] == numbers[
        -1
    ]

    # and others see nothing of it, and one that is not hidden what all see
    assert await numbers_of(call, "ada") == []
    for query in ("filter=member:bob", "filter=member:bob&filter=country:FR", "filter=member:bob&segment=country:FR"):
        assert await page(call, query + "&viewer=bob") == await page(call, query) != []
    assert (await page(call, "filter=member:bob&viewer=bob&offset=7"))["total"] == 3


@pytest.mark.parametrize("query", ["", "filter=member:bob&", "filter=country:FR&", "segment=member:ada&", "sort=time&"])
async def test_a_page_has_a_viewer_only_where_it_is_of_its_own_entries(call: Calls, query: str) -> None:
    await arcade(call, fields=FIELDS)
    found = faults(await call("GET", f"{BOARD}/entries?{query}viewer=ada"))
    assert "filter=member:ID" in found["viewer"]


async def test_what_a_hidden_member_sends_is_kept_as_the_cap_has_it(call: Calls, store: StoreServer) -> None:
    # given a hidden member with as many entries as it may have
    await arcade(call, entries_per_member=3, fields=FIELDS)
    await sent(call, "ada", 5, 3, 7, fields={"country": "FR"})
    await sent(call, "bob", 6)
    await call("PUT", BAN, HIDE)

    # when it plays on
    better = (await call("POST", BOARD + "/scores", {"member": "ada", "score": 4})).json
    worse = (await call("POST", BOARD + "/scores", {"member": "ada", "score": 1})).json

    # then it is told of no rank, and nobody sees anything
    assert (better["rank"], better["total"], better["changed"], better["entry_id"] is None) == (None, 1, True, False)
    assert (worse["rank"], worse["total"], worse["changed"], worse["entry_id"]) == (None, 1, False, None)
    assert await scores(call) == [("bob", 6)]

    # and shown again it has its best three
    await call("DELETE", BAN)
    assert await scores(call) == [("ada", 7), ("bob", 6), ("ada", 5), ("ada", 4)]
    assert kept(store, "entries") == 4


async def test_an_entry_that_an_import_changes_while_its_member_is_hidden_is_one_entry(
    call: Calls, store: StoreServer
) -> None:
    # given a hidden member's entry
    await arcade(call, fields=FIELDS)
    (number,) = await sent(call, "ada", 5, fields={"country": "FR"})
    await call("PUT", BAN, HIDE)

    # when an import sets it otherwise
    line = b'{"member": "ada", "score": 2, "entry_id": %d, "fields": {"country": "DE"}}\n' % number
    told = (await call("POST", BOARD + "/import", line, {"Content-Type": "application/x-ndjson"})).json
    assert (told["taken"], told["changed"]) == (1, 1)

    # then it is kept in one place, and shown again it stands once
    assert kept(store, "values") == 1
    await call("DELETE", BAN)
    assert await scores(call) == [("ada", 2)]
    assert (await page(call, "filter=member:ada"))["total"] == 1
    assert (await page(call, "segment=country:FR"))["total"] == 0


async def test_corrections_reach_a_hidden_members_entries(call: Calls, store: StoreServer) -> None:
    # given a hidden member with many entries
    numbers = await played(call)
    best = (await numbers_of(call, "ada"))[0]
    await call("PUT", BAN, HIDE)

    # when one is changed, one removed, and the best changed
    changed = (await call("PATCH", f"{ADA}?entry_id={numbers[3]}", {"fields": {"country": "IT"}})).json
    assert (changed["rank"], changed["entry_id"]) == (None, numbers[3])
    assert (await call("PATCH", ADA, {"metadata": "best"})).json["entry_id"] == best
    assert (await call("DELETE", f"{ADA}?entry_id={numbers[4]}")).status == 204

    # then that is what stands once it is shown again
    await call("DELETE", BAN)
    entries = (await page(call, "filter=member:ada"))["entries"]
    assert len(entries) == MANY - 1
    assert [one["entry_id"] for one in (await page(call, "segment=country:IT"))["entries"]] == [numbers[3]]

    # and all that a hidden one has can be removed
    await call("PUT", BAN, HIDE)
    assert (await call("DELETE", ADA)).status == 204
    await call("DELETE", BAN)
    assert (await page(call, "filter=member:ada"))["total"] == 0
    assert (kept(store, "entries"), kept(store, "values")) == (6, 6 * 3)


async def test_submissions_beside_a_ban_are_neither_lost_nor_doubled(call: Calls, store: StoreServer) -> None:
    # given a member with many entries
    await arcade(call, rank_style="dense")
    rows = [{"member": "ada", "score": score} for score in range(MANY)]
    assert (await call("POST", BOARD + "/scores", rows)).status == 200

    # when it plays while it is hidden, and while it is shown again
    expected = MANY
    for method in ("PUT", "DELETE"):
        submissions = [call("POST", BOARD + "/scores", {"member": "ada", "score": 1000 + n}) for n in range(12)]
        done = await asyncio.gather(
            call(method, BAN, HIDE if method == "PUT" else None), *submissions[:6], *submissions[6:]
        )
        assert {answer.status for answer in done} <= {200, 201, 204}
        expected += len(submissions)
        if method == "PUT":
            assert await scores(call) == []

    # then all of them stand, once
    numbers = await numbers_of(call, "ada")
    assert len(numbers) == len(set(numbers)) == (await page(call))["total"] == expected
    assert kept(store, "entries") == expected
    assert kept(store, "values") == expected


async def test_a_blocked_member_keeps_its_entries_and_gets_no_more(call: Calls) -> None:
    await arcade(call)
    await sent(call, "ada", 5, 3)
    await call("PUT", BAN, {"mode": "block"})
    assert (await call("POST", BOARD + "/scores", {"member": "ada", "score": 9})).code == "MEMBER_BLOCKED"
    assert await scores(call) == [("ada", 5), ("ada", 3)]


async def test_a_hidden_member_is_in_no_span_of_days(timed: TimedService) -> None:
    await timed.board(ranges={"keep_days": 5}, **ARCADE)
    for score in (5, 3):
        await timed.send("ada", score)
        await timed.send("bob", score)
    span = "/entries?from=2026-11-21&to=2026-11-21&aggregate=sum"
    assert [one["member"] for one in (await timed.get(span))["entries"]] == ["ada", "bob"]
    await timed("PUT", BAN, HIDE)
    assert [(one["member"], one["score"]) for one in (await timed.get(span))["entries"]] == [("bob", 8)]


# erasure


async def history(timed: TimedService) -> None:
    """Two days of members with many entries on a board, and with some on a capped one; in archives, spans and teams."""
    settings = {
        "fields": FIELDS,
        "rank_style": "dense",
        "ranges": {"keep_days": 3},
        "member_types": ["user", "team"],
        "periods": [{"type": "daily", "keep": 2}, {"type": "all"}],
        **ARCADE,
    }
    timed.at("2026-11-20T12:00:00Z")
    await timed("PUT", BOARD, settings)
    await timed("PUT", CAPPED, {**settings, "entries_per_member": 2})
    for day in (20, 21):
        timed.at(f"2026-11-{day}T12:00:00Z")
        await timed.tick()
        for board in (BOARD, CAPPED):
            for number, member in enumerate([*IDS, "other"]):
                more, count = {"member": member, "team": "red"}, FEW
                if (board, day) == (BOARD, 20) and member in IDS[:2]:
                    count = MANY
                rows = [{**more, "score": one % 9, "fields": {"country": "FR", "time": one}} for one in range(count)]
                answer = await timed("POST", f"{board}/scores", rows, {"Idempotency-Key": f"{day}-{number}"})
                assert answer.status == 200, answer.body
        if day == 20:
            assert (await timed("POST", BOARD + "/reset", {"period": "daily", "archive": True})).status == 200


async def test_no_key_holds_the_id_of_an_erased_member_of_many_entries(timed: TimedService) -> None:
    # given members with many entries: one was hidden, played and was shown again, one is hidden
    await history(timed)
    paths = ["/v1/members/" + quote(member, safe="") for member in IDS]
    for path in paths[:2]:
        assert (await timed("PUT", path + "/ban", HIDE)).status == 201
    await timed.send(IDS[0], 77)
    await timed("DELETE", paths[0] + "/ban")
    await timed.get("/entries?from=2026-11-20&to=2026-11-21")
    others = lasting(keys_holding(timed.store, "other"))

    for member, path in zip(IDS, paths, strict=True):
        # when one is erased
        kinds = {key.split(b"}:")[1].split(b":")[0] for key in keys_holding(timed.store, member)}
        assert kinds >= {b"entries", b"values", b"day"}
        answer = await timed("DELETE", path)

        # then no key holds its id, and the receipt has counted its entries
        assert answer.status == 204, answer.body
        assert keys_holding(timed.store, member) == set()
        receipt = (await timed("GET", "/v1/erasures/" + answer.headers["erasure-receipt"])).json
        assert (receipt["boards"], receipt["days"]) == (2, 4)
        # of two days and all time; on the other board the best two of each
        sent_here = FEW + (MANY if member in IDS[:2] else FEW) + (member == IDS[0])
        assert receipt["entries"] == 2 * sent_here + 3 * 2

    # and the other member's are where they were
    assert lasting(keys_holding(timed.store, "other")) == others
    assert (await timed.get("/entries?period=all"))["total"] == 2 * FEW


def lasting(keys: set[bytes]) -> set[bytes]:
    """All but what is computed again."""
    return {key for key in keys if b"range" not in key and b"tally" not in key}

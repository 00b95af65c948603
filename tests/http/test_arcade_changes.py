"""What becomes of the entries of an arcade board: corrections, caps, resets, late scores, spans of days and teams."""

from itertools import pairwise
from typing import Any

import pytest

from tests.arcade_boards import ADA, ARCADE, BOARD, FIELDS, arcade, kept, numbers_of, page, scores, sent
from tests.asgi_calls import Calls
from tests.store_servers import StoreServer
from tests.timed_service import TimedService

MANY = 65  # more than two steps of a removal
DAY_1, DAY_2 = "2026-11-19T12:00:00Z", "2026-11-20T12:00:00Z"
SPAN = "from=2026-11-19&to=2026-11-21"


# corrections


async def test_patch_changes_the_best_entry_or_the_one_named(call: Calls) -> None:
    # given a member with many entries, in two periods
    await arcade(call, fields=FIELDS, periods=[{"type": "all"}, {"type": "daily"}])
    numbers = await sent(call, "ada", *range(MANY))
    best, other = numbers[-1], numbers[7]

    # when the best is changed, and another one
    told = [
        (await call("PATCH", ADA, {"metadata": "best"})).json,
        (await call("PATCH", f"{ADA}?entry_id={other}", {"fields": {"country": "FR", "time": 3}})).json,
    ]

    # then each is what reads show, and no other entry has changed in any period
    assert [(one["entry_id"], one["score"], one["rank"], one["total"]) for one in told] == [
        (best, MANY - 1, 1, MANY),
        (other, 7, MANY - 7, MANY),
    ]
    assert told[1]["field_ranks"] == {"time": 1}
    for period in ("all", "daily"):
        entries = (await page(call, f"period={period}"))["entries"]
        assert [one["entry_id"] for one in entries if one["metadata"]] == [best]
        assert [one["entry_id"] for one in entries if one["fields"]] == [other]
    assert [one["entry_id"] for one in (await page(call, "segment=country:FR"))["entries"]] == [other]


async def test_what_is_not_there_is_neither_changed_nor_removed(call: Calls) -> None:
    await arcade(call)
    (theirs,) = await sent(call, "bob", 5)
    for query in ("", f"?entry_id={theirs}", "?entry_id=0"):
        named = f"has no entry {query.removeprefix('?entry_id=')} on" if query else "has no entry on"
        for refused in (await call("PATCH", ADA + query, {"metadata": 1}), await call("DELETE", ADA + query)):
            assert (refused.code, named in refused.json["detail"]) == ("ENTRY_NOT_FOUND", True)
    assert (await page(call))["entries"][0]["metadata"] is None


async def test_delete_takes_the_one_named_or_all_of_a_member(call: Calls, store: StoreServer) -> None:
    # given members with many entries, in two periods of a dense board
    await arcade(call, rank_style="dense", periods=[{"type": "all"}, {"type": "daily"}], fields=FIELDS)
    numbers = await sent(call, "ada", *range(MANY), fields={"country": "FR"})
    await sent(call, "bob", 3, 30, fields={"country": "FR"})

    # when one is removed, and again
    path = f"{ADA}?entry_id={numbers[30]}"
    assert [(await call("DELETE", path)).status for _ in range(2)] == [204, 404]

    # then it alone is gone, in each period
    for period in ("all", "daily"):
        assert await numbers_of(call, "ada", f"period={period}") == [*numbers[:30:-1], *numbers[29::-1]]
    assert kept(store, "entries") == 2 * (MANY + 1)

    # and when all are, then nothing of the member is left, and others are as they were
    assert [(await call("DELETE", ADA)).status for _ in range(2)] == [204, 404]
    for query in ("", "period=daily", "segment=country:FR"):
        assert await scores(call, query) == [("bob", 30), ("bob", 3)]
    assert kept(store, "entries") == 2 * 2
    assert (await call("GET", BOARD + "/around?score=0")).json["rank"] == 3


# caps


async def test_who_has_more_than_the_cap_loses_the_worst_and_the_store_forgets_them(
    call: Calls, store: StoreServer
) -> None:
    await arcade(call, entries_per_member=3, fields=FIELDS, rank_style="competition")
    numbers = await sent(call, "ada", 5, 1, 9, 7, 3, 7, fields={"country": "FR"})
    await sent(call, "bob", 2)
    assert [number is None for number in numbers] == [False, False, False, False, True, False]
    assert await numbers_of(call, "ada") == [numbers[2], numbers[3], numbers[5]]
    assert await scores(call) == [("ada", 9), ("ada", 7), ("ada", 7), ("bob", 2)]
    assert (await page(call, "segment=country:FR"))["total"] == 3
    assert kept(store, "entries") == 4
    assert [(await call("GET", f"{ADA}?entry_id={number}")).status for number in numbers[:2]] == [404, 404]


async def test_a_low_score_is_the_worst_where_the_order_is_descending_and_a_high_one_where_it_is_not(
    call: Calls,
) -> None:
    await arcade(call, entries_per_member=2, order="asc", tie_break="last")
    numbers = await sent(call, "ada", 5, 5, 5, 4)
    assert await numbers_of(call, "ada") == [numbers[3], numbers[2]]


async def test_a_cap_that_is_lowered_is_reached_step_by_step(call: Calls, store: StoreServer) -> None:
    # given a member with many more entries than it is to have
    await arcade(call)
    numbers = await sent(call, "ada", *range(MANY))
    await sent(call, "bob", 3)
    assert (await call("PATCH", BOARD, {"entries_per_member": 5})).status == 200

    # when it plays on
    counts = [MANY]
    while counts[-1] > 5:
        assert await sent(call, "ada", -1) == [None]
        counts.append(len(await numbers_of(call, "ada")))

    # then each submission drops a bounded number of the worst, and in the end the best five stand
    assert all(first - second <= 10 for first, second in pairwise(counts))
    assert await numbers_of(call, "ada") == numbers[:-6:-1]
    assert (kept(store, "entries"), await scores(call)) == (6, [("ada", n) for n in range(64, 59, -1)] + [("bob", 3)])


async def test_a_cap_that_is_lifted_takes_all_from_then_on(call: Calls) -> None:
    await arcade(call, entries_per_member=1)
    await sent(call, "ada", 9, 5)
    await call("PATCH", BOARD, {"entries_per_member": None})
    await sent(call, "ada", 4)
    assert await scores(call) == [("ada", 9), ("ada", 4)]


# periods


async def test_resets_keep_entries_in_archives_with_their_numbers(call: Calls) -> None:
    # given entries in two periods
    await arcade(call, periods=[{"type": "all"}, {"type": "daily"}], entries_per_member=2)
    numbers = await sent(call, "ada", 9, 5)

    # when the day is reset, and played again
    ended = (await call("POST", BOARD + "/reset", {"period": "daily", "archive": True})).json["periods"]
    later = await sent(call, "ada", 7)

    # then the archive has what was there, and the caps of both are their own
    archive = ended[0]["archive"]
    assert ended[0]["removed"] == 2
    assert await numbers_of(call, "ada", f"period={archive}") == numbers
    assert await numbers_of(call, "ada", "period=daily") == later
    assert await numbers_of(call, "ada") == [numbers[0], later[0]]
    read = await call("GET", f"{ADA}?entry_id={numbers[1]}&period={archive}")
    assert (read.json["rank"], read.json["score"]) == (2, 5)


async def test_numbers_grow_beyond_a_reset(call: Calls) -> None:
    await arcade(call)
    first = await sent(call, "ada", 1, 2)
    await call("POST", BOARD + "/reset", {})
    second = await sent(call, "ada", 1, 2)
    assert sorted([*first, *second]) == [*first, *second]


async def test_a_late_score_is_an_entry_of_the_day_it_belongs_to(timed: TimedService) -> None:
    # given a board that takes late scores, and a day that has just begun
    timed.at("2026-11-20T23:59:00Z")
    await timed.board("daily", "all", late_s=300, entries_per_member=2, tie_break="first", **ARCADE)
    await timed.send("ada", 5)
    timed.at("2026-11-21T00:01:00Z")
    await timed.send("ada", 5)

    # when scores of the day before come, one of them worse than those that the member may have
    late = await timed.send("ada", 5, achieved_at="2026-11-20T23:58:00Z")
    worse = await timed.send("ada", 1, achieved_at="2026-11-20T23:58:00Z")

    # then the one stands there before its equals, with a number of its own, and the other does not stand
    assert [part["id"] for part in late["periods"].values() if "id" in part] == ["2026-11-20"]
    before = (await timed.get("/entries?period=daily:-1"))["entries"]
    assert [one["entry_id"] == late["entry_id"] for one in before] == [True, False]
    assert late["updated_at"] == before[0]["updated_at"] == "2026-11-20T23:58:00.000000Z"
    assert (worse["entry_id"], worse["rank"]) == (None, None)
    assert (await timed.get("/entries?period=daily"))["total"] == 1
    assert (await timed("POST", BOARD + "/scores", {"member": "ada", "score": 1, "achieved_at": DAY_1})).code == (
        "PERIOD_CLOSED"
    )


async def test_a_new_entry_never_takes_the_number_of_another_one(timed: TimedService) -> None:
    # given entries with the numbers that the clock would give next, as a server whose clock is ahead has them
    await timed.board(**ARCADE)
    now_us = timed.clock.now_us()
    given = [now_us, now_us + 2]
    line = {"member": "ada", "score": 5, "achieved_at": DAY_1}
    await timed("POST", BOARD + "/scores", [{**line, "entry_id": number} for number in given])

    # when the member plays, also beside another one
    one = [(await timed.send("ada", 7))["entry_id"]]
    rows = [{**line, "entry_id": now_us + 5}, {"member": "ada", "score": 8}, {"member": "ada", "score": 9}]
    answer = (await timed("POST", BOARD + "/scores", rows)).json

    # then each has a number of its own, and all of them are there
    numbers = [*given, *one, *(placing["entry_id"] for placing in answer)]
    assert len(set(numbers)) == 6
    assert sorted(entry["entry_id"] for entry in (await timed.get("/entries"))["entries"]) == sorted(numbers)
    assert (await timed("DELETE", ADA)).status == 204
    assert (await timed.get("/entries"))["total"] == 0


# spans of days


async def test_days_count_every_submission_also_those_that_are_not_kept(timed: TimedService) -> None:
    # given a board that keeps one entry a member, and days
    timed.at(DAY_1)
    await timed.board(ranges={"keep_days": 5}, entries_per_member=1, fields=FIELDS, **ARCADE)
    for day in (DAY_1, DAY_2):
        timed.at(day)
        for score in (5, 3, 9):
            await timed.send("ada", score)
        await timed.send("bob", 20)

    # then a span has a row a member, of the sum or the best of all it sent
    for aggregate, expected in (("sum", [("bob", 40), ("ada", 34)]), ("best", [("bob", 20), ("ada", 9)])):
        rows = (await timed.get(f"/entries?{SPAN}&aggregate={aggregate}"))["entries"]
        assert [(row["member"], row["score"]) for row in rows] == expected
        assert not any("entry_id" in row for row in rows)
        ada = await timed.get(f"/entries/ada?{SPAN}&aggregate={aggregate}")
        assert (ada["rank"], ada["score"]) == (2, dict(expected)["ada"])
        found = await timed.lookup(["ada", "bob"], f"?{SPAN}&aggregate={aggregate}")
        assert [(row["member"], row["position"]) for row in found["entries"]] == [("bob", 1), ("ada", 2)]


async def test_an_entry_that_is_removed_leaves_days_alone_and_a_member_that_is_leaves_todays(
    timed: TimedService,
) -> None:
    timed.at(DAY_1)
    await timed.board(ranges={"keep_days": 5}, **ARCADE)
    await timed.send("ada", 5)
    timed.at(DAY_2)
    number = (await timed.send("ada", 3))["entry_id"]
    await timed("DELETE", f"{ADA}?entry_id={number}")
    assert (await timed.get(f"/entries/ada?{SPAN}&aggregate=sum"))["score"] == 8
    await timed("DELETE", ADA)
    assert (await timed.get(f"/entries/ada?{SPAN}&aggregate=sum"))["score"] == 5


async def test_an_entry_that_is_sent_again_by_its_number_counts_once_in_its_day_and_for_its_team(
    timed: TimedService,
) -> None:
    timed.at(DAY_1)
    await timed.board(ranges={"keep_days": 5}, member_types=["user", "team"], **ARCADE)
    for _ in range(2):
        await timed.send("ada", 5, entry_id=7, team="red", achieved_at=DAY_1)
    assert (await timed.get(f"/entries/ada?{SPAN}&aggregate=sum"))["score"] == 5
    assert (await timed.get(f"/entries/red?{SPAN}&aggregate=sum&member_type=team"))["score"] == 5
    assert (await timed.get("/entries/red?member_type=team"))["score"] == 5


# teams


async def test_a_team_has_one_entry_that_counts_every_submission(call: Calls) -> None:
    # given a capped board with teams
    await arcade(call, member_types=["user", "team"], entries_per_member=1)
    await sent(call, "ada", 9, 5, 3, team="red")
    await sent(call, "bob", 4, team="blue")

    # then teams stand by all that was sent, with one row each and no numbers
    teams = await page(call, "member_type=team")
    assert [(one["member"], one["score"], "entry_id" in one) for one in teams["entries"]] == [
        ("red", 17, False),
        ("blue", 4, False),
    ]
    around = (await call("GET", f"{BOARD}/entries/blue/around?member_type=team&size=1")).json
    assert [one["member"] for one in around["entries"]] == ["blue"]
    # and members of a team are entries
    assert await scores(call, "segment=team:red") == [("ada", 9)]


@pytest.mark.parametrize(("rule", "expected"), [("sum", 12), ("best", 7), ("latest", 3)])
async def test_entries_do_not_add_up_whatever_the_boards_rule_and_teams_follow_theirs(
    call: Calls, rule: str, expected: int
) -> None:
    await arcade(call, update=rule, team_update=rule, member_types=["user", "team"])
    await sent(call, "ada", 2, 7, 3, team="red")
    assert await scores(call) == [("ada", 7), ("ada", 3), ("ada", 2)]
    assert await scores(call, "member_type=team") == [("red", expected)]


async def test_a_sum_of_a_team_that_overflows_refuses_the_entry(call: Calls) -> None:
    await arcade(call, member_types=["user", "team"])
    await sent(call, "ada", 2**63 - 1, team="red")
    refused: Any = await call("POST", BOARD + "/scores", {"member": "ada", "score": 1, "team": "red"})
    assert (refused.status, refused.code) == (422, "SCORE_OVERFLOW")
    assert await scores(call) == [("ada", 2**63 - 1)]
    assert len(await sent(call, "ada", 1)) == 1

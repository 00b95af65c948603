"""Types of periods that come and go, ways to rank and orders that change, over all windows a board has."""

from typing import Any

import pytest

from tests.test_calendar_changes import DAYS, FRIDAY, MONDAY, SATURDAY, SUNDAY, played
from tests.timed_service import BOARD, TimedService

# types that come and go


async def test_a_type_that_is_added_begins_empty(timed: TimedService) -> None:
    await played(timed)
    await timed.change(periods=[DAYS, {"type": "weekly"}, {"type": "all"}])
    assert [await timed.scores(kind) for kind in ("daily", "weekly", "all")] == [{"u": 7, "v": 6}, {}, {}]
    placing = await timed.send("u", 8)
    assert {kind: part["rank"] for kind, part in placing["periods"].items()} == {"daily": 1, "weekly": 1, "all": 1}
    assert await timed.scores("2026-11-20") == {"u": 5}


@pytest.mark.parametrize("kind", ["daily", "all"])
async def test_a_type_that_is_taken_off_and_added_again_has_its_entries(timed: TimedService, kind: str) -> None:
    # given a board with two periods
    await played(timed, kind, "weekly")
    had = await timed.scores(kind)

    # when one is taken off
    await timed.change(periods=[{"type": "weekly"}])
    assert await timed.code(f"/entries?period={kind}") == "PERIOD_NOT_FOUND"
    assert list((await timed.send("w", 3))["periods"]) == ["weekly"]

    # then it has what it had when it comes again
    await timed.change(periods=[{"type": "weekly"}, {"type": kind}])
    assert await timed.scores(kind) == had
    if kind == "daily":
        assert await timed.scores("2026-11-20") == {"u": 5}
    else:
        assert [at_us for name, at_us in timed.expiries_us().items() if "all." in name] == [None, None]
    await timed.send("x", 1)
    assert len(await timed.scores(kind)) == len(had) + 1


async def test_a_type_that_is_taken_off_leaves_no_keys_for_ever(timed: TimedService) -> None:
    await played(timed, "daily", "all", "weekly")
    await timed.change(periods=[{"type": "weekly"}])
    expiries = {name: at_us for name, at_us in timed.expiries_us().items() if name.startswith(("order", "entries"))}
    assert len(expiries) == 8
    assert None not in expiries.values()


async def test_the_order_of_types_decides_what_is_read_by_default(timed: TimedService) -> None:
    await played(timed, "daily", "all")
    assert (await timed.get("/entries"))["period"]["type"] == "daily"
    await timed.change(periods=[{"type": "all"}, DAYS])
    assert (await timed.get("/entries"))["period"]["type"] == "all"
    assert (await timed.send("u", 8))["period"] == "all"
    assert await timed.scores("daily") == {"u": 8, "v": 6}


# ranks and order


async def test_a_board_made_dense_has_right_ranks_in_every_window(timed: TimedService) -> None:
    # given ties in running and closed windows
    timed.at(FRIDAY)
    await timed.board("daily", "weekly", "all")
    for number, day in enumerate((FRIDAY, SATURDAY, SUNDAY)):
        timed.at(day)
        await timed.tick()
        rows = [{"member": f"u{index}", "score": index // (number + 2)} for index in range(230)]
        await timed("POST", BOARD + "/scores", rows)

    # when ranks are counted dense
    await timed.change(rank_style="dense")

    # then they are in each of them, and stay so as entries move
    for name in ("daily", "2026-11-21", "2026-11-20", "weekly", "all"):
        entries = (await timed.get(f"/entries?limit=1000&period={name}"))["entries"]
        scores = sorted({entry["score"] for entry in entries}, reverse=True)
        assert [entry["rank"] for entry in entries] == [scores.index(entry["score"]) + 1 for entry in entries], name
        for entry in (entries[0], entries[115], entries[-1]):
            lone = await timed.get(f"/entries/{entry['member']}?period={name}")
            assert lone["rank"] == entry["rank"], name
    placing = await timed.send("u0", 1000)
    assert {kind: part["rank"] for kind, part in placing["periods"].items()} == {"daily": 1, "weekly": 1, "all": 1}

    # and the values of closed windows go with their windows
    values = {name: at_us for name, at_us in timed.expiries_us().items() if name.startswith("distinct:daily")}
    orders = {name: at_us for name, at_us in timed.expiries_us().items() if name.startswith("order:daily")}
    assert {name.partition(":")[2]: at_us for name, at_us in values.items()} == {
        name.partition(":")[2]: at_us for name, at_us in orders.items()
    }


async def test_a_dense_board_made_plain_drops_the_values_of_every_window(timed: TimedService) -> None:
    await played(timed, "daily", "all", rank_style="dense")
    await timed.change(rank_style="competition")
    assert [name for name in timed.expiries_us() if name.startswith("distinct")] == []
    await timed.change(rank_style="dense")
    for name in ("daily", "2026-11-20", "all"):
        assert (await timed.get(f"/entries/u?period={name}"))["rank"] == 1, name


async def test_a_type_that_comes_back_to_a_board_made_dense_meanwhile_has_right_ranks(timed: TimedService) -> None:
    # given ties in running and closed windows of types that are taken off
    timed.at(FRIDAY)
    await timed.board("weekly", "daily", "all")
    for day in (FRIDAY, SATURDAY):
        timed.at(day)
        await timed("POST", BOARD + "/scores", [{"member": f"u{index}", "score": index // 3} for index in range(9)])
    await timed.change(periods=[{"type": "weekly"}])

    # when they come back after the board was made dense
    await timed.change(rank_style="dense")
    await timed.change(periods=[{"type": "weekly"}, DAYS, {"type": "all"}])

    # then ranks are dense there too
    for name in ("weekly", "daily", "2026-11-20", "all"):
        assert (await timed.get(f"/entries/u0?period={name}"))["rank"] == 3, name


async def test_a_type_that_was_off_while_a_board_was_made_plain_is_indexed_anew(timed: TimedService) -> None:
    # given a dense board, one of whose types is off while it is made plain
    timed.at(SATURDAY)
    await timed.board("weekly", "all", rank_style="dense", update="latest")
    for member, score in (("a", 9), ("b", 8), ("c", 7)):
        await timed.send(member, score)
    await timed.change(periods=[{"type": "weekly"}])
    await timed.change(rank_style="unique")

    # when it comes back, is written to, and the board is made dense again
    await timed.change(periods=[{"type": "weekly"}, {"type": "all"}])
    await timed.send("a", 7)
    await timed.change(rank_style="dense")

    # then values that are gone count for nothing
    entries = (await timed.get("/entries?period=all"))["entries"]
    assert [(entry["member"], entry["rank"]) for entry in entries] == [("b", 1), ("c", 2), ("a", 2)]
    assert (await timed.get("/entries/a?period=all"))["rank"] == 2


async def test_a_window_that_begins_while_a_board_is_dense_is_indexed(timed: TimedService) -> None:
    await played(timed)
    await timed.change(rank_style="dense")
    timed.at(SUNDAY)
    for member, score in (("a", 2), ("b", 2), ("c", 1)):
        await timed.send(member, score)
    assert (await timed.get("/entries/c"))["rank"] == 2


@pytest.mark.parametrize("change", [{"order": "asc"}, {"tie_break": "last"}, {"subscores": [{"name": "s"}]}])
async def test_an_order_is_not_changed_while_a_closed_window_has_entries(
    timed: TimedService, change: dict[str, Any]
) -> None:
    # given a board whose running day is empty, and whose closed one is not
    await played(timed)
    timed.at(SUNDAY)
    await timed.tick()

    # when its order changes, then it is refused and nothing is written
    before = timed.contents()
    answer = await timed("PATCH", BOARD, change)
    assert (answer.status, answer.code) == (409, "BOARD_NOT_EMPTY")
    assert timed.contents() == before

    # until nothing of the old order can be read
    await timed.send("u", 1)
    await timed.change(periods=[{"type": "daily", "keep": 0}])
    assert (await timed("PATCH", BOARD, change)).code == "BOARD_NOT_EMPTY"
    await timed.reset()
    await timed.change(**change)
    assert (await timed.send("u", 5))["rank"] == 1

    # and what was there stays out of sight, whatever is kept from now on
    await timed.change(periods=[{"type": "daily", "keep": 10}])
    page = await timed.get("/entries?period=2026-11-21")
    assert (page["total"], page["entries"]) == (0, [])


async def test_an_order_is_changed_once_closed_windows_are_no_longer_kept(timed: TimedService) -> None:
    await played(timed, {"type": "daily", "keep": 1})
    timed.at(MONDAY)
    await timed.tick()
    await timed.change(order="asc")
    for member, score in (("a", 2), ("b", 1)):
        await timed.send(member, score)
    assert list(await timed.scores()) == ["b", "a"]

"""Closed periods: how long they answer, their cursors, and what moved since the period before."""

from typing import Any

import pytest

from tests.timed_service import BOARD, TimedService

SATURDAY, SUNDAY, MONDAY, TUESDAY = (f"2026-11-{day}T12:00:00Z" for day in (21, 22, 23, 24))
IN_SEASON = {"starts_at": "2026-11-01T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z"}


async def played_on(timed: TimedService, *days: str, **settings: Any) -> None:
    """A board that keeps two days, with three entries on each of some."""
    timed.at(days[0])
    await timed.board({"type": "daily", "keep": 2}, "all", **settings)
    for number, day in enumerate(days):
        timed.at(day)
        for index in range(3):
            await timed.send(f"u{index}", 10 * index + number)


async def test_a_closed_period_answers_every_read_until_it_is_no_longer_kept(timed: TimedService) -> None:
    # given a day that was played, and what it answered while it ran
    await played_on(timed, SATURDAY)
    paths = [f"{path}period=2026-11-21" for path in
             ("/entries?limit=2&", "/entries?offset=1&", "/entries?rank=3&", "/entries?score_min=10&", "/entries/u1?",
              "/entries/u1/around?size=2&", "/around?score=15&", "/stats?")]  # fmt: skip
    lookup = ["u2", "nobody", "u0"], "?period=2026-11-21"
    live = [await timed.get(path) for path in paths] + [await timed.lookup(*lookup)]

    # when it is one of the two that are kept, then it answers the same
    for day in (SUNDAY, MONDAY):
        timed.at(day)
        await timed.tick()
        assert [await timed.get(path) for path in paths] + [await timed.lookup(*lookup)] == live

    # when it is not any more, then it is gone
    timed.at("2026-11-24T00:00:00Z", -1)
    assert (await timed.get(paths[0]))["total"] == 3
    timed.at("2026-11-24T00:00:00Z")
    assert {await timed.code(path) for path in paths} == {"PERIOD_NOT_FOUND"}
    assert await timed.code("/entries?period=daily:-3") == "PERIOD_NOT_FOUND"
    assert len(await timed.scores("all")) == 3


async def test_a_kept_period_that_nobody_played_in_is_empty(timed: TimedService) -> None:
    await played_on(timed, SATURDAY)
    timed.at(MONDAY)
    for name in ("2026-11-22", "daily:-1", "daily"):
        page = await timed.get(f"/entries?period={name}")
        assert (page["total"], page["entries"], page["next"], page["prev"]) == (0, [], None, None)
        assert await timed.code(f"/entries/u1?period={name}") == "ENTRY_NOT_FOUND"
    assert (await timed.lookup(["u1"], "?period=2026-11-22"))["missing"] == ["u1"]
    assert (await timed.get("/around?score=1&period=2026-11-22"))["rank"] == 1


async def test_a_period_of_keep_0_is_gone_the_instant_it_ends(timed: TimedService) -> None:
    await timed.board({"type": "daily", "keep": 0})
    await timed.send("u", 5)
    timed.at("2026-11-22T00:00:00Z")
    for name in ("2026-11-21", "daily:-1"):
        assert await timed.code(f"/entries?period={name}") == "PERIOD_NOT_FOUND"
    assert await timed.scores() == {}


async def test_a_season_is_read_after_its_end(timed: TimedService) -> None:
    await timed.board("season", **IN_SEASON)
    await timed.send("u", 5)
    timed.at("2027-11-22T00:00:00Z")
    await timed.tick()
    page = await timed.get("/entries")
    assert (page["period"]["id"], page["total"], page["next_reset_at"]) == ("season", 1, "2026-12-01T00:00:00Z")


# cursors


async def test_the_cursors_of_a_closed_period_lead_through_it(timed: TimedService) -> None:
    await played_on(timed, SATURDAY, SUNDAY)
    path = "/entries?limit=1&period=2026-11-21"
    page, seen = await timed.get(path), []
    while True:
        seen.append(page["entries"][0]["member"])
        if page["next"] is None:
            break
        page = await timed.get(f"{path}&cursor={page['next']}")
    back = await timed.get(f"{path}&cursor={page['prev']}")
    assert (seen, back["entries"][0]["member"]) == (["u2", "u1", "u0"], "u1")


@pytest.mark.parametrize("name", [None, "daily", "daily:-1"])
async def test_a_cursor_of_a_running_period_is_stale_once_it_rolled_over(timed: TimedService, name: str | None) -> None:
    await played_on(timed, SATURDAY, SUNDAY)
    path = "/entries?limit=1" + (f"&period={name}" if name else "")
    cursor = (await timed.get(path))["next"]
    timed.at("2026-11-23T00:00:00Z", -1)
    assert len((await timed.get(f"{path}&cursor={cursor}"))["entries"]) == 1
    timed.at("2026-11-23T00:00:00Z")
    answer = await timed("GET", f"{BOARD}{path}&cursor={cursor}")
    assert (answer.status, answer.code) == (400, "STALE_CURSOR")


async def test_a_cursor_of_another_period_is_stale(timed: TimedService) -> None:
    await played_on(timed, SATURDAY, SUNDAY)
    cursor = (await timed.get("/entries?limit=1&period=2026-11-21"))["next"]
    for name in ("2026-11-22", "daily", "all", "daily:-1"):
        answer = await timed("GET", f"{BOARD}/entries?limit=1&period={name}&cursor={cursor}")
        assert (answer.status, answer.code) == (400, "STALE_CURSOR"), name


async def test_a_cursor_taken_by_id_goes_on_when_its_period_has_closed(timed: TimedService) -> None:
    await played_on(timed, SATURDAY)
    cursor = (await timed.get("/entries?limit=1&period=2026-11-21"))["next"]
    timed.at(SUNDAY)
    page = await timed.get(f"/entries?cursor={cursor}")
    assert (page["period"]["id"], [entry["member"] for entry in page["entries"]]) == ("2026-11-21", ["u1"])


async def test_a_cursor_of_a_period_no_longer_kept_leads_nowhere(timed: TimedService) -> None:
    await played_on(timed, SATURDAY)
    cursor = (await timed.get("/entries?limit=1&period=2026-11-21"))["next"]
    timed.at(TUESDAY)
    assert await timed.code(f"/entries?cursor={cursor}") == "PERIOD_NOT_FOUND"


# movement


async def test_an_entry_shows_what_moved_since_the_period_before(timed: TimedService) -> None:
    # given u third yesterday and first today
    await timed.board("daily", "all")
    for member, score in (("a", 9), ("b", 8), ("u", 7)):
        await timed.send(member, score)
    timed.at(SUNDAY)
    for member, score in (("u", 5), ("a", 4), ("new", 3)):
        await timed.send(member, score)

    # then who climbed has a positive change, and who was absent has none
    moved = {member: (await timed.get(f"/entries/{member}"))["movement"] for member in ("u", "a", "new")}
    assert moved["u"] == {"period": "2026-11-21", "rank": 3, "score": 7, "rank_change": 2, "score_change": -2}
    assert moved["a"] == {"period": "2026-11-21", "rank": 1, "score": 9, "rank_change": -1, "score_change": -5}
    assert moved["new"] is None
    assert (await timed.get("/entries/u?period=all"))["movement"] is None


@pytest.mark.parametrize(("style", "rank"), [("unique", 3), ("competition", 2), ("dense", 2)])
async def test_movement_counts_ranks_as_the_board_does(timed: TimedService, style: str, rank: int) -> None:
    await timed.board("daily", rank_style=style)
    for member, score in (("a", 9), ("b", 8), ("u", 8)):
        await timed.send(member, score)
    timed.at(SUNDAY)
    await timed.send("u", 2**63 - 1)
    movement = (await timed.get("/entries/u?int64=string"))["movement"]
    assert (movement["rank"], movement["rank_change"]) == (rank, rank - 1)
    assert (movement["score"], movement["score_change"]) == ("8", str(2**63 - 9))


async def test_a_change_of_score_beyond_64_bits_is_told_exactly(timed: TimedService) -> None:
    await timed.board("daily", update="latest")
    await timed.send("u", -(2**63))
    timed.at(SUNDAY)
    await timed.send("u", 2**63 - 1)
    assert (await timed.get("/entries/u"))["movement"]["score_change"] == 2**64 - 1
    assert (await timed.get("/entries/u?int64=string"))["movement"]["score_change"] == str(2**64 - 1)


async def test_a_closed_period_moved_against_the_one_before_it(timed: TimedService) -> None:
    await played_on(timed, SATURDAY, SUNDAY, MONDAY)
    assert (await timed.get("/entries/u1?period=2026-11-22"))["movement"]["period"] == "2026-11-21"
    timed.at(TUESDAY)
    before = (await timed.get("/entries/u1?period=2026-11-23"))["movement"]
    assert (before["period"], before["score_change"]) == ("2026-11-22", 1)
    assert (await timed.get("/entries/u1?period=2026-11-22"))["movement"] is None


async def test_a_day_between_that_was_not_played_moves_nothing(timed: TimedService) -> None:
    await played_on(timed, SATURDAY, MONDAY)
    assert (await timed.get("/entries/u1"))["movement"] is None

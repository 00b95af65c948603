"""Seasons: extended, moved, ended, and followed by the next one, with the one before as its archive."""

import pytest

from tests.timed_service import BOARD, TimedService

FRIDAY, SATURDAY = "2026-11-20T12:00:00Z", "2026-11-21T12:00:00Z"
FIRST = {"starts_at": "2026-11-01T00:00:00Z", "ends_at": "2026-11-22T00:00:00Z"}
SECOND = {"starts_at": "2026-11-22T00:00:00Z", "ends_at": "2026-12-22T00:00:00Z"}


async def season(timed: TimedService) -> None:
    timed.at(FRIDAY)
    await timed.board("season", "all", **FIRST)
    timed.at(SATURDAY)
    await timed.send("u", 5)


async def test_a_season_that_is_extended_goes_on(timed: TimedService) -> None:
    await season(timed)
    await timed.change(ends_at="2026-12-01T00:00:00Z")
    timed.at("2026-11-30T23:59:59Z")
    await timed.tick()
    assert timed.events() == []
    assert (await timed.send("v", 6))["total"] == 2
    timed.at("2026-12-01T00:00:00Z")
    timed.clock.move(1000)
    await timed.tick()
    assert timed.closed() == [("season:season", 2)]


async def test_a_season_whose_start_is_moved_goes_on(timed: TimedService) -> None:
    await season(timed)
    await timed.change(starts_at="2026-11-10T00:00:00Z")
    page = await timed.get("/entries")
    assert (page["period"]["starts_at"], page["total"]) == ("2026-11-10T00:00:00Z", 1)
    assert (await timed.send("u", 6))["previous_rank"] == 1


async def test_a_season_can_be_ended_now(timed: TimedService) -> None:
    await season(timed)
    await timed.change(ends_at="2026-11-21T11:00:00Z")
    answer = await timed("POST", BOARD + "/scores", {"member": "u", "score": 9})
    assert answer.code == "BOARD_ENDED"
    assert await timed.scores("season") == {"u": 5}
    await timed.tick()
    assert timed.closed() == [("season:season", 1)]


@pytest.mark.parametrize("was_looked_at", [True, False])
async def test_a_new_season_archives_the_one_that_is_over(timed: TimedService, was_looked_at: bool) -> None:
    # given a season that is over
    await season(timed)
    timed.at("2026-11-22T00:00:01Z")
    if was_looked_at:
        await timed.tick()

    # when the next one is set
    await timed.change(**SECOND)

    # then it begins empty, and the first is its archive, handed on once
    assert await timed.scores("season") == {}
    assert (await timed.send("v", 3))["periods"]["season"] == {
        "id": "season", "rank": 1, "score": 3, "changed": True, "previous_rank": None,
    }  # fmt: skip
    assert await timed.scores("season~1") == {"u": 5}
    assert await timed.scores("all") == {"u": 5, "v": 3}
    await timed.tick()
    assert [total for name, total in timed.closed() if name.startswith("season")] == [1]
    rows = (await timed.get("/periods"))["periods"]
    assert [(row["id"], row["total"], row["closed"]) for row in rows] == [
        ("season", 1, False), ("season~1", 1, True), ("all", 2, False),
    ]  # fmt: skip
    assert (rows[1]["starts_at"], rows[1]["ends_at"]) == (FIRST["starts_at"], FIRST["ends_at"])

    # and the second closes in its turn, archived by a third
    timed.at("2026-12-22T00:00:01Z")
    await timed.tick()
    assert timed.closed()[-1] == ("season:season", 1)
    await timed.change(starts_at="2027-01-01T00:00:00Z", ends_at="2027-02-01T00:00:00Z")
    assert await timed.scores("season~2") == {"v": 3}
    assert await timed.scores("season~1") == {"u": 5}
    assert (await timed("POST", BOARD + "/scores", {"member": "u", "score": 9})).code == "BOARD_NOT_STARTED"

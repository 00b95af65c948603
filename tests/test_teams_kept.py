"""Windows of teams go where those of members go, when a board's calendar is changed and when it ends."""

from typing import Any

import pytest

from tests.timed_service import BOARD, TimedService

TEAMS: dict[str, Any] = {"member_types": ["user", "team"]}


async def teams(timed: TimedService, period: str) -> dict[str, int]:
    page = await timed.get(f"/entries?member_type=team&period={period}")
    return {entry["member"]: entry["score"] for entry in page["entries"]}


def assert_same_ends(timed: TimedService) -> set[str]:
    """Each key of teams goes when the members' one beside it does; the kinds of those there are."""
    expiries = timed.expiries_us()
    of_teams = [name for name in expiries if name.endswith(".team")]
    for name in of_teams:
        assert expiries[name] == expiries[name.removesuffix(".team")], name
    return {name.partition(":")[0] for name in of_teams}


@pytest.mark.parametrize("rank_style", ["unique", "dense"])
async def test_a_running_day_goes_on_in_another_zone_with_its_teams(timed: TimedService, rank_style: str) -> None:
    await timed.board("daily", **TEAMS, rank_style=rank_style)
    await timed.send("ada", 5, team="red")
    await timed.change(timezone="Asia/Tokyo")
    await timed.send("bob", 7, team="blue")
    assert await teams(timed, "daily") == {"blue": 7, "red": 5}
    assert (await timed.get("/entries/red?member_type=team"))["rank"] == 2
    assert "order" in assert_same_ends(timed)


async def test_a_period_that_is_taken_off_and_put_back_has_its_teams(timed: TimedService) -> None:
    # given a period without an end that is taken off
    await timed.board("daily", "all", **TEAMS)
    await timed.send("ada", 5, team="red")
    await timed.change(periods=[{"type": "daily"}])
    # then its teams are bounded as its members are
    assert None not in [at_us for name, at_us in timed.expiries_us().items() if name.endswith(".team")]
    # when it is put back, then they are there again for good
    await timed.change(periods=[{"type": "daily"}, {"type": "all"}])
    await timed.send("bob", 7, team="red")
    assert await teams(timed, "all") == {"red": 12}
    assert_same_ends(timed)


async def test_closed_windows_that_are_to_be_kept_for_longer_keep_their_teams(timed: TimedService) -> None:
    await timed.board({"type": "daily", "keep": 1}, **TEAMS, ranges={"keep_days": 2})
    await timed.send("ada", 5, team="red")
    timed.at("2026-11-22T12:00:00Z")
    await timed.tick()
    await timed.change(periods=[{"type": "daily", "keep": 9}], ranges={"keep_days": 9})
    assert assert_same_ends(timed) == {"order", "entries", "day"}
    timed.at("2026-11-28T12:00:00Z")
    assert await teams(timed, "2026-11-21") == {"red": 5}
    span = await timed.get("/entries?member_type=team&from=2026-11-20&to=2026-11-28")
    assert [entry["member"] for entry in span["entries"]] == ["red"]


async def test_closed_windows_become_dense_with_their_teams(timed: TimedService) -> None:
    await timed.board("daily", **TEAMS)
    for member, team in [("ada", "red"), ("bob", "blue"), ("eve", "green")]:
        await timed.send(member, 5 + (team == "red"), team=team)
    timed.at("2026-11-22T12:00:00Z")
    await timed.tick()
    await timed.change(rank_style="dense")
    page = await timed.get("/entries?member_type=team&period=daily:-1")
    assert [(entry["member"], entry["rank"]) for entry in page["entries"]] == [("red", 1), ("blue", 2), ("green", 2)]
    assert "distinct" in assert_same_ends(timed)


async def test_a_new_season_archives_the_teams_of_the_last_one(timed: TimedService) -> None:
    # given a season that has ended
    await timed.board("season", **TEAMS, starts_at="2026-11-01T00:00:00Z", ends_at="2026-11-22T00:00:00Z")
    await timed.send("ada", 5, team="red")
    timed.at("2026-11-23T00:00:00Z")
    await timed.tick()
    # when another one is set
    await timed.change(starts_at="2026-11-23T00:00:00Z", ends_at="2026-12-23T00:00:00Z")
    # then it begins empty, and the last one has its teams
    assert await teams(timed, "season") == {}
    assert await teams(timed, "season~1") == {"red": 5}


@pytest.mark.parametrize("has_teams", [True, False])
async def test_a_board_that_is_deleted_takes_all_its_teams_along(timed: TimedService, has_teams: bool) -> None:
    # given closed, archived, left and running windows of teams, on a board that has or had them
    await timed.board("daily", "weekly", "all", **TEAMS, rank_style="dense", ranges={"keep_days": 3})
    await timed.send("ada", 5, team="red")
    await timed.reset(period="weekly", archive=True)
    timed.at("2026-11-22T12:00:00Z")
    await timed.tick()
    await timed.send("ada", 5, team="blue")
    await timed.change(periods=[{"type": "daily"}, {"type": "weekly"}])
    if not has_teams:
        await timed.change(member_types=["user"])
    assert len([name for name in timed.expiries_us() if name.endswith(".team")]) > 10
    # when it is deleted, then nothing of it is there
    assert (await timed("DELETE", BOARD)).status == 204
    assert list(timed.expiries_us()) == []

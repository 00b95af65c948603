"""Periods over HTTP: where a submission lands, what reads name, how long closed ones answer, and what moved."""

from typing import Any

import pytest

from tests.timed_service import BOARD, TimedService

SATURDAY, SUNDAY, MONDAY, TUESDAY = (f"2026-11-{day}T12:00:00Z" for day in (21, 22, 23, 24))
IN_SEASON = {"starts_at": "2026-11-01T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z"}
HOURLY = {"type": "cron", "cron": "0 * * * *"}
ALL_TYPES = ["all", "daily", "weekly", "monthly", "yearly", "season", HOURLY]
IDS = {
    "daily": "2026-11-21",
    "weekly": "2026-W47",
    "monthly": "2026-11",
    "yearly": "2026",
    "season": "season",
    "cron": "2026-11-21T12:00:00Z",
}


# where a submission lands


async def test_one_submission_lands_in_every_period_under_its_id(timed: TimedService) -> None:
    # given a board with a period of each type
    await timed.board(*ALL_TYPES, **IN_SEASON)

    # when one score is sent
    placing = await timed.send("u", 5)

    # then each period has it, and every part but that of `all` says under which id
    entered = {"rank": 1, "score": 5, "changed": True, "previous_rank": None}
    assert placing["periods"] == {"all": entered, **{kind: {"id": name, **entered} for kind, name in IDS.items()}}
    for kind in ("all", *IDS):
        assert await timed.scores(kind) == {"u": 5}, kind


async def test_a_placing_is_that_of_the_first_period(timed: TimedService) -> None:
    # given a sum of yesterday, and today's better one
    await timed.board("daily", "all", update="sum")
    await timed.send("u", 10)
    await timed.send("v", 7)
    timed.at(SUNDAY)

    # when a score is sent today
    placing = await timed.send("v", 6)

    # then the top is the day's, as are reads that name no period
    assert (placing["period"], placing["score"], placing["rank"], placing["total"]) == ("2026-11-22", 6, 1, 1)
    assert (placing["previous_score"], placing["previous_rank"]) == (None, None)
    assert placing["periods"]["all"] == {"rank": 1, "score": 13, "changed": True, "previous_rank": 2}
    assert await timed.scores() == {"v": 6}
    assert await timed.scores("all") == {"v": 13, "u": 10}


async def test_a_period_begins_on_its_instant(timed: TimedService) -> None:
    await timed.board("daily", timezone="Africa/Cairo", reset={"time": "06:30:15"})
    boundary = "2026-11-22T04:30:15Z"
    timed.at(boundary, -1)
    assert (await timed.send("u", 1))["period"] == "2026-11-21"
    timed.at(boundary)
    assert (await timed.send("u", 1))["period"] == "2026-11-22"
    assert (await timed.get("/entries"))["period"]["starts_at"] == boundary


async def test_what_changes_in_one_period_may_stay_in_another(timed: TimedService) -> None:
    await timed.board("all", "daily")
    await timed.send("u", 10)
    timed.at(SUNDAY)
    placing = await timed.send("u", 4)
    assert (placing["changed"], placing["score"], placing["previous_score"]) == (False, 10, 10)
    daily = {"id": "2026-11-22", "rank": 1, "score": 4, "changed": True, "previous_rank": None}
    assert placing["periods"]["daily"] == daily


async def test_setting_editing_and_removing_act_on_the_running_periods(timed: TimedService) -> None:
    # given an entry of yesterday and one of today
    await timed.board("all", "daily")
    await timed.send("u", 10)
    timed.at(SUNDAY)
    await timed.send("u", 4)

    # when it is set, edited and removed
    put = await timed("PUT", BOARD + "/entries/u", {"score": 3})
    edited = await timed("PATCH", BOARD + "/entries/u", {"metadata": {"ship": "x"}})
    scores = [await timed.scores(kind) for kind in ("all", "daily")]
    shown = [(await timed.get(f"/entries/u?period={kind}"))["metadata"] for kind in ("all", "daily")]
    removed = await timed("DELETE", BOARD + "/entries/u")

    # then what runs has changed, and yesterday stands
    assert (put.status, edited.status, removed.status) == (200, 200, 204)
    assert {kind: part["score"] for kind, part in put.json["periods"].items()} == {"all": 3, "daily": 3}
    assert (scores, shown) == ([{"u": 3}] * 2, [{"ship": "x"}] * 2)
    assert [await timed.scores(kind) for kind in ("all", "daily", "daily:-1")] == [{}, {}, {"u": 10}]


async def test_an_array_lands_in_the_periods_of_one_instant(timed: TimedService) -> None:
    await timed.board("daily", "all")
    rows = [{"member": f"u{index}", "score": index} for index in range(120)]
    answer = await timed("POST", BOARD + "/scores", rows)
    assert {item["period"] for item in answer.json} == {"2026-11-21"}
    assert [item["total"] for item in answer.json] == list(range(1, 121))
    assert len(await timed.scores("daily")) == len(await timed.scores("all")) == 120


# what reads name


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("daily", "2026-11-24"),
        ("daily:0", "2026-11-24"),
        ("daily:-1", "2026-11-23"),
        ("daily:-2", "2026-11-22"),
        ("2026-11-24", "2026-11-24"),
        ("2026-11-22", "2026-11-22"),
        ("weekly", "2026-W48"),
        ("weekly:-1", "2026-W47"),
        ("2026-W47", "2026-W47"),
        ("2026-W46", "2026-W46"),
        ("all", "all"),
    ],
)
async def test_a_period_is_named_by_type_by_steps_back_or_by_id(timed: TimedService, name: str, found: str) -> None:
    await timed.board("daily", "weekly", "all")
    timed.at(TUESDAY)
    page = await timed.get(f"/entries?period={name}")
    assert page["period"]["id"] == found
    assert page["next_reset_at"] == page["period"]["ends_at"]


@pytest.mark.parametrize(
    "name",
    ["daily:-5", "2026-11-19", "2026-11-25", "2026-02-30", "monthly", "2026-11", "all:-1", "daily:1", "daily:--1",
     "2026-11-23~1", "all~1", "season", "2026-W53", "x", "daily:", "2026-11-24T00:00:00Z"],
)  # fmt: skip
async def test_a_period_that_is_not_kept_or_that_the_board_has_not_is_404(timed: TimedService, name: str) -> None:
    await timed.board("daily", "weekly", "all")
    timed.at(TUESDAY)
    for path in ("/entries?", "/entries/u?", "/entries/u/around?", "/around?score=1&"):
        answer = await timed("GET", f"{BOARD}{path}period={name}")
        assert (answer.status, answer.code) == (404, "PERIOD_NOT_FOUND"), path
    answer = await timed("POST", f"{BOARD}/entries/lookup?period={name}", {"members": ["u"]})
    assert (answer.status, answer.code) == (404, "PERIOD_NOT_FOUND")


async def test_every_page_says_when_its_period_ends(timed: TimedService) -> None:
    # given a board that begins its days at six in Tokyo
    await timed.board("daily", "all", timezone="Asia/Tokyo", reset={"time": "06:00"})
    await timed.send("u", 5)

    # then pages, also those around, give its bounds in UTC
    period = {
        "id": "2026-11-21", "type": "daily", "starts_at": "2026-11-20T21:00:00Z", "ends_at": "2026-11-21T21:00:00Z",
    }  # fmt: skip
    for path in ("/entries", "/entries/u/around", "/around?score=1"):
        page = await timed.get(path)
        assert (page["period"], page["next_reset_at"]) == (period, period["ends_at"]), path
    assert (await timed.get("/entries/u"))["period"] == (await timed.lookup(["u"]))["period"] == period
    endless = await timed.get("/entries?period=all")
    assert endless["period"] == {"id": "all", "type": "all", "starts_at": None, "ends_at": None}
    assert endless["next_reset_at"] is None


# closed periods


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
              "/entries/u1/around?size=2&", "/around?score=15&")]  # fmt: skip
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


# the list


async def test_the_list_has_running_and_kept_periods_of_each_type_in_the_boards_order(timed: TimedService) -> None:
    # given a board made on Saturday, played on Saturday and Monday
    await timed.board("weekly", {"type": "daily", "keep": 2}, "all", late_s=60)
    await timed.send("u", 5)
    timed.at(MONDAY)
    await timed.send("u", 5)
    await timed.send("v", 5)

    # then unplayed days stand among them, none from before the board
    rows = (await timed.get("/periods"))["periods"]
    assert [(row["type"], row["id"], row["total"], row["closed"]) for row in rows] == [
        ("weekly", "2026-W48", 2, False), ("weekly", "2026-W47", 1, True),
        ("daily", "2026-11-23", 2, False), ("daily", "2026-11-22", 0, True), ("daily", "2026-11-21", 1, True),
        ("all", "all", 2, False),
    ]  # fmt: skip
    assert (rows[4]["starts_at"], rows[4]["ends_at"]) == ("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z")

    # and a day that takes late scores is not closed before it has had them
    timed.at("2026-11-24T00:01:00Z", -1)
    listed = {row["id"]: row["closed"] for row in (await timed.get("/periods"))["periods"] if row["type"] == "daily"}
    assert listed == {"2026-11-24": False, "2026-11-23": False, "2026-11-22": True}
    timed.at("2026-11-24T00:01:00Z")
    assert (await timed.get("/periods"))["periods"][3]["closed"] is True


async def test_every_listed_period_can_be_read_under_its_id(timed: TimedService) -> None:
    await timed.board(*ALL_TYPES, **IN_SEASON)
    await timed.send("u", 5)
    await timed.reset(period="daily", archive=True)
    timed.at("2027-01-02T12:00:00Z")
    rows = (await timed.get("/periods"))["periods"]
    assert {row["type"] for row in rows} == {"all", *IDS}
    for row in rows:
        page = await timed.get(f"/entries?period={row['id']}")
        assert (page["period"], page["total"]) == (
            {name: row[name] for name in ("id", "type", "starts_at", "ends_at")}, row["total"],
        )  # fmt: skip

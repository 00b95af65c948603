"""Periods over HTTP: where a submission lands, what reads name, and the list of periods."""

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


async def test_one_submission_to_many_boards_lands_in_the_periods_of_each(timed: TimedService) -> None:
    await timed.board("daily", "all", timezone="Pacific/Kiritimati")
    await timed("PUT", "/v1/boards/other", {"periods": [{"type": "weekly"}]})
    body = {"boards": ["b", "other"], "member": "u", "score": 5}
    items = (await timed("POST", "/v1/scores", body)).json
    assert [(item["period"], list(item["periods"])) for item in items] == [
        ("2026-11-22", ["daily", "all"]), ("2026-W47", ["weekly"]),
    ]  # fmt: skip


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

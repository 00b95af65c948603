"""rankd's own clock is hours off: every submission and every read goes by the store's all the same.

Nothing runs beside requests here, so what rankd knows of the store's clock it has from the answers alone.
"""

from typing import Any

import pytest

from tests.clock import HOUR_US, SECOND_US
from tests.timed_service import BOARD, TimedService

MIDNIGHT = "2026-11-22T00:00:00Z"
EVE = "2026-11-21T23:30:00Z"
off_by = pytest.mark.parametrize("ahead_us", [HOUR_US, -HOUR_US, SECOND_US, -SECOND_US])
beside = pytest.mark.parametrize(("off_us", "today"), [(-1, "2026-11-21"), (0, "2026-11-22")])


async def played_around_midnight(timed: TimedService, **settings: Any) -> None:
    """A board of days that rankd knows, with an entry of Saturday evening."""
    timed.at(EVE)
    await timed.board("daily", "all", **settings)
    await timed.send("u", 5)


@off_by
@beside
async def test_a_submission_lands_where_the_stores_clock_says(
    timed: TimedService, ahead_us: int, off_us: int, today: str
) -> None:
    await played_around_midnight(timed)
    timed.at(MIDNIGHT, off_us)
    timed.ahead_us = ahead_us
    placing = await timed.send("v", 7)
    assert (placing["period"], placing["total"]) == (today, 1 if off_us == 0 else 2)
    timed.ahead_us = 0
    assert "v" in await timed.scores(today)


@off_by
@beside
async def test_a_submission_by_a_process_that_has_just_started_does_too(
    timed: TimedService, ahead_us: int, off_us: int, today: str
) -> None:
    timed.at(MIDNIGHT, off_us)
    timed.ahead_us = ahead_us
    await timed.board("daily", "weekly", "all", {"type": "cron", "cron": "* * * * *"})
    placing = await timed.send("v", 7)
    minute = "2026-11-22T00:00:00Z" if off_us == 0 else "2026-11-21T23:59:00Z"
    ids = {kind: part.get("id") for kind, part in placing["periods"].items()}
    assert ids == {"daily": today, "weekly": "2026-W47", "all": None, "cron": minute}


READS = ["/entries", "/entries?period=daily", "/entries?rank=1&period=daily", "/entries/u?period=daily",
         "/entries/u/around", "/around?score=6"]  # fmt: skip


@off_by
@beside
async def test_a_read_of_what_runs_is_of_what_the_stores_clock_says(
    timed: TimedService, ahead_us: int, off_us: int, today: str
) -> None:
    # given entries on both sides of midnight
    await played_around_midnight(timed)
    timed.at(MIDNIGHT)
    await timed.send("u", 1)
    timed.at(MIDNIGHT, off_us)
    timed.ahead_us = ahead_us

    for path in READS:
        # when a process that knows nothing yet reads
        other = await timed.another()
        answer = await other("GET", BOARD + path)

        # then it is given the store's today
        assert (answer.status, answer.json["period"]["id"], answer.json["total"]) == (200, today, 1), path


@off_by
@beside
async def test_the_period_before_is_the_one_before_by_the_stores_clock(
    timed: TimedService, ahead_us: int, off_us: int, today: str
) -> None:
    await played_around_midnight(timed)
    timed.at(MIDNIGHT, off_us)
    timed.ahead_us = ahead_us
    page = await timed.get("/entries?period=daily:-1")
    assert (page["period"]["ends_at"][:10], page["total"]) == (today, 1 if off_us == 0 else 0)


@off_by
async def test_a_lookup_and_a_movement_go_by_the_stores_clock(timed: TimedService, ahead_us: int) -> None:
    await played_around_midnight(timed)
    timed.at(MIDNIGHT)
    await timed.send("u", 1)
    timed.ahead_us = ahead_us
    other, third = await timed.another(), await timed.another()
    found = (await other("POST", BOARD + "/entries/lookup", {"members": ["u"]})).json
    assert (found["period"]["id"], found["entries"][0]["score"]) == ("2026-11-22", 1)
    movement = (await third("GET", BOARD + "/entries/u")).json["movement"]
    assert movement == {"period": "2026-11-21", "rank": 1, "score": 5, "rank_change": 0, "score_change": -4}


@off_by
@beside
async def test_a_period_read_by_its_id_runs_or_not_by_the_stores_clock(
    timed: TimedService, ahead_us: int, off_us: int, today: str
) -> None:
    await played_around_midnight(timed)
    timed.at(MIDNIGHT, off_us)
    timed.ahead_us = ahead_us
    answers = {day: await timed("GET", f"{BOARD}/entries?period=2026-11-{day}") for day in (21, 22, 23)}
    codes = {day: 200 if answer.status == 200 else answer.code for day, answer in answers.items()}
    runs = 200 if off_us == 0 else "PERIOD_NOT_FOUND"
    assert codes == {21: 200, 22: runs, 23: "PERIOD_NOT_FOUND"}


@off_by
@beside
async def test_the_list_of_periods_goes_by_the_stores_clock(
    timed: TimedService, ahead_us: int, off_us: int, today: str
) -> None:
    await played_around_midnight(timed)
    timed.at(MIDNIGHT, off_us)
    timed.ahead_us = ahead_us
    rows = [row for row in (await timed.get("/periods"))["periods"] if row["type"] == "daily"]
    listed = [(row["id"], row["closed"]) for row in rows]
    expected = [("2026-11-22", False), ("2026-11-21", True)] if off_us == 0 else [("2026-11-21", False)]
    assert listed == expected


@off_by
@beside
async def test_a_reset_ends_what_runs_by_the_stores_clock(
    timed: TimedService, ahead_us: int, off_us: int, today: str
) -> None:
    await played_around_midnight(timed)
    timed.at(MIDNIGHT, off_us)
    timed.ahead_us = ahead_us
    answer = await timed.reset(period="daily")
    assert answer["periods"] == [{"type": "daily", "id": today, "removed": int(off_us < 0), "archive": None}]


@off_by
@beside
async def test_a_removal_and_a_set_score_act_on_what_runs_by_the_stores_clock(
    timed: TimedService, ahead_us: int, off_us: int, today: str
) -> None:
    await played_around_midnight(timed)
    timed.at(MIDNIGHT, off_us)
    timed.ahead_us = ahead_us
    put = await timed("PUT", BOARD + "/entries/v", {"score": 3})
    assert put.json["period"] == today
    other = await timed.another()
    assert (await other("DELETE", BOARD + "/entries/u")).status == 204
    timed.ahead_us = 0
    assert await timed.scores("2026-11-21") == ({"u": 5} if off_us == 0 else {"v": 3})


@off_by
@pytest.mark.parametrize(
    ("off_us", "code"), [(-HOUR_US - 1, "BOARD_NOT_STARTED"), (-HOUR_US, None), (-1, None), (0, "BOARD_ENDED")]
)
async def test_a_board_starts_and_ends_by_the_stores_clock(
    timed: TimedService, ahead_us: int, off_us: int, code: str | None
) -> None:
    await timed.board("all", starts_at="2026-11-21T23:00:00Z", ends_at=MIDNIGHT)
    timed.at(MIDNIGHT, off_us)
    timed.ahead_us = ahead_us
    answer = await timed("POST", BOARD + "/scores", {"member": "u", "score": 1})
    assert (answer.status, answer.json.get("code")) == ((200, None) if code is None else (409, code))


@off_by
async def test_late_scores_are_taken_by_the_stores_clock(timed: TimedService, ahead_us: int) -> None:
    await played_around_midnight(timed, late_s=60)
    timed.ahead_us = ahead_us
    late = {"member": "v", "score": 1, "achieved_at": "2026-11-21T23:59:59Z"}
    timed.at("2026-11-22T00:01:00Z", -1)
    assert (await timed("POST", BOARD + "/scores", late)).json["period"] == "2026-11-21"
    timed.at("2026-11-22T00:01:00Z")
    assert (await timed("POST", BOARD + "/scores", late)).code == "PERIOD_CLOSED"


@off_by
async def test_what_lies_in_the_future_is_said_by_the_stores_clock(timed: TimedService, ahead_us: int) -> None:
    await played_around_midnight(timed)
    timed.ahead_us = ahead_us
    achieved = [(timed.clock.now_us() + off_us) // 1000 for off_us in (-SECOND_US, 10 * SECOND_US)]
    codes = []
    for at_ms in achieved:
        answer = await timed("POST", BOARD + "/scores", {"member": "v", "score": 1, "achieved_at": at_ms})
        codes.append(answer.json.get("code"))
    assert codes == [None, "VALIDATION_FAILED"]

"""Scores that say when they were achieved, and boards that have a beginning and an end."""

from typing import Any

import pytest

from tests.asgi_calls import Answer
from tests.timed_service import BOARD, TimedService, us

MIDNIGHT = "2026-11-22T00:00:00Z"
MINUTELY = {"type": "cron", "cron": "* * * * *"}


async def late(timed: TimedService, achieved_at: str | int, member: str = "late", score: int = 1) -> Answer:
    return await timed(
        "POST", BOARD + "/scores", {"member": member, "score": score, "achieved_at": achieved_at}
    )  # fmt: skip


async def refused(timed: TimedService, achieved_at: str | int) -> str:
    """The code of a refusal, which has written nothing."""
    before = timed.contents()
    answer = await late(timed, achieved_at)
    assert answer.status == (422 if answer.code == "VALIDATION_FAILED" else 409)
    assert timed.contents() == before
    return answer.code


# the grace


async def test_a_late_score_goes_to_the_period_it_belongs_to(timed: TimedService) -> None:
    # given two entries of yesterday, and one of today
    await timed.board("daily", "all", late_s=300)
    await timed.send("u", 9)
    await timed.send("v", 4)
    timed.at("2026-11-22T00:02:00Z")
    await timed.send("today", 8)

    # when a score of yesterday comes late
    answer = await late(timed, "2026-11-21T23:59:00Z", score=7)

    # then its placing is yesterday's, and of now in `all`
    placing = answer.json
    assert (placing["period"], placing["rank"], placing["total"]) == ("2026-11-21", 2, 3)
    assert placing["updated_at"] == "2026-11-21T23:59:00.000000Z"
    assert placing["periods"]["daily"] == {
        "id": "2026-11-21", "rank": 2, "score": 7, "changed": True, "previous_rank": None,
    }  # fmt: skip
    assert placing["periods"]["all"]["rank"] == 3
    assert await timed.scores("2026-11-21") == {"u": 9, "late": 7, "v": 4}
    assert await timed.scores("daily") == {"today": 8}
    assert list(await timed.scores("all")) == ["u", "today", "late", "v"]


@pytest.mark.parametrize(("update", "score"), [("best", 9), ("latest", 7), ("sum", 16)])
async def test_a_late_score_follows_the_boards_rule_in_its_period(timed: TimedService, update: str, score: int) -> None:
    await timed.board("daily", "all", update=update, late_s=300)
    await timed.send("late", 9)
    timed.at("2026-11-22T00:02:00Z")
    placing = (await late(timed, "2026-11-21T23:59:00Z", score=7)).json
    assert (placing["score"], placing["previous_score"], placing["previous_rank"]) == (score, 9, 1)
    assert placing["changed"] is (update != "best")
    assert await timed.scores("daily:-1") == await timed.scores("all") == {"late": score}


@pytest.mark.parametrize(
    ("now", "achieved_at", "lands"),
    [
        ("2026-11-22T00:00:00Z", "2026-11-21T23:55:00Z", "2026-11-21"),
        ("2026-11-22T00:04:59.999999Z", "2026-11-21T23:59:59.999999Z", "2026-11-21"),
        ("2026-11-22T00:04:59.999999Z", "2026-11-21T23:55:00Z", "2026-11-21"),
        ("2026-11-22T00:00:00Z", "2026-11-21T23:54:59.999999Z", None),
        ("2026-11-22T00:05:00Z", "2026-11-21T23:59:59.999999Z", None),
        ("2026-11-22T00:05:00Z", "2026-11-22T00:00:00Z", "2026-11-22"),
        ("2026-11-22T23:59:59Z", "2026-11-22T00:00:00Z", "2026-11-22"),
    ],
)
async def test_the_grace_ends_late_s_after_the_period_and_reaches_as_far_back(
    timed: TimedService, now: str, achieved_at: str, lands: str | None
) -> None:
    await timed.board("daily", late_s=300)
    timed.at(now)
    if lands is None:
        assert await refused(timed, achieved_at) == "PERIOD_CLOSED"
    else:
        assert (await late(timed, achieved_at)).json["period"] == lands


async def test_without_a_grace_what_was_achieved_before_the_running_period_is_refused(timed: TimedService) -> None:
    await timed.board("all", "daily")
    timed.at(MIDNIGHT)
    assert await refused(timed, "2026-11-21T23:59:59.999999Z") == "PERIOD_CLOSED"
    assert (await late(timed, MIDNIGHT)).status == 200


async def test_one_period_that_is_closed_refuses_the_score_in_all(timed: TimedService) -> None:
    await timed.board("all", "weekly", "daily", MINUTELY, late_s=60)
    await timed.send("u", 1)
    timed.at("2026-11-21T12:10:30Z")
    assert await refused(timed, "2026-11-21T12:08:59Z") == "PERIOD_CLOSED"
    assert (await late(timed, "2026-11-21T12:09:30Z")).json["periods"]["cron"]["id"] == "2026-11-21T12:09:00Z"


async def test_a_refused_item_leaves_its_array_standing(timed: TimedService) -> None:
    await timed.board("daily", late_s=60)
    timed.at("2026-11-22T00:00:30Z")
    times = [None, "2026-11-21T23:59:30Z", "2026-11-20T12:00:00Z", "2026-11-22T00:00:10Z"]
    rows = [{"member": f"u{i}", "score": 1, **({"achieved_at": at} if at else {})} for i, at in enumerate(times)]
    items = (await timed("POST", BOARD + "/scores", rows)).json
    assert [item.get("period", item.get("code")) for item in items] == [
        "2026-11-22", "2026-11-21", "PERIOD_CLOSED", "2026-11-22",
    ]  # fmt: skip
    assert [item.get("total") for item in items] == [1, 1, None, 2]
    assert list(await timed.scores("daily:-1")) == ["u1"]
    assert set(await timed.scores("daily")) == {"u0", "u3"}


@pytest.mark.parametrize("minutes_ago", [0, 1, 2, 3, 4])
async def test_a_grace_longer_than_its_periods_reaches_several_back(timed: TimedService, minutes_ago: int) -> None:
    await timed.board(MINUTELY, late_s=300)
    timed.at("2026-11-21T12:10:30Z")
    placing = (await late(timed, f"2026-11-21T12:{10 - minutes_ago:02}:10Z")).json
    assert (placing["period"], placing["total"]) == (f"2026-11-21T12:{10 - minutes_ago:02}:00Z", 1)
    assert await timed.scores(f"cron:-{minutes_ago}") == {"late": 1}


async def test_such_a_grace_ends_for_each_of_its_periods_in_turn(timed: TimedService) -> None:
    await timed.board(MINUTELY, late_s=300)
    timed.at("2026-11-21T12:10:30Z")
    assert await refused(timed, "2026-11-21T12:04:59.999999Z") == "PERIOD_CLOSED"
    timed.at("2026-11-21T12:11:00Z", -1)
    assert (await late(timed, "2026-11-21T12:05:00Z")).status == 200
    timed.at("2026-11-21T12:11:00Z")
    assert await refused(timed, "2026-11-21T12:05:59Z") == "PERIOD_CLOSED"


async def test_a_late_score_of_a_period_of_keep_0_is_taken_and_not_shown(timed: TimedService) -> None:
    await timed.board({"type": "daily", "keep": 0}, "all", late_s=300)
    timed.at("2026-11-22T00:02:00Z")
    assert (await late(timed, "2026-11-21T23:59:00Z")).json["period"] == "2026-11-21"
    assert await timed.code("/entries?period=daily:-1") == "PERIOD_NOT_FOUND"


async def test_a_late_first_entry_bounds_the_life_of_its_period(timed: TimedService) -> None:
    await timed.board("daily", late_s=300, rank_style="dense")
    timed.at("2026-11-22T00:02:00Z")
    await late(timed, "2026-11-21T23:59:00Z")
    bounded = {name: at_us for name, at_us in timed.expiries_us().items() if "daily." in name}
    assert len(bounded) == 3
    assert all(at_us is not None and at_us > us("2026-11-26T00:00:00Z") for at_us in bounded.values())


# what is not cut into windows


@pytest.mark.parametrize("achieved_at", ["1000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", 0, "2026-11-21T12:00:00Z"])
async def test_all_and_a_season_take_any_past_time(timed: TimedService, achieved_at: str | int) -> None:
    await timed.board("all", "season", starts_at="2026-11-21T00:00:00Z", ends_at="2026-12-01T00:00:00Z")
    placing = (await late(timed, achieved_at)).json
    assert (placing["periods"]["all"]["rank"], placing["periods"]["season"]["rank"]) == (1, 1)


async def test_the_future_is_refused(timed: TimedService) -> None:
    await timed.board("all", "daily")
    assert await refused(timed, "2026-11-21T12:00:05Z") == "VALIDATION_FAILED"
    answer = await late(timed, "2026-11-22T12:00:00Z")
    assert answer.json["errors"][0]["pointer"] == "/achieved_at"


async def test_achieved_at_orders_ties_by_when_they_were_achieved(timed: TimedService) -> None:
    await timed.board("daily", "all")
    for member, at in (("second", "11:00:00"), ("first", "10:59:59"), ("third", "11:59:00")):
        await late(timed, f"2026-11-21T{at}Z", member)
    await timed.send("last", 1)
    assert list(await timed.scores("daily")) == list(await timed.scores("all")) == ["first", "second", "third", "last"]


# beginning and end


@pytest.mark.parametrize("period", ["all", "daily", "season"])
async def test_a_board_takes_scores_from_its_start_to_its_end(timed: TimedService, period: str) -> None:
    # given a board of one hour
    starts, ends = "2026-11-21T13:00:00Z", "2026-11-21T14:00:00Z"
    await timed.board(period, starts_at=starts, ends_at=ends)
    codes: list[Any] = []

    # when scores come at its edges, alone, in an array and set outright
    for at, off_us in ((starts, -1), (starts, 0), (ends, -1), (ends, 0)):
        timed.at(at, off_us)
        before = timed.contents()
        sent = [
            await timed("POST", BOARD + "/scores", {"member": "u", "score": 1}),
            await timed("POST", BOARD + "/scores", [{"member": "u", "score": 1}]),
            await timed("PUT", BOARD + "/entries/u", {"score": 1}),
        ]
        codes.append({answer.code if answer.status >= 400 else "taken" for answer in sent})
        assert "taken" in codes[-1] or timed.contents() == before

    # then those within are taken
    assert codes == [{"BOARD_NOT_STARTED"}, {"taken"}, {"taken"}, {"BOARD_ENDED"}]
    assert await timed.scores() == {"u": 1}


async def test_a_board_that_is_over_says_when_it_was(timed: TimedService) -> None:
    await timed.board("all", starts_at="2026-11-21T10:00:00Z", ends_at="2026-11-21T11:30:00Z")
    answer = await timed("POST", BOARD + "/scores", {"member": "u", "score": 1})
    assert (answer.status, answer.code) == (409, "BOARD_ENDED")
    assert "2026-11-21T11:30:00Z" in answer.json["detail"]


async def test_a_board_that_is_over_takes_late_scores_from_before_its_end(timed: TimedService) -> None:
    await timed.board("season", "all", starts_at="2026-11-21T10:00:00Z", ends_at=MIDNIGHT, late_s=60)
    timed.at("2026-11-22T00:01:00Z", -1)
    assert (await late(timed, "2026-11-21T23:59:59Z")).json["periods"]["season"]["id"] == "season"
    assert await refused(timed, MIDNIGHT) == "BOARD_ENDED"
    assert (await timed("POST", BOARD + "/scores", {"member": "u", "score": 1})).code == "BOARD_ENDED"
    timed.at("2026-11-22T00:01:00Z")
    assert await refused(timed, "2026-11-21T23:59:59Z") == "BOARD_ENDED"


# replays


async def test_a_replay_after_a_rollover_is_the_first_answer(timed: TimedService) -> None:
    # given a submission of yesterday with a key
    await timed.board("daily", "all", "weekly", update="sum", late_s=300)
    body, key = {"member": "u", "score": 5, "metadata": {"n": 1}}, {"Idempotency-Key": "k"}
    await timed.send("u", 1)
    first = await timed("POST", BOARD + "/scores", body, key)

    # when it is sent again within a day, in other periods
    for now in (MIDNIGHT, "2026-11-22T11:59:59Z"):
        timed.at(now)
        again = await timed("POST", BOARD + "/scores", body, key)

        # then ids and all are those of the first answer, and nothing has counted
        assert (again.status, again.body, again.headers["idempotent-replayed"]) == (200, first.body, "true")
    assert [await timed.scores(kind) for kind in ("daily", "2026-11-21", "all")] == [{}, {"u": 6}, {"u": 6}]


async def test_a_replay_of_late_and_refused_items_is_the_first_answer(timed: TimedService) -> None:
    await timed.board("daily", "all", update="sum", late_s=60)
    timed.at("2026-11-22T00:00:30Z")
    times = ["2026-11-21T23:59:30Z", "2026-11-21T12:00:00Z", "2026-11-22T00:00:10Z"]
    rows = [{"member": "u", "score": 1, "achieved_at": at} for at in times]
    first = await timed("POST", BOARD + "/scores", rows, {"Idempotency-Key": "k"})
    timed.at("2026-11-22T12:00:00Z")
    again = await timed("POST", BOARD + "/scores", rows, {"Idempotency-Key": "k"})
    assert (again.body, again.headers["idempotent-replayed"]) == (first.body, "true")
    assert [item.get("period", item.get("code")) for item in again.json] == [
        "2026-11-21", "PERIOD_CLOSED", "2026-11-22",
    ]  # fmt: skip
    assert await timed.scores("all") == {"u": 2}


async def test_a_replay_outlives_the_end_of_its_board(timed: TimedService) -> None:
    await timed.board("season", starts_at="2026-11-21T10:00:00Z", ends_at="2026-11-21T13:00:00Z")
    body, key = {"member": "u", "score": 5}, {"Idempotency-Key": "k"}
    first = await timed("POST", BOARD + "/scores", body, key)
    timed.at("2026-11-21T13:00:00Z")
    again = await timed("POST", BOARD + "/scores", body, key)
    assert (again.status, again.body) == (200, first.body)


async def test_a_key_of_a_refused_score_can_be_used_once_the_board_has_started(timed: TimedService) -> None:
    await timed.board("all", starts_at="2026-11-21T13:00:00Z")
    body, key = {"member": "u", "score": 5}, {"Idempotency-Key": "k"}
    assert (await timed("POST", BOARD + "/scores", body, key)).code == "BOARD_NOT_STARTED"
    timed.at("2026-11-21T13:00:00Z")
    assert (await timed("POST", BOARD + "/scores", body, key)).status == 200

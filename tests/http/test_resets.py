"""Early resets: which periods they empty, what they archive and for how long, and that they happen once."""

from typing import Any

import pytest

from tests.timed_service import BOARD, TimedService, us

SUNDAY = "2026-11-22T12:00:00Z"
SEASON = {"starts_at": "2026-11-01T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z"}


async def played(timed: TimedService, *periods: Any, **settings: Any) -> None:
    """A board with u0, u1 and u2."""
    await timed.board(*(periods or ("daily", "all")), **settings)
    await timed.send("u0", 1)
    await timed("POST", BOARD + "/scores", [{"member": "u1", "score": 2}, {"member": "u2", "score": 3}])


async def ids(timed: TimedService) -> list[tuple[str, int, bool]]:
    return [(row["id"], row["total"], row["closed"]) for row in (await timed.get("/periods"))["periods"]]


async def test_a_reset_empties_all_running_periods(timed: TimedService) -> None:
    # given a board with an entry more in its second period
    await played(timed)
    timed.at(SUNDAY)
    await timed.send("u0", 1)

    # when it is reset
    answer = await timed.reset()

    # then it says what went, and what was closed before stands
    assert answer == {
        "board": "b",
        "removed": 1,
        "periods": [
            {"type": "daily", "id": "2026-11-22", "removed": 1, "archive": None},
            {"type": "all", "id": "all", "removed": 3, "archive": None},
        ],
    }
    assert [len(await timed.scores(name)) for name in ("daily", "all", "daily:-1")] == [0, 0, 3]
    assert await ids(timed) == [("2026-11-22", 0, False), ("2026-11-21", 3, True), ("all", 0, False)]


async def test_a_reset_of_one_period_leaves_the_others(timed: TimedService) -> None:
    await played(timed, "daily", "weekly", "all")
    answer = await timed.reset(period="weekly")
    assert answer["periods"] == [{"type": "weekly", "id": "2026-W47", "removed": 3, "archive": None}]
    assert answer["removed"] == 3
    assert [len(await timed.scores(kind)) for kind in ("daily", "weekly", "all")] == [3, 0, 3]
    placing = await timed.send("u0", 9)
    assert {kind: part["previous_rank"] for kind, part in placing["periods"].items()} == {
        "daily": 3, "weekly": None, "all": 3,
    }  # fmt: skip


@pytest.mark.parametrize("period", ["weekly", "season", "hourly", "2026-11-21", 1])
async def test_a_period_the_board_has_not_is_422(timed: TimedService, period: Any) -> None:
    await played(timed)
    before = timed.contents()
    answer = await timed("POST", BOARD + "/reset", {"period": period})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/period")
    assert timed.contents() == before


async def test_a_reset_without_archive_leaves_no_key_of_what_it_removed(timed: TimedService) -> None:
    await played(timed, "daily", "all", rank_style="dense")
    await timed.reset()
    assert [name for name in timed.expiries_us() if name.startswith(("order", "entries", "distinct"))] == []
    await timed.send("u0", 1)
    assert (await timed.get("/entries/u0"))["rank"] == 1


async def test_what_is_played_after_a_reset_is_what_closes(timed: TimedService) -> None:
    await played(timed)
    await timed.reset(period="daily")
    await timed.send("new", 7)
    timed.at(SUNDAY)
    await timed.tick()
    assert await timed.scores("2026-11-21") == {"new": 7}
    assert timed.closed() == [("daily:2026-11-21", 1)]


async def test_days_before_a_reset_are_read_after_it(timed: TimedService) -> None:
    # given a day that is closed, and one that is reset
    await played(timed)
    timed.at(SUNDAY)
    await timed.send("u2", 8)
    await timed.reset(period="daily")
    await timed.send("u2", 5)

    # then all reads of the first have its entries still
    assert await timed.scores("2026-11-21") == await timed.scores("daily:-1") == {"u2": 3, "u1": 2, "u0": 1}
    assert (await timed.get("/entries/u1?period=daily:-1"))["rank"] == 2
    assert (await timed.get("/entries/u2"))["movement"]["score"] == 3


async def test_a_late_score_of_the_day_before_a_reset_joins_that_day(timed: TimedService) -> None:
    # given yesterday's entries, and a reset of today within the grace
    await played(timed, "daily", late_s=300)
    timed.at("2026-11-22T00:01:00Z")
    await timed.send("today", 9)
    await timed.reset(period="daily")

    # when a score of yesterday comes late, also after calls that act on what runs
    timed.at("2026-11-22T00:02:00Z")
    assert (await timed("PATCH", BOARD + "/entries/u0", {"metadata": 1})).code == "ENTRY_NOT_FOUND"
    late = {"achieved_at": "2026-11-21T23:59:00Z"}
    placing = await timed.send("late", 10, **late)
    assert (placing["period"], placing["rank"], placing["total"]) == ("2026-11-21", 1, 4)

    # then it stands among yesterday's entries
    assert await timed.scores("2026-11-21") == {"late": 10, "u2": 3, "u1": 2, "u0": 1}
    assert await timed.scores() == {}


# archives


async def test_an_archive_answers_every_read_under_its_own_id(timed: TimedService) -> None:
    # given the answers of a running period
    await played(timed)
    paths = ["/entries?", "/entries?limit=2&offset=1&", "/entries/u1?", "/entries/u1/around?", "/around?score=2&"]
    live = [await timed.get(path + "period=2026-11-21") for path in paths]

    # when it is reset with its archive
    timed.at("2026-11-21T12:30:00Z")
    answer = await timed.reset(period="daily", archive=True)
    await timed.send("new", 7)

    # then the same is read there; it began when the day did and ended now
    assert answer["periods"] == [{"type": "daily", "id": "2026-11-21", "removed": 3, "archive": "2026-11-21~1"}]
    name = "2026-11-21~1"
    period = {"id": name, "type": "daily", "starts_at": "2026-11-21T00:00:00Z", "ends_at": "2026-11-21T12:30:00Z"}
    for path, before in zip(paths, live, strict=True):
        after = await timed.get(f"{path}period={name}")
        assert after["period"] == period, path
        same = {"period", "next_reset_at", "next", "prev"}
        assert {k: v for k, v in after.items() if k not in same} == {k: v for k, v in before.items() if k not in same}
    assert (await timed.lookup(["u2", "new"], f"?period={name}"))["missing"] == ["new"]
    assert await timed.scores() == {"new": 7}
    assert await ids(timed) == [("2026-11-21", 1, False), (name, 3, True), ("all", 4, False)]


async def test_an_archive_is_paged_through_by_cursor(timed: TimedService) -> None:
    await played(timed)
    cursor = (await timed.get("/entries?limit=1"))["next"]
    await timed.reset(archive=True)
    assert await timed.code(f"/entries?limit=1&cursor={cursor}") == "STALE_CURSOR"
    page = await timed.get("/entries?limit=1&period=2026-11-21~1")
    assert (await timed.get(f"/entries?cursor={page['next']}"))["entries"][0]["member"] == "u1"


async def test_archives_are_numbered_and_as_many_are_kept_as_periods(timed: TimedService) -> None:
    # given a period of keep 2 that is reset three times
    await timed.board({"type": "daily", "keep": 2})
    for number in range(1, 4):
        await timed.send("u", number)
        answer = await timed.reset(archive=True)
        assert answer["periods"][0]["archive"] == f"2026-11-21~{number}"

    # then the oldest is gone, key and all
    assert await timed.code("/entries?period=2026-11-21~1") == "PERIOD_NOT_FOUND"
    assert [await timed.scores(f"2026-11-21~{number}") for number in (2, 3)] == [{"u": 2}, {"u": 3}]
    assert sum(name.startswith("order:") for name in timed.expiries_us()) == 2
    assert await ids(timed) == [("2026-11-21", 0, False), ("2026-11-21~3", 1, True), ("2026-11-21~2", 1, True)]


async def test_each_window_numbers_its_own_archives(timed: TimedService) -> None:
    await played(timed, "daily")
    await timed.reset(archive=True)
    timed.at(SUNDAY)
    await timed.send("u", 5)
    assert (await timed.reset(archive=True))["periods"][0]["archive"] == "2026-11-22~1"
    assert [len(await timed.scores(name)) for name in ("2026-11-21~1", "2026-11-22~1")] == [3, 1]


async def test_a_period_of_keep_0_keeps_its_last_archive_while_it_runs(timed: TimedService) -> None:
    await timed.board({"type": "daily", "keep": 0})
    for score in (1, 2):
        await timed.send("u", score)
        await timed.reset(archive=True)
    assert await timed.scores("2026-11-21~2") == {"u": 2}
    assert await timed.code("/entries?period=2026-11-21~1") == "PERIOD_NOT_FOUND"
    timed.at(SUNDAY)
    assert await timed.code("/entries?period=2026-11-21~2") == "PERIOD_NOT_FOUND"


async def test_an_archive_is_read_for_as_long_as_its_day(timed: TimedService) -> None:
    await played(timed, {"type": "daily", "keep": 2})
    await timed.reset(archive=True)
    for name, expires_us in timed.expiries_us().items():
        if name.startswith(("order:", "entries:")):
            assert expires_us is not None, name
    timed.at("2026-11-24T00:00:00Z", -1)
    assert len(await timed.scores("2026-11-21~1")) == 3
    timed.at("2026-11-24T00:00:00Z")
    assert await timed.code("/entries?period=2026-11-21~1") == "PERIOD_NOT_FOUND"


@pytest.mark.parametrize("kind", ["all", "season"])
async def test_archives_of_what_has_no_next_window_are_kept_by_number_alone(timed: TimedService, kind: str) -> None:
    await timed.board({"type": kind, "keep": 2}, **(SEASON if kind == "season" else {}))
    for score in (1, 2, 3):
        await timed.send("u", score)
        await timed.reset(archive=True)
    timed.at("2026-11-30T00:00:00Z")
    assert [await timed.scores(f"{kind}~{number}") for number in (2, 3)] == [{"u": 2}, {"u": 3}]
    assert await timed.code(f"/entries?period={kind}~1") == "PERIOD_NOT_FOUND"
    assert await ids(timed) == [(kind, 0, False), (f"{kind}~3", 1, True), (f"{kind}~2", 1, True)]


async def test_an_unplayed_period_is_archived_empty(timed: TimedService) -> None:
    await timed.board("daily")
    assert (await timed.reset(archive=True))["periods"][0] == {
        "type": "daily", "id": "2026-11-21", "removed": 0, "archive": "2026-11-21~1",
    }  # fmt: skip
    assert await timed.scores("2026-11-21~1") == {}


async def test_an_archiving_reset_closes_the_period_with_an_event(timed: TimedService) -> None:
    # given a reset with its archive, and one without
    await played(timed, "daily", "all")
    timed.at("2026-11-21T12:30:00Z")
    await timed.reset(archive=True)
    await timed.send("u", 1)
    await timed.reset()

    # then the first alone has handed on an event a period
    assert timed.closed() == [("daily:2026-11-21~1", 3), ("all:all~1", 3)]
    assert [event["event"] for event in timed.events()] == ["period.closed"] * 2
    bounds = [us("2026-11-21T00:00:00Z"), us("2026-11-21T12:30:00Z")]
    assert [int(timed.events()[0][name]) for name in ("starts_us", "ends_us")] == bounds


# once


async def test_a_reset_with_a_key_is_answered_again_and_done_once(timed: TimedService) -> None:
    # given a reset with a key, and what was played after it
    await played(timed)
    key = {"Idempotency-Key": "k"}
    first = await timed("POST", BOARD + "/reset", {"archive": True}, key)
    await timed.send("u", 1)

    # when it is sent again, on the same day and on the next
    for now in ("2026-11-21T12:00:01Z", "2026-11-22T11:00:00Z"):
        timed.at(now)
        again = await timed("POST", BOARD + "/reset", {"archive": True}, key)

        # then it is answered as before, and nothing goes
        assert (again.status, again.body, again.headers["idempotent-replayed"]) == (200, first.body, "true")
    assert await timed.scores("2026-11-21") == {"u": 1}
    assert await timed.code("/entries?period=2026-11-21~2") == "PERIOD_NOT_FOUND"


async def test_a_resets_key_does_not_pass_for_another_reset(timed: TimedService) -> None:
    await played(timed)
    key = {"Idempotency-Key": "k"}
    assert (await timed("POST", BOARD + "/reset", {"period": "daily"}, key)).status == 200
    for body in ({}, {"period": "all"}, {"period": "daily", "archive": True}):
        answer = await timed("POST", BOARD + "/reset", body, key)
        assert (answer.status, answer.code) == (422, "IDEMPOTENCY_MISMATCH")
    assert len(await timed.scores("all")) == 3


async def test_a_submission_from_before_a_reset_is_answered_again_after_it(timed: TimedService) -> None:
    await timed.board("daily", "all", update="sum")
    body, key = {"member": "u", "score": 5}, {"Idempotency-Key": "k"}
    first = await timed("POST", BOARD + "/scores", body, key)
    await timed.reset(archive=True)
    again = await timed("POST", BOARD + "/scores", body, key)
    assert (again.body, again.headers["idempotent-replayed"]) == (first.body, "true")
    assert (await timed.scores(), await timed.scores("2026-11-21~1")) == ({}, {"u": 5})


async def test_another_process_knows_of_a_reset_at_once(timed: TimedService) -> None:
    # given another process that has read the board
    await played(timed)
    other = await timed.another()
    assert (await other("GET", BOARD + "/entries")).json["total"] == 3

    # when this one resets it, with its archive
    await timed.reset(archive=True)

    # then the other one reads and writes what runs now, and knows the archive
    assert (await other("GET", BOARD + "/entries")).json["total"] == 0
    assert (await other("POST", BOARD + "/scores", {"member": "u", "score": 1})).json["total"] == 1
    assert (await other("GET", BOARD + "/entries?period=2026-11-21~1")).json["total"] == 3


async def test_another_process_that_asks_for_a_new_archive_first_finds_it(timed: TimedService) -> None:
    await played(timed)
    other = await timed.another()
    assert (await other("GET", BOARD + "/entries?period=2026-11-20~1")).code == "PERIOD_NOT_FOUND"
    await timed.reset(archive=True)
    answer = await other("GET", BOARD + "/entries?period=2026-11-21~1")
    assert (answer.status, answer.json.get("total")) == (200, 3), answer.body

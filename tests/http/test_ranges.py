"""Spans of days: what counts on which day, what they answer, what they cost, and what is refused."""

import asyncio
from typing import Any

import pytest

from tests.timed_service import BOARD, TAG, TimedService

FRIDAY, SATURDAY, SUNDAY = (f"2026-11-{day}T12:00:00Z" for day in (20, 21, 22))
SPAN = "from=2026-11-20&to=2026-11-21"
KEPT = {"ranges": {"keep_days": 10}}


async def played(timed: TimedService, **settings: Any) -> None:
    """A board with u and v on Friday, u and w on Saturday, which it is now."""
    timed.at(FRIDAY)
    await timed.board(**{**KEPT, **settings})
    await timed.send("u", 5)
    await timed.send("v", 7)
    await timed.send("u", 2)
    timed.at(SATURDAY)
    await timed.send("u", 4)
    await timed.send("w", 9)


async def span(timed: TimedService, query: str = SPAN) -> dict[str, int]:
    """The members of a span in their order, with their scores."""
    page = await timed.get(f"/entries?limit=1000&{query}")
    assert page["total"] == len(page["entries"])
    return {entry["member"]: entry["score"] for entry in page["entries"]}


# what counts


@pytest.mark.parametrize("update", ["best", "latest", "sum"])
@pytest.mark.parametrize(
    ("aggregate", "expected"), [("sum", {"u": 11, "w": 9, "v": 7}), ("best", {"w": 9, "v": 7, "u": 5})]
)
async def test_every_submission_counts_whatever_the_boards_rule(
    timed: TimedService, update: str, aggregate: str, expected: dict[str, int]
) -> None:
    await played(timed, update=update)
    found = await span(timed, f"{SPAN}&aggregate={aggregate}")
    assert list(found.items()) == list(expected.items())


@pytest.mark.parametrize(("update", "score"), [("best", 5), ("latest", 5), ("sum", 11)])
async def test_without_an_aggregate_a_span_counts_as_its_board_does(
    timed: TimedService, update: str, score: int
) -> None:
    await played(timed, update=update)
    assert (await span(timed))["u"] == score


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (("20", "20"), {"v": 7, "u": 7}),
        (("21", "21"), {"w": 9, "u": 4}),
        (("20", "21"), {"u": 11, "w": 9, "v": 7}),
        (("01", "30"), {"u": 11, "w": 9, "v": 7}),
        (("22", "25"), {}),
        (("18", "19"), {}),
    ],
)
async def test_both_ends_of_a_span_belong_to_it(
    timed: TimedService, days: tuple[str, str], expected: dict[str, int]
) -> None:
    await played(timed)
    assert await span(timed, f"from=2026-11-{days[0]}&to=2026-11-{days[1]}&aggregate=sum") == expected


async def test_best_takes_the_tuple_of_one_submission_by_the_boards_order(timed: TimedService) -> None:
    # given the fewest points first, and more lives better among equals
    timed.at(FRIDAY)
    await timed.board(order="asc", subscores=[{"name": "lives", "order": "desc"}], update="latest", **KEPT)
    await timed.send("u", 3, subscore=9)
    timed.at(SATURDAY)
    await timed.send("u", 2, subscore=1)
    await timed.send("u", 2, subscore=4)
    await timed.send("u", 8, subscore=7)
    entry = (await timed.get(f"/entries/u?{SPAN}"))
    assert (entry["score"], entry["subscores"]) == (2, {"lives": 4})
    total = await timed.get(f"/entries/u?{SPAN}&aggregate=sum")
    assert (total["score"], total["subscores"]) == (15, {"lives": 21})


async def test_ties_stand_in_the_order_they_were_reached(timed: TimedService) -> None:
    timed.at(FRIDAY)
    await timed.board(**KEPT)
    for member, score in (("late", 1), ("early", 3), ("late", 1)):
        await timed.send(member, score)
    timed.at(SATURDAY)
    await timed.send("late", 1)
    await timed.send("later", 3)
    assert list(await span(timed, f"{SPAN}&aggregate=sum")) == ["early", "late", "later"]


async def test_what_was_achieved_earlier_counts_on_its_day(timed: TimedService) -> None:
    await timed.board(**KEPT)
    for at in ("2026-11-20T23:59:59.999999Z", "2026-11-20T00:00:00Z", "2026-11-19T23:59:59Z", "2026-11-21T00:00:00Z"):
        await timed.send("u", 1, achieved_at=at)
    await timed.send("u", 1)
    counts = {day: await span(timed, f"from=2026-11-{day}&to=2026-11-{day}&aggregate=sum") for day in (19, 20, 21)}
    assert counts == {19: {"u": 1}, 20: {"u": 2}, 21: {"u": 2}}


async def test_a_late_score_counts_on_its_day(timed: TimedService) -> None:
    await timed.board("daily", late_s=300, **KEPT)
    timed.at("2026-11-22T00:02:00Z")
    await timed.send("u", 5, achieved_at="2026-11-21T23:59:00Z")
    assert await span(timed, "from=2026-11-21&to=2026-11-21") == {"u": 5}
    assert await span(timed, "from=2026-11-22&to=2026-11-22") == {}


async def test_what_was_refused_counts_on_no_day(timed: TimedService) -> None:
    await timed.board("all", "daily", update="sum", **KEPT)
    await timed.send("u", 2**63 - 1)
    for body in ({"member": "u", "score": 1}, {"member": "v", "score": 1, "achieved_at": "2026-11-20T12:00:00Z"}):
        assert (await timed("POST", BOARD + "/scores", body)).status in (409, 422)
    assert await span(timed) == {"u": 2**63 - 1}


async def test_a_replay_counts_once(timed: TimedService) -> None:
    await timed.board(update="sum", **KEPT)
    for _ in range(3):
        await timed("POST", BOARD + "/scores", {"member": "u", "score": 5}, {"Idempotency-Key": "k"})
    assert await span(timed) == {"u": 5}


async def test_a_score_set_outright_counts_like_a_submission(timed: TimedService) -> None:
    await played(timed)
    await timed("PUT", BOARD + "/entries/u", {"score": 1})
    assert (await span(timed, f"{SPAN}&aggregate=sum"))["u"] == 12


@pytest.mark.parametrize(("step", "edge"), [(2**62, 2**63 - 1), (-(2**62), -(2**63))])
async def test_sums_stop_at_the_ends_of_int64(timed: TimedService, step: int, edge: int) -> None:
    # given more in three days than 64 bits hold
    timed.at(FRIDAY)
    await timed.board(update="latest", **KEPT)
    for at in (FRIDAY, SATURDAY, SUNDAY):
        timed.at(at)
        await timed.send("u", step)
        await timed.send("u", step)
    for first, expected in ((20, edge), (22, edge)):
        assert await span(timed, f"from=2026-11-{first}&to=2026-11-22&aggregate=sum") == {"u": expected}


# days


@pytest.mark.parametrize(
    ("zone", "now", "yesterday", "today"),
    [
        ("Asia/Tokyo", "2026-11-21T15:00:00Z", "2026-11-21", "2026-11-22"),
        ("America/New_York", "2026-11-21T05:00:00Z", "2026-11-20", "2026-11-21"),
        ("Africa/Cairo", "2026-04-23T22:00:00Z", "2026-04-23", "2026-04-24"),  # midnight is at one
        ("America/Havana", "2026-11-01T04:00:00Z", "2026-10-31", "2026-11-01"),  # midnight comes twice
        ("Asia/Kathmandu", "2026-12-31T18:15:00Z", "2026-12-31", "2027-01-01"),
    ],
)
async def test_a_day_begins_at_midnight_in_the_boards_zone(
    timed: TimedService, zone: str, now: str, yesterday: str, today: str
) -> None:
    timed.at(now, -1)
    await timed.board(timezone=zone, reset={"time": "06:00:00"}, **KEPT)
    await timed.send("u", 1)
    timed.at(now)
    await timed.send("u", 10)
    assert await span(timed, f"from={yesterday}&to={yesterday}&aggregate=sum") == {"u": 1}
    assert await span(timed, f"from={today}&to={today}&aggregate=sum") == {"u": 10}
    page = await timed.get(f"/entries?from={today}&to={today}")
    assert page["period"]["starts_at"] == now


@pytest.mark.parametrize(
    ("day", "starts_at", "ends_at"),
    [
        ("2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),  # 23 hours
        ("2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),  # 25 hours
    ],
)
async def test_a_day_of_23_or_25_hours_has_all_of_them(
    timed: TimedService, day: str, starts_at: str, ends_at: str
) -> None:
    timed.at(starts_at, -1)
    await timed.board(timezone="Europe/Paris", **KEPT)
    for at, off_us, score in ((starts_at, -1, 1), (starts_at, 0, 10), (ends_at, -1, 100), (ends_at, 0, 1000)):
        timed.at(at, off_us)
        await timed.send("u", score)
    page = await timed.get(f"/entries?from={day}&to={day}&aggregate=sum")
    assert [entry["score"] for entry in page["entries"]] == [110]
    period = page["period"]
    assert (period["id"], period["type"]) == (f"{day}..{day}", "range")
    assert (period["starts_at"], period["ends_at"]) == (starts_at, ends_at)


async def test_days_are_kept_for_keep_days_and_no_longer(timed: TimedService) -> None:
    # given a board that keeps two days
    timed.at(FRIDAY)
    await timed.board(ranges={"keep_days": 2}, update="sum")
    for at in (FRIDAY, SATURDAY, SUNDAY):
        timed.at(at)
        await timed.send("u", 1)
    assert (await span(timed, "from=2026-11-01&to=2026-11-30"))["u"] in (2, 3)
    assert await span(timed, "from=2026-11-21&to=2026-11-22") == {"u": 2}

    # then keys of days have an end, later than they are wanted for
    days = {name: at_us for name, at_us in timed.expiries_us().items() if name.startswith("day:")}
    assert len(days) == 3
    assert None not in days.values()
    timed.at("2026-11-23T23:59:59.999999Z")
    assert await span(timed, "from=2026-11-22&to=2026-11-22") == {"u": 1}
    timed.at("2026-12-01T00:00:00Z")
    assert [name for name in timed.expiries_us() if name.startswith("day:")] == []


async def test_what_was_achieved_before_the_kept_days_counts_on_the_board_alone(timed: TimedService) -> None:
    await timed.board(ranges={"keep_days": 2}, update="sum")
    await timed.send("u", 5, achieved_at="2020-01-01T00:00:00Z")
    assert await timed.scores() == {"u": 5}
    assert await span(timed, "from=2019-12-31&to=2026-11-21") == {}
    assert [name for name in timed.expiries_us() if name.startswith("day:")] == []


async def test_days_go_by_the_stores_clock(timed: TimedService) -> None:
    timed.at(FRIDAY)
    await timed.board(update="sum", **KEPT)
    for ahead_us in (3_600_000_000, -3_600_000_000):
        for off_us in (-1, 0):
            timed.at("2026-11-21T00:00:00Z", off_us)
            timed.ahead_us = ahead_us
            await timed.send("u", 1)
    timed.ahead_us = 0
    assert await span(timed, "from=2026-11-20&to=2026-11-20") == {"u": 2}
    assert await span(timed, "from=2026-11-21&to=2026-11-21") == {"u": 2}


# reads


async def many(timed: TimedService, **settings: Any) -> None:
    """Forty members over two days: m00 has the fewest points, m39 the most."""
    timed.at(FRIDAY)
    await timed.board(update="sum", **KEPT, **settings)
    rows = [{"member": f"m{index:02}", "score": index} for index in range(40)]
    for at in (FRIDAY, SATURDAY):
        timed.at(at)
        assert (await timed("POST", BOARD + "/scores", rows)).status == 200


async def test_a_span_is_paged_through_by_cursor_both_ways(timed: TimedService) -> None:
    await many(timed)
    path, seen = f"/entries?{SPAN}&limit=7", list[str]()
    page = await timed.get(path)
    while True:
        seen += [entry["member"] for entry in page["entries"]]
        if page["next"] is None:
            break
        page = await timed.get(f"{path}&cursor={page['next']}")
    back = await timed.get(f"/entries?cursor={page['prev']}")
    assert seen == [f"m{index:02}" for index in reversed(range(40))]
    assert [entry["member"] for entry in back["entries"]] == seen[28:35]
    assert (back["total"], back["next_reset_at"]) == (40, None)


async def test_a_cursor_of_a_span_goes_on_although_it_is_written_to(timed: TimedService) -> None:
    await many(timed)
    page = await timed.get(f"/entries?{SPAN}&limit=7")
    await timed.send("m39", 1000)
    await timed.send("m00", 1000)
    following = await timed.get(f"/entries?{SPAN}&limit=7&cursor={page['next']}")
    assert [entry["member"] for entry in following["entries"]] == [f"m{index}" for index in range(32, 25, -1)]
    assert following["entries"][0]["rank"] == 9


@pytest.mark.parametrize(
    "other",
    ["from=2026-11-19&to=2026-11-21", "from=2026-11-20&to=2026-11-20", f"{SPAN}&aggregate=best", f"{SPAN}&limit=8",
     "period=all", ""],
)  # fmt: skip
async def test_a_cursor_of_another_span_is_stale(timed: TimedService, other: str) -> None:
    await many(timed)
    cursor = (await timed.get(f"/entries?{SPAN}&aggregate=sum&limit=7"))["next"]
    if other == "":
        cursor, other = (await timed.get("/entries?limit=7"))["next"], SPAN
    answer = await timed("GET", f"{BOARD}/entries?{other}&cursor={cursor}")
    assert answer.status in (400, 422), answer.body
    assert answer.code in ("STALE_CURSOR", "VALIDATION_FAILED")


@pytest.mark.parametrize("query", ["offset=10", "rank=11", "score_max=58", "score_min=0&score_max=58"])
async def test_a_page_of_a_span_starts_where_it_is_asked_to(timed: TimedService, query: str) -> None:
    await many(timed)
    page = await timed.get(f"/entries?{SPAN}&limit=2&{query}")
    assert [(entry["rank"], entry["member"], entry["score"]) for entry in page["entries"]] == [
        (11, "m29", 58), (12, "m28", 56),
    ]  # fmt: skip


async def test_a_span_answers_entry_around_and_lookup(timed: TimedService) -> None:
    await many(timed)
    entry = await timed.get(f"/entries/m20?{SPAN}")
    assert (entry["rank"], entry["score"], entry["total"], entry["movement"]) == (20, 40, 40, None)
    around = await timed.get(f"/entries/m20/around?{SPAN}&size=3")
    assert [row["member"] for row in around["entries"]] == ["m21", "m20", "m19"]
    beside = await timed.get(f"/around?{SPAN}&score=41&size=2")
    assert (beside["rank"], [row["member"] for row in beside["entries"]]) == (20, ["m20", "m19"])
    found = await timed.lookup(["m00", "m39", "nobody"], f"?{SPAN}")
    assert [(row["position"], row["member"]) for row in found["entries"]] == [(1, "m39"), (40, "m00")]
    assert (found["missing"], found["period"]["id"]) == (["nobody"], "2026-11-20..2026-11-21")
    for path in ("/entries/nobody", "/entries/nobody/around"):
        assert await timed.code(f"{path}?{SPAN}") == "ENTRY_NOT_FOUND"


@pytest.mark.parametrize(("style", "ranks"), [("unique", [1, 2, 3]), ("competition", [1, 1, 3]), ("dense", [1, 1, 2])])
async def test_a_span_ranks_as_the_board_does(timed: TimedService, style: str, ranks: list[int]) -> None:
    timed.at(FRIDAY)
    await timed.board(rank_style=style, **KEPT)
    await timed.send("a", 3)
    await timed.send("b", 1)
    timed.at(SATURDAY)
    await timed.send("b", 2)
    await timed.send("c", 2)
    page = await timed.get(f"/entries?{SPAN}&aggregate=sum")
    assert [(entry["member"], entry["rank"]) for entry in page["entries"]] == list(zip("abc", ranks, strict=True))
    assert (await timed.get(f"/entries/c?{SPAN}&aggregate=sum"))["rank"] == ranks[2]


async def test_a_span_gives_int64_as_text_and_an_instant_it_is_of(timed: TimedService) -> None:
    await played(timed)
    page = await timed.get(f"/entries?{SPAN}&int64=string")
    assert page["entries"][0]["score"] == "9"
    assert page["period"]["as_of"].startswith("2026-11-21T12:00:00")


async def test_a_span_nobody_played_in_is_empty(timed: TimedService) -> None:
    await timed.board(**KEPT)
    assert await span(timed) == {}
    assert (await timed.get(f"/around?{SPAN}&score=1"))["rank"] == 1
    assert (await timed.lookup(["u"], f"?{SPAN}"))["missing"] == ["u"]


# always of now


async def test_a_write_between_two_reads_is_seen_at_once(timed: TimedService) -> None:
    await played(timed, update="sum")
    other = await timed.another()
    for score in (12, 13, 14):
        await timed.send("u", 1)
        assert (await span(timed))["u"] == score
        assert (await other("GET", f"{BOARD}/entries/u?{SPAN}")).json["score"] == score


async def test_a_removed_entry_is_gone_from_today(timed: TimedService) -> None:
    # given u on both days
    await played(timed, update="sum")
    assert (await span(timed))["u"] == 11

    # when its entry is removed
    assert (await timed("DELETE", BOARD + "/entries/u")).status == 204

    # then it has what it had on the day before
    assert await span(timed) == {"w": 9, "v": 7, "u": 7}
    assert "u" not in await span(timed, "from=2026-11-21&to=2026-11-21")


async def test_a_reset_leaves_the_days(timed: TimedService) -> None:
    await played(timed, update="sum")
    before = await span(timed)
    await timed.reset()
    assert await timed.scores() == {}
    assert await span(timed) == before


async def test_days_are_kept_from_when_it_is_asked_for(timed: TimedService) -> None:
    timed.at(FRIDAY)
    await timed.board(update="sum")
    await timed.send("u", 5)
    await timed.change(**KEPT)
    await timed.send("u", 2)
    assert await span(timed) == {"u": 2}


async def test_a_span_after_a_change_of_settings_is_by_the_new_ones(timed: TimedService) -> None:
    # given a span that was read
    await played(timed, update="sum")
    assert (await timed.get(f"/entries?{SPAN}"))["entries"][0]["member"] == "u"

    # when rule, ranks and keeping change, then it is right by the new ones each time
    await timed.change(update="best")
    assert (await span(timed))["u"] == 5
    await timed.send("x", 9)
    await timed.change(rank_style="dense")
    ranks = {entry["member"]: entry["rank"] for entry in (await timed.get(f"/entries?{SPAN}"))["entries"]}
    assert ranks == {"w": 1, "x": 1, "v": 2, "u": 3}
    await timed.change(ranges={"keep_days": 0})
    assert await timed.code(f"/entries?{SPAN}") == "VALIDATION_FAILED"
    await timed.change(**KEPT)
    assert set(await span(timed)) == {"u", "v", "w", "x"}


async def test_a_board_made_again_has_none_of_the_days_before(timed: TimedService) -> None:
    await played(timed)
    assert len(await span(timed)) == 3
    await timed("DELETE", BOARD)
    await timed.board(**KEPT)
    assert await span(timed) == {}
    await timed.send("new", 1)
    assert await span(timed) == {"new": 1}


async def test_an_order_that_is_changed_on_an_empty_board_changes_its_spans(timed: TimedService) -> None:
    # given days of an old order, on a board that was reset
    await played(timed)
    await timed.reset()

    # when the order is turned round
    answer = await timed("PATCH", BOARD, {"order": "asc", "subscores": [{"name": "s"}]})

    # then either it is refused for the days that are kept, or spans are by the new order
    if answer.status == 200:
        await timed.send("a", 1, subscore=3)
        await timed.send("b", -1, subscore=2)
        assert list(await span(timed, "from=2026-11-21&to=2026-11-21&aggregate=best"))[:2] == ["b", "a"]
    else:
        assert (answer.status, answer.code) == (409, "BOARD_NOT_EMPTY")


# what it costs


def evals(timed: TimedService) -> int:
    return timed.store.script_calls().get("evalsha", 0) + timed.store.script_calls().get("eval", 0)


async def test_a_span_that_was_not_written_to_is_computed_once(timed: TimedService) -> None:
    await many(timed)
    await span(timed)
    before = evals(timed)
    for _ in range(5):
        await span(timed)
    assert evals(timed) - before <= 2 * 5


async def test_a_span_that_many_ask_for_at_once_is_computed_once(timed: TimedService) -> None:
    # given what one computation and one read of it cost
    await many(timed)
    before = evals(timed)
    alone = await span(timed, f"{SPAN}&aggregate=best")
    cost = evals(timed) - before

    # when three processes ask for another span, ten times each at once
    others = [await timed.another() for _ in range(3)]
    paths = [f"{BOARD}/entries/m{number:02}?{SPAN}&aggregate=sum" for number in range(10)]
    for other in others:
        await other("GET", BOARD)
    before = evals(timed)
    answers = await asyncio.gather(*[other("GET", path) for other in others for path in paths])

    # then it was computed once, and each read of it is one call
    assert {answer.status for answer in answers} == {200}
    assert len(alone) == 40
    builders = evals(timed) - before - len(answers) - 3 * len(paths)
    assert builders <= cost + 3 * 10
    assert len([key for key in timed.expiries_us() if key.startswith("range:")]) == 2


async def test_what_is_computed_goes_by_itself(timed: TimedService) -> None:
    await many(timed)
    await span(timed)
    made = {name: at_us for name, at_us in timed.expiries_us().items() if "range" in name or "tally" in name}
    assert made
    now_us = timed.clock.now_us()
    assert all(at_us is not None and at_us <= now_us + 130_000_000 for at_us in made.values())


async def test_a_span_whose_keys_have_gone_is_computed_again(timed: TimedService) -> None:
    await many(timed)
    first = await span(timed)
    timed.clock.move(600_000_000)
    assert not [name for name in timed.expiries_us() if name.startswith("range:")]
    assert await span(timed) == first


# what is refused


@pytest.mark.parametrize(
    ("query", "parameter", "word"),
    [
        ("from=2026-11-21&to=2026-11-20", "query", "before"),
        ("from=2026-11-20", "query", "together"),
        ("to=2026-11-20", "query", "together"),
        (f"{SPAN}&period=all", "query", "period"),
        ("aggregate=sum", "query", "from"),
        (f"{SPAN}&aggregate=mean", "aggregate", "sum"),
        ("from=2026-11-31&to=2026-12-01", "from", "day"),
        ("from=2026-11-20&to=tomorrow", "to", "YYYY-MM-DD"),
        ("from=20261120&to=2026-11-21", "from", "YYYY-MM-DD"),
        ("from=2026-11-20T00:00:00Z&to=2026-11-21", "from", "YYYY-MM-DD"),
    ],
)
async def test_faults_of_a_span_are_named_in_their_place(
    timed: TimedService, query: str, parameter: str, word: str
) -> None:
    await played(timed)
    for path in ("/entries?", "/entries/u?", "/entries/u/around?", "/around?score=1&"):
        answer = await timed("GET", f"{BOARD}{path}{query}")
        assert (answer.status, answer.code) == (422, "VALIDATION_FAILED"), path
        fault = answer.json["errors"][0]
        assert (fault["parameter"], word in fault["detail"]) == (parameter, True), fault
    answer = await timed("POST", f"{BOARD}/entries/lookup?{query}", {"members": ["u"]})
    assert (answer.status, answer.json["errors"][0]["parameter"]) == (422, parameter)


async def test_a_board_that_keeps_no_days_has_no_spans(timed: TimedService) -> None:
    await timed.board()
    for path in ("/entries?", "/entries/u?", "/entries/u/around?", "/around?score=1&"):
        answer = await timed("GET", f"{BOARD}{path}{SPAN}")
        assert (answer.status, answer.code) == (422, "VALIDATION_FAILED"), path
        fault = answer.json["errors"][0]
        assert fault["parameter"] == "from", (path, fault)
        assert "keep_days" in fault["detail"]
    answer = await timed("POST", f"{BOARD}/entries/lookup?{SPAN}", {"members": ["u"]})
    assert (answer.status, answer.json["errors"][0].get("parameter")) == (422, "from"), answer.body
    assert [name for name in timed.expiries_us() if name.startswith("day")] == []


async def test_another_process_knows_at_once_that_days_are_kept(timed: TimedService) -> None:
    await timed.board()
    other = await timed.another()
    assert (await other("GET", f"{BOARD}/entries?{SPAN}")).status == 422
    await timed.change(**KEPT)
    assert (await other("GET", f"{BOARD}/entries?{SPAN}")).status == 200


@pytest.mark.parametrize("days", ["from=0001-01-01&to=9999-12-31", "from=9999-12-31&to=9999-12-31",
                                  "from=0001-01-01&to=0001-01-01"])  # fmt: skip
async def test_spans_to_the_ends_of_the_calendar_are_answered(timed: TimedService, days: str) -> None:
    await played(timed, timezone="Pacific/Kiritimati")
    answer = await timed("GET", f"{BOARD}/entries?{days}")
    assert answer.status in (200, 422), answer.body


async def test_a_deleted_boards_spans_are_404(timed: TimedService) -> None:
    await played(timed)
    await span(timed)
    await timed("DELETE", BOARD)
    assert await timed.code(f"/entries?{SPAN}") == "BOARD_NOT_FOUND"
    assert all((TAG + name).startswith(TAG) for name in timed.expiries_us())

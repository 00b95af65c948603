"""Reads of spans of days: what they answer, that they are always of now, what they cost, and what is refused."""

import asyncio
from typing import Any

import pytest

from tests.http.test_ranges import FRIDAY, KEPT, SATURDAY, SPAN, played, span
from tests.timed_service import BOARD, TAG, TimedService

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
    link = (await timed("GET", BOARD + path)).headers["link"].partition(">")[0].removeprefix("<" + BOARD)
    assert (await timed.get(link))["entries"] == (await timed.get(f"{path}&cursor={page['next']}"))["entries"]
    while True:
        seen += [entry["member"] for entry in page["entries"]]
        if page["next"] is None:
            break
        page = await timed.get(f"{path}&cursor={page['next']}")
    back = await timed.get(f"/entries?cursor={page['prev']}")
    assert seen == [f"m{index:02}" for index in reversed(range(40))]
    assert [entry["member"] for entry in back["entries"]] == seen[28:35]
    assert (back["total"], back["next_reset_at"]) == (40, back["period"]["ends_at"])


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
        ("from=2026-11-21&to=2026-11-20", "to", "before"),
        ("from=2026-11-20", "to", "both"),
        ("to=2026-11-20", "to", "both"),
        (f"{SPAN}&period=all", "from", "period"),
        ("aggregate=sum", "aggregate", "from"),
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

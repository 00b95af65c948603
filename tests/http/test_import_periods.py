"""Imports into periods: all that run, as a submission; or one alone, running, closed, ended or switched off."""

import json
from typing import Any

from tests.asgi_calls import Answer
from tests.timed_service import BOARD, TimedService

SATURDAY, SUNDAY = (f"2026-11-{day}T12:00:00Z" for day in (21, 22))
NDJSON = {"Content-Type": "application/x-ndjson"}


async def imported(timed: TimedService, *rows: dict[str, Any], query: str = "", board: str = BOARD) -> Answer:
    body = b"\n".join(json.dumps(row).encode() for row in rows)
    answer = await timed("POST", f"{board}/import{query}", body, NDJSON)
    assert answer.status == 200, answer.body
    return answer


async def test_without_a_period_a_line_lands_in_all_running_ones_or_in_none(timed: TimedService) -> None:
    # given a board whose day began after one line's arrival and before the other's
    timed.at(SUNDAY)
    await timed.board("daily", "all")
    old, new = ({"member": name, "score": 5, "updated_at": at} for name, at in (("old", SATURDAY), ("new", SUNDAY)))

    told = (await imported(timed, old, new)).json

    assert [(fault["line"], fault["code"]) for fault in told["faults"]] == [(1, "PERIOD_CLOSED")]
    assert await timed.scores("all") == await timed.scores("daily") == {"new": 5}


async def test_a_board_with_closed_periods_moves_one_period_at_a_time(timed: TimedService) -> None:
    # given a board that was played on two days, with other sums in each of its periods
    timed.at(SATURDAY)
    await timed.board("daily", "weekly", "all", update="sum")
    for index in range(5):
        await timed.send(f"u{index}", index)
    timed.at(SUNDAY)
    await timed.tick()
    for index in range(3):
        await timed.send(f"u{index}", 10)

    # when each period is exported and imported into a board that was made just now
    other = "/v1/boards/other"
    rules = [{"type": one} for one in ("daily", "weekly", "all")]
    await timed("PUT", other, {"periods": rules, "update": "sum"})
    names = ("all", "2026-11-21", "2026-11-22", "2026-W47")
    for name in names:
        lines = (await timed("GET", f"{BOARD}/export?period={name}")).body.splitlines()
        await imported(timed, *map(json.loads, lines), query=f"?period={name}", board=other)

    # then every period reads the same, and is listed the same
    for name in names:
        whole = (await timed("GET", f"{BOARD}/export?period={name}")).body
        assert whole
        assert (await timed("GET", f"{other}/export?period={name}")).body == whole
    listed = (await timed.get("/periods"))["periods"]
    there = (await timed("GET", other + "/periods")).json["periods"]
    assert [one for one in there if one["total"]] == [one for one in listed if one["total"]]

    # and the sums go on from there
    await timed("POST", other + "/scores", {"member": "u0", "score": 1})
    assert (await timed("GET", other + "/entries/u0?period=all")).json["score"] == 11


async def test_a_closed_period_that_was_imported_goes_when_it_is_no_longer_kept(timed: TimedService) -> None:
    timed.at(SUNDAY)
    await timed.board({"type": "daily", "keep": 1}, "all")
    await imported(timed, {"member": "a", "score": 1, "updated_at": SATURDAY}, query="?period=2026-11-21")
    assert await timed.scores("2026-11-21") == {"a": 1}
    keys = [key for key in timed.store.control.scan_iter() if b"daily" in key]
    assert len(keys) == 2
    assert all(timed.store.control.ttl(key) > 0 for key in keys)


async def test_a_named_period_takes_entries_where_submissions_are_refused(timed: TimedService) -> None:
    # given a board that has ended and is switched off
    timed.at(SATURDAY)
    await timed.board("season", starts_at="2026-11-01T00:00:00Z", ends_at="2026-11-21T13:00:00Z")
    timed.at(SUNDAY)
    await timed.change(enabled=False)
    row = {"member": "a", "score": 1, "updated_at": SATURDAY}

    # when an entry is imported with and without the period's name
    refused = await timed("POST", BOARD + "/import", json.dumps(row).encode(), NDJSON)
    await imported(timed, row, query="?period=season")

    # then only the named one takes it
    assert refused.code == "BOARD_DISABLED"
    assert await timed.scores("season") == {"a": 1}


async def test_an_export_keeps_to_its_period_when_that_ends(timed: TimedService) -> None:
    # given a running day's export that has begun
    timed.at(SATURDAY)
    await timed.board("daily", "all")
    for index in range(300):
        await timed.send(f"u{index}", 300 - index)
    whole = await timed("GET", BOARD + "/export")
    last = json.loads(whole.body.splitlines()[99])

    # when the day ends before the rest is asked for
    timed.at(SUNDAY)
    await timed.send("late", 1000)
    target = f"{BOARD}/export?cursor={whole.headers['rankd-cursor']}"
    after = json.dumps(last).replace(" ", "").replace('"', "%22").replace("{", "%7B").replace("}", "%7D")
    rest = await timed("GET", f"{target}&after={after}")

    # then the rest is that day's
    assert rest.body.splitlines() == whole.body.splitlines()[100:]

"""Fields on boards of several periods: closed windows and archives answer by them, and their keys go with the
window's."""

from typing import Any

import pytest

from tests.timed_service import BOARD, TimedService

FIELDS = [
    {"name": "land", "type": "string", "segment": True},
    {"name": "time_ms", "type": "integer", "rank": "asc"},
]


async def play(timed: TimedService, *rows: tuple[str, int, str, int]) -> None:
    for member, score, land, time_ms in rows:
        await timed.send(member, score, fields={"land": land, "time_ms": time_ms})


async def by_fields(timed: TimedService, period: str) -> list[Any]:
    """What every read by a field says of a period: rows of a segment, of a sort and of filters, values, one entry."""
    segment = await timed.get(f"/entries?segment=land:FR&period={period}")
    by_time = await timed.get(f"/entries?sort=time_ms&period={period}")
    filtered = await timed.get(f"/entries?filter=land:FR&filter=time_ms:5&period={period}")
    values = await timed.get(f"/fields/land/values?period={period}")
    found: list[Any] = [
        [(entry["rank"], entry["member"], entry["field_ranks"]["time_ms"]) for entry in page["entries"]]
        for page in (segment, by_time, filtered)
    ]
    lookup = await timed.lookup(["a", "b", "c"], f"?segment=land:FR&period={period}")
    return [
        *found,
        [(one["value"], one["count"]) for one in values["values"]],
        [(entry["rank"], entry["member"]) for entry in lookup["entries"]],
    ]


FIRST_DAY = [
    [(1, "b", 3), (2, "a", 1)],
    [(3, "a", 1), (2, "c", 2), (1, "b", 3)],
    [(3, "a", 1)],
    [("DE", 1), ("FR", 2)],
    [(1, "b"), (2, "a")],
]


@pytest.mark.parametrize("style", ["unique", "competition", "dense"])
async def test_closed_windows_and_archives_answer_by_fields_as_they_did(timed: TimedService, style: str) -> None:
    # Given a day that was played
    timed.at("2026-11-20T12:00:00Z")
    await timed.board("daily", "all", fields=FIELDS, rank_style=style, update="latest")
    await play(timed, ("a", 1, "FR", 5), ("b", 3, "FR", 9), ("c", 2, "DE", 7))
    assert [await by_fields(timed, "daily"), await by_fields(timed, "all")] == [FIRST_DAY, FIRST_DAY]
    # When it is over, values change on the next day, and that is reset into an archive
    timed.at("2026-11-21T12:00:00Z")
    await play(timed, ("a", 9, "DE", 1), ("b", 3, "FR", 5))
    second = await by_fields(timed, "daily")
    await timed.reset(archive=True)
    # Then each window shows what it had
    assert await by_fields(timed, "2026-11-20") == FIRST_DAY
    assert await by_fields(timed, "2026-11-21~1") == second
    assert (await timed.get("/entries?segment=land:FR&period=daily"))["total"] == 0
    assert (await timed.get("/fields/land/values?period=daily"))["values"] == []


async def test_each_period_follows_its_own_score(timed: TimedService) -> None:
    """Under best a field is taken along with a score: where a day's best is no best of all, they differ."""
    timed.at("2026-11-20T12:00:00Z")
    await timed.board("all", "daily", fields=FIELDS)
    await play(timed, ("a", 9, "FR", 5))
    timed.at("2026-11-21T12:00:00Z")
    await play(timed, ("a", 3, "DE", 7))
    assert (await timed.get("/entries/a?period=all"))["fields"] == {"land": "FR", "time_ms": 5}
    assert (await timed.get("/entries/a?period=daily"))["fields"] == {"land": "DE", "time_ms": 7}
    # And a change reaches both
    await timed("PATCH", BOARD + "/entries/a", {"fields": {"land": "GB"}})
    for period in ("all", "daily"):
        assert (await timed.get(f"/entries?segment=land:GB&period={period}"))["total"] == 1


@pytest.mark.parametrize("style", ["unique", "dense"])
async def test_values_live_as_long_as_their_window(timed: TimedService, style: str) -> None:
    # Given a window with values
    await timed.board("daily", "all", fields=FIELDS, rank_style=style)
    await play(timed, ("a", 1, "FR", 5))
    # When its only entry loses its values, and has others then
    await timed("PATCH", BOARD + "/entries/a", {"fields": {"land": None, "time_ms": None}})
    await play(timed, ("b", 2, "DE", 6))
    await timed("DELETE", BOARD + "/entries/b")
    await timed("PATCH", BOARD + "/entries/a", {"fields": {"land": "GB"}})
    # Then the order of values goes when the entries go, and that of all never
    lives = timed.expiries_us()
    kinds = {"values", "ties"} if style == "dense" else {"values"}
    assert {name.partition(":")[0] for name in lives} & {"values", "ties"} == kinds
    for name, expiry_us in lives.items():
        kind, _, token = name.partition(":")
        if kind in ("values", "ties"):
            assert expiry_us == lives[f"entries:{token}"], name
    assert {lives[name] is None for name in lives if name.startswith("values:")} == {True, False}


@pytest.mark.parametrize("archive", [True, False])
async def test_a_reset_leaves_no_values_of_what_runs(timed: TimedService, archive: bool) -> None:
    # Given a dense board with values
    await timed.board("daily", "all", fields=FIELDS, rank_style="dense")
    await play(timed, ("a", 1, "FR", 5))
    # When it is reset
    await timed.reset(**({"archive": True} if archive else {}))
    # Then no key of values is left, or each has a time to live or belongs to an archive that is listed
    left = {name: expiry for name, expiry in timed.expiries_us().items() if name.startswith(("values:", "ties:"))}
    assert bool(left) == archive
    assert (await timed.get("/fields/land/values"))["values"] == []
    # And a deleted board leaves none at all
    assert (await timed("DELETE", BOARD)).status == 204
    assert not [name for name in timed.expiries_us() if name.startswith(("values:", "ties:"))]


async def test_a_board_that_becomes_dense_counts_values_in_closed_windows_too(timed: TimedService) -> None:
    # Given a closed day with ties within a value
    timed.at("2026-11-20T12:00:00Z")
    await timed.board("daily", "all", fields=FIELDS)
    await play(timed, ("a", 3, "FR", 5), ("b", 3, "FR", 5), ("c", 1, "FR", 9), ("d", 2, "DE", 7))
    timed.at("2026-11-21T12:00:00Z")
    # When the board becomes dense
    await timed.change(rank_style="dense")
    # Then ranks in its segments and by its fields are
    page = await timed.get("/entries?segment=land:FR&period=2026-11-20")
    assert [(one["rank"], one["field_ranks"]["time_ms"]) for one in page["entries"]] == [(1, 1), (1, 1), (2, 3)]
    # And no longer when it is not
    await timed.change(rank_style="competition")
    page = await timed.get("/entries?segment=land:FR&period=2026-11-20")
    assert [(one["rank"], one["field_ranks"]["time_ms"]) for one in page["entries"]] == [(1, 1), (1, 1), (3, 4)]

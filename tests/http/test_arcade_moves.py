"""Arcade boards out and in: every entry keeps its number, and an import that is repeated changes nothing."""

import csv
import io
import json
from importlib import import_module
from typing import Any
from urllib.parse import quote

import pytest

from tests.arcade_boards import ARCADE, BOARD, FIELDS, arcade, numbers_of, page, scores, sent
from tests.asgi_calls import Answer, Calls
from tests.conftest import IN_CI

TARGET = "/v1/boards/target"
KINDS = {"ndjson": "application/x-ndjson", "csv": "text/csv"}
SETTINGS: dict[str, Any] = {
    "fields": FIELDS,
    "subscores": [{"name": "entry_id"}],
    "member_types": ["user", "team"],
    "rank_style": "dense",
}
MEMBERS = ["ada", "=bob", "0f0e0d0c-0b0a-0908-0706-050403020100"]


async def played(call: Calls, team: str | None = "red") -> list[Any]:
    """A board of more entries than a step of an export has; all of them as pages show them."""
    await arcade(call, **SETTINGS)
    rows = [
        {
            "member": MEMBERS[number % 3],
            "score": number % 7,
            "subscore": number % 2,
            "fields": {"country": "FR", "time": number},
            "team": team,
            "metadata": {"n": number},
        }
        for number in range(260)
    ]
    answer = await call("POST", BOARD + "/scores", rows)
    assert answer.status == 200, answer.body
    return list((await page(call))["entries"])


async def exported(call: Calls, query: str, board: str = BOARD) -> Answer:
    answer = await call("GET", f"{board}/export?{query}")
    assert answer.status == 200, answer.body
    return answer


async def imported(call: Calls, board: str, body: bytes, format_: str = "ndjson", query: str = "") -> Any:
    answer = await call("POST", f"{board}/import?{query}", body, {"Content-Type": KINDS[format_]})
    assert answer.status == 200, answer.body
    return answer.json


# out


async def test_lines_records_and_parquet_have_the_number_of_each_entry(call: Calls) -> None:
    parquet = import_module("pyarrow.parquet") if IN_CI else pytest.importorskip("pyarrow.parquet")
    entries = await played(call)
    numbers = [entry["entry_id"] for entry in entries]
    lines = [json.loads(line) for line in (await exported(call, "format=ndjson")).body.splitlines()]
    records = list(csv.DictReader(io.StringIO((await exported(call, "format=csv")).body.decode())))
    table = parquet.read_table(io.BytesIO((await exported(call, "format=parquet")).body)).to_pylist()
    assert lines == [{name: value for name, value in entry.items() if name != "field_ranks"} for entry in entries]
    assert [int(record["entry_id"]) for record in records] == [row["entry_id"] for row in table] == numbers
    assert [int(record["subscore.entry_id"]) for record in records] == [one["subscores"]["entry_id"] for one in entries]
    assert len(set(numbers)) == 260


async def test_teams_are_exported_without_numbers(call: Calls) -> None:
    await played(call)
    (team,) = (await exported(call, "member_type=team")).body.splitlines()
    assert (json.loads(team)["member"], "entry_id" in json.loads(team)) == ("red", False)
    told = await exported(call, "member_type=team&format=csv")
    assert next(csv.DictReader(io.StringIO(told.body.decode())))["entry_id"] == ""


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("tie_break", ["first", "last"])
async def test_an_export_goes_on_behind_an_entry_of_many_of_its_member(call: Calls, order: str, tie_break: str) -> None:
    # given entries of one member that came at one instant, so that their numbers alone tell them apart
    await arcade(call, order=order, tie_break=tie_break)
    at = {"achieved_at": "2026-01-01T00:00:00Z"}
    await sent(call, "ada", *[5] * 9, **at)
    whole = await exported(call, "")
    lines = whole.body.splitlines()

    for place in range(9):
        # when it goes on behind each, also if that is gone
        if place == 4:
            await call("DELETE", f"{BOARD}/entries/ada?entry_id={json.loads(lines[place])['entry_id']}")
        last = quote(lines[place].decode())
        rest = await exported(call, f"cursor={quote(whole.headers['rankd-cursor'])}&after={last}")

        # then the others follow
        left = [json.loads(line)["entry_id"] for line in lines[place + 1 :] if place >= 4 or line != lines[4]]
        found = [json.loads(line)["entry_id"] for line in rest.body.splitlines()]
        assert [number for number in found if number != json.loads(lines[4])["entry_id"]] == left


@pytest.mark.parametrize("is_arcade", [True, False])
async def test_an_entry_to_go_on_behind_has_a_number_where_entries_have_one(call: Calls, is_arcade: bool) -> None:
    await call("PUT", BOARD, ARCADE if is_arcade else {})
    await call("POST", BOARD + "/scores", {"member": "ada", "score": 1})
    last = json.loads((await exported(call, "")).body)
    last = {name: value for name, value in last.items() if name != "entry_id"} | ({} if is_arcade else {"entry_id": 1})
    answer = await call("GET", f"{BOARD}/export?after={quote(json.dumps(last))}")
    assert (answer.status, answer.json["errors"][0]["parameter"]) == (422, "after")
    assert "entry_id" in answer.json["detail"]


# in


@pytest.mark.parametrize("format_", ["ndjson", "csv"])
@pytest.mark.parametrize("query", ["", "period=all"])
async def test_an_import_reproduces_a_board_and_repeated_changes_nothing(call: Calls, format_: str, query: str) -> None:
    # given a board, and another with some of its entries, and others
    await played(call, team="red" if query else None)
    assert (await call("PUT", TARGET, {**ARCADE, **SETTINGS, "update": "sum"})).status == 201
    whole = (await exported(call, f"format={format_}")).body
    head, *lines = whole.splitlines(keepends=True)
    half = b"".join([head, *lines[::2]])

    # when it is imported in part, whole, and again
    told = [await imported(call, TARGET, body, format_, query) for body in (half, whole, whole)]

    # then it is equal to the byte, by every order, and the last one changed nothing
    assert (await exported(call, f"format={format_}", TARGET)).body == whole
    assert [one["refused"] for one in told] == [0, 0, 0]
    assert [one["changed"] for one in told] == [told[0]["lines"], 260 - told[0]["lines"], 0]
    for asked in ("sort=time", "segment=country:FR", "filter=member:ada"):
        pages = [(await call("GET", f"{board}/entries?{asked}")).json["entries"] for board in (BOARD, TARGET)]
        assert pages[0] == pages[1] != []


@pytest.mark.parametrize("format_", ["ndjson", "csv"])
async def test_a_board_of_one_entry_a_member_refuses_each_line_and_says_why(call: Calls, format_: str) -> None:
    # given an export of an arcade board, and a board on which members have one entry
    await arcade(call)
    await sent(call, "ada", 3, 2, 1)
    assert (await call("PUT", TARGET, {})).status == 201
    body = (await exported(call, f"format={format_}")).body

    # when it is imported there
    told = await imported(call, TARGET, body, format_)

    # then every line is refused, with what would take it
    assert (told["taken"], told["refused"]) == (0, 3)
    assert {fault["code"] for fault in told["faults"]} == {"VALIDATION_FAILED"}
    assert all("`unique` is false" in fault["errors"][0]["detail"] for fault in told["faults"])
    assert [fault["line"] for fault in told["faults"]] == [1, 2, 3] if format_ == "ndjson" else [2, 3, 4]
    assert (await call("GET", TARGET + "/entries")).json["total"] == 0


async def test_an_import_into_the_running_periods_is_held_to_the_cap_and_one_into_a_period_is_not(call: Calls) -> None:
    # given an export of a member with more entries than its board would now keep
    await arcade(call)
    numbers = await sent(call, "ada", 5, 4, 3, 2, 1)
    whole = (await exported(call, "")).body
    await call("PATCH", BOARD, {"entries_per_member": 2})

    # when it is imported into another such board, and into its one period
    assert (await call("PUT", TARGET, {**ARCADE, "entries_per_member": 2})).status == 201
    first = await imported(call, TARGET, whole)
    held = (await exported(call, "", TARGET)).body
    second = await imported(call, TARGET, whole, query="period=all")

    # then the cap holds in the one case, and in the other what stood is back
    assert (first["taken"], first["changed"], held) == (5, 2, b"".join(whole.splitlines(keepends=True)[:2]))
    assert (second["changed"], (await exported(call, "", TARGET)).body) == (3, whole)
    assert await numbers_of(call, "ada") == numbers


async def test_lines_without_a_number_are_new_entries(call: Calls) -> None:
    await arcade(call)
    line = b'{"member": "ada", "score": 5, "updated_at": "2026-01-01T00:00:00Z"}\n'
    told = [await imported(call, BOARD, line) for _ in range(2)]
    assert [one["changed"] for one in told] == [1, 1]
    assert await scores(call) == [("ada", 5), ("ada", 5)]

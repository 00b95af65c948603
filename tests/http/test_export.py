"""Whole boards out: every entry once and in order, as lines, records or Parquet."""

import csv
import io
import json
from importlib import import_module
from typing import Any
from urllib.parse import quote

import pytest

from tests.asgi_calls import Calls
from tests.conftest import IN_CI

BOARD = "/v1/boards/b"
RULES = {"update": "latest", "subscores": [{"name": "kills", "order": "desc"}, {"name": "score_text", "order": "asc"}]}


async def filled(call: Calls, count: int, **rules: Any) -> None:
    assert (await call("PUT", BOARD, {**RULES, **rules})).status == 201
    for first in range(0, count, 1000):
        rows = [
            {
                "member": f"u{index}",
                "score": index * 7 % 97,
                "subscores": {"kills": index % 3},
                "metadata": {"n": index},
            }
            for index in range(first, min(first + 1000, count))
        ]
        assert (await call("POST", BOARD + "/scores", rows)).status == 200


async def pages(call: Calls) -> list[Any]:
    """The whole board as pages give it."""
    found: list[Any] = []
    cursor = ""
    while True:
        page = (await call("GET", f"{BOARD}/entries?limit=1000{cursor}")).json
        found += page["entries"]
        if page["next"] is None:
            return found
        cursor = "&cursor=" + quote(page["next"])


@pytest.mark.parametrize("style", ["unique", "competition", "dense"])
async def test_ndjson_has_the_entries_of_pages_in_their_order(call: Calls, style: str) -> None:
    # given a board of several steps
    await filled(call, 1100, rank_style=style)

    # when it is exported
    answer = await call("GET", BOARD + "/export")

    # then its lines are the entries of its pages
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in answer.body.splitlines()] == await pages(call)


async def test_csv_has_a_column_for_everything_and_runs_nothing_in_a_spreadsheet(call: Calls) -> None:
    # given names that a spreadsheet would run, one with an apostrophe of its own, and int64 at its end
    await filled(call, 0)
    names = ["=HYPERLINK(1)", "+1", "-1", "@x", "'=1", 'a,"b"', "plain"]
    rows = [{"member": name, "score": 2**63 - 1 - i, "metadata": {"a": "=1"}} for i, name in enumerate(names)]
    await call("POST", BOARD + "/scores", rows)

    # when the board is exported as CSV
    answer = await call("GET", BOARD + "/export?format=csv")

    # then each cell is exact, and those that begin like a formula have an apostrophe before them
    records = list(csv.reader(io.StringIO(answer.body.decode())))
    assert records[0] == ["rank", "member", "score", "kills", "score_text", "metadata", "updated_at"]
    assert [record[1] for record in records[1:]] == [*("'" + name for name in names[:5]), *names[5:]]
    assert [int(record[2]) for record in records[1:]] == [row["score"] for row in rows]
    assert json.loads(records[1][5]) == {"a": "=1"}


async def test_parquet_keeps_int64_exact_and_groups_small(call: Calls) -> None:
    parquet = import_module("pyarrow.parquet") if IN_CI else pytest.importorskip("pyarrow.parquet")
    # given a board with the ends of int64 on it
    await filled(call, 700)
    await call("POST", BOARD + "/scores", [{"member": "top", "score": 2**63 - 1}, {"member": "low", "score": -(2**63)}])

    # when it is exported as Parquet
    answer = await call("GET", BOARD + "/export?format=parquet")

    # then a reader finds every entry as the pages have it
    table = parquet.read_table(io.BytesIO(answer.body))
    whole = await pages(call)
    rows = table.to_pylist()
    assert [(row["rank"], row["member"], row["score"], row["kills"]) for row in rows] == [
        (one["rank"], one["member"], one["score"], one["subscores"]["kills"]) for one in whole
    ]
    assert rows[1]["updated_at"].isoformat(timespec="microseconds").replace("+00:00", "Z") == whole[1]["updated_at"]


async def test_without_pyarrow_parquet_is_refused_with_what_to_do(call: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rankd.http.parquet.find_spec", lambda name: None)
    await filled(call, 0)

    answer = await call("GET", BOARD + "/export?format=parquet")

    assert (answer.status, answer.code) == (422, "NOT_SUPPORTED")
    assert "rankd[parquet]" in answer.json["detail"]


async def test_an_empty_board_is_an_empty_export_with_a_header_in_csv(call: Calls) -> None:
    await filled(call, 0)
    assert (await call("GET", BOARD + "/export")).body == b""
    assert (await call("GET", BOARD + "/export?format=csv")).body.startswith(b"rank,member,score,")


async def test_int64_is_text_where_asked(call: Calls) -> None:
    await filled(call, 2)
    first = json.loads((await call("GET", BOARD + "/export?int64=string")).body.splitlines()[0])
    assert (first["score"], first["subscores"]["kills"]) == ("7", "1")


@pytest.mark.parametrize("format_", ["ndjson", "csv"])
async def test_an_export_goes_on_behind_an_entry(call: Calls, format_: str) -> None:
    # given the cursor of an export, of which the first 300 entries arrived
    await filled(call, 700)
    whole = await call("GET", f"{BOARD}/export?format={format_}")
    entries = await pages(call)
    last = quote(json.dumps(entries[299]))

    # when it goes on behind the last of them, which has gone meanwhile
    await call("DELETE", f"{BOARD}/entries/{entries[299]['member']}")
    cursor = whole.headers["rankd-cursor"]
    rest = await call("GET", f"{BOARD}/export?cursor={quote(cursor)}&after={last}")

    # then the rest follows, with no header again
    lines = rest.body.splitlines()
    assert len(lines) == 400
    assert entries[300]["member"].encode() in lines[0]
    assert entries[-1]["member"].encode() in lines[-1]


async def test_an_export_does_not_go_on_into_a_board_that_was_reset(call: Calls) -> None:
    await filled(call, 3)
    whole = await call("GET", BOARD + "/export")
    await call("POST", BOARD + "/reset", {})
    cursor = whole.headers["rankd-cursor"]
    assert (await call("GET", f"{BOARD}/export?cursor={quote(cursor)}")).code == "STALE_CURSOR"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("format=xml", "VALIDATION_FAILED"),
        ("after=x", "VALIDATION_FAILED"),
        ('after={"member":"a","score":1,"subscores":{"x":1},"updated_at":"2026-01-01T00:00:00Z"}', "VALIDATION_FAILED"),
        ("cursor=x", "STALE_CURSOR"),
        ("period=weekly", "PERIOD_NOT_FOUND"),
        ("limit=10", "VALIDATION_FAILED"),
    ],
)
async def test_bad_parameters_are_named(call: Calls, query: str, code: str) -> None:
    await filled(call, 1)
    answer = await call("GET", f"{BOARD}/export?{quote(query, safe='=&')}")
    assert answer.code == code
    assert answer.status in (400, 404, 422)


async def test_head_answers_without_reading_the_board(call: Calls) -> None:
    await filled(call, 1)
    answer = await call("HEAD", BOARD + "/export?format=csv")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-type"].startswith("text/csv")

"""Values at the edges of their types: kept exactly, ordered rightly, found again."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.asgi_calls import Calls

BOARD = "/v1/boards/b"
FULL = "\U0010ffff" * 256  # as many bytes as a text can have

# Of each type, in their order.
ORDERED: dict[str, list[Any]] = {
    "string": ["", " ", "A", "Z", "a", "a ", "a:b", "aa", "ab", "é", "\ue000", "🏁", "🏁🏁", FULL[:-1], FULL],
    "integer": [-(2**63), -(2**63) + 1, -(2**53) - 1, -1, 0, 1, 2**53, 2**53 + 1, 2**63 - 2, 2**63 - 1],
    "number": [-1.7976931348623157e308, -1.5, -2.2250738585072014e-308, -5e-324, 0.0, 5e-324, 0.1, 1.0,
               1.0000000000000002, 9007199254740993.5, 1e300, 1.7976931348623157e308],
    "boolean": [False, True],
    "date": ["1000-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z",
             "2026-11-22T10:00:00Z", "2026-11-22T10:00:00.000001Z", "3000-01-01T00:00:00Z"],
}  # fmt: skip


def text_of(value: Any) -> str:
    return quote(str(value).lower() if isinstance(value, bool) else str(value), safe="")


async def one_each(call: Calls, kind: str) -> None:
    """A board with an entry for each value; their scores are against the order of the values."""
    await call("PUT", BOARD, {"fields": [{"name": "f", "type": kind, "segment": True, "rank": "desc"}]})
    rows = [
        {"member": f"u{place}", "score": -place, "fields": {"f": value}} for place, value in enumerate(values(kind))
    ]
    answer = await call("POST", BOARD + "/scores", rows)
    assert all("rank" in item for item in answer.json), answer.body


def values(kind: str) -> list[Any]:
    return ORDERED[kind]


async def shown(call: Calls, query: str) -> list[Any]:
    answer = await call("GET", f"{BOARD}/entries?limit=100&{query}")
    assert answer.status == 200, answer.body
    return [entry["fields"]["f"] for entry in answer.json["entries"]]


@pytest.mark.parametrize("kind", ORDERED)
async def test_values_are_kept_exactly_and_sorted(call: Calls, kind: str) -> None:
    await one_each(call, kind)
    assert await shown(call, "sort=f") == values(kind)
    assert await shown(call, "sort=-f") == values(kind)[::-1]
    # And each has its rank, the greatest the best
    entries = (await call("GET", BOARD + "/entries?sort=-f&limit=100")).json["entries"]
    assert [entry["field_ranks"]["f"] for entry in entries] == list(range(1, len(entries) + 1))


@pytest.mark.parametrize("kind", ORDERED)
async def test_each_value_is_a_segment_and_a_filter_of_its_own(call: Calls, kind: str) -> None:
    await one_each(call, kind)
    for value in values(kind):
        if len(text_of(value)) < 4000:
            assert await shown(call, f"segment=f:{text_of(value)}") == [value]
            assert await shown(call, f"filter=f:{text_of(value)}") == [value]


@pytest.mark.parametrize("kind", ORDERED)
async def test_values_are_listed_and_walked_one_by_one(call: Calls, kind: str) -> None:
    # Given a board with an entry for each value
    await one_each(call, kind)
    # When values and sorted entries are read a row at a time, by cursor alone
    for path, rows in ((f"{BOARD}/fields/f/values?", "values"), (f"{BOARD}/entries?sort=f&", "entries")):
        found, query = [], "limit=1"
        while query:
            page = (await call("GET", path.partition("?")[0] + "?" + query if found else path + query)).json
            found += page[rows]
            query = f"cursor={page['next']}" if page["next"] else ""
        # Then each comes once, in order
        assert [row["value"] if rows == "values" else row["fields"]["f"] for row in found] == values(kind)


async def test_negative_zero_is_zero(call: Calls) -> None:
    await call("PUT", BOARD, {"fields": [{"name": "f", "type": "number", "segment": True}]})
    rows = [{"member": f"u{place}", "score": 1, "fields": {"f": zero}} for place, zero in enumerate([0.0, -0.0, 0])]
    await call("POST", BOARD + "/scores", rows)
    assert (await call("GET", BOARD + "/entries?segment=f:-0.0")).json["total"] == 3
    assert b"-0.0" not in (await call("GET", BOARD + "/entries")).body


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("integer", ["7", "07", "7.0", "1e1", "+7", "%207", "0x7"]),
        ("number", ["1.5", "15e-1", "nan", "inf", "1e999", "1_0", "%201", "0x1p1", ""]),
        ("boolean", ["true", "True", "1", ""]),
        ("date", ["1764000000000", "2026-11-22", "1.5", "", "%2B1"]),
    ],
)
async def test_values_in_a_query_are_read_strictly(call: Calls, kind: str, texts: list[str]) -> None:
    """The first is right."""
    await one_each(call, kind)
    statuses = [(await call("GET", f"{BOARD}/entries?filter=f:{text}")).status for text in texts]
    right = ["15e-1"] if kind == "number" else []
    assert statuses == [200 if text in (texts[0], *right) else 422 for text in texts]


async def test_a_date_is_one_instant_however_it_is_written(call: Calls) -> None:
    await call("PUT", BOARD, {"fields": [{"name": "f", "type": "date", "segment": True}]})
    same = ["2026-11-22T10:00:00Z", "2026-11-22T12:00:00+02:00", 1795341600000, "2026-11-22t10:00:00.000z"]
    rows = [{"member": f"u{place}", "score": 1, "fields": {"f": text}} for place, text in enumerate(same)]
    await call("POST", BOARD + "/scores", rows)
    for text in ("2026-11-22T10:00:00Z", "2026-11-22T04:00:00-06:00", "1795341600000"):
        assert (await call("GET", f"{BOARD}/entries?segment=f:{quote(text)}")).json["total"] == 4
    assert set(await shown(call, "sort=f")) == {"2026-11-22T10:00:00Z"}

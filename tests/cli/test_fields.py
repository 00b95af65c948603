"""Fields on the command line: declared, sent, asked for and shown."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cli.conftest import Run
from tests.cli.served import Served
from tests.cli.stand_in import Reply, StandIn

ALL = {"id": "all", "type": "all", "starts_at": None, "ends_at": None}
ENTRIES = [
    {
        "rank": 1,
        "member": "ada",
        "score": 9,
        "subscores": {},
        "fields": {"country": "FR", "time_ms": 120, "hard": True},
    },
    {"rank": 4, "member": "bo", "score": 7, "subscores": {}, "fields": {"country": "مصر", "time_ms": 5}},
    {"rank": 5, "member": "cy", "score": 6, "subscores": {}, "fields": {}},
]


def page(total: int | None, following: str | None = None) -> dict[str, Any]:
    return {"board": "b", "period": ALL, "total": total, "entries": ENTRIES, "next": following, "prev": None}


def test_fields_are_columns_with_values_as_a_filter_takes_them(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document=page(3))
    result = run("top", "b")
    assert result.stdout.splitlines() == [
        "RANK  SCORE  MEMBER  COUNTRY  TIME_MS  HARD",
        "   1      9  ada     FR           120  true",
        "   4      7  bo      مصر            5",
        "   5      6  cy",
    ]


def test_what_is_asked_for_is_sent(run: Run, stand_in: StandIn) -> None:
    stand_in.answer = lambda seen: Reply(document=page(None, "x"))
    result = run(
        "top", "b", "--segment", "country:FR", "--sort", "-time_ms", "--filter", "mods:none", "--filter", "hard:true"
    )
    assert parse_qs(urlsplit(stand_in.requests[0].path).query) == {
        "limit": ["10"],
        "segment": ["country:FR"],
        "sort": ["-time_ms"],
        "filter": ["mods:none", "hard:true"],
    }
    # An unknown total is not made up
    assert "3 entries, and there may be more" in result.stderr


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("country", {"name": "country"}),
        ("country:segment", {"name": "country", "segment": True}),
        ("time_ms:integer:rank=asc", {"name": "time_ms", "type": "integer", "rank": "asc"}),
        ("a:rank=desc:date:segment", {"name": "a", "type": "date", "segment": True, "rank": "desc"}),
    ],
)
def test_a_field_is_declared_in_any_order_of_its_parts(run: Run, stand_in: StandIn, text: str, rule: Any) -> None:
    stand_in.answer = lambda seen: Reply(document={"id": "b", "fields": [{"type": "string", **rule}]})
    result = run("board", "patch", "b", "--field", text, "--max-step", "none")
    assert stand_in.requests[0].document == {"fields": [rule], "max_step": None}
    assert result.exit_code == 0


@pytest.mark.parametrize("text", ["a:text", "a:integer:number", "a:segment:segment", "a:rank", "a:rank=up", "a:"])
def test_what_is_no_field_is_explained(run: Run, stand_in: StandIn, text: str) -> None:
    result = run("board", "put", "b", "--field", text)
    assert result.exit_code == 2 and "NAME[:TYPE]" in result.stderr.replace("\n", "")
    assert stand_in.requests == []


def test_a_session_with_fields(served: Served) -> None:
    # Given a board with fields and entries sent with them
    made = served.json("board", "put", "fields", "--field", "country:segment", "--field", "ms:integer:rank=asc")
    assert made["fields"][1] == {"name": "ms", "type": "integer", "segment": False, "rank": "asc"}
    for member, score, fields in (
        ("ada", "9", '{"country": "FR", "ms": 120}'), ("bo", "7", '{"country": "DE", "ms": 90}'),
        ("cy", "6", '{"country": "FR", "ms": 100}'),
    ):  # fmt: skip
        served.json("submit", "fields", member, score, "--fields", fields)
    # When it is read by them
    segment = served.json("top", "fields", "--segment", "country:FR")
    by_time = served.json("top", "fields", "--sort", "ms", "--filter", "country:FR")
    # Then ranks and order are theirs
    assert [(one["rank"], one["member"]) for one in segment["entries"]] == [(1, "ada"), (2, "cy")]
    assert [one["member"] for one in by_time["entries"]] == ["cy", "ada"]
    shown = served.run("rank", "fields", "cy", "--segment", "country:FR").stdout.splitlines()
    assert any(line.split() == ["rank", "2", "of", "2"] for line in shown)
    assert any(line.split() == ["ms", "100", "(rank", "2)"] for line in shown)
    assert served.run("board", "values", "fields", "country").stdout.splitlines() == [
        "VALUE  ENTRIES",
        "DE           1",
        "FR           2",
    ]

"""Whole boards in: the order reproduced exactly, faults by their lines, nothing applied twice."""

import itertools
import json
import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.asgi_calls import Answer, Calls

FIELDS: list[dict[str, Any]] = [
    {"name": "country", "type": "string", "segment": True},
    {"name": "time", "type": "integer", "rank": "asc"},
    {"name": "load", "type": "number"},
    {"name": "fair", "type": "boolean"},
    {"name": "since", "type": "date"},
]
RULES: dict[str, Any] = {"subscores": [{"name": "kills", "order": "asc"}], "fields": FIELDS}
NUMBERS = itertools.count()
RECORD = re.compile(rb"[^\n]*\n")
NDJSON = {"Content-Type": "application/x-ndjson"}
CSV = {"Content-Type": "text/csv"}


async def made(call: Calls, board: str, **rules: Any) -> str:
    answer = await call("PUT", f"/v1/boards/{board}", {**RULES, **rules})
    assert answer.status == 201, answer.body
    return f"/v1/boards/{board}"


async def imported(call: Calls, target: str, body: bytes, kind: dict[str, str], **headers: str) -> Answer:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return await call("POST", target, body, {**kind, **more})


async def exported(call: Calls, board: str, query: str = "") -> bytes:
    answer = await call("GET", f"{board}/export{query}")
    assert answer.status == 200, answer.body
    return answer.body


MEMBER = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20) | st.sampled_from(
    ["=1+1", "'=x", "-2", "a,b", 'say "hi"', "0f0e0d0c-0b0a-0908-0706-050403020100"]
)
WHOLE = st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 2)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "country": st.sampled_from(["FR", "", "=x", "'", "true"]),
        "time": WHOLE,
        "load": st.sampled_from([-1.5, 0.1, 1e300]),
        "fair": st.booleans(),
        "since": st.just("2026-01-01T00:00:00Z"),
    },
)
ROW = st.fixed_dictionaries(
    {"member": MEMBER, "score": WHOLE, "subscores": st.fixed_dictionaries({"kills": WHOLE})},
    optional={"fields": VALUES, "metadata": st.sampled_from([{"a": "=1"}, [1, 2.5, None], "=cmd", -5, {"é": '\n,"'}])},
)
ARRIVAL = st.integers(0, 3).map(lambda s: (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s)).isoformat())


@pytest.mark.parametrize("format_", ["ndjson", "csv"])
@pytest.mark.parametrize(
    ("update", "style", "tie_break"),
    [("sum", "dense", "first"), ("best", "unique", "last"), ("latest", "competition", "first")],
)
@given(
    rows=st.lists(st.tuples(ROW, ARRIVAL), max_size=12, unique_by=lambda one: one[0]["member"]),
    chance=st.randoms(use_true_random=False),
)
@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)
async def test_an_import_reproduces_a_board_whatever_its_rule(
    call: Calls,
    format_: str,
    update: str,
    style: str,
    tie_break: str,
    rows: list[tuple[dict[str, Any], str]],
    chance: random.Random,
) -> None:
    # given a board whose arrivals often tie, and another with other scores of the same members
    rules = {"update": update, "rank_style": style, "tie_break": tie_break}
    source, target = await made(call, f"b{next(NUMBERS)}", **rules), await made(call, f"b{next(NUMBERS)}", **rules)
    for row, arrival in rows:
        assert (await call("POST", f"{source}/scores", {**row, "achieved_at": arrival})).status == 200
    for row, _ in chance.sample(rows, len(rows) // 2):
        other = {"member": row["member"], "score": row["score"] // 2, "metadata": 1, "fields": {"country": "DE"}}
        assert (await call("POST", f"{target}/scores", other)).status == 200

    # when the one is exported and imported into the other, its lines in any order
    whole = await exported(call, source, f"?format={format_}")
    lines = RECORD.findall(whole)
    head, lines = lines[: format_ == "csv"], lines[format_ == "csv" :]
    chance.shuffle(lines)
    body = b"".join([*head, *lines])
    answer = await imported(call, f"{target}/import?format={format_}", body, NDJSON)

    # then they are equal to the byte, ranks, ties and arrivals included, and again it changes nothing
    assert (answer.json["taken"], answer.json["faults"]) == (len(rows), [])
    assert await exported(call, target, f"?format={format_}") == whole
    for query in ("?sort=time", "?segment=country:FR"):
        pages = [(await call("GET", f"{board}/entries{query}")).json["entries"] for board in (source, target)]
        assert pages[0] == pages[1]
    again = await imported(call, f"{target}/import?format={format_}", body, NDJSON)
    assert (again.json["taken"], again.json["changed"]) == (len(rows), 0)


async def test_faulty_lines_are_told_by_number_and_leave_the_others_standing(call: Calls) -> None:
    # given lines of which some cannot be read or are not the board's
    board = await made(call, "b")
    lines = [
        b'{"member": "a", "score": 1}',
        b"",
        b"{nonsense",
        b'{"member": "b", "score": 1.5}',
        b"[1]",
        b'{"member": "c", "score": 1, "subscores": {"deaths": 1}}',
        b'{"member": "' + b"x" * 70_000 + b'", "score": 1}',
        b'{"member": "d", "score": 1, "updated_at": "3000-01-01T00:00:00Z"}',
        b'{"member": "e", "score": "2"}',
    ]

    # when they are imported
    answer = await imported(call, f"{board}/import", b"\r\n".join(lines), NDJSON)

    # then the good ones stand, and each of the others is told
    told = answer.json
    assert (answer.status, told["lines"], told["taken"], told["refused"]) == (200, 8, 2, 6)
    assert [fault["line"] for fault in told["faults"]] == [3, 4, 5, 6, 7, 8]
    codes = [fault["code"] for fault in told["faults"]]
    assert codes == ["BAD_JSON", "VALIDATION_FAILED", "BAD_JSON", "VALIDATION_FAILED", "TOO_LARGE", "VALIDATION_FAILED"]
    assert [json.loads(line)["member"] for line in (await exported(call, board)).splitlines()] == ["e", "a"]


async def test_csv_faults_name_the_line_a_record_begins_on(call: Calls) -> None:
    board = await made(call, "b")
    text = b'rank,member,score,kills,metadata\n1,a,5,1,"{""x"":\n1}"\n2,b,x,1,\n3,c,4\n4,d,3,,\n'

    told = (await imported(call, f"{board}/import", text, CSV)).json

    assert [fault["line"] for fault in told["faults"]] == [4, 5]
    entries = [json.loads(line) for line in (await exported(call, board)).splitlines()]
    assert [(one["member"], one["metadata"]) for one in entries] == [("a", {"x": 1}), ("d", None)]


@pytest.mark.parametrize("header", [b"name,score\na,1\n", b"member\na\n", b"member,score,score\na,1,1\n"])
async def test_a_csv_without_its_columns_is_refused_whole(call: Calls, header: bytes) -> None:
    board = await made(call, "b")
    answer = await imported(call, f"{board}/import", header, CSV)
    assert (answer.status, answer.code) == (422, "VALIDATION_FAILED")
    assert await exported(call, board) == b""


async def test_the_same_key_gives_the_first_answer_and_applies_nothing_twice(call: Calls) -> None:
    # given an import of several batches with a key, and changes after it
    board = await made(call, "b")
    body = b"".join(b'{"member": "u%d", "score": %d}\n' % (index, index) for index in range(1200))
    first = await imported(call, f"{board}/import", body, NDJSON, Idempotency_Key="k")
    await call("PUT", f"{board}/entries/u7", {"score": -1})

    # when it is repeated, and when other lines come with the key
    again = await imported(call, f"{board}/import", body, NDJSON, Idempotency_Key="k")
    other = await imported(call, f"{board}/import", body + b'{"member": "x", "score": 1}', NDJSON, Idempotency_Key="k")

    # then the first answer is given again, the change stays, and the others are refused
    assert (again.json, again.headers.get("idempotent-replayed")) == (first.json, "true")
    assert first.json["changed"] == 1200
    assert (await call("GET", f"{board}/entries/u7")).json["score"] == -1
    assert (other.status, other.code) == (422, "IDEMPOTENCY_MISMATCH")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content-Type": "application/json"}, 415, "UNSUPPORTED_TYPE"),
        ({"Content-Type": "text/csv", "Content-Encoding": "gzip"}, 415, "UNSUPPORTED_TYPE"),
        ({"Content-Type": "text/csv", "Idempotency-Key": ""}, 422, "VALIDATION_FAILED"),
    ],
)
async def test_what_cannot_be_read_is_refused(call: Calls, headers: dict[str, str], status: int, code: str) -> None:
    board = await made(call, "b")
    answer = await call("POST", f"{board}/import", b"member,score\na,1\n", headers)
    assert (answer.status, answer.code) == (status, code)


async def test_an_import_to_a_board_or_period_that_is_not_there_is_refused(call: Calls) -> None:
    board = await made(call, "b")
    assert (await imported(call, "/v1/boards/none/import", b"", NDJSON)).code == "BOARD_NOT_FOUND"
    assert (await imported(call, f"{board}/import?period=weekly", b"", NDJSON)).code == "PERIOD_NOT_FOUND"


@pytest.mark.parametrize("format_", ["ndjson", "csv"])
async def test_teams_come_with_their_members_and_count_nothing_twice(call: Calls, format_: str) -> None:
    # given a board whose members' scores added up for two teams
    rules = {"member_types": ["user", "team"], "update": "latest"}
    source, target = await made(call, "source", **rules), await made(call, "target", **rules)
    for index in range(6):
        row = {"member": f"m{index}", "score": index, "team": ("=red", "blue")[index % 2]}
        assert (await call("POST", f"{source}/scores", row)).status == 200

    # when members and teams are imported, twice over
    wholes = [
        await exported(call, source, f"?format={format_}&member_type={kind}&period=all") for kind in ("user", "team")
    ]
    for _ in range(2):
        for kind, whole in zip(("user", "team"), wholes, strict=True):
            query = f"?format={format_}&period=all&member_type={kind}"
            told = (await imported(call, f"{target}/import{query}", whole, NDJSON)).json
            assert told["faults"] == []

    # then both stand as they stood, and what is submitted from then on counts on
    for kind, whole in zip(("user", "team"), wholes, strict=True):
        assert await exported(call, target, f"?format={format_}&member_type={kind}") == whole
    await call("POST", f"{target}/scores", {"member": "m0", "score": 10, "team": "=red"})
    teams = (await call("GET", f"{target}/entries?member_type=team")).json["entries"]
    assert {one["member"]: one["score"] for one in teams} == {"=red": 0 + 2 + 4 + 10, "blue": 1 + 3 + 5}


async def test_a_team_is_not_counted_by_an_import_into_all_running_periods(call: Calls) -> None:
    board = await made(call, "b", member_types=["user", "team"])
    told = (await imported(call, f"{board}/import", b'{"member":"a","score":1,"team":"t"}', NDJSON)).json
    assert [(fault["line"], fault["errors"][0]["pointer"]) for fault in told["faults"]] == [(1, "/team")]
    assert (await imported(call, f"{board}/import?member_type=team", b"", NDJSON)).code == "VALIDATION_FAILED"
    plain = await made(call, "plain")
    for target in ("/import?period=all&member_type=team", "/export?member_type=team"):
        method = "POST" if "import" in target else "GET"
        assert (await call(method, plain + target, b"", NDJSON)).code == "VALIDATION_FAILED"


@pytest.mark.parametrize("name", ["position", "rank", "member", "score", "reason", "profile"])
async def test_a_column_that_only_says_where_an_entry_stood_is_passed_over_unless_a_subscore_is_called_so(
    call: Calls, name: str
) -> None:
    # given a board with a subscore of that name, and one without
    there = await made(call, "there", subscores=[{"name": name}])
    await call("PUT", there + "/entries/a", {"score": 5, "subscores": {name: 7}})
    bare = await made(call, "bare", subscores=[])

    # when what the first exports is brought in again, and a column of that name into the other
    back = await imported(call, there + "/import", (await exported(call, there, "?format=csv")), CSV)
    row = b"member,score,position,rank\na,5,1,1\n"
    other = await imported(call, bare + "/import", row, CSV)

    # then the subscore is what it was, and the other column was passed over
    assert (back.json["taken"], back.json["changed"], back.json["refused"]) == (1, 0, 0)
    assert (other.json["taken"], other.json["faults"]) == (1, [])


async def test_all_faults_of_an_imports_parameters_are_named(call: Calls) -> None:
    await call("PUT", "/v1/boards/b", {})
    answer = await call("POST", "/v1/boards/b/import?member_type=team&format=xml", b"", {"Content-Type": "text/csv"})
    assert {fault["parameter"] for fault in answer.json["errors"]} == {"member_type", "format"}


async def test_an_import_that_is_refused_at_its_first_line_says_so_alone(call: Calls) -> None:
    board = await made(call, "over", starts_at="2026-01-01T00:00:00Z", ends_at="2026-01-02T00:00:00Z")
    answer = await imported(call, board + "/import", b'{"member":"a","score":1}\n', NDJSON)
    assert (answer.status, answer.code) == (409, "BOARD_ENDED")
    assert "were imported" not in answer.json["detail"]


async def test_a_cell_under_a_column_without_a_name_is_refused_by_that_and_an_empty_one_passed_over(
    call: Calls,
) -> None:
    board = await made(call, "nameless")
    answer = await imported(call, board + "/import", b"member,score,\na,1,\nb,2,x\n", CSV)
    assert (answer.json["taken"], answer.json["refused"]) == (1, 1)
    assert "without a name" in answer.json["faults"][0]["detail"]

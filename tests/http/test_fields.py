"""Fields as boards declare them and entries have them: what is refused, and that nothing changes then."""

from typing import Any

import pytest

from tests.asgi_calls import Answer, Calls

BOARD = "/v1/boards/b"
SCORES = BOARD + "/scores"
FIELDS = [
    {"name": "land", "type": "string", "segment": True},
    {"name": "time_ms", "type": "integer", "rank": "asc"},
    {"name": "luck", "type": "number"},
    {"name": "hard", "type": "boolean"},
    {"name": "since", "type": "date"},
]


async def board(call: Calls, **settings: Any) -> None:
    assert (await call("PUT", BOARD, {"fields": FIELDS, **settings})).status == 201


async def fields_of(call: Calls, member: str) -> dict[str, Any]:
    found: dict[str, Any] = (await call("GET", f"{BOARD}/entries/{member}")).json["fields"]
    return found


def faults(answer: Answer) -> dict[str, str]:
    """Each place that was found fault with, and what is said of it."""
    assert (answer.status, answer.code) == (422, "VALIDATION_FAILED"), answer.body
    return {fault.get("pointer") or fault["parameter"]: fault["detail"] for fault in answer.json["errors"]}


async def test_all_faults_of_a_submission_are_said_at_once(call: Calls) -> None:
    # Given a board with a field of each type
    await board(call)
    # When a submission has a value of the wrong type in each, and one that is not declared
    wrong = {"land": 5, "time_ms": 1.5, "luck": "high", "hard": 1, "since": "2026-11-22", "a/b~c": 1}
    answer = await call("POST", SCORES, {"member": "u1", "score": 1, "fields": wrong})
    # Then each is named in its place, and nothing was written
    found = faults(answer)
    assert found.keys() == {f"/fields/{name}" for name in ("land", "time_ms", "luck", "hard", "since", "a~1b~0c")}
    assert "land, time_ms, luck, hard, since" in found["/fields/a~1b~0c"]
    assert "RFC 3339" in found["/fields/since"]
    assert (await call("GET", BOARD + "/entries")).json["total"] == 0


WRONG: dict[str, list[Any]] = {
    "land": [True, "a\u0000", "a\u0085b", "x" * 257, ["FR"], {}],
    "time_ms": [True, 2**63, -(2**63) - 1, 10**40, "1e3", [1]],
    "luck": [True, "1.5", 10**400, [1]],
    "hard": ["true", 0, [True]],
    "since": [
        True,
        1.5,
        "2026-11-22T10:00:00",
        "0999-12-31T23:59:59Z",
        "3001-01-01T00:00:00Z",
        10**18,
        "2026-02-30T00:00:00Z",
    ],
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_value_of_another_type_or_range_is_refused_in_its_place(call: Calls, name: str) -> None:
    # Given an entry
    await board(call)
    await call("POST", SCORES, {"member": "u1", "score": 1, "fields": {"land": "FR"}})
    for value in WRONG[name]:
        # When the value comes with a submission, a correction or a change
        body = {"score": 2, "fields": {name: value}}
        answers = [
            await call("POST", SCORES, {"member": "u1", **body}),
            await call("PUT", BOARD + "/entries/u1", body),
            await call("PATCH", BOARD + "/entries/u1", {"fields": {name: value}}),
        ]
        # Then each refuses it, and the entry is as it was
        assert [list(faults(answer)) for answer in answers] == [[f"/fields/{name}"]] * 3, value
    entry = (await call("GET", BOARD + "/entries/u1")).json
    assert (entry["score"], entry["fields"]) == (1, {"land": "FR"})


async def test_a_refused_item_of_an_array_leaves_the_others(call: Calls) -> None:
    await board(call)
    rows = [
        {"member": "u1", "score": 1, "fields": {"land": 1}},
        {"member": "u2", "score": 1, "fields": {"land": "FR"}},
        {"member": "u3", "score": 1, "fields": {"land": ["FR"]}},
    ]
    answer = await call("POST", SCORES, rows)
    assert [item.get("status", 200) for item in answer.json] == [422, 200, 422]
    assert answer.json[0]["errors"][0]["pointer"] == "/fields/land"
    assert await fields_of(call, "u2") == {"land": "FR"}


async def test_what_fields_may_be_is_said_where_they_are_declared(call: Calls) -> None:
    # Given no board
    # When fields are declared with every fault there is
    wrong = {"name": "a b", "type": "float", "rank": "up", "segment": "yes", "size": 1}
    answer = await call("PUT", BOARD, {"fields": [wrong]})
    # Then each is named
    assert faults(answer).keys() == {f"/fields/0/{name}" for name in ("name", "type", "rank", "segment", "size")}
    assert list(faults(await call("PUT", BOARD, {"fields": [{"name": "a"}, {"name": "a"}]}))) == ["/fields"]


async def test_a_board_has_at_most_twenty_four_fields(call: Calls) -> None:
    names = [f"f{number}" for number in range(25)]
    refused = await call("PUT", BOARD, {"fields": [{"name": name} for name in names]})
    assert list(faults(refused)) == ["/fields"]
    # When as many as there may be are declared, and an entry has them all
    assert (await call("PUT", BOARD, {"fields": [{"name": name, "rank": "asc"} for name in names[:24]]})).status == 201
    values = dict.fromkeys(names[:24], "v")
    await call("POST", SCORES, [{"member": f"u{number}", "score": number, "fields": values} for number in range(3)])
    # Then it shows them all, with its rank by each
    entry = (await call("GET", BOARD + "/entries/u0")).json
    assert (entry["fields"], entry["field_ranks"]) == (values, dict.fromkeys(values, 3))


async def test_a_board_can_have_had_ninety_six_fields_in_its_life(call: Calls) -> None:
    # Given a board that has had 96 fields
    for first in range(0, 96, 24):
        declared = [{"name": f"f{number}"} for number in range(first, first + 24)]
        assert (await call("PUT", BOARD, {"fields": declared})).status < 300
    # When one more is declared, or one of them with another type
    for other in ({"name": "f96"}, {"name": "f0", "type": "integer"}):
        refused = await call("PUT", BOARD, {"fields": [other]})
        # Then the bound is said
        assert "96" in faults(refused)["/fields"]
    # And those it has had can be declared anew
    assert (await call("PUT", BOARD, {"fields": [{"name": "f0"}, {"name": "f95"}]})).status == 200


async def test_a_field_that_is_taken_off_keeps_its_values(call: Calls) -> None:
    # Given an entry with a value
    await board(call)
    await call("POST", SCORES, {"member": "u1", "score": 1, "fields": {"time_ms": 5}})
    # When the field is taken off
    await call("PATCH", BOARD, {"fields": []})
    # Then the entry shows neither value nor rank by it
    entry = (await call("GET", BOARD + "/entries/u1")).json
    assert entry["fields"] == {} and "field_ranks" not in entry
    # And has both again when it comes back
    await call("PATCH", BOARD, {"fields": FIELDS})
    entry = (await call("GET", BOARD + "/entries/u1")).json
    assert (entry["fields"], entry["field_ranks"]) == ({"time_ms": 5}, {"time_ms": 1})


@pytest.mark.parametrize("update", ["best", "latest", "sum"])
async def test_a_repeat_by_its_key_changes_no_field(call: Calls, update: str) -> None:
    # Given a submission with a key, and a change of its field behind it
    await board(call, update=update)
    key = {"Idempotency-Key": "k1"}
    body = {"member": "u1", "score": 5, "fields": {"land": "FR", "hard": True}}
    first = await call("POST", SCORES, body, key)
    await call("PATCH", BOARD + "/entries/u1", {"fields": {"land": "DE", "hard": None}})
    # When it comes again
    again = await call("POST", SCORES, body, key)
    # Then its answer is the first one, the field is as it was changed, and another value is another request
    assert (again.json, again.headers["idempotent-replayed"]) == (first.json, "true")
    assert await fields_of(call, "u1") == {"land": "DE"}
    other = await call("POST", SCORES, {**body, "fields": {"land": "GB"}}, key)
    assert other.status == 422


@pytest.mark.parametrize("style", ["unique", "competition", "dense"])
async def test_a_change_of_an_entry_answers_it_as_a_read_does(call: Calls, style: str) -> None:
    # given three entries, two of one time
    settings = {"rank_style": style, "fields": [{"name": "time_ms", "type": "integer", "rank": "asc"}]}
    assert (await call("PUT", BOARD, settings)).status == 201
    rows = [{"member": name, "score": 1, "fields": {"time_ms": time}} for name, time in (("a", 9), ("b", 5), ("c", 5))]
    await call("POST", BOARD + "/scores", rows)
    # when one of them is changed
    changed = (await call("PATCH", BOARD + "/entries/a", {"fields": {"time_ms": 4}})).json
    # then the answer has its new rank by the field, like a read after it
    assert changed["field_ranks"] == {"time_ms": 1}
    read = (await call("GET", BOARD + "/entries/a")).json
    assert {name: changed[name] for name in ("rank", "fields", "field_ranks", "total")} == {
        name: read[name] for name in ("rank", "fields", "field_ranks", "total")
    }

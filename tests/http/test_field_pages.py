"""Pages by field values: what does not go together, walks in bounded steps, and cursors that were tampered with."""

import base64
import json
import random
from typing import Any

import pytest

from tests.asgi_calls import Calls
from tests.store_servers import StoreServer

BOARD = "/v1/boards/b"
ENTRIES = BOARD + "/entries"
FIELDS = [
    {"name": "land", "type": "string", "segment": True},
    {"name": "mods", "type": "string"},
    {"name": "time_ms", "type": "integer", "rank": "asc"},
]
LANDS = ["FR", "F", "FRA", "DE"]


async def forty(call: Calls, **settings: Any) -> None:
    """A board with u00 (0 points) to u39 (39 points), whose fields go round."""
    await call("PUT", BOARD, {"fields": FIELDS, **settings})
    rows = [
        {"member": f"u{n:02}", "score": n, "fields": {"land": LANDS[n % 4], "mods": "ab"[n % 2], "time_ms": n % 5}}
        for n in range(40)
    ]
    assert (await call("POST", BOARD + "/scores", rows)).status == 200


async def walked(call: Calls, query: str) -> tuple[list[str], int]:
    """The members of all pages, by cursor alone, and how many requests that took."""
    found, asked, count = [], query, 0
    while asked:
        answer = await call("GET", f"{ENTRIES}?{asked}")
        assert answer.status == 200, answer.body
        found += [entry["member"] for entry in answer.json["entries"]]
        asked = f"cursor={answer.json['next']}" if answer.json["next"] else ""
        count += 1
    return found, count


REFUSED = {
    "segment=nope:1": {"segment"},
    "segment=mods:a": {"segment"},
    "segment=land": {"segment"},
    "sort=nope": {"sort"},
    "sort=-": {"sort"},
    "sort=--time_ms": {"sort"},
    "filter=nope:1": {"filter"},
    "filter=mods": {"filter"},
    "filter=time_ms:x": {"filter"},
    "filter=mods:a&filter=mods:b": {"filter"},
    "segment=land:FR&filter=land:DE": {"filter"},
    "filter=" + "&filter=".join(["mods:a"] * 17): {"filter"},
    "sort=time_ms&score_min=1": {"sort"},
    "sort=time_ms&score_max=1": {"sort"},
    "sort=time_ms&rank=2": {"rank"},
    "filter=mods:a&rank=2": {"rank"},
    "segment=land:FR&sort=time_ms&rank=2": {"rank"},
    "filter=mods:a&filter=land:FR&offset=1": {"offset"},
    "segment=land:FR&filter=mods:a&offset=1": {"offset"},
    "sort=mods&filter=land:FR&offset=1": {"offset"},
    "segment=nope:1&sort=nope&filter=nope:1&rank=2": {"segment", "sort", "filter", "rank"},
}


async def test_what_does_not_go_together_is_refused_with_every_reason(call: Calls) -> None:
    await forty(call)
    for query, places in REFUSED.items():
        answer = await call("GET", f"{ENTRIES}?{query}")
        assert (answer.status, answer.code) == (422, "VALIDATION_FAILED"), query
        assert {fault["parameter"] for fault in answer.json["errors"]} == places, query


async def test_links_repeat_every_filter(call: Calls) -> None:
    # Given a page by two filters that has one behind it
    await forty(call)
    answer = await call("GET", f"{ENTRIES}?filter=mods:a&filter=land:FR&limit=2")
    # When its link is followed
    link = answer.headers["link"].partition(">")[0].removeprefix("<")
    following = await call("GET", link)
    # Then it is the next page of the same filters
    assert link.count("filter=") == 2
    assert [entry["member"] for entry in following.json["entries"]] == ["u28", "u24"]


async def test_days_of_a_span_have_no_fields(call: Calls) -> None:
    await forty(call, ranges={"keep_days": 7})
    span = "from=2026-01-01&to=2026-01-02"
    for path in (ENTRIES, ENTRIES + "/u00", ENTRIES + "/u00/around"):
        answer = await call("GET", f"{path}?{span}&segment=land:FR")
        assert [fault["parameter"] for fault in answer.json["errors"]] == ["from"], path
    for more in ("sort=time_ms", "filter=land:FR"):
        assert (await call("GET", f"{ENTRIES}?{span}&{more}")).status == 422


async def test_values_that_begin_alike_are_segments_of_their_own(call: Calls) -> None:
    await forty(call)
    for first, land in enumerate(LANDS):
        found, _ = await walked(call, f"segment=land:{land}&limit=4")
        assert found == [f"u{n:02}" for n in range(36 + first, -1, -4)]


async def test_a_filter_that_matches_nothing_ends_in_bounded_steps(
    call: Calls, store: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a board of 1,000 entries none of which has two values together, and small budgets
    monkeypatch.setattr("rankd.service.segments.LOOKS_A_REQUEST", 200)
    monkeypatch.setattr("rankd.service.segments._LOOKS_A_CALL", 50)
    await call("PUT", BOARD, {"fields": FIELDS})
    rows = [{"member": f"u{n}", "score": n, "fields": {"land": "FR", "mods": "a"}} for n in range(1000)]
    await call("POST", BOARD + "/scores", rows)
    before = store.script_calls().get("evalsha", 0)
    # When they are asked for together
    for query in ("segment=land:FR&filter=mods:b", "filter=land:FR&filter=mods:b", "sort=land&filter=mods:b"):
        found, requests = await walked(call, query)
        # Then each request looks at its share, and the last one ends the walk
        assert (found, requests) == ([], 5)
    # And no call to the store looked at more than its own; whether there are profiles is asked once a second beside
    assert 3 * 20 <= store.script_calls()["evalsha"] - before <= 3 * 20 + 15


async def test_a_short_page_still_leads_to_every_match(call: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rankd.service.segments.LOOKS_A_REQUEST", 3)
    await forty(call)
    for query, wanted in {
        "filter=land:FR&filter=time_ms:3": [n for n in range(40) if n % 4 == 0 and n % 5 == 3],
        "segment=land:DE&filter=mods:b": [n for n in range(40) if n % 4 == 3],
        "sort=-time_ms&filter=land:F": sorted((n for n in range(40) if n % 4 == 1), key=lambda n: (n % 5, n)),
    }.items():
        found, requests = await walked(call, query + "&limit=2")
        assert found == [f"u{n:02}" for n in reversed(wanted)], query
        assert requests > 1


async def test_unmoved_entries_come_once_while_values_move(call: Calls) -> None:
    # Given a walk by a field, of which a page has been read
    await forty(call)
    page = (await call("GET", f"{ENTRIES}?sort=time_ms&limit=10")).json
    # When the entry the page ended with gets another value, and one that is to come leaves
    last = page["entries"][-1]["member"]
    await call("PATCH", f"{ENTRIES}/{last}", {"fields": {"time_ms": 4}})
    await call("DELETE", f"{ENTRIES}/u37")
    rest, _ = await walked(call, f"cursor={page['next']}")
    # Then all others come once
    seen = [entry["member"] for entry in page["entries"][:-1]] + [member for member in rest if member != last]
    assert sorted(seen) == sorted({f"u{n:02}" for n in range(40)} - {last, "u37"})


async def test_a_cursor_that_was_tampered_with_is_refused_or_a_page_of_the_board(call: Calls) -> None:
    # Given cursors of every kind of page
    await forty(call)
    queries = (
        "sort=time_ms",
        "sort=-land",
        "segment=land:FR",
        "filter=mods:a&filter=land:FR",
        "segment=land:F&sort=mods",
    )
    cursors = [(await call("GET", f"{ENTRIES}?{query}&limit=3")).json["next"] for query in queries]
    chance = random.Random(4)
    for _ in range(150):
        # When bytes of one are changed, or of the place it holds
        cursor = tampered(chance, chance.choice(cursors))
        path = chance.choice([ENTRIES, ENTRIES, BOARD + "/fields/land/values"])
        answer = await call("GET", f"{path}?cursor={cursor}")
        # Then it is refused as stale, or leads to some place among the entries
        assert answer.status in (200, 400), (cursor, answer.body)
        if answer.status == 400:
            assert answer.code in ("STALE_CURSOR", "BAD_REQUEST")


def tampered(chance: random.Random, cursor: str) -> str:
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    if chance.random() < 1 / 4:
        raw[chance.randrange(len(raw))] = chance.randrange(256)
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")
    binding, direction, place, params = json.loads(raw)
    other = bytearray.fromhex(place)
    way = chance.randrange(4)
    if way == 0:
        del other[chance.randrange(len(other) + 1) :]
    elif way == 1:
        other[chance.randrange(len(other))] = chance.randrange(256)
    elif way == 2:
        other += bytes(chance.randrange(256) for _ in range(chance.randrange(600)))
    else:
        direction = chance.choice(["after", "before"])
        other = bytearray(
            chance.choice([b"", b"\0", b"\xff" * 9, b"\xff" * 400, bytes(chance.randrange(256) for _ in range(40))])
        )
    text = json.dumps(
        [binding, direction, chance.choice([bytes(other).hex(), "zz", "a"]) if way == 3 else bytes(other).hex(), params]
    )
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

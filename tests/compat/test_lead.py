"""Lead's API: keys, forms, several processes, bursts, lists of any length, and what it shares with the native API."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rankd.compat.lead import dumps, lists, scores
from tests.asgi_calls import Calls, lifespan
from tests.compat.lead_app import App, new_app
from tests.conftest import ROOT_KEY, app_on
from tests.timed_service import TimedService

BURST = 60


@pytest.fixture
async def lead(call: Calls) -> App:
    return await new_app(call)


def said(answer: Any) -> tuple[int, str]:
    """Status and text of a refusal that has its one key alone."""
    assert set(answer.json) == {"error"}, answer.body
    assert answer.headers["access-control-allow-origin"] == "*"
    return answer.status, answer.json["error"]


def ids(rows: Any) -> list[int]:
    return [row["id"] for row in rows]


# who may


async def test_a_key_that_is_none_of_the_apps_is_invalid(call: Calls, lead: App) -> None:
    # given keys of every other fate
    other = await new_app(call, "other")
    past = datetime(2020, 1, 1, tzinfo=UTC).isoformat()
    asked = [("read", None), ("write", past), ("write", None)]
    made = [
        (await lead.root("POST", "/v1/projects/app/keys", {"name": "k", "scopes": [scope], "expires_at": end})).json
        for scope, end in asked
    ]
    assert (await lead.root("DELETE", f"/v1/projects/app/keys/{made[2]['id']}")).status == 204
    # then each is as good as none, and the root key as good as both
    for key in (other.keys["writeKey"], "", "é", *(one["key"] for one in made)):
        assert said(await lead.post("add", {"writeKey": key, "win": "", "board": ""})) == (200, "invalid writeKey")
        assert said(await lead.post("del-score", {"adminKey": key, "id": "1"})) == (200, "invalid adminKey")
    assert (await lead.post("add", {"writeKey": ROOT_KEY, "win": "", "board": ""})).json["board"] == ""


async def test_an_app_is_forgotten_when_its_project_stops_naming_it(lead: App) -> None:
    await lead.add()
    await lead.root("PATCH", "/v1/projects/app", {"settings": {"facades": ["gamepot"]}})
    for method, name in (("GET", "list"), ("POST", "add"), ("GET", "dump")):
        assert said(await lead.send(method, f"/lead/app/{name}")) == (200, "unrecognized app")


async def test_the_stores_absence_is_told_in_its_words(tmp_path: Path) -> None:
    app = app_on("redis://127.0.0.1:1/0", tmp_path)
    async with lifespan(app):
        lead = App(Calls(app, ROOT_KEY), "default", ROOT_KEY, ROOT_KEY)
        answer = await lead.send("GET", "/lead/default/list")
    assert said(answer)[0] == 503
    assert answer.headers["retry-after"]


# what is sent


async def test_a_multipart_form_is_read_as_any_other(lead: App) -> None:
    form = {"writeKey": lead.keys["writeKey"], "win": "1", "board": "Île, 1", "mods": "", "cheats": "null"}
    parts = [f'--x\r\ncontent-disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in form.items()]
    content = ("".join(parts) + "--x--\r\n").encode()
    headers = {"content-type": "multipart/form-data; boundary=x", "content-length": str(len(content))}
    row = (await lead.send("POST", "/lead/app/add", content, headers)).json
    assert (row["win"], row["board"], row["mods"], row["cheats"]) == (True, "Île, 1", "", None)


async def test_of_a_name_that_comes_twice_the_query_and_the_first_one_count(lead: App) -> None:
    content = f"writeKey={lead.keys['writeKey']}&win=&board=form&board=second&mods=m1&mods=m2".encode()
    headers = {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(content))}
    row = (await lead.send("POST", "/lead/app/add?board=query", content, headers)).json
    assert (row["board"], row["mods"]) == ("query", "m1")


@pytest.mark.parametrize(
    "query",
    ["filter=board,%ff", "count=%D9%A3", "count=9999999999999999999", "sort=-win", "sort=",
     "filter=,", "filter=id,x", "filter=submission,99999999999999999", "filter=win", "order=", "order=ASC",
     "filter=board,a%0Ab"],
)  # fmt: skip
async def test_what_a_list_cannot_mean_is_a_bad_request(lead: App, query: str) -> None:
    await lead.add()
    assert said(await lead.send("GET", f"/lead/app/list?{query}"))[0] == 400


@pytest.mark.parametrize(
    ("kind", "text"),
    [("int", "9223372036854775808"), ("long", "1_0"), ("double", "nan"), ("double", "1e999"), ("double", ""),
     ("Date", "99999999999999999"), ("Date", "2026-11-21"), ("Time", ""), ("str", "a\nb")],
)  # fmt: skip
async def test_what_a_field_cannot_hold_is_a_bad_request_and_adds_nothing(lead: App, kind: str, text: str) -> None:
    await lead.did("add-field", name="f", type=kind)
    assert said(await lead.post("add", {"win": "", "board": "", "f": text}))[0] == 400
    assert await lead.list() == []


async def test_a_body_of_another_kind_is_not_read(lead: App) -> None:
    target = f"/lead/app/add?writeKey={lead.keys['writeKey']}"
    for kind in ("application/json", "text/plain", "multipart/form-data"):
        headers = {"content-type": kind, "content-length": "2"}
        assert said(await lead.send("POST", target, b"{}", headers)) == (400, "bad request")


async def test_as_many_fields_as_a_board_may_have(lead: App) -> None:
    # given as many custom fields as fit beside the five of every row
    for number in range(19):
        await lead.did("add-field", name=f"f{number}", type="str")
    assert said(await lead.post("add-field", {"name": "f19", "type": "str"}))[0] == 400
    # then a row has them all, and one that is hidden keeps its place
    values = {f"f{number}": "x" * 300 for number in range(19)}
    row = await lead.add(**values)
    assert {name: row[name] for name in values} == dict.fromkeys(values, "x" * 256)
    await lead.did("del-field", name="f0")
    assert said(await lead.post("add-field", {"name": "f19", "type": "str"}))[0] == 400
    # and as many filters as fields
    filters = [f"f{number},{'x' * 256}" for number in range(1, 16)]
    assert ids(await lead.list(*filters, sort="f17")) == [row["id"]]


# rows


async def test_rows_that_come_together_have_milliseconds_of_their_own(lead: App) -> None:
    # when many are added at once
    rows = await asyncio.gather(*[lead.add(board=str(number)) for number in range(BURST)])
    # then each has its own moment, and both ways of sorting are exact
    moments = [row["submission"][1] for row in rows]
    assert len(set(moments)) == BURST
    assert [one // 1000 for one in sorted(ids(rows))] == sorted(moments)
    assert ids(await lead.list(count=BURST)) == sorted(ids(rows), reverse=True)
    assert ids(await lead.list(sort="submission", order="asc", count=BURST)) == sorted(ids(rows))


async def test_rows_are_no_more_than_a_second_ahead_of_the_clock(timed: TimedService) -> None:
    # given a row, and clocks that then go back, as if a thousand rows had come at once, and more
    timed.at("2026-11-21T12:00:00.000500Z")
    lead = await new_app(Calls(await timed.app(), ROOT_KEY))
    first = await lead.add()
    timed.at("2026-11-21T11:59:59.100Z")
    near = await lead.add()
    timed.at("2026-11-21T11:59:58Z")
    far = [await lead.add() for _ in range(3)]
    # then the next millisecond is taken only where it is near, and the order is that of the adding
    assert ids([first, near, *far]) == [1795262400000000 + more for more in (0, 1000, 1001, 1002, 1003)]
    assert {row["submission"][1] for row in far} == {near["submission"][1]}
    assert ids(await lead.list()) == ids([*reversed(far), near, first])


async def test_a_repeat_by_its_key_adds_no_second_row(lead: App) -> None:
    form = {"win": "1", "board": "b", "mods": "", "cheats": ""}
    first = await lead.post("add", form, **{"idempotency-key": "k1"})
    await lead.add()
    again = await lead.post("add", form, **{"idempotency-key": "k1"})
    assert (again.json, again.headers["idempotent-replayed"]) == (first.json, "true")
    assert len(await lead.list()) == 2


async def test_another_process_knows_of_a_field_at_once(lead: App, other: Calls) -> None:
    # given two processes that know the app, and a field that is added in one
    elsewhere = lead.through(other)
    await elsewhere.add()
    await elsewhere.list()
    await lead.did("add-field", name="time", type="Time")
    # then the other one takes values of it, sorts by it and shows it
    row = await elsewhere.add(time="5")
    assert row["time"] == ["00:00:00.005", 5]
    await lead.did("add-field", name="kills", type="int")
    assert await elsewhere.list("kills,0") == []
    await lead.did("del-field", name="kills")
    assert [one["time"] for one in await elsewhere.list(sort="time")] == [["00:00:00.005", 5]]
    await lead.did("del-field", name="time")
    assert "time" not in (await elsewhere.list())[0]
    assert "time" not in await elsewhere.add(time="6")


async def test_a_list_of_any_length_comes_in_steps(lead: App, monkeypatch: pytest.MonkeyPatch) -> None:
    # given rows that take several pages
    for module in (lists, scores):
        monkeypatch.setattr(module, "ROWS_A_PAGE", 3)
    rows = [await lead.add(board="ab"[number % 2]) for number in range(8)]
    newest = sorted(ids(rows), reverse=True)
    # then each is listed once, whatever the count
    for count in (0, 2, 3, 4, 7, 8, 9, 100):
        assert ids(await lead.list(count=count)) == newest[:count]
    assert ids(await lead.list("board,a", count=100)) == [one["id"] for one in reversed(rows) if one["board"] == "a"]
    assert await lead.list("board,c", count=100) == []


async def test_a_dump_comes_in_steps(lead: App, monkeypatch: pytest.MonkeyPatch) -> None:
    # given hidden rows that take several steps, and members that are banned elsewhere
    monkeypatch.setattr(dumps, "_BANS_A_STEP", 1)
    empty = {"score": [], "field": [], "score_field": []}
    assert await lead.dump() == empty
    rows = [await lead.add() for _ in range(9)]
    for row in rows[::2]:
        await lead.did("del-score", id=row["id"])
    await lead.root("PUT", "/v1/boards/other", {})
    await lead.root("PUT", "/v1/members/ada/ban", {"mode": "hide", "boards": ["other"]})
    await lead.root("PUT", "/v1/members/bo/ban", {"mode": "hide"})
    # then all rows are there, each once
    told = (await lead.dump())["score"]
    assert sorted(ids(told)) == ids(rows)
    assert {row["id"] for row in told if row["hidden"]} == set(ids(rows[::2]))


# through both doors


async def test_a_hidden_row_is_a_hidden_member_natively(lead: App) -> None:
    # given a row that was hidden through Lead
    row, shown = await lead.add(), await lead.add()
    await lead.did("del-score", id=row["id"])
    # then its member has a ban, which natively shows the row again as well
    bans = (await lead.root("GET", "/v1/bans")).json["bans"]
    assert [(one["member"], one["mode"], one["boards"]) for one in bans] == [(str(row["id"]), "hide", ["lead"])]
    assert (await lead.root("GET", "/v1/boards/lead/stats")).json["count"] == 1
    await lead.root("DELETE", f"/v1/members/{row['id']}/ban")
    assert ids(await lead.list()) == [shown["id"], row["id"]]


async def test_a_blocked_member_is_not_shown_by_restore(lead: App) -> None:
    row = await lead.add()
    await lead.root("PUT", f"/v1/members/{row['id']}/ban", {"mode": "block"})
    await lead.did("restore-score", id=row["id"])
    assert (await lead.root("GET", f"/v1/members/{row['id']}/ban")).json["mode"] == "block"


async def test_a_board_that_was_made_natively_becomes_an_app(lead: App) -> None:
    # given a board with fields of its own
    fields = [{"name": "win", "type": "integer"}, {"name": "level", "type": "number"}]
    await lead.root("PUT", "/v1/boards/lead", {"unique": False, "order": "asc", "fields": fields})
    # when the app is used
    row = await lead.add(win="3", level="1.5")
    # then they are there under the nearest types, and what was missing has been declared
    assert (row["win"], row["board"], row["level"]) == (3, "b", 1.5)
    entry = (await lead.root("GET", f"/v1/boards/lead/entries/{row['id']}")).json
    assert entry["fields"]["win"] == 3 and entry["fields"]["board"] == "b"
    assert (await lead.dump())["field"] == [{"appid": "app", "name": "level", "type": "double", "hidden": False}]


@pytest.mark.parametrize(
    "settings", [{}, {"unique": False, "fields": [{"name": "submission"}]}, {"unique": False, "enabled": False}]
)
async def test_a_board_that_cannot_hold_rows_says_why(lead: App, settings: dict[str, Any]) -> None:
    await lead.root("PUT", "/v1/boards/lead", settings)
    assert said(await lead.post("add", {"win": "", "board": ""}))[0] == 409


async def test_rows_that_others_send_are_listed_by_their_fields(lead: App) -> None:
    await lead.add()
    sent = {"member": "ada", "score": 5, "fields": {"board": "b"}}
    placing = (await lead.root("POST", "/v1/boards/lead/scores", sent)).json
    (row,) = [one for one in await lead.list(sort="board") if one["id"] == placing["entry_id"]]
    assert (row["win"], row["board"]) == (None, "b")


async def test_the_boards_zone_is_that_of_its_dates(lead: App) -> None:
    await lead.did("add-field", name="born", type="Date")
    await lead.root("PATCH", "/v1/boards/lead", {"timezone": "Asia/Kathmandu"})
    assert (await lead.add(born="0"))["born"] == ["1970-01-01 05:30:00", 0]
    assert (await lead.add(born="-1"))["born"] == ["1970-01-01 05:29:59.999000", -1]


async def test_another_process_reads_values_by_the_type_that_a_field_has_now(lead: App, other: Calls) -> None:
    # given two processes that know of a number, which one of them makes a text
    elsewhere = lead.through(other)
    await lead.did("add-field", name="f", type="int")
    await elsewhere.add(f="5")
    await lead.did("add-field", name="f", type="str")
    # then the other one takes any text, and filters by it
    row = await elsewhere.add(f="x")
    assert row["f"] == "x"
    await lead.did("add-field", name="g", type="int")
    await elsewhere.list()
    await lead.did("add-field", name="g", type="str")
    assert ids(await elsewhere.list("f,x", "g,y")) == []

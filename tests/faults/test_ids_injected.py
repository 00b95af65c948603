"""F19: ids made to break out of a key, a path or a query are refused or taken exactly; the keys of the
store keep their form, and a neighbour's are untouched.
"""

import base64
import re
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from tests.conftest import Report
from tests.faults.problems import faults_of
from tests.rankd_processes import RankdProcess
from tests.store_servers import StoreServer

KEY_FORM = re.compile(rb"rankd:\{[A-Za-z0-9._/-]+\}:[^{}\n\r\0]*")
TRICKS = [
    "{", "}", "{}", "{x}", "x}:{y", "a:b", "*", "?", "[a-z]", "\n", "a\r\nSET x 1\r\n", "\0", "a\0b", "../",
    "..", ".", "../b",
    "%2F", "a/b", "/", "//", "a\\b", "$(x)", "`x`", "'", '"', "<b>", " ", " a", "a ", "\u202eabc", "\ufeff",
    "\u200b", "\u05e9\u05dc\u05d5\u05dd", "\ufb01", "\u0130",  # right to left, a ligature, a dotted I
    unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é"),
    "a" * 129, "a" * 257, "é" * 129, "a" * 10_000, "-a",
    "_a", "a b", "default/b", "b:entries", "rankd:{default/b}:entries", "a\u0085", "\u007f",
]  # fmt: skip
RIGHT_IDS = ["a" * 128, "A.b_c-9", "0", "constructor", "entries", "around"]
RIGHT_MEMBERS = ["a" * 256, "é" * 128, "m"]


@pytest.fixture
def http(shared_rankd: RankdProcess, store: StoreServer) -> Iterator[httpx2.Client]:
    """A client of a service with two projects, each with a board `b` of one entry."""
    with httpx2.Client(base_url=shared_rankd.url, timeout=10, trust_env=False) as client:
        client.headers.update(shared_rankd.headers)
        assert client.post("/v1/projects", json={"id": "neighbour", "name": "n"}).status_code == 201
        for project in ("neighbour", "default"):
            of = {"X-Project-Id": project}
            assert client.put("/v1/boards/b", json={"update": "latest"}, headers=of).status_code == 201
            first = client.post("/v1/boards/b/scores", json={"member": "there", "score": 1}, headers=of)
            assert first.status_code == 200
        yield client


def send(http: httpx2.Client, method: str, target: str, body: Any = None, **headers: str) -> httpx2.Response:
    """A request whose target reaches the service as it stands."""
    return http.request(method, "/", json=body, headers=headers, extensions={"target": target.encode("ascii")})


def neighbours(store: StoreServer) -> dict[bytes, bytes]:
    return {key: value for key, value in store.dump().items() if b"neighbour" in key}


def is_member_id(text: str) -> bool:
    return 1 <= len(text.encode()) <= 256 and not any(unicodedata.category(c) == "Cc" for c in text)


def test_a_tricky_member_id_is_refused_or_exact(http: httpx2.Client, store: StoreServer, report: Report) -> None:
    # given two tenants with a board of the same id
    before = neighbours(store)
    taken = []

    # when tricky members are submitted, read by every path, and listed
    for member in TRICKS + RIGHT_MEMBERS:
        answer = http.post("/v1/boards/b/scores", json={"member": member, "score": len(taken)})
        path = f"/v1/boards/b/entries/{quote(member, safe='')}"
        if not is_member_id(member):
            assert faults_of(answer, 422) == [], repr(member)
            assert faults_of(send(http, "GET", path), 404, 422) == [], repr(member)
            assert faults_of(send(http, "PUT", profile_path(member), {}), 404, 422) == [], repr(member)
            continue
        taken.append(member)
        assert (answer.status_code, answer.json()["member"]) == (200, member)
        assert send(http, "GET", path).json()["member"] == member
        around = send(http, "GET", path + "/around?size=1").json()["entries"]
        assert [entry["member"] for entry in around] == [member]
        assert send(http, "PATCH", path, {"metadata": member}).status_code == 200
        assert send(http, "PUT", profile_path(member), {"info": {"of": member}}).status_code == 201
        assert send(http, "GET", profile_path(member)).json()["member"] == member
        assert [one["board"] for one in send(http, "GET", profile_path(member) + "/entries").json()["entries"]] == ["b"]

    # then each is there once, exactly as sent
    listed = http.get("/v1/boards/b/entries?limit=1000").json()["entries"]
    assert {entry["member"]: entry.get("metadata") for entry in listed} == {m: m for m in taken} | {"there": None}
    profiles = {entry["member"]: entry["profile"]["info"]["of"] for entry in listed if "profile" in entry}
    assert profiles == {member: member for member in taken}
    found = http.post("/v1/boards/b/entries/lookup", json={"members": taken}).json()
    assert (len(found["entries"]), found["missing"]) == (len(taken), [])
    for member in taken:
        assert send(http, "DELETE", f"/v1/boards/b/entries/{quote(member, safe='')}").status_code == 204
    report(store=store.version(), cases=len(TRICKS), taken=len(taken), out_of_place=out_of_place(store))
    assert out_of_place(store) == []
    assert neighbours(store) == before


def profile_path(member: str) -> str:
    return f"/v1/members/{quote(member, safe='')}"


def out_of_place(store: StoreServer) -> list[bytes]:
    """Keys that do not have the form of rankd's keys."""
    return [key for key in store.dump() if not KEY_FORM.fullmatch(key)]


@pytest.mark.parametrize("place", ["board", "project", "project in the path", "key id", "project header"])
def test_a_tricky_id_is_refused_everywhere_else(http: httpx2.Client, store: StoreServer, place: str) -> None:
    before = store.dump()
    wrong = {}
    for trick in TRICKS:
        path = quote(trick, safe="")
        for method, target, body, headers in attempts(place, trick, path):
            if faults := faults_of(send(http, method, target, body, **headers), 400, 403, 404, 405, 409, 422, 431):
                wrong[f"{method} {target[:60]} {str(headers)[:40]}"] = faults
    assert wrong == {}
    assert store.dump() == before


def attempts(place: str, trick: str, path: str) -> Iterator[tuple[str, str, Any, dict[str, str]]]:
    """The calls that carry an id in one place."""
    if place == "board":
        yield "PUT", f"/v1/boards/{path}", {"update": "best"}, {}
        yield "POST", f"/v1/boards/{path}/scores", {"member": "u", "score": 1}, {}
        yield "GET", f"/v1/boards/{path}/entries/u", None, {}
        yield "DELETE", f"/v1/boards/{path}", None, {}
        yield "PUT", "/v1/boards/new", {"id": trick}, {}
    elif place == "project":
        yield "POST", "/v1/projects", {"id": trick, "name": "x"}, {}
    elif place == "project in the path":
        yield "GET", f"/v1/projects/{path}", None, {}
        yield "DELETE", f"/v1/projects/{path}", None, {}
        yield "POST", f"/v1/projects/{path}/keys", {"name": "k", "scopes": ["read"]}, {}
    elif place == "key id":
        yield "DELETE", f"/v1/projects/default/keys/{path}", None, {}
    elif trick.isascii() and trick.isprintable() and trick.strip() == trick and len(trick) < 1000:
        yield "GET", "/v1/boards", None, {"X-Project-Id": trick}
        yield "PUT", "/v1/boards/x", {"update": "best"}, {"X-Project-Id": trick}


def test_every_right_id_is_taken(http: httpx2.Client, store: StoreServer) -> None:
    for name in RIGHT_IDS:
        assert http.put(f"/v1/boards/{name}", json={"update": "best"}).status_code == 201, name
        assert http.get(f"/v1/boards/{name}").json()["id"] == name
        assert http.post("/v1/projects", json={"id": name, "name": "x"}).status_code == 201, name
    listed = [board["id"] for board in http.get("/v1/boards?limit=1000").json()["boards"]]
    assert set(RIGHT_IDS) <= set(listed)
    assert out_of_place(store) == []


def test_many_boards_with_tricky_ids_are_refused_in_one_call(http: httpx2.Client, store: StoreServer) -> None:
    before = store.dump()
    for trick in TRICKS:
        answer = http.post("/v1/scores", json={"boards": [trick], "member": "u", "score": 1})
        refused = answer.status_code >= 400 or all("code" in item for item in answer.json())
        assert refused and answer.status_code < 500, repr(trick)
    assert store.dump() == before


def test_a_cursor_of_another_place_is_stale(http: httpx2.Client) -> None:
    # given a cursor of one board
    for board in ("b", "other"):
        http.put(f"/v1/boards/{board}", json={"update": "latest"})
        http.post(f"/v1/boards/{board}/scores", json=[{"member": f"u{i}", "score": i} for i in range(9)])
    cursor = http.get("/v1/boards/b/entries?limit=2").json()["next"]
    assert cursor

    # when it is used elsewhere, or bent
    bent = [
        cursor[:-1],
        cursor + "A",
        cursor[::-1],
        base64.urlsafe_b64encode(b"rankd:{neighbour/b}:order").decode(),
        "*",
    ]
    elsewhere = [f"/v1/boards/other/entries?limit=2&cursor={quote(cursor)}"]
    elsewhere += [f"/v1/boards/b/entries?limit=2&cursor={quote(text)}" for text in bent]

    # then it is refused as stale, and so it is in another project
    for target in elsewhere:
        answer = send(http, "GET", target)
        assert (faults_of(answer, 400), answer.json()["code"]) == ([], "STALE_CURSOR"), target
    foreign = send(http, "GET", f"/v1/boards/b/entries?limit=2&cursor={quote(cursor)}", **{"X-Project-Id": "neighbour"})
    assert (foreign.status_code, foreign.json()["code"]) == (400, "STALE_CURSOR")


def test_a_key_of_one_project_sees_nothing_of_another(http: httpx2.Client, store: StoreServer) -> None:
    # given a key of one project with every scope
    made = http.post("/v1/projects/default/keys", json={"name": "k", "scopes": ["read", "write", "admin"]})
    assert made.status_code == 201
    mine = {"Authorization": f"Bearer {made.json()['key']}", "X-Project-Id": "neighbour"}
    before = neighbours(store)

    # when it names the other project
    answers = [
        http.get("/v1/boards/b/entries/there", headers=mine),
        http.post("/v1/boards/b/scores", json={"member": "x", "score": 9}, headers=mine),
        http.delete("/v1/boards/b", headers=mine),
    ]
    del mine["X-Project-Id"]
    as_root = [
        http.get("/v1/projects/neighbour", headers=mine),
        http.post("/v1/projects/neighbour/keys", json={"name": "k", "scopes": ["read"]}, headers=mine),
    ]

    # then nothing of it is touched, whatever the answers
    assert [answer.status_code for answer in answers + as_root] == [404, 404, 404, 403, 403]
    assert neighbours(store) == before

"""F18: malformed input is refused as a problem, whatever it is, and writes nothing."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import Report
from tests.faults import corpus
from tests.faults.problems import faults_of
from tests.rankd_processes import RankdProcess
from tests.store_servers import StoreServer

SCORES = "/v1/boards/b/scores"
Case = tuple[str, bytes]


@pytest.fixture
def http(shared_rankd: RankdProcess, store: StoreServer) -> Iterator[httpx2.Client]:
    """A client of a service with one board of one entry."""
    with httpx2.Client(base_url=shared_rankd.url, timeout=10, trust_env=False) as client:
        client.headers.update(shared_rankd.headers)
        assert client.put("/v1/boards/b", json={"update": "best"}).status_code == 201
        assert client.post(SCORES, json={"member": "there", "score": 5}).status_code == 200
        yield client


def post(http: httpx2.Client, path: str, body: bytes, **headers: str) -> httpx2.Response:
    return http.post(path, content=body, headers={"Content-Type": "application/json", **headers})


def refused_wrongly(http: httpx2.Client, cases: Iterable[Case], *statuses: int) -> dict[str, Any]:
    """The cases that were not refused as they should be."""
    found = {name: faults_of(post(http, SCORES, body), *statuses) for name, body in cases}
    return {name: faults for name, faults in found.items() if faults}


def test_a_malformed_submission_is_refused_and_writes_nothing(
    http: httpx2.Client, store: StoreServer, report: Report
) -> None:
    # given a board, and every key of the store
    before = store.dump()

    # when every malformed body is sent
    cases = {
        400: list(corpus.unreadable_bodies()),
        422: list(corpus.misshapen_bodies()),
        413: list(corpus.oversized_bodies()),
    }
    wrong = {f"{status} {k}": v for status, c in cases.items() for k, v in refused_wrongly(http, c, status).items()}
    huge = list(corpus.parser_breaking_bodies())
    wrong |= refused_wrongly(http, huge, 400, 413, 422)

    # then each is a problem of its own status, and no key has changed
    report(store=store.version(), cases=sum(map(len, cases.values())) + len(huge), wrong=len(wrong))
    assert wrong == {}
    assert store.dump() == before


def test_a_malformed_item_is_refused_in_its_place_and_the_others_stand(http: httpx2.Client) -> None:
    # given an array whose middle items are each wrong
    items: list[Any] = [
        {"member": "a", "score": 1},
        7,
        {"member": "b", "score": 1.5},
        {"member": "\n", "score": 1},
    ]
    items += [{"member": "c"}, {"member": "d", "score": 2**63}, {"member": "e", "score": "3"}]

    # when it is sent
    answer = http.post(SCORES, json=items)

    # then the good ones are placed and the others answered in their places
    assert answer.status_code == 200
    assert [item.get("score", item.get("code")) for item in answer.json()] == [
        1,
        *["VALIDATION_FAILED"] * 5,
        3,
    ]
    assert all(item["status"] == 422 and item["detail"] for item in answer.json()[1:6])


def test_odd_but_right_numbers_are_taken_exactly(http: httpx2.Client) -> None:
    assert http.put("/v1/boards/last", json={"update": "latest"}).status_code == 201
    taken = {}
    for token in corpus.RIGHT_NUMBERS:
        answer = post(http, "/v1/boards/last/scores", f'{{"member":"u","score":{token}}}'.encode())
        taken[token] = answer.json().get("score")
        assert "-0" not in answer.text.replace('-0"', "")
    assert taken == corpus.RIGHT_NUMBERS


@pytest.mark.parametrize(
    "metadata",
    [
        "1", "1.0", "-0.0", "1e5", "0.1", "1e-7", "123456789012345678901234567890", "9007199254740993",
        '"\\u0000"', '"\\ud83c\\udfc1"', '"/"', "null", "[]", "{}", '{"b":1,"a":2}',
        '"' + "é" * 1000 + '"', "[" * 14 + "]" * 14,
    ],
)  # fmt: skip
def test_metadata_comes_back_as_sent(http: httpx2.Client, metadata: str) -> None:
    # given any JSON as metadata
    sent = f'{{"member":"m","score":1,"metadata":{metadata}}}'.encode()
    assert post(http, SCORES, sent).status_code == 200

    # when the entry is read
    entry = http.get("/v1/boards/b/entries/m").content

    # then it is the same value, numbers to their last digit
    found = json.loads(entry, parse_int=str, parse_float=lambda text: float(text).hex())
    expected = json.loads(metadata, parse_int=str, parse_float=lambda text: float(text).hex())
    assert found["metadata"] == expected


def test_a_wrong_or_missing_content_type_is_refused(http: httpx2.Client, store: StoreServer) -> None:
    before = store.dump()
    for kind in [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "json",
        "",
    ]:
        answer = http.post(SCORES, content=b'{"member":"u1","score":1}', headers={"Content-Type": kind})
        assert faults_of(answer, 415) == [], kind
    assert store.dump() == before


def test_a_malformed_query_is_refused(http: httpx2.Client) -> None:
    wrong = {}
    for query in corpus.BAD_QUERIES:
        target = f"/v1/boards/b/entries?{query}"
        if faults := faults_of(http.get(httpx2.URL(http.base_url.join(target))), 400, 404, 422):
            wrong[query[:40]] = faults
    for query in ["size=0", "size=1001", "size=x", "score=1.5&size=3", "size=3", "score=1&subscore.x=1"]:
        if faults := faults_of(http.get(f"/v1/boards/b/around?{query}"), 400, 422):
            wrong["around " + query] = faults
    for query in ["limit=0", "limit=1001", "period=x", "period=2026-11-22", "cursor=x", "offset=1", "int64=x"]:
        if faults := faults_of(http.get(f"/v1/members/there/entries?{query}"), 400, 422):
            wrong["boards of a member " + query] = faults
    assert wrong == {}


def test_malformed_headers_are_refused_or_replaced(http: httpx2.Client, store: StoreServer) -> None:
    body = b'{"member":"u1","score":1}'
    before = store.dump()
    for key in corpus.BAD_IDEMPOTENCY_KEYS:
        assert faults_of(post(http, SCORES, body, **{"Idempotency-Key": key}), 422, 431) == [], key[:20]
    assert store.dump() == before
    for request_id in ["x" * 5000, "{}:*?", "a b"]:
        assert post(http, SCORES, body, **{"X-Request-Id": request_id}).status_code in (200, 431)


def test_without_a_valid_key_every_call_is_refused_alike(shared_rankd: RankdProcess, store: StoreServer) -> None:
    before = store.dump()
    with httpx2.Client(base_url=shared_rankd.url, timeout=10, trust_env=False) as client:
        for headers in corpus.BAD_CREDENTIALS:
            sent: Any = headers
            answer = client.post(SCORES, json={"member": "u", "score": 1}, headers=sent)
            assert faults_of(answer, 401) == [], headers
    assert store.dump() == before


MISDEFINED = [
    {"order": "up"}, {"order": None}, {"update": "worst"}, {"tie_break": 1}, {"rank_style": "other"},
    {"unknown": 1},
    {"subscores": "x"}, {"subscores": [{"name": "a"}] * 5}, {"subscores": [{"name": "a"}, {"name": "a"}]},
    {"subscores": [{"name": "a", "order": "up"}]}, {"subscores": [{"name": ""}]}, {"decimals": 10},
    {"decimals": -1},
    {"decimals": True}, {"decimals": 1.0}, {"periods": []}, {"periods": [{"type": "never"}]},
    {"enabled": "yes"},
    {"id": "another"}, {"name": 7}, {"name": "n" * 100_000}, {"timezone": "Nowhere/Never"}, {"fields": {}},
]  # fmt: skip


def test_a_malformed_board_definition_is_refused(http: httpx2.Client, store: StoreServer) -> None:
    before = store.dump()
    wrong = {}
    for definition in MISDEFINED:
        for method, board in (("PUT", "new"), ("PATCH", "b")):
            answer = http.request(method, f"/v1/boards/{board}", json=definition)
            if faults := faults_of(answer, 413, 422):
                wrong[f"{method} {str(definition)[:60]}"] = faults
    assert wrong == {}
    assert store.dump() == before


MISCALLED = [
    ("POST", "/v1/boards/b/entries/lookup", [
        {}, {"members": []}, {"members": "u"}, {"members": [1]}, {"members": ["u"] * 1001}, [],
    ]),
    ("PATCH", "/v1/boards/b/entries/there", [{"score": 1}, [], {"metadata": "m" * 2049}, {"unknown": 1}]),
    ("PUT", "/v1/boards/b/entries/there", [{}, {"score": 1.5}, {"score": 1, "member": "x"}, []]),
    ("POST", "/v1/boards/b/reset", [{"period": 7}, {"unknown": 1}, []]),
    ("POST", "/v1/scores", [
        {}, {"boards": [], "member": "u", "score": 1}, {"boards": ["b"] * 51, "member": "u", "score": 1},
    ]),
    ("PUT", "/v1/members/there", [{"name": 1}, {"info": []}, {"info": {"x": "y" * 2048}}, {"avatar_url": "x"}, [], 1]),
    ("PATCH", "/v1/members/there", [{"name": "\n"}, {"info": 1}, {"avatar_url": "ftp://x"}, {"unknown": 1}, []]),
    ("POST", "/v1/projects", [{}, {"id": "{}"}, {"id": ""}, {"id": "a" * 129}, {"id": "-a"}, {"id": 1}, []]),
    ("POST", "/v1/projects/default/keys", [
        {}, {"name": "k"}, {"name": "k", "scopes": ["root"]}, {"name": "k", "scopes": "read"},
        {"name": "k", "scopes": ["read"], "value": "short"},
    ]),
]  # fmt: skip


def test_every_other_writing_call_refuses_malformed_bodies(http: httpx2.Client, store: StoreServer) -> None:
    before = store.dump()
    wrong = {}
    for method, path, bodies in MISCALLED:
        answers = [(str(body)[:50], http.request(method, path, json=body), (422,)) for body in bodies]
        raw = {"Content-Type": "application/json"}
        broken = [content for _, content in corpus.unreadable_bodies() if content]
        answers += [(str(c)[:50], http.request(method, path, content=c, headers=raw), (400,)) for c in broken]
        for name, answer, statuses in answers:
            if faults := faults_of(answer, *statuses):
                wrong[f"{method} {path} {name}"] = faults
    assert wrong == {}
    assert store.dump() == before


def test_an_unknown_route_or_method_is_a_problem_too(http: httpx2.Client) -> None:
    for method, path, status in [
        ("GET", "/nothing", 404),
        ("GET", "/v1", 404),
        ("GET", "/v1/boards/b/nothing", 404),
        ("DELETE", SCORES, 405),
        ("GET", SCORES, 405),
        ("POST", "/v1/boards/absent/scores", 404),
        ("GET", "/problems/NOTHING", 404),
    ]:
        answer = http.request(method, path, json={"member": "u", "score": 1} if method == "POST" else None)
        assert faults_of(answer, status) == [], path


def test_the_problem_pages_that_refusals_name_are_served(http: httpx2.Client, tmp_path: Path) -> None:
    problem = post(http, SCORES, b"{").json()
    page = http.get(problem["type"], headers={"Authorization": ""})
    assert page.status_code == 200
    assert problem["code"] in page.text

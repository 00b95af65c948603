"""What a connection answers without the application, and what it lets through."""

import contextlib
import json
from collections.abc import Iterator

import httpx2
import pytest

from tests.standin_process import Service, connected, read_all


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("served") / "d")
    yield service
    service.close()


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"GARBAGE\r\n\r\n", 400, "BAD_REQUEST"),
        (b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 20_000 + b"\r\n\r\n", 431, "HEADERS_TOO_LARGE"),
        (b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 700_000, 431, "HEADERS_TOO_LARGE"),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", 431, "HEADERS_TOO_LARGE"),
    ],
)
def test_what_is_no_request_is_answered_by_a_problem(served: Service, sent: bytes, status: int, code: str) -> None:
    with connected(served.url) as client:
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            client.sendall(sent)
        head, _, body = read_all(client).partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"content-type: application/problem+json" in head
    problem = json.loads(body)
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, f"/problems/{code}")
    assert problem["title"]
    assert len(problem["request_id"]) == 16
    assert f"\r\nx-request-id: {problem['request_id']}\r\n".encode() in head


@pytest.mark.parametrize(
    ("given", "echoed"), [(b"my-id.1", True), (b"x" * 128, True), (b"x" * 129, False), (b"a b", False)]
)
def test_a_refusal_echoes_a_valid_request_id(served: Service, given: bytes, echoed: bool) -> None:
    for rest in (b"x: " + b"a" * 200_000, b"x: " + b"a" * 20_000 + b"\r\n\r\n", b"a: b\r\nno header\r\n\r\n"):
        with connected(served.url) as client:
            client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nX-Request-Id: " + given + b"\r\n" + rest)
            head, _, body = read_all(client).partition(b"\r\n\r\n")
        request_id = json.loads(body)["request_id"].encode()
        assert (request_id == given) == echoed
        assert b"x-request-id: " + request_id in head


def test_a_refusal_does_not_echo_the_id_of_an_earlier_request(served: Service) -> None:
    with connected(served.url) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\nX-Request-Id: first\r\n\r\n")
        assert b"200 OK" in client.recv(1000)
        client.sendall(b"GARBAGE\r\n\r\n")
        assert b"first" not in read_all(client)


def test_a_head_below_the_bound_and_a_large_body_pass(served: Service) -> None:
    assert httpx2.post(served.url, headers={"x": "a" * 15_000}, content=b"b" * 300_000).text == "300000"


def test_pipelined_requests_are_not_taken_for_one_large_head(served: Service) -> None:
    one = b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 900 + b"\r\n\r\n"
    with connected(served.url) as client:
        client.sendall(one * 40 + one.replace(b"host", b"connection: close\r\nhost"))
        assert read_all(client).count(b"200 OK") == 41

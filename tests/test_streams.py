"""Bodies that are never held whole, over real connections: what breaks them off, and what holds them up."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from rankd.http.streams import STREAMED
from rankd.serving.protocol import STREAMED_BYTES
from rankd.serving.single import StoppableServer
from tests.conftest import require_store
from tests.rankd_processes import RankdProcess, running_rankd
from tests.store_servers import StoreServer, running_store
from tests.waiting import until, wait_until

ENTRIES, STEPS = 6000, 48
BOARD = "/v1/boards/b"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RankdProcess, StoreServer]]:
    """A service with a board of 12 MB, more than sockets hold; its store may be killed and started again."""
    require_store("valkey")
    with running_store("valkey") as store, running_rankd(tmp_path_factory.mktemp("data"), store.url) as process:
        with httpx2.Client(base_url=process.url, headers=process.headers, timeout=10) as client:
            assert client.put(BOARD, json={}).status_code == 201
            for first in range(0, ENTRIES, 400):
                rows = [{"member": f"u{i}", "score": i, "metadata": "x" * 2000} for i in range(first, first + 400)]
                assert client.post(BOARD + "/scores", json=rows).status_code == 200
        yield process, store


@contextlib.contextmanager
def stalled(process: RankdProcess, store: StoreServer) -> Iterator[socket.socket]:
    """A client that has asked for an export and takes nothing of it; the walk has come to a stop."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    host, port = process.url.removeprefix("http://").split(":")
    client.settimeout(20)
    before = reads(store)
    with client:
        client.connect((host, int(port)))
        client.sendall(
            f"GET {BOARD}/export HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
            f"authorization: Bearer {process.root_key}\r\n\r\n".encode()
        )
        wait_until(lambda: reads(store) > before, 10, "the export's beginning")
        seen: list[int] = []

        def stands_still() -> bool:
            seen.append(reads(store))
            return len(seen) > 100 and len(set(seen[-100:])) == 1

        wait_until(stands_still, 20, "back-pressure")
        yield client


def reads(store: StoreServer) -> int:
    return sum(store.script_calls().get(name, 0) for name in ("evalsha", "eval"))


def rest_of(client: socket.socket) -> bytes:
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := client.recv(1 << 20):
            parts.append(part)
    return b"".join(parts)


def test_a_client_that_takes_nothing_stops_the_walk_and_is_served_when_it_goes_on(
    large: tuple[RankdProcess, StoreServer],
) -> None:
    process, store = large
    before = reads(store)
    with stalled(process, store) as client:
        assert reads(store) - before < STEPS - 8
        body = rest_of(client)
    assert body.endswith(b"\r\n0\r\n\r\n")
    assert body.count(b'"rank":') == ENTRIES


def test_a_client_that_goes_away_ends_the_walk(large: tuple[RankdProcess, StoreServer]) -> None:
    process, store = large
    before = reads(store)
    with stalled(process, store):
        pass
    # the next export is served as ever, and the first one read no more than it had
    with httpx2.Client(headers=process.headers, timeout=20) as client:
        assert client.get(process.url + BOARD + "/export").text.count("\n") == ENTRIES
    assert reads(store) - before < 2 * STEPS


def test_an_export_whose_store_is_lost_breaks_off(large: tuple[RankdProcess, StoreServer]) -> None:
    # given an export that is half sent
    process, store = large
    with stalled(process, store) as client:
        # when the store dies
        store.kill()
        body = rest_of(client)
    store.start()

    # then the answer ends without its last chunk, and with no line that is not an entry
    assert body.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"transfer-encoding: chunked" in body
    assert not body.endswith(b"0\r\n\r\n")
    assert 0 < body.count(b'"rank":') < ENTRIES
    logged = [json.loads(line) for line in process.output if "answer_broken_off" in line]
    assert logged


class Uploads:
    """A server in this process whose application reads a body as it comes, when the test lets it."""

    def __init__(self) -> None:
        self.may_read = asyncio.Event()
        self.is_streamed = True
        self.received = 0

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        scope[STREAMED] = self.is_streamed
        more = True
        while more:
            await self.may_read.wait()
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            self.received += len(message["body"])
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def uploading() -> AsyncIterator[tuple[Uploads, StoppableServer, asyncio.StreamWriter]]:
    """An upload of unknown length that has begun."""
    uploads = Uploads()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ready = asyncio.Event()
        server = StoppableServer(uploads.app, 1, ready.set)
        serving = asyncio.create_task(server.serve([listener]))
        await ready.wait()
        _, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10000000\r\n\r\nx")
        await until(lambda: bool(server.server_state.connections), 5, "the connection")
        yield uploads, server, writer
        writer.close()
        server.ask_to_stop()
        server.ask_to_stop()
        await serving


def time_runs_out(server: StoppableServer) -> bool:
    """The deadline for receiving passes now. Returns whether the connection was closed."""
    (connection,) = server.server_state.connections
    connection._expire()  # type: ignore[union-attr]
    return bool(connection.transport.is_closing())  # type: ignore[union-attr]


async def test_an_upload_that_keeps_coming_is_not_cut(uploading: Any) -> None:
    uploads, server, writer = uploading
    uploads.may_read.set()
    for number in range(1, 4):
        writer.write(b"x" * STREAMED_BYTES)
        await until(lambda due=number * STREAMED_BYTES: uploads.received >= due, 5, "the upload")
        assert not time_runs_out(server)
    # what then only trickles is
    writer.write(b"x")
    await until(lambda: uploads.received > 3 * STREAMED_BYTES + 1, 5, "the last byte")
    assert time_runs_out(server)


async def test_an_upload_that_waits_for_the_reader_is_not_cut(uploading: Any) -> None:
    uploads, server, writer = uploading
    uploads.may_read.set()
    await until(lambda: uploads.received == 1, 5, "the first byte")
    uploads.may_read.clear()
    writer.write(b"x" * 4 * STREAMED_BYTES)
    (connection,) = server.server_state.connections
    await until(lambda: connection.flow.read_paused, 5, "a pause")
    assert not time_runs_out(server)
    assert not time_runs_out(server)


async def test_a_body_that_is_read_whole_has_its_time_and_no_more(uploading: Any) -> None:
    uploads, server, writer = uploading
    uploads.is_streamed = False
    uploads.may_read.set()
    writer.write(b"x" * STREAMED_BYTES)
    await until(lambda: uploads.received > STREAMED_BYTES, 5, "the upload")
    (connection,) = server.server_state.connections
    connection.scope[STREAMED] = False
    assert time_runs_out(server)

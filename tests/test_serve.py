"""Serving, as a real process with a stand-in application: start, requests, deadlines, and the way down."""

import contextlib
import fcntl
import os
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from rankd.datadir import DataDir
from rankd.embedded import embedded_url
from rankd.errors import RankdError
from rankd.store.server import read_facts
from tests.standin_process import Service, connected, read_all
from tests.store_servers import running_store
from tests.waiting import wait_until

Start = Callable[..., Service]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    services: list[Service] = []

    def begin(data_dir: Path | None = None, **settings: object) -> Service:
        services.append(Service(data_dir or tmp_path / "d", **settings))
        return services[-1]

    yield begin
    for service in services:
        service.close()


def store_answers(data_dir: Path) -> bool:
    try:
        read_facts(embedded_url(DataDir(data_dir)), 1.0)
    except RankdError:
        return False
    return True


def test_it_says_one_line_when_it_answers_and_ends_with_0(start: Start) -> None:
    service = start(hook=1)
    assert httpx2.get(f"{service.url}/x", headers={"a": "b"}).text == "0"
    service.wait_for("hook ran")
    assert service.said == [
        f"root key: {service.data_dir}/root.key\n",
        f"rankd 0.1.0 is ready at {service.url}\n",
        f"hook ran with {service.url}\n",
    ]
    assert store_answers(service.data_dir)
    service.child.send_signal(signal.SIGTERM)
    assert service.ended() == 0
    assert not store_answers(service.data_dir)
    assert [line["event"] for line in service.logged()] == ["stopping", "stopped"]
    assert service.logged()[0]["requests_under_way"] == 0
    assert len(service.complained) == 2


def test_ctrl_c_ends_it_the_same_way(start: Start) -> None:
    service = start()
    assert service.url
    service.child.send_signal(signal.SIGINT)
    assert service.ended() == 0
    assert not store_answers(service.data_dir)


def test_no_server_header_and_no_access_log(start: Start) -> None:
    service = start()
    answer = httpx2.get(f"{service.url}/secret-path")
    assert "server" not in answer.headers
    service.close()
    assert "secret-path" not in "".join(service.said + service.complained)


def test_a_running_request_is_finished_before_the_end(start: Start) -> None:
    service = start()
    with connected(service.url) as client:
        client.sendall(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\nGET /pid")  # and half of another
        wait_until(lambda: _unread(client) == 0, 5, "the request's arrival")
        service.child.send_signal(signal.SIGTERM)
        assert read_all(client).endswith(b"slow")
    assert service.ended() == 0
    assert service.logged("stopping")[0]["requests_under_way"] == 1


def _unread(client: socket.socket) -> int:
    """Bytes not yet taken by the other side's kernel (SIOCOUTQ)."""
    size: int = struct.unpack("i", fcntl.ioctl(client, 0x5411, b"\0" * 4))[0]
    return size


@pytest.mark.parametrize("workers", [1, 2])
def test_half_open_clients_do_not_hold_it_up(start: Start, workers: int) -> None:
    service = start(workers=workers)
    with contextlib.ExitStack() as stack:
        silent, head, body, idle = (stack.enter_context(connected(service.url)) for _ in range(4))
        head.sendall(b"GET / HT")
        body.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf")
        idle.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert idle.recv(1000)
        began = time.monotonic()
        service.child.send_signal(signal.SIGTERM)
        assert service.ended() == 0
        assert time.monotonic() - began < 6
        assert silent.recv(10) == b""
    assert not store_answers(service.data_dir)


def test_a_stuck_handler_is_given_up_after_the_drain_time(start: Start) -> None:
    service = start(drain_s=1)
    with connected(service.url) as client:
        client.sendall(b"GET /stuck HTTP/1.1\r\nhost: x\r\n\r\n")
        assert httpx2.get(service.url).text == "0"  # the stuck one came before it
        service.child.send_signal(signal.SIGTERM)
        assert service.ended(8) == 0
    assert not store_answers(service.data_dir)
    assert all(line.startswith("{") for line in service.complained)  # uvicorn's own words among them


@pytest.mark.parametrize("workers", [1, 2])
def test_a_second_signal_hurries(start: Start, workers: int) -> None:
    service = start(drain_s=30, workers=workers)
    with connected(service.url) as client:
        client.sendall(b"GET /stuck HTTP/1.1\r\nhost: x\r\n\r\n")
        assert httpx2.get(service.url).text == "0"
        service.child.send_signal(signal.SIGTERM)
        # The listening socket closes when the first signal has been taken in.
        wait_until(lambda: _refuses(service.url), 5, "the end of listening")
        service.child.send_signal(signal.SIGTERM)
        assert service.ended(8) == 0
    assert not store_answers(service.data_dir)


def _refuses(url: str) -> bool:
    try:
        connected(url).close()
    except OSError:
        return True
    return False


def test_a_request_that_does_not_arrive_whole_is_closed_at_the_deadline(start: Start) -> None:
    service = start()
    with contextlib.ExitStack() as stack:
        silent, head, body, again = (stack.enter_context(connected(service.url)) for _ in range(4))
        head.sendall(b"GET / HT")
        body.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf")
        again.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n\r\n")  # a stray line end stops uvicorn's own timer
        seen = b""
        while not seen.endswith(b"\r\n\r\n0"):
            seen += again.recv(1000)
        again.sendall(b"\r\n")
        began = time.monotonic()
        assert [read_all(client) for client in (silent, head, body, again)] == [b""] * 4
        assert 8 < time.monotonic() - began < 13
        assert httpx2.get(service.url).text == "0"


def test_two_workers_share_the_port_and_a_dead_one_is_replaced(start: Start) -> None:
    service = start(workers=2, hook=1)

    def pids() -> set[int]:
        return {int(httpx2.get(f"{service.url}/pid").text) for _ in range(20)}

    seen: set[int] = set()

    def both() -> bool:
        seen.update(pids())
        return len(seen) >= 2

    wait_until(both, 10, "answers of both workers")
    dead = seen.pop()
    os.kill(dead, signal.SIGKILL)
    service.wait_for("worker_died", service.complained)
    assert service.logged("worker_died")[0].items() >= {"pid": dead, "exit_status": -9}.items()
    seen.clear()
    wait_until(both, 15, "the replacement")
    assert dead not in seen
    assert service.logged("worker_restarted")[0]["pid"] in seen
    service.child.send_signal(signal.SIGTERM)
    assert service.ended() == 0
    assert len([line for line in service.said if "ready" in line]) == 1
    assert len(service.logged("worker_stopping")) == 2
    assert [line["event"] for line in service.logged()][-1] == "stopped"
    assert not store_answers(service.data_dir)


def test_workers_end_with_their_killed_parent_and_the_next_start_adopts(start: Start) -> None:
    service = start(workers=2)
    url = service.url
    service.child.kill()
    wait_until(lambda: _refuses(url), 10, "the end of the orphaned workers")
    assert store_answers(service.data_dir)
    again = start()
    assert httpx2.get(f"{again.url}/url").text == embedded_url(DataDir(service.data_dir))
    again.child.send_signal(signal.SIGTERM)
    assert again.ended() == 0
    assert not store_answers(service.data_dir)


def test_the_log_tells_of_a_store_that_died(start: Start) -> None:
    service = start()
    assert service.url
    dead = read_facts(embedded_url(DataDir(service.data_dir))).process_id
    os.kill(dead, signal.SIGKILL)
    service.wait_for("store_restarted", service.complained)
    assert service.logged("store_died")[0].items() >= {"pid": dead, "exit_status": -9, "level": "error"}.items()
    now = read_facts(embedded_url(DataDir(service.data_dir))).process_id
    assert service.logged("store_restarted")[0]["pid"] == now


def test_a_second_rankd_on_one_directory_is_refused(start: Start) -> None:
    first = start()
    assert first.url
    second = start()
    assert second.ended() == 1
    assert second.said == []
    assert f"in use by another rankd (process {first.child.pid})" in "".join(second.complained)
    assert httpx2.get(first.url).text == "0"


def test_a_taken_port_is_refused_before_anything_starts(start: Start, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service = start(port=taken.getsockname()[1])
        assert service.ended() == 1
    assert "is in use" in "".join(service.complained)
    assert not (tmp_path / "d" / "store").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_an_application_that_cannot_be_made_ends_with_1(start: Start, workers: int) -> None:
    service = start(factory="tests.standin:create_unwilling", workers=workers)
    assert service.ended() == 1
    assert "rankd: The stand-in refuses.\n" in service.complained
    assert "Traceback" not in "".join(service.complained)
    assert not store_answers(service.data_dir)


def test_replicas_cannot_be_asked_of_the_embedded_server(start: Start) -> None:
    service = start(durability="replicated")
    assert service.ended() == 1
    assert "RANKD_REDIS_URL" in "".join(service.complained)
    assert "RANKD_MIN_REPLICAS_ACK, here 1" in "".join(service.complained)


def test_an_own_server_is_used_and_left_running(start: Start, tmp_path: Path) -> None:
    with running_store("valkey") as store:
        service = start(redis_url=store.url)
        assert httpx2.get(f"{service.url}/url").text == store.url
        service.child.send_signal(signal.SIGTERM)
        assert service.ended() == 0
        assert store.answers()
    assert not (tmp_path / "d" / "store").exists()


def test_an_unfit_own_server_is_refused_never_replaced(start: Start, tmp_path: Path) -> None:
    with running_store("valkey") as store:
        store.control.config_set("maxmemory-policy", "allkeys-lru")
        evicting = start(redis_url=store.url)
        assert evicting.ended() == 1
        assert "maxmemory-policy is allkeys-lru" in "".join(evicting.complained)
        store.control.config_set("maxmemory-policy", "noeviction")
        lax = start(redis_url=store.url, durability="strict")
        assert lax.ended() == 1
        assert "appendfsync is everysec" in "".join(lax.complained)
        store.control.config_set("requirepass", "right")
        wrong = start(redis_url=f"unix://:wr0ng@{store.socket}")
        assert wrong.ended() == 1
        assert "does not accept this user and password" in "".join(wrong.complained)
        assert "wr0ng" not in "".join(wrong.complained)
    for service in (evicting, lax, wrong):
        assert service.said == []
        assert "Traceback" not in "".join(service.complained)
    assert not (tmp_path / "d" / "store").exists()


def test_an_own_server_that_comes_a_little_later_is_waited_for(start: Start) -> None:
    with running_store("valkey") as store:
        store.kill()
        service = start(redis_url=store.url)
        service.wait_for("waiting for the store", service.complained)
        store.start()
        assert httpx2.get(service.url).text == "0"


def test_a_stop_while_waiting_for_the_store_ends_with_0(start: Start, tmp_path: Path) -> None:
    service = start(redis_url=f"unix://{tmp_path}/none.sock")
    service.wait_for("waiting for the store", service.complained)
    service.child.send_signal(signal.SIGTERM)
    assert service.ended() == 0

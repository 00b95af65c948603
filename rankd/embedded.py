"""The embedded server: starts Valkey or Redis in the data directory, adopts one that an earlier rankd left
behind, brings it back when it dies, and stops it.

Knows the server's settings and its process. Who may use the directory is `datadir`; one `EmbeddedServer`
lives in the process that holds the directory's lock. The URL never changes, so nobody else notices a restart.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import quote

import structlog

from rankd.datadir import DataDir, StartRefused
from rankd.errors import RankdError, StoreAway
from rankd.server_binary import find_binary
from rankd.settings import Durability
from rankd.store.server import change_setting, read_facts

log = structlog.get_logger()

LISTEN_WITHIN_S = 15.0
LOAD_WITHIN_S = 600.0
STOP_WITHIN_S = 5.0
LONGEST_PAUSE_S = 5.0
MAX_LOG_BYTES = 5_000_000
HINTS = {
    "No space left on device": "The disk is full: free some space.",
    "Read-only file system": "The file system is read-only: name another directory with --data-dir.",
    "Permission denied": "This user may not write there: fix the owner, or name another --data-dir.",
    "Can't handle RDB format": "A newer server wrote this directory: install the server that wrote it.",
    "Bad file format": "The append-only file is damaged: keep a copy, then run valkey-check-aof --fix on it.",
}


def embedded_url(directory: DataDir) -> str:
    """The URL of a directory's embedded server, running or not."""
    return f"unix://{quote(str(directory.socket_path()))}"


class EmbeddedServer:
    """The server of one data directory. The caller holds the directory's lock."""

    def __init__(self, directory: DataDir, durability: Durability = "standard") -> None:
        self.directory = directory
        self.adopted = False
        self._appendfsync = "always" if durability == "strict" else "everysec"
        self._child: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._stopping = threading.Event()
        self._guard: threading.Thread | None = None

    @property
    def url(self) -> str:
        return embedded_url(self.directory)

    @property
    def pid(self) -> int:
        return self._pid

    def start(self) -> str:
        """Adopt the directory's living server or start one; returns its URL. Errors: StartRefused."""
        try:
            self.directory.store.mkdir(mode=0o700, exist_ok=True)
            socket = self.directory.settle_socket()
        except OSError as error:
            raise StartRefused(f"{self.directory.store} cannot be made: {error.strerror}.") from None
        left_behind = self._left_behind()
        if left_behind:
            self._adopt(left_behind)
        else:
            socket.unlink(missing_ok=True)
            self._launch(find_binary(), socket)
        return self.url

    def _left_behind(self) -> int:
        """The process id of a living server of this directory, else 0. Two must never write one file.

        Errors: StartRefused where something answers on the socket that may not be taken over.
        """
        try:
            facts = read_facts(self.url, 1.0, even_loading=True)
        except RankdError:  # nothing answers; a hung server is still found by what it wrote down
            pid = _number_in(self.directory.store_pid)
            return pid if self._is_ours(pid) else 0
        if facts.directory == str(self.directory.store.resolve()) and self._is_ours(facts.process_id):
            return facts.process_id
        raise StartRefused(
            f"At {self.directory.socket_path()} a server answers (process {facts.process_id}) that is not"
            " this directory's own, or runs in another container. Stop it, or name another --data-dir."
        )

    def _is_ours(self, pid: int) -> bool:
        return pid > 0 and _runs(pid) and str(self.directory.socket_path()) in _title(pid)

    def _adopt(self, pid: int) -> None:
        """Take over a server that an earlier rankd left; one that hangs or was just ending is replaced."""
        self._pid, self._child, self.adopted = pid, None, True
        try:
            self._wait_until_ready()
            change_setting(self.url, "appendfsync", self._appendfsync)
            log.info("store_adopted", pid=pid)
        except (StoreAway, StartRefused):
            if self._stopping.is_set():
                raise
            log.warning("store_hung", pid=pid, reason="it does not answer and is replaced")
            _end(pid, STOP_WITHIN_S)
            self.directory.socket_path().unlink(missing_ok=True)
            self._launch(find_binary(), self.directory.socket_path())

    def _launch(self, binary: Path, socket: Path) -> None:
        self.adopted = False
        self._turn_log()
        with self.directory.store_log.open("ab") as output:
            # A session of its own: Ctrl-C in the terminal must not end it before rankd has drained.
            self._child = subprocess.Popen(  # noqa: S603 - our own binary, no shell
                [binary, *self._options(socket)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.directory.store,
                start_new_session=True,
                umask=0o077,
            )
        self._pid = self._child.pid
        try:
            self._wait_until_ready()
        except BaseException:
            self._finish()
            raise

    def _options(self, socket: Path) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(socket),
            "unixsocketperm": "700",
            "dir": str(self.directory.store.resolve()),
            "pidfile": str(self.directory.store_pid),
            "daemonize": "no",
            "save": "",
            "appendonly": "yes",
            "appendfsync": self._appendfsync,
            "maxmemory-policy": "noeviction",
            "lazyfree-lazy-eviction": "yes",
            "lazyfree-lazy-expire": "yes",
            "lazyfree-lazy-server-del": "yes",
            "lazyfree-lazy-user-del": "yes",
            "lazyfree-lazy-user-flush": "yes",
        }
        return [word for name, value in settings.items() for word in (f"--{name}", value)]

    def _turn_log(self) -> None:
        file = self.directory.store_log
        if file.exists() and file.stat().st_size > MAX_LOG_BYTES:
            file.replace(file.with_suffix(".log.old"))

    def _wait_until_ready(self) -> None:
        """Return once the server serves. Errors: StartRefused (it died), StoreAway (it is hung)."""
        began = time.monotonic()
        last: RankdError = StoreAway()
        loading = False
        while time.monotonic() - began < (LOAD_WITHIN_S if loading else LISTEN_WITHIN_S):
            if not self.is_alive():
                raise StartRefused(self._obituary())
            try:
                facts = read_facts(self.url, 1.0, even_loading=True)
            except RankdError as error:
                last = error
            else:
                if not facts.loading:
                    return
                loading = True
            if self._stopping.wait(0.02 if time.monotonic() - began < 1 else 0.2):
                raise StartRefused("rankd is stopping.")
        raise StoreAway(f"The embedded server (process {self._pid}) is not ready. {last.detail}")

    def _obituary(self) -> str:
        try:
            lines = self.directory.store_log.read_text(errors="replace").splitlines()[-8:]
        except OSError:
            lines = []
        hint = next((say for sign, say in HINTS.items() if any(sign in line for line in lines)), "")
        tail = "".join(f"\n    {line}" for line in lines)
        file = self.directory.store_log
        return f"The embedded server ended while starting. {hint}\n  Last lines of {file}:{tail}"

    def is_alive(self) -> bool:
        return self._child.poll() is None if self._child else _runs(self._pid)

    def supervise(self) -> None:
        """From now on a server that dies is started again, on the same URL, at once and then ever slower."""
        self._guard = threading.Thread(target=self._keep_alive, name="embedded-server", daemon=True)
        self._guard.start()

    def _keep_alive(self) -> None:
        pause_s = 0.0
        while not self._stopping.wait(max(pause_s, 0.1)):
            if self.is_alive():
                pause_s = 0.0
                continue
            log.error("store_died", pid=self._pid, exit_status=self._child.poll() if self._child else None)
            try:
                self.start()
            except (StartRefused, RankdError, OSError) as error:
                if self._stopping.is_set():
                    return
                pause_s = min(LONGEST_PAUSE_S, pause_s * 2 or 0.2)
                log.error("store_not_restarted", reason=str(error), next_try_in_s=pause_s)
            else:
                log.info("store_restarted", pid=self._pid)

    def stop(self) -> None:
        """End the server, started or adopted; all it acknowledged is on disk afterwards."""
        self._stopping.set()
        if self._guard:
            self._guard.join()
        self._finish()
        self.directory.forget_place()

    def _finish(self) -> None:
        if self._child:
            _end_child(self._child)
        elif self._pid:
            _end(self._pid, STOP_WITHIN_S)
        self.directory.store_pid.unlink(missing_ok=True)
        self.directory.socket_path().unlink(missing_ok=True)


def _number_in(file: Path) -> int:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return 0


def _end_child(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        # What it acknowledged was written to the file before the answer; the kernel keeps that.
        child.kill()
        child.wait()


def _end(pid: int, within_s: float) -> None:
    """End a process that is not our child, and wait until it has gone."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + within_s
        while _runs(pid):
            if time.monotonic() > deadline:
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
            time.sleep(0.05)


def _runs(pid: int) -> bool:
    """Whether a process lives; one that has ended and waits for its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True


def _title(pid: int) -> str:
    """The command line of a process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
    except OSError:
        ps = ["/bin/ps", "-o", "command=", "-p", str(pid)]
        return subprocess.run(ps, capture_output=True, text=True, check=False).stdout  # noqa: S603 - constant

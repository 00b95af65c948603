"""The data directory: who may use it, its lock, the secrets in it and where the embedded store lies.

    <dir>/lock        held by the one `rankd serve` of this directory; holds its process id
    <dir>/root.key    the root key (0600)
    <dir>/pepper      the secret under which stored key digests are made (0600)
    <dir>/store/      what the embedded server writes (append-only file)
    <dir>/store.log, store.pid, store.sock, store.place    its log, process id, socket, where the socket is

Only `lock()` is exclusive: the local commands read the root key beside a running service.
"""

import fcntl
import os
import secrets
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rankd.domain.access import Secrets, make_key

MAX_SOCKET_PATH_BYTES = 103  # Linux takes 107, macOS 103
LOCK_WAIT_S = 0.5  # outlasts the look of a `holder()` and the last step of a rankd that is stopping


class StartRefused(Exception):
    """rankd cannot start here and now. The text says what is wrong and what to do about it."""


class DataDir:
    """A directory of rankd's own. Nothing is touched before `prepare`."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self.lock_file = self.path / "lock"
        self.root_key_file = self.path / "root.key"
        self.pepper_file = self.path / "pepper"
        self.store = self.path / "store"
        self.store_log = self.path / "store.log"
        self.store_pid = self.path / "store.pid"
        self._store_place = self.path / "store.place"

    def prepare(self) -> None:
        """Make the directory (open to its owner only) or see that it can be written. Errors: StartRefused."""
        with self._explained("made or written"):
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            probe, name = tempfile.mkstemp(prefix=".probe-", dir=self.path)
            os.close(probe)
            Path(name).unlink()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the directory. Errors: StartRefused naming the process that holds it already."""
        with self._explained("locked"):
            descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _take(self, descriptor: int) -> None:
        if not _locked_within(descriptor, LOCK_WAIT_S):
            holder = self.lock_file.read_text().strip()
            raise StartRefused(
                f"The data directory {self.path} is in use by another rankd (process {holder or 'unknown'})."
                " Stop that one, or give this one its own directory with --data-dir."
            )
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())

    def holder(self) -> int | None:
        """The process that holds the lock (0: unknown), or None when it is free. Disturbs nobody."""
        try:
            with self.lock_file.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            said = self.lock_file.read_text().strip()
            return int(said) if said.isdigit() else 0
        except OSError:
            return None
        return None

    def root_key(self) -> str:
        """The root key, made at the first call. Errors: StartRefused."""
        return self._secret(self.root_key_file, lambda: make_key("root"))

    def pepper(self) -> bytes:
        """The pepper, made at the first call. Errors: StartRefused."""
        return self._secret(self.pepper_file, lambda: secrets.token_hex(32)).encode()

    def open_secrets(self, root_key: str | None = None, pepper: str | None = None) -> Secrets:
        """Both secrets; what is given goes before what the directory holds, which is not touched for it."""
        if not (root_key and pepper):
            self.prepare()
        return Secrets(root_key=root_key or self.root_key(), pepper=pepper.encode() if pepper else self.pepper())

    def _secret(self, file: Path, make: Callable[[], str]) -> str:
        with self._explained("read or written", file):
            if not file.exists():
                self._create(file, make() + "\n")
            if stat.S_IMODE(file.stat().st_mode) & 0o077:
                file.chmod(0o600)
            value = file.read_text().strip()
        if not value:
            raise StartRefused(f"{file} is empty. Restore it from a backup, or remove it to have a new one made.")
        return value

    def _create(self, file: Path, text: str) -> None:
        """Write a file whole or not at all; of two creators at once the first wins."""
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=self.path)  # mkstemp makes it 0600
        try:
            with os.fdopen(descriptor, "w") as draft:
                draft.write(text)
                draft.flush()
                os.fsync(draft.fileno())
            os.link(name, file)
        except FileExistsError:
            pass
        finally:
            Path(name).unlink()

    def socket_path(self) -> Path:
        """Where the embedded server listens: in the directory, or at a recorded short place."""
        here = self.path / "store.sock"
        if len(os.fsencode(here)) <= MAX_SOCKET_PATH_BYTES:
            return here
        try:
            place = Path(self._store_place.read_text().strip())
            return place / "store.sock"
        except OSError:
            return here

    def settle_socket(self) -> Path:
        """The socket's path, with a short private directory made for it where the own one is too long."""
        path = self.socket_path()
        if path.parent == self.path and len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES:
            return path
        if path.parent == self.path or not _is_private(path.parent, make=True):
            place = Path(tempfile.mkdtemp(prefix="rankd-"))
            draft = self._store_place.with_suffix(".new")
            draft.write_text(f"{place}\n")
            draft.replace(self._store_place)
        return self.socket_path()

    def forget_place(self) -> None:
        """Remove the short directory made by `settle_socket`, if there is one."""
        place = self.socket_path().parent
        if place != self.path and _is_private(place):
            place.rmdir()
            self._store_place.unlink(missing_ok=True)

    @contextmanager
    def _explained(self, verb: str, what: Path | None = None) -> Iterator[None]:
        try:
            yield
        except (FileExistsError, NotADirectoryError):
            raise StartRefused(
                f"{self.path} is not a directory. Name another one with --data-dir or RANKD_DATA_DIR."
            ) from None
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise StartRefused(
                f"{what or self.path} cannot be {verb}: {reason}. Make it writable for this user,"
                " free some space, or name another directory with --data-dir or RANKD_DATA_DIR."
            ) from None


def _locked_within(descriptor: int, wait_s: float) -> bool:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        else:
            return True


def _is_private(path: Path, *, make: bool = False) -> bool:
    """Whether a directory is this user's and closed to all others; `make` brings back one that has gone."""
    try:
        if make and not path.exists():
            path.mkdir(mode=0o700)
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077

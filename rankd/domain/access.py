"""API keys and what they open. Knows neither HTTP nor the store.

A key is `rk_<id>_<32 random><6 checksum>`, base62, 50 characters with an 8 character id:
`^rk_[0-9A-Za-z]{1,12}_[0-9A-Za-z]{38}$`. The checksum (CRC-32) turns typing errors and guesses away before
the store is asked; it is no protection. Keys are random, so a fast keyed digest is all that storing needs.
"""

import hashlib
import hmac
import math
import re
import secrets
import zlib
from dataclasses import dataclass
from enum import StrEnum

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FORM = re.compile(r"rk_[0-9A-Za-z]{1,12}_[0-9A-Za-z]{38}")
MAX_KEY_CHARS = 64
MIN_IMPORTED_BITS = 64.0


class Scope(StrEnum):
    """What a key may do; scopes do not imply one another."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"
    ROOT = "root"
    # Of player tokens alone, which no key can have: to read, and to submit for oneself where a board allows it.
    PLAY = "play"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the service keeps to itself: the root key, and the pepper of stored key digests."""

    root_key: str
    pepper: bytes


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: the project the call is about and what the key may do there. `member` is the one that a player token
    names; its bearer is nobody else."""

    project: str
    scopes: frozenset[str]
    key_id: str
    member: str | None = None

    @property
    def is_root(self) -> bool:
        return Scope.ROOT in self.scopes


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), 6)


def make_key_id() -> str:
    return _base62(secrets.randbits(48), 8)


def make_key(key_id: str | None = None, seed: bytes | None = None) -> str:
    """A new key. With 32 bytes of `seed` the same seed gives the same key."""
    number = int.from_bytes(seed or secrets.token_bytes(32))
    text = f"rk_{key_id or make_key_id()}_{_base62(number, 32)}"
    return text + _checksum(text)


def looks_like_own_key(value: str) -> bool:
    return _FORM.fullmatch(value) is not None


def is_mistyped(value: str) -> bool:
    """Whether a value has the form of a rankd key but not its checksum."""
    return looks_like_own_key(value) and not hmac.compare_digest(value[-6:], _checksum(value[:-6]))


def key_digest(pepper: bytes, value: str) -> str:
    """What is stored of a key: HMAC-SHA256 under the pepper, in hex."""
    return hmac.new(pepper, value.encode(), hashlib.sha256).hexdigest()


def crude_bits(value: str) -> float:
    """A crude bound on how hard a value is to guess: its length times the bits of its kind of character.

    A value of few different characters counts as at most three times as long as they are many.
    """
    if re.fullmatch("[0-9]*", value):
        pool = 10
    elif re.fullmatch("[0-9a-f]*|[0-9A-F]*", value):
        pool = 16
    else:
        classes = (("[a-z]", 26), ("[A-Z]", 26), ("[0-9]", 10), ("[^a-zA-Z0-9]", 33))
        pool = sum(size for pattern, size in classes if re.search(pattern, value))
    return min(len(value), 3 * len(set(value))) * math.log2(pool)

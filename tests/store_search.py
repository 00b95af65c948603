"""Looks for an id in everything a store holds, in whatever form it may be written there."""

import base64
import re
from uuid import UUID

from tests.store_servers import StoreServer


def forms(member: str) -> set[bytes]:
    """The bytes that an id may stand as: its text, what a UUID packs to, and both as hex and as base64 at each of
    the three places in a group of letters."""
    texts = {member.encode(), member.upper().encode(), repr(member).encode()[1:-1]}
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", member):
        packed = UUID(member).bytes
        texts |= {packed, packed.hex().encode(), packed.hex().upper().encode(), UUID(member).bytes_le}
    found = set(texts)
    for text in texts:
        found |= {text.hex().encode(), text.hex().upper().encode()}
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + text + b"\0\0")
            inner = encoded[4 if shift else 0 : (shift + len(text)) // 3 * 4]
            found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def contents(store: StoreServer) -> dict[bytes, bytes]:
    """Every key with all it holds, as the store gives it back: a dump may be compressed, and its hashes are in any
    order."""
    found = {}
    for key in store.control.scan_iter(count=1000):
        kind = store.control.type(key)
        if kind == b"string":
            parts = [store.control.get(key)]
        elif kind == b"hash":
            parts = [part for pair in sorted(store.control.hgetall(key).items()) for part in pair]
        elif kind == b"zset":
            parts = store.control.zrange(key, 0, -1)
        elif kind == b"stream":
            parts = [part for _, event in store.control.xrange(key) for pair in event.items() for part in pair]
        else:
            raise AssertionError(f"{key!r} is a {kind!r}, which nothing here can read")
        found[key] = b"\n".join(parts)
    return found


def keys_holding(store: StoreServer, member: str) -> set[bytes]:
    """The keys that hold a member's id, or are named by it."""
    wanted = forms(member)
    return {key for key, held in contents(store).items() if any(form in key or form in held for form in wanted)}

"""How an entry becomes bytes that a sorted set keeps in the board's exact order, and back.

A sorted set orders by a double, then by the bytes of its member. The double is the score rounded down to
53 significant bits; the member is a sort prefix and the member id. The prefix carries what the double
lost, each part big-endian, made unsigned, and complemented where it runs against the board's order:

    remainder of the score (2 bytes) | each subscore (8) | arrival (7, microseconds) | member id

The hash of entries keeps a record a member id: score (8, two's complement) | key | metadata (JSON text),
where the key is the prefix without its remainder. lua/lib/records.lua is the other half of this page.
On an arcade board, where each submission is an entry, 7 bytes follow the member id: the entry's own number.
"""

import re
import struct
from dataclasses import dataclass, field

from rankd.domain.boards import BoardSettings
from rankd.domain.entries import ENTRY_ID_BYTES, ONLY_SUBSCORE

MAX_MEMBER_BYTES = 256

_ARRIVAL_BYTES = 7
_ARRIVAL_SHIFT = 2**55
_ARRIVAL_MASK = 2**56 - 1
_SUBSCORE_SHIFT = 2**63
_SUBSCORE_MASK = 2**64 - 1
_SCORE = struct.Struct(">q")
_UUID_TAG = b"\x01"
_UUID_CHARS = 36
_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def encode_member(member: str) -> bytes:
    """The bytes a member id is stored as: canonical UUIDs in 17, other text in its UTF-8."""
    if len(member) == _UUID_CHARS and _UUID.fullmatch(member):
        return _UUID_TAG + bytes.fromhex(member.replace("-", ""))
    return member.encode()


def member_value(member: str) -> bytes:
    """A member id as a value of its entries: none begins another one."""
    stored = encode_member(member)
    return stored if stored[:1] == _UUID_TAG else stored + b"\0"


def decode_member(stored: bytes) -> str:
    if stored[:1] == _UUID_TAG:
        digits = stored[1:].hex()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
    return stored.decode()


@dataclass(frozen=True, slots=True)
class Layout:
    """The byte layout that a board's settings give to its entries."""

    descending: bool
    first: bool
    rank_style: str
    subscores: tuple[str, ...]
    against: tuple[bool, ...]
    # As lua/lib/layouts.lua reads it.
    text: str
    is_arcade: bool = False
    key_length: int = field(default=0)

    @classmethod
    def of(cls, board: BoardSettings) -> "Layout":
        descending = board.order == "desc"
        against = tuple((subscore.order == "desc") != descending for subscore in board.subscores)
        directions = "".join(subscore.order[0] for subscore in board.subscores)
        style = board.rank_style[0] if board.unique else board.rank_style[0].upper()
        return cls(
            descending=descending,
            first=board.tie_break == "first",
            rank_style=board.rank_style,
            subscores=tuple(subscore.name for subscore in board.subscores),
            against=against,
            text=board.order[0] + board.tie_break[0] + style + directions,
            is_arcade=not board.unique,
            key_length=8 * len(against) + _ARRIVAL_BYTES,
        )

    @classmethod
    def from_shape(cls, text: str, names: str) -> "Layout":
        """The layout that a kept reply was made under, from its text and the subscores' names."""
        orders = {"a": "asc", "d": "desc"}
        settings = {
            "order": orders[text[0]],
            "tie_break": "first" if text[1] == "f" else "last",
            "unique": text[2].islower(),
            "subscores": [
                {"name": name, "order": orders[letter]}
                for name, letter in zip(names.split(",") if names else [], text[3:], strict=True)
            ],
        }
        return cls.of(BoardSettings.model_validate(settings))

    def member_of(self, stored_id: bytes) -> tuple[str, int | None]:
        """The member of an entry, and on an arcade board the entry's own number."""
        if not self.is_arcade:
            return decode_member(stored_id), None
        return decode_member(stored_id[:-ENTRY_ID_BYTES]), int.from_bytes(stored_id[-ENTRY_ID_BYTES:])

    @property
    def order_text(self) -> str:
        """What decides the order alone: a change of the rank style moves nothing."""
        return self.text[:2] + self.text[3:]

    @property
    def fixed_length(self) -> int:
        """Bytes of a record before its metadata."""
        return 8 + self.key_length

    @property
    def value_length(self) -> int:
        """Bytes of a record that entries sharing a rank have in common."""
        return 1 + self.key_length

    def pack_value(self, score: int, subscores: tuple[int, ...]) -> bytes:
        packed = _SCORE.pack(score)
        for subscore, against in zip(subscores, self.against, strict=True):
            unsigned = subscore + _SUBSCORE_SHIFT
            packed += (unsigned ^ _SUBSCORE_MASK if against else unsigned).to_bytes(8)
        return packed

    def unpack_value(self, record: bytes) -> tuple[int, tuple[int, ...]]:
        """Score and subscores of a record or a value."""
        (score,) = _SCORE.unpack_from(record)
        if not self.against:
            return score, ()
        subscores = []
        for index, against in enumerate(self.against):
            unsigned = int.from_bytes(record[8 + 8 * index : 16 + 8 * index])
            subscores.append((unsigned ^ _SUBSCORE_MASK if against else unsigned) - _SUBSCORE_SHIFT)
        return score, tuple(subscores)

    def unpack_named(self, record: bytes) -> tuple[int, dict[str, int]]:
        """Score and subscores, these by their names."""
        score, subscores = self.unpack_value(record)
        return score, self.named(subscores)

    def ordered(self, subscores: dict[str, int] | None) -> tuple[int, ...]:
        """Subscores in the board's order; missing ones count as 0."""
        if not self.subscores:
            return ()
        given = subscores or {}
        if ONLY_SUBSCORE in given:
            return (given[ONLY_SUBSCORE],)
        return tuple([given.get(name, 0) for name in self.subscores])

    def named(self, subscores: tuple[int, ...]) -> dict[str, int]:
        return dict(zip(self.subscores, subscores, strict=True)) if subscores else {}

    def pack_arrival(self, at_us: int) -> bytes:
        unsigned = at_us + _ARRIVAL_SHIFT
        return (unsigned ^ _ARRIVAL_MASK if self.first == self.descending else unsigned).to_bytes(_ARRIVAL_BYTES)

    def unpack_arrival(self, packed: bytes) -> int:
        unsigned = int.from_bytes(packed)
        return (unsigned ^ _ARRIVAL_MASK if self.first == self.descending else unsigned) - _ARRIVAL_SHIFT

    def arrival_us(self, record: bytes) -> int:
        return self.unpack_arrival(record[self.value_length : self.fixed_length])


def rounded(score: int) -> tuple[float, int]:
    """The double a sorted set orders by, and the remainder that rounding down took off."""
    step = 1 << max(0, (score if score >= 0 else -score - 1).bit_length() - 53)
    remainder = score % step
    return float(score - remainder), remainder

"""Fields that a board declares: their values checked, and as bytes that sort as the values do.

Each name and type ever declared on a board has a slot, a number of its own that records keep values under: what is
taken off a board keeps its values, and has them again when it is declared anew. lua/lib/tails.lua and
lua/lib/values.lua are the other half of this page.

    string   its UTF-8, closed by a zero byte      integer, date  8 bytes, big-endian, sign flipped
    boolean  one byte                              number         8 bytes of a double, made to sort
"""

import math
import struct
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, NamedTuple, cast

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from rankd.domain.instants import boundary_text, from_us, to_us
from rankd.domain.numbers import MAX_ARRIVAL, MIN_ARRIVAL, to_instant, to_int64
from rankd.errors import ValidationFailed, pointer_part

MAX_FIELDS = 24
MAX_SLOTS = 96
MAX_TEXT_CHARS = 256
FieldType = Literal["string", "integer", "number", "boolean", "date"]
FieldValue = str | int | float | bool | datetime

_SIGN = 2**63
_MASK = 2**64 - 1
_FIELDS_TAG = b"\x01"
_REMOVED = 65535
_PREVIOUS_SLOT = 252
_HEAD = struct.Struct(">BH")
_DOUBLE = struct.Struct(">d")
_WORD = struct.Struct(">Q")


class FieldRule(BaseModel):
    """A value that entries carry beside their score."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$", description="letters, digits, underscore")
    type: FieldType = "string"
    segment: bool = Field(default=False, description="exact ranks among the entries of each value")
    rank: Literal["asc", "desc"] | None = Field(
        default=None, description="entries are ranked by it as well, best value first"
    )
    hidden: bool = Field(
        default=False, description="as if it were not declared, but its place on the board stays taken"
    )
    format: str | None = Field(
        default=None, pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$", description="a word on how to show it, kept for clients"
    )

    @model_serializer(mode="wrap")
    def _without_unset(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        shape: dict[str, Any] = handler(self)
        unset = {"hidden": False, "format": None}
        return {name: value for name, value in shape.items() if name not in unset or value != unset[name]}

    @property
    def slot_text(self) -> str:
        return f"{self.name}:{self.type}"


TEAM_SLOT = "team:team"
TEAM = FieldRule(name="team", type="string", segment=True, rank=None)
# On arcade boards the member is a value of its entries; lua/lib/values.lua keeps them under this slot, and a hidden
# member's under the other one.
MEMBER = FieldRule(name="member", type="string", segment=True, rank=None)
MEMBER_SLOT, HIDDEN_SLOT = 254, 253


def slots_with(slots: str, rules: Sequence[FieldRule], *, has_teams: bool) -> str:
    """The slots of a board after a declaration: `name:type` each, in the order they were first declared.

    Raises ValidationFailed where there were too many over the board's life.
    """
    known = slots.split(" ") if slots else []
    wanted = [*([TEAM_SLOT] if has_teams else []), *(rule.slot_text for rule in rules)]
    known += [text for text in wanted if text not in known]
    if len(known) > MAX_SLOTS:
        detail = f"a board can have had {MAX_SLOTS} fields in its life, and this would be the {len(known)}th"
        raise ValidationFailed(faults=[{"pointer": "/fields", "detail": detail}])
    return " ".join(known)


class Former(NamedTuple):
    """A type that a field had before, with the slot of what is kept of it."""

    slot: int
    type: FieldType


class Fields:
    """The fields of a board, with the slots their values are kept under."""

    def __init__(self, rules: Sequence[FieldRule], slots: str, *, is_arcade: bool = False) -> None:
        self.rules = {rule.name: rule for rule in rules if not rule.hidden}
        self.has_members = is_arcade and MEMBER.name not in self.rules
        numbers = {text: number for number, text in enumerate(slots.split(" "), 1)} if slots else {}
        self._hidden = {numbers[rule.slot_text]: rule for rule in rules if rule.hidden and rule.slot_text in numbers}
        shown = self.rules.values()
        self.slots = {rule.name: numbers[rule.slot_text] for rule in shown if rule.slot_text in numbers}
        self._by_slot = {slot: self.rules[name] for name, slot in self.slots.items()}
        self.former: dict[str, list[Former]] = {name: [] for name in self.rules}
        for text, number in numbers.items():
            name, _, kind = text.partition(":")
            if name in self.rules and number != self.slots.get(name) and text != TEAM_SLOT:
                self.former[name].append(Former(number, cast("FieldType", kind)))
        self._by_former = {one.slot: (name, one.type) for name, all_of in self.former.items() for one in all_of}
        self.team_slot = numbers.get(TEAM_SLOT, 0)
        # What can be read by: a member's team as well, unless a field has the name.
        self.readable = dict(self.rules)
        if self.team_slot and TEAM.name not in self.rules:
            self.readable[TEAM.name] = TEAM
            self.slots[TEAM.name] = self.team_slot

    @cached_property
    def ranked(self) -> list[FieldRule]:
        return [rule for rule in self.rules.values() if rule.rank]

    @cached_property
    def listed(self) -> str:
        return ", ".join(self.readable) or "none"

    def faults(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        """Why values are not the board's."""
        found = []
        for name, value in given.items():
            if (rule := self.rules.get(name)) is None:
                detail = f"the board declares no such field; it has {', '.join(self.rules) or 'none'}"
            elif value is None:
                continue
            else:
                try:
                    read_value(rule.type, value)
                    continue
                except ValueError as error:
                    detail = str(error)
            found.append({"pointer": f"/fields/{pointer_part(name)}", "detail": detail})
        return found

    def pack(self, given: dict[str, Any], team: str | None = None) -> bytes:
        """The fields and the team that a submission or a change names (null removes), for lua/lib/tails.lua."""
        packed: dict[int, bytes | None] = {} if team is None else {self.team_slot: pack_value("string", team)}
        for name, value in given.items():
            kind = self.rules[name].type
            packed[self.slots[name]] = None if value is None else pack_value(kind, read_value(kind, value))
            packed |= dict.fromkeys([former.slot for former in self.former[name]])
        text = packed_fields(packed)
        return _FIELDS_TAG + len(text).to_bytes(2) + text if text else b""

    def length(self, rule: FieldRule) -> int:
        """Bytes of a field's packed values; 0 where they differ."""
        return self.length_of(rule.type)

    @staticmethod
    def length_of(kind: FieldType) -> int:
        return {"string": 0, "boolean": 1}.get(kind, 8)

    def unpack(self, tail: bytes) -> tuple[dict[str, FieldValue], str | None, bytes, dict[str, FieldValue]]:
        """The declared fields of a record's tail, the team, the metadata, and the fields that are hidden."""
        team = None
        hidden: dict[str, FieldValue] = {}
        if tail[:1] != _FIELDS_TAG:
            return {}, team, tail, hidden
        position, end = 3, 3 + int.from_bytes(tail[1:3])
        found: dict[str, FieldValue] = {}
        former: dict[str, FieldValue | None] = {}
        while position < end:
            slot, length = _HEAD.unpack_from(tail, position)
            position += _HEAD.size
            if (rule := self._by_slot.get(slot)) is not None:
                found[rule.name] = unpack_value(rule.type, tail[position : position + length])
            elif slot in self._by_former:
                name, kind = self._by_former[slot]
                value = unpack_value(kind, tail[position : position + length])
                former[name] = converted(kind, value, self.rules[name].type)
            elif slot == self.team_slot:
                team = tail[position : position + length - 1].decode()
            elif slot in self._hidden:
                rule = self._hidden[slot]
                hidden[rule.name] = unpack_value(rule.type, tail[position : position + length])
            position += length
        for name, was in former.items():
            if was is not None:
                found.setdefault(name, was)
        return found, team, tail[end:], hidden


def previous_score(tail: bytes, arrival: bytes) -> int | None:
    """The score that an entry had before its present one, where its tail keeps it (lua/lib/previous.lua).

    `arrival` are the bytes of the present one's.
    """
    if tail[:1] != _FIELDS_TAG:
        return None
    position, end = 3, 3 + int.from_bytes(tail[1:3])
    while position < end:
        slot, length = _HEAD.unpack_from(tail, position)
        position += _HEAD.size
        if slot == _PREVIOUS_SLOT:
            score, reached = tail[position : position + 8], tail[position + 8 : position + length]
            return int.from_bytes(score, signed=True) if reached == arrival else None
        position += length
    return None


def packed_fields(values: Mapping[int, bytes | None]) -> bytes:
    """Packed values by slot; None is one that is to be removed."""
    return b"".join(
        _HEAD.pack(slot, _REMOVED) if value is None else _HEAD.pack(slot, len(value)) + value
        for slot, value in sorted(values.items())
    )


def read_value(kind: FieldType, value: Any) -> FieldValue:
    """A value as it came from outside, checked. Raises ValueError with what to send instead."""
    found: FieldValue = _READERS[kind](value)
    return found


def parsed_value(kind: FieldType, text: str) -> FieldValue:
    """A value from the text of a query."""
    if kind == "boolean":
        if text not in ("true", "false"):
            raise ValueError("give true or false")
        return text == "true"
    if kind == "number":
        try:
            return _number(float(text)) if text.strip() == text and "_" not in text else _number(text)
        except ValueError:
            raise ValueError("not a number") from None
    if kind == "date" and text.lstrip("-").isascii() and text.lstrip("-").isdecimal():
        return _date(int(text))
    return read_value(kind, text)


def converted(former: FieldType, value: FieldValue, kind: FieldType) -> FieldValue | None:
    """What a value of one type is in another one, read anew from its text; None where it is nothing there."""
    if isinstance(value, datetime) and kind in ("integer", "number"):
        return read_value(kind, to_us(value) // 1000)
    if former == "number" and kind in ("integer", "date") and float(str(value)).is_integer():
        value = int(float(str(value)))
    text = str(value).lower() if isinstance(value, bool) else str(shown_value(value))
    try:
        return parsed_value(kind, text)
    except ValueError:
        return None


def pack_value(kind: FieldType, value: FieldValue) -> bytes:
    if isinstance(value, str):
        return value.encode() + b"\0"
    if isinstance(value, bool):
        return b"\x01" if value else b"\0"
    if isinstance(value, datetime):
        return (to_us(value) + _SIGN).to_bytes(8)
    if kind == "integer":
        return (int(value) + _SIGN).to_bytes(8)
    (bits,) = _WORD.unpack(_DOUBLE.pack(value + 0.0))  # no negative zero
    return _WORD.pack(bits ^ _MASK if bits & _SIGN else bits | _SIGN)


def unpack_value(kind: FieldType, packed: bytes) -> FieldValue:
    if kind == "string":
        return packed[:-1].decode()
    if kind == "boolean":
        return packed == b"\x01"
    word = int.from_bytes(packed)
    if kind == "number":
        (found,) = _DOUBLE.unpack(_WORD.pack(word ^ _SIGN if word & _SIGN else word ^ _MASK))
        return float(found)
    return from_us(word - _SIGN) if kind == "date" else word - _SIGN


def shown_value(value: FieldValue) -> str | int | float | bool:
    """A value as JSON has it."""
    return boundary_text(to_us(value)) if isinstance(value, datetime) else value


def _string(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("give text")
    if len(value) > MAX_TEXT_CHARS:
        raise ValueError(f"has at most {MAX_TEXT_CHARS} characters")
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise ValueError("control characters are not allowed")
    return value


def _integer(value: Any) -> int:
    try:
        return to_int64(value)
    except ValueError:
        raise ValueError("give a whole number from -2^63 to 2^63-1") from None


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise ValueError("give a number")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise ValueError("the number is too large")
    return found


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError("give true or false")
    return value


def _date(value: Any) -> datetime:
    found = to_instant(value)
    if not MIN_ARRIVAL <= found <= MAX_ARRIVAL:
        raise ValueError("lies before the year 1000 or after 3000")
    return found


_READERS: dict[str, Any] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
}

"""Lead's types and rows: its text parameters as values of fields, and values as its JSON and its dumps have them.

A native or custom field of Lead is a declared field of the board, whose `format` is the name of Lead's type; fields
that were declared natively have the type that is nearest.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rankd.domain.boards import Board, BoardSettings
from rankd.domain.entries import Entry
from rankd.domain.fields import MAX_TEXT_CHARS, FieldRule, FieldType, FieldValue, read_value
from rankd.domain.instants import EPOCH, from_us, to_us
from rankd.domain.zones import zone_of
from rankd.errors import ValidationFailed

BOARD = "lead"
ID, SUBMISSION = "id", "submission"
NULL = "null"
_KINDS: dict[str, FieldType] = {
    "bool": "boolean", "int": "integer", "long": "integer", "double": "number", "str": "string", "Date": "date",
    "Time": "integer",
}  # fmt: skip
_NEAREST = {"boolean": "bool", "integer": "long", "number": "double", "string": "str", "date": "Date"}
_OMITTED: dict[str, FieldValue] = {"bool": False, "int": 0, "long": 0, "double": 0.0, "str": "", "Date": EPOCH}
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,20}\s*")


def rule_of(name: str, kind: str) -> FieldRule:
    """A field of one of Lead's types. Raises ValueError where there is no such type."""
    if kind not in _KINDS:
        raise ValueError(kind)
    return FieldRule(name=name, type=_KINDS[kind], format=kind, segment=name in PLAYED)


def type_of(rule: FieldRule) -> str:
    """Lead's name of a field's type."""
    kind = rule.format or ""
    return kind if _KINDS.get(kind) == rule.type else _NEAREST[rule.type]


# What every row has beside its id and its submission; the first two have to be sent.
PLAYED = ("win", "board", "mods", "cheats")
REQUIRED = PLAYED[:2]
NATIVE = [
    FieldRule(name=SUBMISSION, type="date", format="Date", segment=False),
    rule_of("win", "bool"),
    *(rule_of(name, "str") for name in PLAYED[1:]),
]
NEW = BoardSettings.model_validate({"name": "Lead", "unique": False, "order": "asc", "fields": NATIVE})
# Names that custom fields cannot have: those of other columns, and of what must never become one.
RESERVED = frozenset({ID, "appid", "ip", "hidden", "writeKey", "adminKey", *(rule.name for rule in NATIVE)})


@dataclass(frozen=True, slots=True)
class Column:
    """A field of the app under Lead's type."""

    name: str
    type: str

    def read(self, text: str) -> FieldValue | None:
        """The value of a parameter's text, None where it is null. Raises ValidationFailed."""
        if text == NULL and self.type != "Date":
            return None
        try:
            return _checked(self.type, text)
        except (ValueError, OverflowError) as error:
            raise ValidationFailed(
                faults=[{"pointer": self.name, "detail": f"is of type {self.type}: {error}"}]
            ) from None

    def omitted(self) -> FieldValue | None:
        """The value of a row that was added without one; None where it stays null."""
        return _OMITTED.get(self.type)

    def shown(self, value: FieldValue | None, zone: ZoneInfo) -> Any:
        """A value as Lead's JSON has it."""
        if isinstance(value, datetime):
            return [_local_text(value, zone), to_us(value) // 1000]
        if self.type == "Time" and isinstance(value, int):
            return [_time_text(value), value]
        return value

    def dumped(self, value: FieldValue) -> str:
        """A value as the text of a dump."""
        return str(to_us(value) // 1000) if isinstance(value, datetime) else str(value)

    def native(self, value: FieldValue) -> str:
        """A value as filters of the native API have it."""
        text = self.dumped(value)
        return text.lower() if isinstance(value, bool) else text


def columns_of(board: BoardSettings, *, with_hidden: bool = False) -> dict[str, Column]:
    """The fields of an app by name, the native ones first."""
    rules = {rule.name: rule for rule in board.fields if with_hidden or not rule.hidden}
    names = [*(rule.name for rule in NATIVE if rule.name in rules), *rules]
    return {name: Column(name, type_of(rules[name])) for name in names}


class Rows:
    """An app's scores as Lead lists them."""

    def __init__(self, board: Board) -> None:
        self._zone = zone_of(board.timezone)
        self._columns = [one for name, one in columns_of(board).items() if name not in (ID, SUBMISSION)]

    def row(self, entry_id: int, at_us: int, values: Mapping[str, FieldValue]) -> dict[str, Any]:
        found = {ID: entry_id, SUBMISSION: [from_us(at_us).isoformat(" "), at_us // 1000]}
        for column in self._columns:
            found[column.name] = column.shown(values.get(column.name), self._zone)
        return found

    def of(self, entries: Sequence[Entry]) -> list[dict[str, Any]]:
        return [self.row(entry.entry_id or 0, entry.at_us, entry.fields) for entry in entries]


def _checked(kind: str, text: str) -> FieldValue:
    if kind == "bool":
        return text != ""
    if kind == "str":
        return read_value("string", text[:MAX_TEXT_CHARS])
    if kind == "double":
        return read_value("number", float(text))
    if not _WHOLE.fullmatch(text):
        raise ValueError("give a whole number")
    return read_value(_KINDS[kind], int(text))


def _local_text(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(" ")


def _time_text(milliseconds: int) -> str:
    second, rest = divmod(abs(milliseconds), 1000)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return f"{'-' * (milliseconds < 0)}{hour:02d}:{minute:02d}:{second:02d}.{rest:03d}"

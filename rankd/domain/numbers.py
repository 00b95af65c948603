"""Whole numbers and instants as they come from outside: text or tokens, checked, never rounded."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
# The arrivals that the 7 bytes of an entry hold lie between the years 828 and 3111.
MIN_ARRIVAL, MAX_ARRIVAL = datetime(1000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,399})")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.IGNORECASE)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_RANGE = "a whole number from -2^63 to 2^63-1, as a JSON integer or as text without sign, spaces or leading zeros"


def to_int64(value: Any) -> int:
    """An int64 from a JSON integer or its text. Raises ValueError with what to send instead."""
    if type(value) is str and _WHOLE.fullmatch(value):
        value = int(value)
    if type(value) is not int:
        raise ValueError(f"not a whole number; give {_RANGE.replace('without sign', 'without plus sign')}")
    if not INT64_MIN <= value <= INT64_MAX:
        raise ValueError("outside the range of a score, -2^63 to 2^63-1")
    return value


def to_count(value: Any) -> int:
    """A whole number from the text of a query."""
    if type(value) is int:
        return value
    if type(value) is str and _WHOLE.fullmatch(value):
        return int(value)
    raise ValueError("not a whole number")


def to_instant(value: Any) -> datetime:
    """An instant from RFC 3339 text with offset, or from epoch milliseconds."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    try:
        if type(value) is int:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)
        if type(value) is str and _INSTANT.fullmatch(value):
            text = re.sub(r"(\.\d{6})\d+", r"\1", value.upper())
            return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("no such instant in the calendar") from None
    raise ValueError("give RFC 3339 text with an offset, such as 2026-11-22T10:00:00Z, or epoch milliseconds")


def to_arrival(value: Any) -> datetime:
    instant = to_instant(value)
    if instant < MIN_ARRIVAL:
        raise ValueError("before the year 1000")
    if instant > MAX_ARRIVAL:
        raise ValueError("lies in the future")
    return instant


def to_day(value: Any) -> date:
    """A day of the calendar from YYYY-MM-DD."""
    if isinstance(value, date):
        return value
    try:
        if type(value) is str and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        raise ValueError("no such day in the calendar") from None
    raise ValueError("give a day as YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(to_day), WithJsonSchema({"type": "string", "format": "date"})]
Int64 = Annotated[
    int,
    BeforeValidator(to_int64),
    WithJsonSchema(
        {
            "description": _RANGE,
            "anyOf": [
                {"type": "integer", "format": "int64", "minimum": INT64_MIN, "maximum": INT64_MAX},
                {"type": "string", "pattern": "^-?(0|[1-9][0-9]*)$"},
            ],
        }
    ),
]
Instant = Annotated[
    datetime,
    BeforeValidator(to_instant),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "integer"}]}),
]
Arrival = Annotated[
    datetime,
    BeforeValidator(to_arrival),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "integer"}]}),
]
Limit = Annotated[int, BeforeValidator(to_count), Field(ge=1, le=1000)]
Offset = Annotated[int, BeforeValidator(to_count), Field(ge=0, le=INT64_MAX)]
Rank = Annotated[int, BeforeValidator(to_count), Field(ge=1, le=INT64_MAX)]

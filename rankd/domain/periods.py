"""Periods: the settings that cut time into windows, one window of it, and the names that reads ask by."""

import re
from datetime import date, datetime
from datetime import time as ClockTime
from typing import Any, Literal, NamedTuple, get_args

from cronsim import CronSim, CronSimError
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
)

PeriodType = Literal["all", "daily", "weekly", "monthly", "yearly", "season", "cron"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

TYPES: tuple[str, ...] = get_args(PeriodType)
WEEKDAYS: tuple[str, ...] = get_args(Weekday)
DEFAULT_KEEP = 4
MAX_KEEP = 1000
MAX_LATE_S = 300
MAX_KEEP_DAYS = 999
_CRON_FIELDS = 5
_TIME = re.compile(r"([0-9][0-9]):([0-9][0-9])(?::([0-9][0-9]))?")


class PeriodRule(BaseModel):
    """One of a board's periods. It is shown as it was given."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    type: PeriodType
    cron: str | None = Field(
        default=None, validate_default=True, max_length=200, description="minute, hour, day of month, month, weekday"
    )
    keep: int = Field(default=DEFAULT_KEEP, ge=0, le=MAX_KEEP, description="closed periods that stay readable")

    @field_validator("cron")
    @classmethod
    def _fires(cls, cron: str | None, info: ValidationInfo) -> str | None:
        kind = info.data.get("type", "cron" if cron else None)
        if (kind == "cron") != (cron is not None):
            raise ValueError(
                "goes with a period of type cron, and with no other" if cron else "is needed with type cron"
            )
        if cron is None:
            return None
        if len(cron.split()) != _CRON_FIELDS:
            raise ValueError("give five fields: minute, hour, day of month, month, weekday, such as '0 4 * * 1'")
        try:
            next(CronSim(cron, datetime(2024, 1, 1)))
        except CronSimError as error:
            raise ValueError(f"not a cron expression, or one that never comes true: {str(error).lower()}") from None
        except StopIteration:
            raise ValueError("never comes true") from None
        return " ".join(cron.split())

    @model_serializer(mode="wrap")
    def _as_given(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        shape: dict[str, Any] = dump(self)
        return {name: value for name, value in shape.items() if name in self.model_fields_set}


class ResetRule(BaseModel):
    """When periods begin, by the wall clock of the board's zone."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    time: str = Field(default="00:00:00", description="HH:MM:SS; of days, weeks, months and years")
    weekday: Weekday = Field(default="monday", description="of weeks")
    day: int = Field(default=1, ge=1, le=31, description="of months; the last one where a month has no such day")

    @field_validator("time")
    @classmethod
    def _on_a_clock(cls, text: str) -> str:
        found = _TIME.fullmatch(text)
        try:
            hour, minute, second = (int(part or 0) for part in found.groups()) if found else (24, 0, 0)
            return ClockTime(hour, minute, second).isoformat()
        except ValueError:
            raise ValueError("give a time of day as HH:MM:SS or HH:MM, from 00:00:00 to 23:59:59") from None

    @property
    def clock(self) -> ClockTime:
        return ClockTime.fromisoformat(self.time)

    @property
    def weekday_number(self) -> int:
        return WEEKDAYS.index(self.weekday)


class RangeRule(BaseModel):
    """What is kept for reads of any span of days."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    keep_days: int = Field(
        default=0, ge=0, le=MAX_KEEP_DAYS, description="days whose sums and bests are kept; 0 for none"
    )


class Window(NamedTuple):
    """One period of a board, from an instant up to another; `all` has neither, `id` names it in its type."""

    type: str
    id: str
    start_us: int | None = None
    end_us: int | None = None

    def has(self, at_us: int) -> bool:
        return (self.start_us is None or self.start_us <= at_us) and (self.end_us is None or at_us < self.end_us)


class PeriodName(NamedTuple):
    """What a read asks for: a type, and of it the running period (`back` 0), one before it, or an id;
    `archive` is the number of an early reset."""

    type: str
    id: str | None = None
    back: int = 0
    archive: int = 0


_ID_FORMS = {
    "daily": re.compile(r"[0-9]{4}-[0-9][0-9]-[0-9][0-9]"),
    "weekly": re.compile(r"[0-9]{4}-W[0-9][0-9]"),
    "monthly": re.compile(r"[0-9]{4}-[0-9][0-9]"),
    "yearly": re.compile(r"[0-9]{4}"),
    "cron": re.compile(r"[0-9]{4}-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]Z"),
}
_RELATIVE = re.compile(r"([a-z]+)(?::(-?[0-9]{1,6}))?")
_ARCHIVE = re.compile(r"(.+)~([1-9][0-9]{0,8})")


def period_name(text: str) -> PeriodName | None:
    """What a `period` parameter names, or None where it has no such form."""
    if found := _ARCHIVE.fullmatch(text):
        kind = _type_of_id(found[1])
        return PeriodName(kind, found[1], archive=int(found[2])) if kind else None
    if (found := _RELATIVE.fullmatch(text)) and found[1] in TYPES:
        back = -int(found[2] or 0)
        return PeriodName(found[1], back=back) if back >= 0 else None
    kind = _type_of_id(text)
    return PeriodName(kind, text) if kind else None


def _type_of_id(text: str) -> str | None:
    if text in ("all", "season"):
        return text
    return next((kind for kind, form in _ID_FORMS.items() if form.fullmatch(text)), None)


def week_text(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"

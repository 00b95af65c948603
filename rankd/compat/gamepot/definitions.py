"""GAMEPOT's leaderboards and rankd's boards: each in the other's words.

`descending`, `ranking` and `tie_breaking` are `order`, `update` and `tie_break`; `status` is `enabled`,
`is_check_user` is `registered_only`; a period is the board's first one. Boards made here have one subscore and keep
previous scores.
"""

from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator

from rankd.compat.gamepot.parameters import BOARD, BoardId, renamed
from rankd.compat.gamepot.rows import SUBSCORE, instant, public_id
from rankd.domain.boards import Board, BoardSettings
from rankd.domain.instants import from_us, to_us
from rankd.domain.periods import WEEKDAYS
from rankd.domain.zones import instant_of, zone_of
from rankd.errors import Unprocessable
from rankd.http.codec import validated

_UPDATES = {"latest": "latest", "accumulated": "sum", "best": "best"}
_RANKINGS = {update: ranking for ranking, update in _UPDATES.items()}
# Sunday is 1, and rankd's weeks begin with Monday.
_DAYS = (*WEEKDAYS[-1:], *WEEKDAYS[:-1])
_NAMES = {
    "starts_at": "startedAt", "ends_at": "expiredAt", "reset/time": "resetTime", "reset/day": "resetDate",
    "periods": "periodType", "icon_url": "iconUrl",
}  # fmt: skip


def _either(camel: str, snake: str) -> Any:
    """A parameter that requests spell one way and answers another; both are taken."""
    return Field(None, validation_alias=AliasChoices(camel, snake))


class BoardBody(BaseModel):
    """What PUT changes. Empty text takes `iconUrl`, `startedAt` and `expiredAt` off."""

    model_config = ConfigDict(extra="ignore")

    status: bool | None = None
    is_check_user: bool | None = _either("is_check_user", "isCheckUser")
    name: str | None = None
    description: str | None = None
    icon_url: str | None = _either("iconUrl", "icon_url")
    descending: bool | None = None
    started_at: str | None = _either("startedAt", "started_at")
    expired_at: str | None = _either("expiredAt", "expired_at")
    timezone: str | None = None
    period_type: Literal["daily", "weekly", "monthly", "season", "all"] | None = _either("periodType", "period_type")
    reset_day: int | None = Field(None, ge=0, le=7, alias="resetDay", description="1 is Sunday; 0 leaves it")
    reset_date: int | None = Field(None, ge=0, le=31, alias="resetDate", description="of months; 0 leaves it")
    reset_time: str | None = Field(None, alias="resetTime")
    ranking: Literal["latest", "accumulated", "best"] | None = None
    tie_breaking: Literal["first", "last"] | None = _either("tie_breaking", "tieBreaking")

    @field_validator("started_at", "expired_at")
    @classmethod
    def _readable(cls, text: str | None) -> str | None:
        if text:
            try:
                datetime.fromisoformat(text)
            except ValueError:
                raise ValueError("give a time such as 2023-01-22 13:00:00 or 2023-01-22T13:00:00+09:00") from None
        return text


class NewBoardBody(BoardBody):
    """What POST makes a leaderboard of."""

    id: BoardId


def new_settings(wanted: BoardBody) -> BoardSettings:
    """The settings of a new board. Raises ValidationFailed."""
    return _settings(wanted, {"subscores": [{"name": SUBSCORE, "order": "desc"}], "previous_scores": True})


def edited_settings(changes: BoardBody, present: Board) -> BoardSettings:
    """A board's settings with what was sent changed. Raises ValidationFailed."""
    return _settings(changes, present.model_dump(mode="json", include=set(BoardSettings.model_fields)))


def _settings(sent: BoardBody, standing: dict[str, Any]) -> BoardSettings:
    plain = {
        "enabled": sent.status,
        "registered_only": sent.is_check_user,
        "name": sent.name,
        "description": sent.description,
        "order": None if sent.descending is None else "desc" if sent.descending else "asc",
        "timezone": sent.timezone,
        "update": _UPDATES.get(sent.ranking or ""),
        "tie_break": sent.tie_breaking,
    }
    value = {**standing, **{name: given for name, given in plain.items() if given is not None}}
    if sent.icon_url is not None:
        value["icon_url"] = sent.icon_url or None
    value["reset"] = {**standing.get("reset", {}), **_reset(sent)}
    zone = _zone(value.get("timezone", "UTC"))
    for name, text in (("starts_at", sent.started_at), ("ends_at", sent.expired_at)):
        if text is not None:
            value[name] = _instant(text, zone) if text else None
    if sent.period_type:
        value["periods"] = _periods(sent.period_type, value.get("periods", []))
    order = value.get("order", "desc")
    if order != standing.get("order", "desc") and [one["name"] for one in value["subscores"]] == [SUBSCORE]:
        value["subscores"] = [{"name": SUBSCORE, "order": order}]
    try:
        return validated(BoardSettings, value)
    except Unprocessable as refused:
        raise renamed(refused, _NAMES) from None


def _periods(first: str, standing: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The periods with another first one: one that the board has comes forward as it is, so that none is lost."""
    own = [rule for rule in standing if rule["type"] == first]
    others = [rule for rule in standing if rule["type"] != first]
    return [*own, *others] if own else [{"type": first}, *others[1:]]


def _reset(sent: BoardBody) -> dict[str, Any]:
    given = {
        "time": sent.reset_time or None,
        "weekday": _DAYS[sent.reset_day - 1] if sent.reset_day else None,
        "day": sent.reset_date or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _zone(name: str) -> ZoneInfo:
    try:
        return zone_of(name)
    except ValueError:
        return zone_of("UTC")  # the settings are refused for it, with their other faults


def _instant(text: str, zone: ZoneInfo) -> str:
    """RFC 3339 text of a time, which is the zone's own where it has no offset."""
    given = datetime.fromisoformat(text)
    try:
        at_us = to_us(given) if given.tzinfo else instant_of(given, zone)
        return from_us(at_us).isoformat()
    except (OverflowError, ValueError):
        return text  # refused with the other settings


def board_shape(project: str, board: Board, user_count: int | None) -> dict[str, Any]:
    """A leaderboard as GAMEPOT answers it, its times in its own zone."""
    zone = zone_of(board.timezone)

    def shown(moment: datetime | None) -> str | None:
        return None if moment is None else instant(to_us(moment), zone)

    return {
        "status": board.enabled,
        "is_check_user": board.registered_only,
        "ranking": _RANKINGS[board.update],
        "tie_breaking": board.tie_break,
        "id": public_id(BOARD, board.id),
        "name": board.name,
        "description": board.description,
        "descending": board.order == "desc",
        "resetDay": _DAYS.index(board.reset.weekday) + 1,
        "resetTime": board.reset.time,
        "resetDate": board.reset.day,
        "startedAt": shown(board.starts_at),
        "expiredAt": shown(board.ends_at),
        "timezone": board.timezone,
        "project_id": project,
        "period_type": board.periods[0].type,
        "icon_url": board.icon_url,
        "user_count": user_count,
        "updatedAt": shown(board.updated_at),
        "createdAt": shown(board.created_at),
    }

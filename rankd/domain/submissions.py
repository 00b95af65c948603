"""Scores as they are sent in, and what makes one well formed."""

import unicodedata
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rankd.domain.boards import ID_PATTERN, ID_RULE
from rankd.domain.numbers import Arrival, Int64
from rankd.domain.ordering import MAX_MEMBER_BYTES

MAX_METADATA_BYTES = 2048
MAX_BOARDS = 50
MAX_SUBMISSIONS = 1000


def to_member(value: str) -> str:
    """A member id: 1-256 bytes of UTF-8 without control characters, exactly as given."""
    if not value:
        raise ValueError("a member id has at least one character")
    if not value.isascii() or len(value) > MAX_MEMBER_BYTES:
        if len(value.encode()) > MAX_MEMBER_BYTES:
            raise ValueError("a member id has at most 256 bytes")
        if any(unicodedata.category(character) == "Cc" for character in value):
            raise ValueError("control characters are not allowed in a member id")
    elif not value.isprintable():
        raise ValueError("control characters are not allowed in a member id")
    return value


def to_board_id(value: str) -> str:
    if not ID_PATTERN.fullmatch(value):
        raise ValueError(f"not an id: {ID_RULE}")
    return value


def _bounded_metadata(value: Any) -> Any:
    if len(metadata_text(value)) > MAX_METADATA_BYTES:
        raise ValueError("metadata has at most 2048 bytes as JSON")
    return value


def metadata_text(value: Any) -> bytes:
    """Metadata as the JSON text that is kept. Whole numbers past 64 bits stay exact."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return _long_text(value).encode()


def _long_text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{orjson.dumps(k).decode()}:{_long_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_long_text, value)) + "]"
    return str(value) if type(value) is int else orjson.dumps(value).decode()


Member = Annotated[str, AfterValidator(to_member)]
BoardId = Annotated[str, AfterValidator(to_board_id)]
Metadata = Annotated[Any, AfterValidator(_bounded_metadata)]


class EntryBody(BaseModel):
    """What PUT sets on an entry."""

    model_config = ConfigDict(extra="forbid", strict=True)

    score: Int64
    subscores: dict[str, Int64] | None = None
    subscore: Int64 | None = Field(None, description="short for a single subscore")
    metadata: Metadata = None


class SubmissionBody(EntryBody):
    """One score sent in."""

    member: Member
    achieved_at: Arrival | None = None


class SpreadBody(SubmissionBody):
    """One score sent to several boards."""

    boards: list[BoardId] = Field(min_length=1, max_length=MAX_BOARDS)


class LookupBody(BaseModel):
    """Members to be looked up."""

    model_config = ConfigDict(extra="forbid", strict=True)

    members: list[Member] = Field(min_length=1, max_length=MAX_SUBMISSIONS)


class EditBody(BaseModel):
    """What PATCH changes on an entry; null removes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    metadata: Metadata = None

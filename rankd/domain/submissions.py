"""Scores as they are sent in, and what makes one well formed."""

import math
import unicodedata
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, field_validator

from rankd.domain.boards import ID_PATTERN, ID_RULE
from rankd.domain.entries import ONLY_SUBSCORE, Submission
from rankd.domain.fields import MAX_FIELDS
from rankd.domain.instants import to_us
from rankd.domain.numbers import INT64_MAX, INT64_MIN, Arrival, Int64
from rankd.domain.ordering import MAX_MEMBER_BYTES

MAX_METADATA_BYTES = 2048
MAX_BOARDS = 50
MAX_SUBMISSIONS = 1000
# So that every reader of JSON has it exactly.
MAX_ENTRY_ID = 2**53 - 1


def to_member(value: str) -> str:
    """A member id: 1-256 bytes of UTF-8 without control characters, exactly as given."""
    if not value:
        raise ValueError("a member id has at least one character")
    if value.isascii() and value.isprintable() and len(value) <= MAX_MEMBER_BYTES:
        return value
    if len(value.encode()) > MAX_MEMBER_BYTES:
        raise ValueError("a member id has at most 256 bytes")
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise ValueError("control characters are not allowed in a member id")
    return value


def to_board_id(value: str) -> str:
    if not ID_PATTERN.fullmatch(value):
        raise ValueError(f"not an id: {ID_RULE}")
    return value


def metadata_text(value: Any) -> bytes:
    """Metadata as the JSON text that is kept; none where it is null. Whole numbers past 64 bits stay exact."""
    if value is None:
        return b""
    try:
        text = orjson.dumps(value)
    except TypeError:
        text = _long_text(value).encode()
    if b"null" in text and _has_infinity(value):
        raise ValueError("holds a number that is too large")
    return text


def _has_infinity(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_infinity, value.values()))
    if isinstance(value, list):
        return any(map(_has_infinity, value))
    return type(value) is float and math.isinf(value)


def _long_text(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{orjson.dumps(k).decode()}:{_long_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_long_text, value)) + "]"
    return str(value) if type(value) is int else orjson.dumps(value).decode()


def _bounded_metadata(value: Any) -> Any:
    if len(metadata_text(value)) > MAX_METADATA_BYTES:
        raise ValueError("metadata has at most 2048 bytes as JSON")
    return value


Member = Annotated[str, AfterValidator(to_member)]
BoardId = Annotated[str, AfterValidator(to_board_id)]
Metadata = Annotated[Any, AfterValidator(_bounded_metadata)]


def _plain(value: Any) -> Any:
    if value is not None and type(value) not in (str, int, float, bool):
        raise ValueError("give text, a number, true or false; null removes the field")
    return value


# What a value has to be is said by the board.
FieldInput = Annotated[Any, AfterValidator(_plain), WithJsonSchema({"type": ["string", "number", "boolean", "null"]})]


class EditBody(BaseModel):
    """What PATCH changes on an entry; null removes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    metadata: Metadata = None
    fields: dict[str, FieldInput] | None = Field(
        None, max_length=MAX_FIELDS, description="values of declared fields; null removes one"
    )

    @property
    def metadata_text(self) -> bytes | None:
        """JSON text, empty to remove it, or None where it is not given."""
        return metadata_text(self.metadata) if "metadata" in self.model_fields_set else None


class EntryBody(EditBody):
    """What PUT sets on an entry."""

    score: Int64
    subscores: dict[str, Int64] | None = None
    subscore: Int64 | None = Field(None, description="short for a board's only subscore")

    @field_validator("subscores")
    @classmethod
    def _named(cls, subscores: dict[str, int] | None) -> dict[str, int] | None:
        if subscores and ONLY_SUBSCORE in subscores:
            raise ValueError("a subscore has a name")
        return subscores

    def submission(self, member: str) -> Submission:
        subscores = self.subscores
        if self.subscore is not None:
            subscores = {**(subscores or {}), ONLY_SUBSCORE: self.subscore}
        return Submission(member, self.score, subscores, self.metadata_text, fields=self.fields)


class SubmissionBody(EntryBody):
    """One score sent in."""

    member: Member
    achieved_at: Arrival | None = None
    team: Member | None = Field(None, description="on boards with teams: the one that this counts for as well")

    entry_id: Annotated[Int64, Field(ge=0, le=MAX_ENTRY_ID)] | None = Field(
        None, description="on arcade boards, by admin: the entry that is meant, as imports keep them; else a new one"
    )

    def as_submission(self) -> Submission:
        achieved_us = None if self.achieved_at is None else to_us(self.achieved_at)
        submission = self.submission(self.member)
        return submission._replace(achieved_us=achieved_us, team=self.team, entry_id=self.entry_id)


class SpreadBody(SubmissionBody):
    """One score sent to several boards."""

    boards: list[BoardId] = Field(min_length=1, max_length=MAX_BOARDS)


class LookupBody(BaseModel):
    """Members to be looked up."""

    model_config = ConfigDict(extra="forbid", strict=True)

    members: list[Member] = Field(min_length=1, max_length=MAX_SUBMISSIONS)


def plain_submission(value: Any) -> Submission | None:
    """The submission of an object with nothing but a well-formed member and score; the hot path's short cut.

    Gives None for anything else, good or bad: SubmissionBody then says what it is.
    """
    if type(value) is not dict or len(value) != 2:  # noqa: PLR2004 member and score
        return None
    member, score = value.get("member"), value.get("score")
    if type(score) is not int or not INT64_MIN <= score <= INT64_MAX or type(member) is not str:
        return None
    if not 0 < len(member) <= MAX_MEMBER_BYTES or not member.isascii() or not member.isprintable():
        return None
    return Submission(member, score)

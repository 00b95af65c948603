"""A member's profile: what people see beside an id, and the text it is kept and shown as."""

import json
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from rankd.domain.boards import WEB_ADDRESS, Text
from rankd.domain.submissions import metadata_text

MAX_INFO_BYTES = 2048


def _web_address(url: str | None) -> str | None:
    if url is not None and not WEB_ADDRESS.fullmatch(url):
        raise ValueError("an http or https URL is needed, or null")
    return url


def _bounded_info(value: dict[str, Any]) -> dict[str, Any]:
    if len(metadata_text(value)) > MAX_INFO_BYTES:
        raise ValueError(f"must have at most {MAX_INFO_BYTES} bytes as JSON")
    return value


Address = Annotated[str, Field(max_length=2000), AfterValidator(_web_address)]
Info = Annotated[dict[str, Any], AfterValidator(_bounded_info)]


class Profile(BaseModel):
    """What a member shows of itself. A member that has one is registered."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: Text = Field("", max_length=200)
    avatar_url: Address | None = None
    info: Info = Field(default_factory=dict, description="any JSON object of at most 2048 bytes, given back as sent")

    @property
    def text(self) -> bytes:
        """The JSON that is kept, and shown as it is; whole numbers of any length stay exact."""
        name, avatar_url = orjson.dumps(self.name), orjson.dumps(self.avatar_url)
        return b'{"name":%s,"avatar_url":%s,"info":%s}' % (name, avatar_url, metadata_text(self.info))

    @classmethod
    def from_text(cls, text: bytes) -> "Profile":
        return cls.model_validate(json.loads(text))


class ProfileChanges(BaseModel):
    """What PATCH changes; null empties."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: Text | None = Field(None, max_length=200)
    avatar_url: Address | None = None
    info: Info | None = None

    @field_validator("name")
    @classmethod
    def _emptied(cls, name: str | None) -> str:
        return name or ""

    @field_validator("info")
    @classmethod
    def _without_info(cls, info: dict[str, Any] | None) -> dict[str, Any]:
        return info or {}

    def over(self, profile: Profile) -> Profile:
        """The profile with these changes; what was not given stays."""
        return profile.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})

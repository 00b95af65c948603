"""Projects and the records of their API keys."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from rankd.domain.boards import Text
from rankd.domain.numbers import Instant

Facade = Literal["gamepot", "scill", "gamesparks", "lead"]
DEFAULT_PROJECT = "default"

KeyScope = Literal["read", "write", "admin"]


class ProjectSettings(BaseModel):
    """Settings of a project."""

    model_config = ConfigDict(extra="forbid", strict=True)

    facades: list[Facade] = ["gamepot", "scill", "gamesparks"]
    cors_origins: list[str] = []


class Project(BaseModel):
    """A tenant: boards and keys of their own."""

    id: str
    name: str = ""
    settings: ProjectSettings = ProjectSettings()
    created_at: datetime | None = None


class NewKey(BaseModel):
    """A key that is asked for. `value` brings in an existing secret."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Text = Field(max_length=200)
    scopes: list[KeyScope] = Field(min_length=1, max_length=3)
    expires_at: Instant | None = None
    value: str | None = Field(None, min_length=16, max_length=64, pattern=r"^[\x21-\x7e]+$")

    @field_validator("scopes")
    @classmethod
    def _each_once(cls, scopes: list[KeyScope]) -> list[KeyScope]:
        if len(set(scopes)) < len(scopes):
            raise ValueError("names a scope twice")
        return scopes


class KeyRecord(BaseModel):
    """What is known of an API key; its value is not."""

    id: str
    project: str
    name: Text
    scopes: list[KeyScope]
    created_at: datetime
    expires_at: datetime | None = None
    imported: bool = False


class StoredKey(BaseModel):
    """A key with what is stored in the place of its value, as it travels between servers."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str = Field(pattern=r"^[0-9A-Za-z]{1,12}$")
    name: Text = Field(max_length=200)
    scopes: list[KeyScope] = Field(min_length=1, max_length=3)
    created_at: Instant
    expires_at: Instant | None = None
    imported: bool = False
    digest: str = Field(pattern=r"^[0-9a-f]{64}$", description="HMAC-SHA256 of the key under the server's pepper")

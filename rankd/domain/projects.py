"""Projects and the records of their API keys."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from rankd.domain.boards import Text

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


class KeyRecord(BaseModel):
    """What is known of an API key; its value is not."""

    id: str
    project: str
    name: Text
    scopes: list[KeyScope]
    created_at: datetime
    expires_at: datetime | None = None
    imported: bool = False

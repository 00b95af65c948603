"""Every setting of the service: name, default, unit and meaning. Alone reads the environment.

Each is given as an option of `rankd serve` or as `RANKD_<NAME>`; the option wins.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Durability = Literal["standard", "replicated", "strict"]
Facade = Literal["gamepot", "scill", "gamesparks", "lead"]


def _listed(value: Any) -> Any:
    """The parts of a list written with commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def default_data_dir() -> Path:
    """Where state lives when no directory is named: a folder of the user's own."""
    return Path("~/.local/share/rankd").expanduser()


class Settings(BaseSettings):
    """What `rankd serve` runs with."""

    model_config = SettingsConfigDict(env_prefix="RANKD_", extra="ignore")

    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    workers: int = Field(1, ge=1, le=64, description="worker processes that share the port")
    data_dir: Path = Field(default_factory=default_data_dir, description="directory of keys and embedded store")
    redis_url: str | None = Field(None, description="an own Redis or Valkey; without it one is embedded")
    durability: Durability = Field("standard", description="what an acknowledged write survives")
    min_replicas_ack: int = Field(
        0, ge=0, le=10, description="replicas that must have a write before it is acknowledged"
    )
    root_key: str | None = Field(None, description="the root key; without it one is made in the data directory")
    pepper: str | None = Field(
        None, description="secret that stored key digests are made with; else made in the data directory"
    )
    max_body_bytes: int = Field(65_536, ge=1024, description="largest body of a request")
    max_array_bytes: int = Field(1_048_576, ge=1024, description="largest body of an array of submissions")
    facades: Annotated[tuple[Facade, ...], NoDecode, BeforeValidator(_listed)] = Field(
        ("gamepot", "scill", "gamesparks", "lead"), description="systems whose APIs are served too, comma-separated"
    )
    close_periods: bool = Field(True, description="whether this server closes periods that are over")
    drain_s: int = Field(8, ge=0, le=60, description="seconds that running requests get after SIGTERM")

    @property
    def replicas_to_wait_for(self) -> int:
        """Replicas that confirm a write before it is acknowledged."""
        return max(self.min_replicas_ack, 1 if self.durability == "replicated" else 0)

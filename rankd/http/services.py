"""What handlers reach: the services, and the settings that bound requests."""

from dataclasses import dataclass
from typing import Any

from rankd.service.boards import Boards
from rankd.service.health import Health
from rankd.service.projects import Projects
from rankd.service.ranks import Ranks
from rankd.service.scores import Scores
from rankd.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """The doors' way in."""

    settings: Settings
    boards: Boards
    scores: Scores
    ranks: Ranks
    projects: Projects
    health: Health
    openapi: dict[str, Any]

"""What handlers reach: the services, and the settings that bound requests."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rankd.http.flights import Flights
from rankd.service.boards import Boards
from rankd.service.health import Health
from rankd.service.projects import Projects
from rankd.service.ranks import Ranks
from rankd.service.scores import Scores
from rankd.settings import Settings

if TYPE_CHECKING:
    from rankd.http.endpoints import Answer


@dataclass(frozen=True, slots=True)
class Services:
    """The doors' way in."""

    settings: Settings
    boards: Boards
    scores: Scores
    ranks: Ranks
    projects: Projects
    health: Health
    pages: Flights["Answer"]
    openapi: dict[str, Any]

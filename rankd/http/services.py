"""What handlers reach: the services, and the settings that bound requests."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rankd.http.flights import Flights
from rankd.http.metrics import Scrapes
from rankd.service.bans import Bans
from rankd.service.boards import Boards
from rankd.service.events import Events
from rankd.service.exports import Exports
from rankd.service.health import Health
from rankd.service.imports import Imports
from rankd.service.key_digests import KeyDigests
from rankd.service.member_entries import MemberEntries
from rankd.service.members import Members
from rankd.service.periods import Periods
from rankd.service.projects import Projects
from rankd.service.ranks import Ranks
from rankd.service.rollovers import Rollovers
from rankd.service.scores import Scores
from rankd.service.tokens import Tokens
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
    events: Events
    exports: Exports
    imports: Imports
    members: Members
    bans: Bans
    member_entries: MemberEntries
    periods: Periods
    rollovers: Rollovers
    projects: Projects
    tokens: Tokens
    key_digests: KeyDigests
    health: Health
    pages: Flights["Answer"]
    scrapes: Scrapes
    openapi: dict[str, Any]

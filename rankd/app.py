"""The service put together: stores, services, routes, and what wraps them. The table of contents."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from starlette.routing import Route as Path
from starlette.routing import Router

from rankd.compat import gamepot, gamesparks, lead, scill
from rankd.domain.access import Secrets
from rankd.http import (
    bans,
    boards,
    entries,
    events,
    exports,
    imports,
    key_digests,
    members,
    metrics,
    openapi,
    ops,
    projects,
    scores,
    tokens,
)
from rankd.http.edge import Edge
from rankd.http.endpoints import Resource, Route
from rankd.http.families import Elsewhere, Family, native
from rankd.http.flights import Flights
from rankd.http.metrics import NO_ROUTE, Counted, Scrapes
from rankd.http.services import Services
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
from rankd.service.ranges import Ranges
from rankd.service.ranks import Ranks
from rankd.service.rollovers import Rollovers
from rankd.service.scores import Scores
from rankd.service.tokens import Tokens
from rankd.settings import Settings
from rankd.store.bans import BanStore
from rankd.store.client import StoreClient
from rankd.store.clock import StoreClock
from rankd.store.members import MemberStore
from rankd.store.projects import ProjectStore
from rankd.store.ranges import RangeStore
from rankd.store.ranks import RankStore
from rankd.store.rollovers import RolloverStore
from rankd.store.scores import ScoreStore
from rankd.store.tokens import TokenStore
from rankd.store.values import ValueStore
from rankd.worker.rollovers import close_periods

ROUTES: list[Route] = [
    *scores.ROUTES,
    *entries.ROUTES,
    *events.ROUTES,
    *exports.ROUTES,
    *imports.ROUTES,
    *boards.ROUTES,
    *members.ROUTES,
    *bans.ROUTES,
    *projects.ROUTES,
    *tokens.ROUTES,
    *key_digests.ROUTES,
    *ops.ROUTES,
    *metrics.ROUTES,
    *openapi.ROUTES,
]
NATIVE = native(ROUTES)
# What other systems' clients call; each can be left out by the setting `facades`.
FACADES: list[Family] = [gamepot.FAMILY, gamesparks.FAMILY, scill.FAMILY, lead.FAMILY]
# What games call on every match. No path of another route may match one of these.
HOT = [scores.BOARD + "/scores", scores.ENTRY + "/around", scores.BOARD + "/entries"]


def create_app(settings: Settings, secrets: Secrets, redis_url: str) -> Edge:
    """The ASGI application. Connects at the first call, and again whenever the store comes back."""
    families = (NATIVE, *[family for family in FACADES if family.name in settings.facades])
    client = StoreClient(redis_url, settings.replicas_to_wait_for)
    clock, rollover_store = StoreClock(), RolloverStore(client)
    boards_service = Boards(client, clock)
    periods, members_service = Periods(boards_service, rollover_store, clock), Members(MemberStore(client))
    rank_store, project_store = RankStore(client), ProjectStore(client)
    ranks = Ranks(
        boards_service,
        periods,
        Ranges(RangeStore(client), clock),
        members_service,
        rank_store,
        ValueStore(client),
    )
    scores_service = Scores(boards_service, members_service, ScoreStore(client, clock), ValueStore(client))
    tokens_service = Tokens(TokenStore(client), secrets, clock.now_ms)
    drops = [boards_service.drop_all, members_service.drop_all, tokens_service.void]
    projects_service = Projects(project_store, tokens_service, drops, secrets, clock.now_ms)
    services = Services(
        settings=settings,
        boards=boards_service,
        scores=scores_service,
        ranks=ranks,
        events=Events(boards_service, scores_service),
        exports=Exports(boards_service, periods, members_service, rank_store),
        imports=Imports(boards_service, periods, scores_service),
        members=members_service,
        bans=Bans(boards_service, members_service, BanStore(client)),
        member_entries=MemberEntries(boards_service, ranks, members_service),
        periods=periods,
        rollovers=Rollovers(boards_service, periods, rollover_store, clock),
        projects=projects_service,
        tokens=tokens_service,
        key_digests=KeyDigests(project_store, projects_service, secrets, clock.now_ms),
        health=Health(client, settings),
        pages=Flights(),
        scrapes=Scrapes(),
        openapi=_document(tuple(family.name for family in families)),
    )

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        closing = asyncio.create_task(close_periods(services.rollovers)) if settings.close_periods else None
        yield
        if closing:
            closing.cancel()
        await client.close()

    resources = _resources(families, services)
    elsewhere = Counted(NO_ROUTE, Elsewhere(families, services))
    router = Router(_paths(resources), redirect_slashes=False, default=elsewhere, lifespan=lifespan)
    return Edge(router, [(path, resources[path]) for path in HOT])


@cache
def _document(names: tuple[str, ...]) -> dict[str, Any]:
    """What /openapi.json shows, made once a process: it takes tens of milliseconds, most of an app's making."""
    return openapi.document([family for family in (NATIVE, *FACADES) if family.name in names])


def _resources(families: Sequence[Family], services: Services) -> dict[str, Counted]:
    """One resource a path, its requests counted under the path's template."""
    resources = {}
    for family in families:
        by_path: dict[str, list[Route]] = {}
        for route in family.routes:
            for path in (route.path, *route.also):
                by_path.setdefault(path, []).append(route)
        for path, routes in by_path.items():
            resources[path] = Counted(routes[0].path, Resource(routes, services, family))
    return resources


def _paths(resources: dict[str, Counted]) -> list[Path]:
    """What the router goes through.

    A member may be called like the route beside it, "lookup": that path takes POST only, and stands first.
    """
    rest = {path: resource for path, resource in resources.items() if path != entries.LOOKUP}
    lookup = Path(entries.LOOKUP, resources[entries.LOOKUP], methods=["POST"])
    return [lookup, *(Path(path, resource) for path, resource in rest.items())]

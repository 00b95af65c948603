"""The service put together: stores, services, routes, and what wraps them. The table of contents."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.routing import Route as Path
from starlette.routing import Router

from rankd.domain.access import Secrets
from rankd.http import boards, entries, openapi, ops, projects, scores
from rankd.http.edge import Edge, no_route
from rankd.http.endpoints import Resource, Route
from rankd.http.flights import Flights
from rankd.http.services import Services
from rankd.service.boards import Boards
from rankd.service.health import Health
from rankd.service.projects import Projects
from rankd.service.ranks import Ranks
from rankd.service.scores import Scores
from rankd.settings import Settings
from rankd.store.boards import BoardStore
from rankd.store.client import StoreClient
from rankd.store.projects import ProjectStore
from rankd.store.ranks import RankStore
from rankd.store.scores import ScoreStore

ROUTES: list[Route] = [
    *scores.ROUTES,
    *entries.ROUTES,
    *boards.ROUTES,
    *projects.ROUTES,
    *ops.ROUTES,
    *openapi.ROUTES,
]
# What games call on every match. No path of another route may match one of these.
HOT = [scores.BOARD + "/scores", scores.ENTRY + "/around", scores.BOARD + "/entries"]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def create_app(settings: Settings, secrets: Secrets, redis_url: str) -> Edge:
    """The ASGI application. Connects at the first call, and again whenever the store comes back."""
    client = StoreClient(redis_url, settings.replicas_to_wait_for)
    boards_service = Boards(BoardStore(client), now_ms)
    services = Services(
        settings=settings,
        boards=boards_service,
        scores=Scores(boards_service, ScoreStore(client), now_ms),
        ranks=Ranks(boards_service, RankStore(client)),
        projects=Projects(ProjectStore(client), boards_service, secrets, now_ms),
        health=Health(client, settings),
        pages=Flights(),
        openapi=openapi.document(ROUTES),
    )

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        yield
        await client.close()

    resources = _resources(services)
    router = Router(_paths(resources), redirect_slashes=False, default=no_route, lifespan=lifespan)
    return Edge(router, [(path, resources[path]) for path in HOT])


def _resources(services: Services) -> dict[str, Resource]:
    """One resource a path."""
    by_path: dict[str, list[Route]] = {}
    for route in ROUTES:
        by_path.setdefault(route.path, []).append(route)
    return {path: Resource(routes, services) for path, routes in by_path.items()}


def _paths(resources: dict[str, Resource]) -> list[Path]:
    """What the router goes through.

    A member may be called like the route beside it, "lookup": that path takes POST only, and stands first.
    """
    rest = {path: resource for path, resource in resources.items() if path != entries.LOOKUP}
    lookup = Path(entries.LOOKUP, resources[entries.LOOKUP], methods=["POST"])
    return [lookup, *(Path(path, resource) for path, resource in rest.items())]

"""Families of routes: how their requests say who calls, how they refuse, and where they are mounted.

The native API is one family; every other one speaks for another system and lives in compat/. What all of them share
is here: keys become principals in one place, and scopes are asked for in one place.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Receive, Scope, Send

from rankd.domain.access import Principal
from rankd.domain.queries import NoQuery
from rankd.errors import Forbidden, PlayerRefused, RankdError, RootOnly, RouteNotFound, ScopeMissing, place_of_fault
from rankd.http.endpoints import NOTHING_HERE, Answer, Call, Route, no_such_route, refusal, respond
from rankd.http.services import Services

PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


@dataclass(frozen=True, slots=True)
class Description:
    """What the OpenAPI document says of a family beside its routes.

    `schemes` are its security schemes, by names of their own; `security` says which of them a call with a key needs.
    `error` is the schema of a refusal, a JSON object, or None for plain text.
    """

    schemes: Mapping[str, Any] = field(default_factory=dict)
    security: Sequence[Mapping[str, list[str]]] = ()
    error: Mapping[str, Any] | None = None
    error_name: str = "Problem"
    error_kind: str = "application/json"
    body_kind: str = "application/json"


@dataclass(frozen=True, slots=True)
class Family:
    """Routes that share a way in and a way to say no.

    `name` is what a project's `settings.facades` and the server's `facades` call it, empty for the native API.
    `admit` finds out who calls a route that is not PUBLIC, and refuses who may not. `refused` answers an error.
    Under its `mounts` (paths such as "/lead") it also answers for routes that it does not have.
    """

    name: str
    routes: Sequence[Route]
    admit: Callable[[Call, Route], Awaitable[Principal]]
    refused: Callable[[RankdError, Call], Answer]
    mounts: tuple[str, ...] = ()
    description: Description = Description()

    def has(self, path: str) -> bool:
        """Whether a path lies under one of the mounts."""
        return any(path == mount or path.startswith(mount + "/") for mount in self.mounts)


def bearer_of(call: Call) -> str:
    """The key or token of `Authorization: Bearer`, empty where there is none."""
    kind, _, text = call.headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return text.strip() if kind.lower() == "bearer" else ""


async def principal_of(call: Call, key: str, project: str | None) -> Principal:
    """Who a key makes its bearer. Raises Unauthorized, ProjectNotFound."""
    projects = call.services.projects
    return projects.known(key, project) or await projects.authenticate(key, project)


def demand(principal: Principal, wanted: str, *, is_for_players: bool = False) -> Principal:
    """The principal, if it may do what needs a scope, or a player token opens. Raises ScopeMissing, RootOnly,
    PlayerRefused."""
    if wanted in principal.scopes or (is_for_players and principal.member is not None):
        return principal
    raise _missing(wanted, principal)


def told(error: RankdError, named: Callable[[str], str] = str) -> str:
    """An error as one text with every fault and its place, for systems whose refusals have a single message.

    `named` turns the name of a place in the body, such as `values/amount`, into the caller's own.
    """
    faults = [(named(place_of_fault(fault).lstrip("/")), fault["detail"]) for fault in error.faults or ()]
    return "; ".join(f"{place} {detail}".strip() for place, detail in faults) or error.detail


def _missing(wanted: str, principal: Principal) -> Forbidden:
    if principal.member is not None:
        what = "the root key" if wanted == "root" else f"an API key with the scope {wanted!r}"
        return PlayerRefused(
            "a player token reads, and submits for its own member to boards with `player_submit`; "
            f"make this call from your server, with {what}"
        )
    if wanted == "root":
        return RootOnly("use the root key; `rankd doctor` says where it is kept")
    return ScopeMissing(f"this call needs a key with the scope {wanted!r}; scopes do not imply one another")


async def _admitted(call: Call, route: Route) -> Principal:
    """The native way in: the key in one of two headers, a project in a third, no unknown parameters."""
    headers = call.headers
    key = headers.get(b"x-api-key", b"").decode("latin-1")
    if not key:
        key = bearer_of(call)
    project = headers.get(b"x-project-id")
    principal = await principal_of(call, key, project.decode("latin-1") if project else None)
    demand(principal, route.scope, is_for_players=route.is_for_players)
    if route.query is None and call.scope["query_string"]:
        call.query(NoQuery)
    return principal


def native(routes: Sequence[Route]) -> Family:
    """The family of rankd's own API."""
    schemes = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    described = Description(
        schemes, ({"bearer": []}, {"key": []}), PROBLEM_SCHEMA, error_kind="application/problem+json"
    )
    return Family("", routes, _admitted, _problem, description=described)


def _problem(error: RankdError, call: Call) -> Answer:
    return refusal(error, call.request_id)


class Elsewhere:
    """What the router falls back to: the family that is mounted there says that it has no such route."""

    def __init__(self, families: Sequence[Family], services: Services) -> None:
        self._families = families
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request_id = scope["rankd.request_id"]
        family = next((one for one in self._families if one.has(scope["path"])), None)
        if family is None:
            answer = no_such_route(request_id)
        else:
            call = Call(scope, receive, self._services)
            answer = family.refused(RouteNotFound(NOTHING_HERE), call)
            answer.headers.append((b"connection", b"close"))
        await respond(answer, request_id, send, with_body=scope["method"] != "HEAD")

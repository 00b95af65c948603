"""Who calls GAMEPOT's routes, and how they refuse: `{"status": negative, "message": text}` under a 4xx."""

from typing import Any

from rankd.domain.access import Principal
from rankd.errors import BoardDisabled, PlayerRefused, ProjectNotFound, RankdError, ScopeMissing, Unauthorized
from rankd.http.codec import encode
from rankd.http.endpoints import Answer, Call, Route, refusal
from rankd.http.families import Description, demand, principal_of, told

MOUNT = "/gpapps/v2"
UNKNOWN_KEY, OTHER_PROJECT, REVOKED_KEY, NOT_ALLOWED, EXPIRED_KEY, UNKNOWN_PROJECT, ANYTHING_ELSE = (
    -1, -2, -3, -4, -5, -6, -10,
)  # fmt: skip
# Where `admit` leaves what is wrong with a key or a project, for `refused`.
_NUMBER = "rankd.gamepot.number"
_NO_PROJECT = " "  # no project has this id

_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["status", "message"],
    "properties": {"status": {"type": "integer", "maximum": -1}, "message": {"type": "string"}},
}
DESCRIPTION = Description(
    schemes={
        "gamepotKey": {"type": "apiKey", "in": "header", "name": "X-API-KEY"},
        "gamepotProject": {"type": "apiKey", "in": "header", "name": "X-PROJECT-ID"},
    },
    security=({"gamepotKey": [], "gamepotProject": []},),
    error=_ERROR,
    error_name="GamepotError",
)


async def admit(call: Call, route: Route) -> Principal:
    """The caller, by its two headers. The key is looked at first: who has none learns of no project."""
    key = call.headers.get(b"x-api-key", b"").decode("latin-1")
    project = call.headers.get(b"x-project-id", b"").decode("latin-1")
    if not key:
        raise Unauthorized("send the key as the header X-API-KEY")
    try:
        # An absent header names no project, where the native API would take the key's own.
        principal = await principal_of(call, key, project or _NO_PROJECT)
    except (Unauthorized, ProjectNotFound) as error:
        call.scope[_NUMBER] = await _reason(call, error, key, project)
        raise
    return demand(principal, route.scope)


async def _reason(call: Call, error: RankdError, key: str, project: str) -> int:
    """What of a key or a project is wrong."""
    projects = call.services.projects
    if isinstance(error, Unauthorized):
        if error.has_expired:
            return EXPIRED_KEY
        return REVOKED_KEY if await projects.was_revoked(key) else UNKNOWN_KEY
    try:
        await projects.get(project)
    except ProjectNotFound:
        return UNKNOWN_PROJECT
    return OTHER_PROJECT


def refused(error: RankdError, call: Call) -> Answer:
    """An error in GAMEPOT's words, every fault named; the HTTP status and headers are the native ones."""
    number = _number(error, call)
    message = "projectId was wrong." if number == UNKNOWN_PROJECT else told(error)
    headers = refusal(error, call.request_id).headers
    return Answer(error.status, encode({"status": number, "message": message}), headers=headers)


def _number(error: RankdError, call: Call) -> int:
    if isinstance(error, Unauthorized | ProjectNotFound):
        return int(call.scope.get(_NUMBER, UNKNOWN_KEY))
    return NOT_ALLOWED if isinstance(error, ScopeMissing | PlayerRefused | BoardDisabled) else ANYTHING_ELSE

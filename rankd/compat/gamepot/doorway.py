"""Who calls GAMEPOT's routes, and how they refuse: `{"status": negative, "message": text}` under a 4xx."""

from typing import Any

from rankd.domain.access import Principal
from rankd.errors import BoardDisabled, Forbidden, ProjectNotFound, RankdError, ScopeMissing, Unauthorized
from rankd.http.codec import encode
from rankd.http.endpoints import Answer, Call, Route, refusal
from rankd.http.families import Description, demand, principal_of

MOUNT = "/gpapps/v2"
UNKNOWN_KEY, OTHER_PROJECT, REVOKED_KEY, NOT_ALLOWED, EXPIRED_KEY, UNKNOWN_PROJECT, ANYTHING_ELSE = (
    -1, -2, -3, -4, -5, -6, -10,
)  # fmt: skip
_OF_A_KEY = {"unknown": UNKNOWN_KEY, "revoked": REVOKED_KEY, "expired": EXPIRED_KEY}

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
        # An empty header names no project, where the native API would take the key's own.
        principal = await principal_of(call, key, project or " ")
    except ProjectNotFound:
        await call.services.projects.get(project)
        raise Forbidden(f"this key is of another project than {project!r}") from None
    return demand(principal, route.scope)


def refused(error: RankdError, call: Call) -> Answer:
    """An error in GAMEPOT's words; the HTTP status and headers are the native ones."""
    answer = refusal(error, call.request_id)
    message = "projectId was wrong." if isinstance(error, ProjectNotFound) else error.detail
    return Answer(error.status, encode({"status": _number(error), "message": message}), headers=answer.headers)


def _number(error: RankdError) -> int:
    if isinstance(error, Unauthorized):
        return _OF_A_KEY[error.reason]
    if isinstance(error, ProjectNotFound):
        return UNKNOWN_PROJECT
    if isinstance(error, ScopeMissing | BoardDisabled):
        return NOT_ALLOWED
    # Raised by `admit` alone; what else is forbidden has a class of its own.
    return OTHER_PROJECT if type(error) is Forbidden else ANYTHING_ELSE

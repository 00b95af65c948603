"""Who calls SCILL's routes: an API key or a player token as bearer; and how they refuse: `{"code", "message"}`.

SCILL knows 403 for whoever may not and no 401, so missing and wrong credentials are 403 here too.
"""

from typing import Any

from rankd.domain.access import Principal
from rankd.errors import Forbidden, ProjectNotFound, RankdError, Unauthorized
from rankd.http.codec import encode
from rankd.http.endpoints import Answer, Call, Route, refusal
from rankd.http.families import Description, bearer_of, demand, principal_of, told

V1, V2 = "/api/v1", "/api/v2"
MOUNTS = (V1, V2)
_NOT_SENT = (b"www-authenticate",)

_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
}
DESCRIPTION = Description(
    schemes={"scillBearer": {"type": "http", "scheme": "bearer", "description": "API key or access token"}},
    security=({"scillBearer": []},),
    error=_ERROR,
    error_name="ScillError",
)


async def admit(call: Call, route: Route) -> Principal:
    """The bearer of the key or token. Its project is the app; a route that names the app has to name that one."""
    project = call.headers.get(b"x-project-id", b"").decode("latin-1") or None
    if "appId" in call.params:
        project = call.param("appId")
    try:
        principal = await principal_of(call, bearer_of(call), project)
    except ProjectNotFound:
        raise Forbidden(f"the key is of another app than {project!r}") from None
    return demand(principal, route.scope, is_for_players=route.is_for_players)


def refused(error: RankdError, call: Call) -> Answer:
    """An error in SCILL's words, every fault named, under its native status, with its headers but for those of 401."""
    native = refusal(error, call.request_id)
    status = 403 if isinstance(error, Unauthorized) else error.status
    headers = [(name, value) for name, value in native.headers if name not in _NOT_SENT]
    return Answer(status, encode({"code": error.code, "message": told(error)}), headers=headers)

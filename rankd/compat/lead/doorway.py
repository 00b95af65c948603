"""Who calls Lead's routes, what their parameters are, and how they refuse: `{"error": text}`, often under a 200."""

from collections.abc import Sequence
from typing import Any

from rankd.domain.access import Principal
from rankd.errors import (
    BadRequest,
    Forbidden,
    MethodNotAllowed,
    ProjectNotFound,
    RankdError,
    RouteNotFound,
    Unauthorized,
    UnsupportedType,
    ValidationFailed,
)
from rankd.http.bodies import form_pairs, query_pairs
from rankd.http.codec import encode
from rankd.http.endpoints import OPEN, Answer, Call, Route, answered, refusal
from rankd.http.families import Description, demand, principal_of, told

NAME = "lead"
MOUNT = "/lead"
APP = MOUNT + "/{appid}"
BAD_REQUEST = "bad request"
_KEYS = {"write": "writeKey", "admin": "adminKey"}
# Where `admit` leaves what Lead says of an app or a key, and the parameters that were read for it.
_SAID, _PARAMETERS = "rankd.lead.said", "rankd.lead.parameters"
_CORS = (b"access-control-allow-origin", b"*")

DESCRIPTION = Description(
    schemes={
        "leadWriteKey": {"type": "apiKey", "in": "query", "name": "writeKey", "description": "or in the form"},
        "leadAdminKey": {"type": "apiKey", "in": "query", "name": "adminKey", "description": "or in the form"},
    },
    security=({"leadWriteKey": []}, {"leadAdminKey": []}),
    error={"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
    error_name="LeadError",
    body_kind="application/x-www-form-urlencoded",
)


def both(path: str) -> tuple[str, ...]:
    """The other spelling of a path: under the mount that the hosted instance had."""
    return (path.replace(MOUNT, MOUNT + "/v1", 1),)


async def admit(call: Call, route: Route) -> Principal:
    """The caller: the app is looked at before the key, and lists need none."""
    appid = call.param("appid")
    try:
        is_app = NAME in await call.services.projects.facades_of(appid)
    except ProjectNotFound:
        is_app = False
    if not is_app:
        raise _said(call, "unrecognized app", ProjectNotFound())
    if route.scope == OPEN:
        return Principal(appid, frozenset(), "")
    name = _KEYS[route.scope]
    key = (await parameters(call, name))[name]
    try:
        return demand(await principal_of(call, key, appid), route.scope)
    except (Unauthorized, ProjectNotFound, Forbidden) as error:
        raise _said(call, f"invalid {name}", error) from None


def _said(call: Call, text: str, error: RankdError) -> RankdError:
    call.scope[_SAID] = text
    return error


async def parameters(call: Call, *required: str) -> dict[str, str]:
    """What the query and the form name, the query first and of repeated names the first one. Other bodies are not
    read. Raises BadRequest where a required one is absent."""
    found: dict[str, str] | None = call.scope.get(_PARAMETERS)
    if found is None:
        pairs = query_pairs(call)
        if call.scope["method"] == "POST":
            pairs += await form_pairs(call)
        found = call.scope[_PARAMETERS] = dict(reversed(pairs))
    if any(name not in found for name in required):
        raise BadRequest(BAD_REQUEST)
    return found


def given(value: Any) -> Answer:
    """An answer that pages of any origin may read."""
    return answered(value, headers=[_CORS])


def wrong(text: str) -> Answer:
    """What Lead says of a user's fault: an error under a 200."""
    return given({"error": text})


def streamed(parts: Any) -> Answer:
    return Answer(200, headers=[_CORS, (b"cache-control", b"no-store")], parts=parts)


def refused(error: RankdError, call: Call) -> Answer:
    """An error in Lead's words, where it had some; where it crashed with a 500, a 400 with what was wrong."""
    if said := call.scope.get(_SAID):
        return wrong(str(said))
    status, shape = error.status, {"error": _text(error)}
    if isinstance(error, MethodNotAllowed):
        return _plain(status, {"allowed": list(error.allowed), **shape}, [])
    if isinstance(error, UnsupportedType | ValidationFailed):
        status = BadRequest.status
    return _plain(status, shape, refusal(error, call.request_id).headers)


def _plain(status: int, shape: dict[str, Any], headers: Sequence[tuple[bytes, bytes]]) -> Answer:
    return Answer(status, encode(shape), headers=[_CORS, *headers])


def _text(error: RankdError) -> str:
    if isinstance(error, RouteNotFound):
        return "not found"
    if isinstance(error, MethodNotAllowed):
        return "method not allowed"
    if isinstance(error, BadRequest | UnsupportedType):
        return BAD_REQUEST
    return told(error, lambda place: place.rpartition("/")[2])

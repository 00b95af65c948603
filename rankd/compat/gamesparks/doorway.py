"""Who calls the callback, by its path alone, and how it refuses: `{"error": text}` under a 4xx or 5xx.

The tutorial's script looks at no status, so a refusal is never one of the texts that it waits for, and never a page.
"""

from rankd.domain.access import Principal
from rankd.errors import ProjectNotFound, RankdError, Unauthorized
from rankd.http.codec import encode
from rankd.http.endpoints import Answer, Call, Route, refusal
from rankd.http.families import Description, demand, principal_of, told

MOUNT = "/callback"

DESCRIPTION = Description(
    error={"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
    error_name="GamesparksError",
    body_kind="application/x-www-form-urlencoded",
)


async def admit(call: Call, route: Route) -> Principal:
    """The caller: the path's API key is the project, its secret the key; the credential may have any name."""
    try:
        principal = await principal_of(call, call.param("secret"), call.param("apiKey"))
    except ProjectNotFound:
        detail = "this secret opens no project of that API key; the URL is /callback/{project}/{any name}/{key}"
        raise Unauthorized(detail) from None
    return demand(principal, route.scope)


def refused(error: RankdError, call: Call) -> Answer:
    """An error as one line of text; the HTTP status and headers are the native ones."""
    return Answer(error.status, encode({"error": told(error)}), headers=refusal(error, call.request_id).headers)

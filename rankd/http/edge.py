"""The first and last step of every request: its id, its headers in one pass, and no error unanswered."""

import random
import re
from collections.abc import Sequence

import structlog
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from rankd.errors import RankdError
from rankd.http.endpoints import refusal, respond
from rankd.http.metrics import NO_ROUTE, ROUTE

log = structlog.get_logger()
_REQUEST_ID = re.compile(rb"[\x21-\x7e]{1,128}")


class Edge:
    """Wraps the router. Routes match the path as it was sent, so an encoded slash stays inside a name.

    What games call on every match is in `hot`, a path and its resource each, and looked at before the router.
    """

    def __init__(self, inner: ASGIApp, hot: Sequence[tuple[str, ASGIApp]] = ()) -> None:
        self._inner = inner
        self._hot = [(compile_path(path)[0].match, resource) for path, resource in hot]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given.decode() if given and _REQUEST_ID.fullmatch(given) else random.randbytes(8).hex()  # noqa: S311
        scope["rankd.headers"] = headers
        scope["rankd.request_id"] = request_id
        raw_path = scope.get("raw_path") or scope["path"].encode()
        scope["path"] = path = raw_path.partition(b"?")[0].decode("latin-1")
        inner = self._inner
        for match, resource in self._hot:
            if found := match(path):
                scope["path_params"] = found.groupdict()
                inner = resource
                break
        try:
            await inner(scope, receive, send)
        except Exception:
            # Never the path itself: some families' paths hold secrets.
            log.exception("request_failed", request_id=request_id, route=scope.get(ROUTE, NO_ROUTE))
            answer = refusal(RankdError("rankd failed; this is a bug, please report it"), request_id)
            await respond(answer, request_id, send)

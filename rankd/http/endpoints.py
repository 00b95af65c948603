"""How a route becomes an answer: one table row an operation, one pass over the headers, one body read.

The handlers of http/ are coroutines from a Call to an Answer; `Resource` is what the router is given. A
route without a scope is refused at definition, so none is open by accident.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

from pydantic import BaseModel
from starlette.types import Message, Receive, Scope, Send

from rankd.domain.access import Principal
from rankd.domain.queries import Query
from rankd.errors import (
    BadRequest,
    MethodNotAllowed,
    RankdError,
    RouteNotFound,
    TooLarge,
    Unprocessable,
    UnsupportedType,
    ValidationFailed,
)
from rankd.http.codec import UNKNOWN_KEY, decode, decode_percent, decode_query, encode, problem, validated
from rankd.http.streams import STREAMED, body_parts, stream
from rankd.service.scores import Operation

if TYPE_CHECKING:
    from rankd.http.families import Family
    from rankd.http.services import Services

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
PUBLIC = "public"
# About a project, but without a key: only other systems' routes are so.
OPEN = "open"
_KEY_TEXT = re.compile(r"[\x21-\x7e]{1,128}")
NOTHING_HERE = "nothing is served here; GET /openapi.json lists every route"
JSON = b"application/json"
PROBLEM = b"application/problem+json"


@dataclass(slots=True)
class Answer:
    """What is sent back. `body` is JSON unless `kind` says otherwise."""

    status: int
    body: bytes = b""
    kind: bytes = JSON
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    # What is sent piece by piece in place of a body (http/streams.py).
    parts: AsyncIterator[bytes] | None = None


def answered(value: Any, status: int = 200, headers: list[tuple[bytes, bytes]] | None = None) -> Answer:
    return Answer(status, encode(value), headers=headers or [])


class Call:
    """One request, as far as a handler asks for it."""

    __slots__ = ("_body", "_receive", "headers", "params", "principal", "request_id", "scope", "services")

    def __init__(self, scope: Scope, receive: Receive, services: "Services") -> None:
        self.scope = scope
        self.services = services
        self.headers: dict[bytes, bytes] = scope["rankd.headers"]
        self.request_id: str = scope["rankd.request_id"]
        self.params: Mapping[str, str] = {}
        self.principal: Principal = _NOBODY
        self._receive = receive
        self._body: bytes | None = None

    @property
    def project(self) -> str:
        return self.principal.project

    @property
    def media_type(self) -> bytes:
        """That of the body, without its parameters and in lower case; empty where none is named."""
        return self.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()

    @property
    def has_unread_body(self) -> bool:
        if self._body is not None:
            return False
        return self.headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in self.headers

    def param(self, name: str) -> str:
        text = self.params[name]
        return decode_percent(text) if "%" in text or not text.isascii() else text

    def query(self, model: type[M]) -> M:
        """The query's parameters as a model. Raises ValidationFailed, NotSupported."""
        raw = self.scope["query_string"]
        return self.as_parameters(lambda: validated(model, decode_query(raw) if raw else {}))

    def wants_text(self) -> bool:
        """Whether int64 is asked for as text, where nothing else can be asked. Raises ValidationFailed."""
        return bool(self.scope["query_string"]) and self.query(Query).int64 is not None

    @staticmethod
    def as_parameters(check: Callable[[], T]) -> T:
        """Runs a check of query parameters; its faults then name parameters and no places in a body."""
        try:
            return check()
        except Unprocessable as refused:
            raise type(refused)(faults=Call.parameters_of(refused)) from None

    @staticmethod
    def parameters_of(refused: RankdError) -> list[dict[str, Any]]:
        """A refusal's faults with parameters in the place of pointers into a body."""
        faults = []
        for fault in refused.faults or ():
            place = fault.get("pointer", "").lstrip("/").replace("subscores/", "subscore.").replace("/", ".")
            detail = str(fault["detail"]).replace(UNKNOWN_KEY, "is not a parameter of this call")
            rest = {key: item for key, item in fault.items() if key != "pointer"}
            faults.append({"parameter": place or "query", **rest, "detail": detail})
        return faults

    async def body_parts(self) -> AsyncIterator[bytes]:
        """A body of any length, piece by piece. Raises UnsupportedType, BadRequest."""
        self._demand_plain()
        self.scope[STREAMED] = True
        async for part in body_parts(self._receive):
            yield part
        self._body = b""

    def _demand_plain(self) -> None:
        if self.headers.get(b"content-encoding", b"identity") != b"identity":
            raise UnsupportedType("send the body without a Content-Encoding")

    async def body(self, max_bytes: int) -> bytes:
        """The whole body. Raises TooLarge, UnsupportedType."""
        if self.headers.get(b"content-type", JSON) != JSON and not _is_json(self.media_type):
            raise UnsupportedType("send JSON with the header Content-Type: application/json")
        return await self.raw_body(max_bytes)

    async def raw_body(self, max_bytes: int) -> bytes:
        """The whole body, whatever type it says it has. Raises TooLarge, UnsupportedType where it is compressed."""
        self._demand_plain()
        announced = self.headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > max_bytes:
            raise TooLarge(f"the body has {int(announced)} bytes; this route takes at most {max_bytes}")
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            self._body = message.get("body", b"")
            if len(self._body) > max_bytes:
                raise TooLarge(f"this route takes a body of at most {max_bytes} bytes")
            return self._body
        return await self._longer_body(message, max_bytes)

    async def _longer_body(self, message: Message, max_bytes: int) -> bytes:
        parts, size, more = [], 0, True
        while more:
            if message["type"] == "http.disconnect":
                raise BadRequest("the connection ended before the body did")
            part = message.get("body", b"")
            size += len(part)
            if size > max_bytes:
                raise TooLarge(f"this route takes a body of at most {max_bytes} bytes")
            parts.append(part)
            more = message.get("more_body", False)
            if more:
                message = await self._receive()
        self._body = b"".join(parts)
        return self._body

    def check_size(self, max_bytes: int) -> None:
        """For routes where the kind of body decides how large it may be. Raises TooLarge."""
        size = len(self._body or b"")
        if size > max_bytes:
            raise TooLarge(f"the body has {size} bytes; a single one has at most {max_bytes}")

    async def json(self) -> Any:
        return decode(await self.body(self.services.settings.max_body_bytes))

    async def model(self, model: type[M]) -> M:
        """The body as a model. Raises BadJson, ValidationFailed, NotSupported and what `body` raises."""
        return validated(model, await self.json())

    def operation(self) -> Operation | None:
        """What the Idempotency-Key names, with the request it stands for; after the body was read."""
        raw = self.headers.get(b"idempotency-key")
        if raw is None:
            return None
        key = raw.decode("latin-1")
        if not _KEY_TEXT.fullmatch(key):
            detail = "1-128 visible ASCII characters without spaces"
            raise ValidationFailed(faults=[{"header": "Idempotency-Key", "detail": detail}])
        line = f"{self.scope['method']} {self.scope['path']}?".encode() + self.scope["query_string"]
        return Operation(key, line + b"\n" + (self._body or b""))


def _is_json(kind: bytes) -> bool:
    return kind == JSON or kind.endswith(b"+json")


_NOBODY = Principal("", frozenset(), "")


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the API: what routing, permission and the OpenAPI document are made from."""

    method: str
    path: str
    name: str
    scope: str
    handler: Callable[[Call], Awaitable[Answer]]
    summary: str
    body: Any = None
    query: type[BaseModel] | None = None
    success: tuple[int, ...] = (200,)
    needs_body: bool = True
    takes_operation: bool = False
    # Whether a player token opens it; left out, it opens what the scope read does.
    players: bool | None = None
    # Media types of bodies that are streamed: the request's, and the answer's.
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    # Other spellings of the path, with the same parameters; they are not in the OpenAPI document.
    also: tuple[str, ...] = ()

    @property
    def is_for_players(self) -> bool:
        return self.scope == "read" if self.players is None else self.players


class Resource:
    """The ASGI endpoint of one path: picks the method's operation, lets in who may, answers in its family's words."""

    def __init__(self, routes: list[Route], services: "Services", family: "Family") -> None:
        self._routes = {route.method: route for route in routes}
        self._services = services
        self._family = family
        self._allowed = tuple(sorted(self._routes))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = Call(scope, receive, self._services)
        method = scope["method"]
        try:
            answer = await self._answered(call, "GET" if method == "HEAD" else method)
        except RankdError as error:
            answer = self._family.refused(error, call)
            if isinstance(error, MethodNotAllowed):
                answer.headers.append((b"allow", ", ".join(error.allowed).encode()))
        if call.has_unread_body:
            answer.headers.append((b"connection", b"close"))
        if answer.parts is not None and method != "HEAD":
            await stream(answer, call.request_id, receive, send)
        else:
            await respond(answer, call.request_id, send, with_body=method != "HEAD")

    async def _answered(self, call: Call, method: str) -> Answer:
        route = self._routes.get(method)
        if route is None:
            raise MethodNotAllowed(f"this route takes {', '.join(self._allowed)}", allowed=self._allowed)
        call.params = call.scope["path_params"]
        if route.scope != PUBLIC:
            call.principal = await self._family.admit(call, route)
            name = self._family.name
            if name and name not in await self._services.projects.facades_of(call.project):
                return no_such_route(call.request_id)
        return await route.handler(call)


def no_such_route(request_id: str) -> Answer:
    """What is answered where nothing is: also where a project has switched a family off."""
    answer = refusal(RouteNotFound(NOTHING_HERE), request_id)
    answer.headers.append((b"connection", b"close"))
    return answer


def refusal(error: RankdError, request_id: str) -> Answer:
    """The answer of an error."""
    headers = []
    if error.retry_after_s is not None:
        headers.append((b"retry-after", str(error.retry_after_s).encode()))
    if error.status == 401:  # noqa: PLR2004
        headers.append((b"www-authenticate", b'Bearer realm="rankd"'))
    return Answer(error.status, encode(problem(error, request_id)), PROBLEM, headers)


async def respond(answer: Answer, request_id: str, send: Send, with_body: bool = True) -> None:
    headers = answer.headers
    headers.append((b"x-request-id", request_id.encode()))
    if answer.parts is not None:  # asked for without its body, whose length nobody knows
        headers.append((b"content-type", answer.kind))
    elif answer.status != 204:  # noqa: PLR2004
        headers.append((b"content-length", b"%d" % len(answer.body)))
        headers.append((b"content-type", answer.kind))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})


def link_headers(call: Call, following: str | None, previous: str | None) -> list[tuple[bytes, bytes]]:
    """`Link` with the pages beside this one: the same parameters, with the other cursor."""
    links = []
    given = decode_query(call.scope["query_string"])
    for relation, cursor in (("next", following), ("prev", previous)):
        if cursor:
            params = {**given, "cursor": cursor}
            query = urlencode(params, doseq=True, quote_via=quote, safe="")
            links.append(f'<{call.scope["path"]}?{query}>; rel="{relation}"')
    return [(b"link", ", ".join(links).encode())] if links else []


def with_replay(answer: Answer, is_replay: bool) -> Answer:
    if is_replay:
        answer.headers.append((b"idempotent-replayed", b"true"))
    return answer

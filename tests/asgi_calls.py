"""Calls the service's ASGI app in this process, as uvicorn would: its lifespan, and single requests.

`Calls` goes without an HTTP client library, so that a target's bytes reach the app unchanged and a call
costs next to nothing; `httpx2.ASGITransport` serves where neither matters.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True)
class Answer:
    """What came back. `json` reads the body; a problem's code is `code`."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])


@contextlib.asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    """Runs the app's lifespan around a block; a failed start raises with the app's own message."""
    to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.3"}, "state": {}}
    task = asyncio.ensure_future(app(scope, to_app.get, from_app.put))
    try:
        await _said(task, from_app, to_app, "startup")
        yield
        await _said(task, from_app, to_app, "shutdown")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _said(task: asyncio.Task[None], from_app: Any, to_app: Any, step: str) -> None:
    await to_app.put({"type": f"lifespan.{step}"})
    answer = asyncio.ensure_future(from_app.get())
    await asyncio.wait([answer, task], return_when=asyncio.FIRST_COMPLETED)
    if not answer.done():
        answer.cancel()
        task.result()  # raises what the app raised
        raise RuntimeError(f"the lifespan ended before {step}")
    if answer.result()["type"] != f"lifespan.{step}.complete":
        raise RuntimeError(answer.result().get("message", f"{step} failed"))


class Calls:
    """Requests to one app with one key."""

    def __init__(self, app: Any, key: str) -> None:
        self.app = app
        self._headers = [(b"host", b"test"), (b"authorization", b"Bearer " + key.encode())]

    async def __call__(
        self, method: str, target: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """One request. `body`: bytes are sent as they are, anything else as JSON."""
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = list(self._headers)
        if body is not None:
            sent += [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        sent += [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
        return await request(self.app, method, target, sent, content)


async def request(app: Any, method: str, target: str, headers: list[tuple[bytes, bytes]], content: bytes) -> Answer:
    """One request with exactly these headers, their names in lower case."""
    incoming = [{"type": "http.request", "body": content, "more_body": False}]
    start: dict[str, Any] = {}
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        if incoming:
            return incoming.pop()
        await asyncio.get_running_loop().create_future()  # the client stays connected
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))

    await app(_scope(method, target, headers), receive, send)
    names = {name.decode().lower(): value.decode("latin-1") for name, value in start.get("headers", [])}
    return Answer(start["status"], names, b"".join(parts))


def _scope(method: str, target: str, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    raw_path, _, query = target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw_path),
        "raw_path": raw_path.encode("ascii"),
        "query_string": query.encode("ascii"),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 80),
        "state": {},
    }

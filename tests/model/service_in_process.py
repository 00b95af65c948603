"""The service in this process behind blocking calls, since a hypothesis state machine is not async."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from tests.asgi_calls import Answer, Calls, lifespan
from tests.conftest import ROOT_KEY, app_on


class Service:
    """One app on one store; every call runs the event loop until its answer is there."""

    def __init__(self, loop: asyncio.AbstractEventLoop, call: Calls) -> None:
        self._loop = loop
        self._call = call
        self._boards = 0

    def call(self, method: str, target: str, body: Any = None, **query: Any) -> Answer:
        text = urlencode({name: value for name, value in query.items() if value is not None})
        return self._loop.run_until_complete(self._call(method, target + ("?" + text if text else ""), body))

    def board(self, definition: dict[str, Any]) -> "BoardCalls":
        """A new board, so that no run sees another's entries."""
        self._boards += 1
        board = BoardCalls(self, f"/v1/boards/b{self._boards}")
        created = self.call("PUT", board.path, definition)
        assert created.status == 201, created.body
        return board


class BoardCalls:
    """The calls of one board. Reads demand 200 and give the JSON."""

    def __init__(self, service: Service, path: str) -> None:
        self._service = service
        self.path = path

    def entry_path(self, member: str) -> str:
        return f"/entries/{quote(member, safe='')}"

    def call(self, method: str, path: str = "", body: Any = None, **query: Any) -> Answer:
        return self._service.call(method, self.path + path, body, **query)

    def read(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, **query)
        assert answer.status == 200, (path, query, answer.body)
        return answer.json

    def page(self, **query: Any) -> Any:
        return self.read("/entries", **query)

    def walk(self, limit: int, **query: Any) -> tuple[list[Any], list[Any]]:
        """The pages from the first to the last by `next`, then those from the last to the first by `prev`."""
        down = [self.page(limit=limit, **query)]
        while down[-1]["next"] is not None:
            down.append(self.page(limit=limit, cursor=down[-1]["next"], **query))
        up = [down[-1]]
        while up[-1]["prev"] is not None:
            up.append(self.page(limit=limit, cursor=up[-1]["prev"], **query))
        return down, up


@contextlib.contextmanager
def service_on(store_url: str, data_dir: Path) -> Iterator[Service]:
    """The app inside its lifespan, on an event loop of its own."""
    loop = asyncio.new_event_loop()
    app = app_on(store_url, data_dir)
    running = lifespan(app)
    try:
        loop.run_until_complete(running.__aenter__())
        try:
            yield Service(loop, Calls(app, ROOT_KEY))
        finally:
            loop.run_until_complete(running.__aexit__(None, None, None))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

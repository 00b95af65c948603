"""The service in this process behind blocking calls, since a hypothesis state machine is not async.

Several apps on one store stand for several workers: each keeps boards and periods it has read for itself.
"""

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from rankd.service.boards import Boards
from rankd.service.periods import Periods
from rankd.service.rollovers import Rollovers
from rankd.store.client import StoreClient
from rankd.store.clock import StoreClock
from rankd.store.rollovers import RolloverStore
from tests.asgi_calls import Answer, Calls, lifespan
from tests.clock import DAY_US, MovedClock
from tests.conftest import ROOT_KEY, app_on


class Service:
    """Apps on one store; every call runs the event loop until its answer is there."""

    def __init__(self, loop: asyncio.AbstractEventLoop, apps: Sequence[Calls], worker: Rollovers) -> None:
        self._loop = loop
        self._worker = worker
        self._apps = apps
        self._in_turn = apps[:1]
        self._calls = 0
        self._boards = 0

    def call(self, method: str, target: str, body: Any = None, **query: Any) -> Answer:
        text = urlencode({name: value for name, value in query.items() if value is not None}, doseq=True)
        app = self._in_turn[self._calls % len(self._in_turn)]
        self._calls += 1
        return self._loop.run_until_complete(app(method, target + ("?" + text if text else ""), body))

    def close_what_is_over(self) -> None:
        """What a serving process does about once a second, until there is nothing to do."""
        while self._loop.run_until_complete(self._worker.tick()):
            pass

    def read_minutes(self) -> None:
        """Lets every app read a board of minutes, which tells it the store's time if it is wrong by more."""
        for app in self._apps:
            definition = b'{"periods":[{"type":"cron","cron":"* * * * *"}]}'
            self._loop.run_until_complete(app("PUT", "/v1/boards/minutes", definition))
            answer = self._loop.run_until_complete(app("GET", "/v1/boards/minutes/entries"))
            assert answer.status == 200, answer.body

    def board(self, definition: dict[str, Any], *, apps: int = 1) -> "BoardCalls":
        """A new board, so that no run sees another's entries. Its calls go to so many apps in turn."""
        self._boards += 1
        self._calls, self._in_turn = 0, self._apps[:apps]
        board = BoardCalls(self, f"b{self._boards}")
        created = self.call("PUT", board.path, definition)
        assert created.status == 201, created.body
        return board


class AppsClock:
    """What the apps take for the machine's clock: one that a test moves, and microseconds ahead of it.

    Stands where rankd.store.clock has the module `time`, so that what an app believes of the store's clock depends
    on the test alone.
    """

    def __init__(self, clock: MovedClock) -> None:
        self._clock = clock
        self._ahead_us = 0
        self._is_known = False

    def time_ns(self) -> int:
        return (self._clock.now_us() + self._ahead_us) * 1000

    def set_ahead(self, ahead_us: int) -> None:
        """Puts the apps' clock out; they do not know, and what they have learned of it is wrong from now on."""
        self._ahead_us, self._is_known = ahead_us, False

    def tell(self, service: Service) -> None:
        """Puts the clock right and has every app learn it: off by more than a year at one of two reads."""
        if self._is_known:
            return
        for self._ahead_us in (400 * DAY_US, 0):
            service.read_minutes()
        self._is_known = True


class BoardCalls:
    """The calls of one board. Reads demand 200 and give the JSON."""

    def __init__(self, service: Service, board_id: str) -> None:
        self._service = service
        self.board_id = board_id
        self.path = f"/v1/boards/{board_id}"

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
def service_on(store_url: str, data_dir: Path, *, apps: int = 1) -> Iterator[Service]:
    """Apps inside their lifespans, on an event loop of their own."""
    loop = asyncio.new_event_loop()
    made = [app_on(store_url, data_dir) for _ in range(apps)]
    running = contextlib.AsyncExitStack()
    try:
        for app in made:
            loop.run_until_complete(running.enter_async_context(lifespan(app)))
        client = StoreClient(store_url)
        running.push_async_callback(client.close)
        yield Service(loop, [Calls(app, ROOT_KEY) for app in made], worker_of(client))
    finally:
        loop.run_until_complete(running.aclose())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def worker_of(client: StoreClient) -> Rollovers:
    """What closes periods in one serving process."""
    clock, rollovers = StoreClock(), RolloverStore(client)
    boards = Boards(client, clock)
    return Rollovers(boards, Periods(boards, rollovers, clock), rollovers, clock)

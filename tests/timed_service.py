"""The service in this process on a store whose clock stands where a test puts it, and rankd's own clock with it.

    timed.at("2026-11-21T23:59:59Z")            both clocks stand there until told otherwise
    timed.ahead_us = HOUR_US                    rankd's own clock is wrong from now on
    await timed.board("daily", late_s=60)       makes the board b, whose routes the other calls take
    await timed.send("u1", 5)                   a submission that has to be taken; its placing
    await timed.get("/entries?period=daily")    a read that has to be answered
    await timed("POST", BOARD + "/reset", {})   any request, and any answer
    await timed.tick()                          what a serving process does about once a second

Stands where rankd.store.clock has the module `time`, so that the fixture's test alone decides what rankd believes.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from rankd.service.boards import Boards
from rankd.service.periods import Periods
from rankd.service.rollovers import Rollovers
from rankd.store.client import StoreClient
from rankd.store.clock import StoreClock
from rankd.store.rollovers import RolloverStore
from tests.asgi_calls import Answer, Calls
from tests.clock import MovedClock
from tests.store_servers import StoreServer

BOARD = "/v1/boards/b"
TAG = "rankd:{default/b}:"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOON = "2026-11-21T12:00:00Z"  # of a Saturday in the week 2026-W47


def us(text: str) -> int:
    """Microseconds since 1970 of an instant."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


class TimedService:
    """One app, further workers beside it, and their clocks."""

    def __init__(self, store: StoreServer, clock: MovedClock, new_app: Callable[[], Awaitable[Calls]]) -> None:
        self.store = store
        self.clock = clock
        self.ahead_us = 0
        self._new_app = new_app
        self._call: Calls | None = None
        self._clients: list[StoreClient] = []
        self._own: Rollovers | None = None

    # time

    def time_ns(self) -> int:
        """What rankd takes for the machine's clock."""
        return (self.clock.now_us() + self.ahead_us) * 1000

    def at(self, text: str, off_us: int = 0) -> None:
        """Both clocks stand at an instant, or so many microseconds off it."""
        self.clock.stand_at(us(text) + off_us)

    # requests

    async def another(self) -> Calls:
        """Another process of the same service, as far as the store can tell."""
        return await self._new_app()

    async def app(self) -> Any:
        """The service's app itself, for requests with other keys."""
        return (await self._new_app()).app

    async def __call__(
        self, method: str, target: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        if self._call is None:
            self._call = await self._new_app()
        return await self._call(method, target, body, dict(headers or {}))

    async def board(self, *periods: str | dict[str, Any], **settings: Any) -> None:
        """Makes the board b; periods by their types, or whole."""
        rules = [{"type": one} if isinstance(one, str) else one for one in periods]
        answer = await self("PUT", BOARD, {**({"periods": rules} if rules else {}), **settings})
        assert answer.status == 201, answer.body

    async def change(self, **settings: Any) -> Any:
        """Edits the board in place."""
        answer = await self("PATCH", BOARD, settings)
        assert answer.status == 200, answer.body
        return answer.json

    async def send(self, member: str, score: int, **more: Any) -> Any:
        answer = await self("POST", BOARD + "/scores", {"member": member, "score": score, **more})
        assert answer.status == 200, answer.body
        return answer.json

    async def get(self, path: str) -> Any:
        answer = await self("GET", BOARD + path)
        assert answer.status == 200, answer.body
        return answer.json

    async def code(self, path: str) -> str:
        """The code of a read that has to be refused."""
        answer = await self("GET", BOARD + path)
        assert answer.status >= 400, answer.body
        return answer.code

    async def scores(self, period: str | None = None) -> dict[str, int]:
        """The members of a period in their order, with their scores."""
        page = await self.get("/entries?limit=1000" + (f"&period={period}" if period else ""))
        assert page["total"] == len(page["entries"])
        return {entry["member"]: entry["score"] for entry in page["entries"]}

    async def lookup(self, members: list[str], query: str = "") -> Any:
        answer = await self("POST", BOARD + "/entries/lookup" + query, {"members": members})
        assert answer.status == 200, answer.body
        return answer.json

    async def reset(self, headers: Mapping[str, str] | None = None, **body: Any) -> Any:
        answer = await self("POST", BOARD + "/reset", body, headers)
        assert answer.status == 200, answer.body
        return answer.json

    # closing

    def worker(self) -> Rollovers:
        """What closes periods in one serving process, with a connection and a clock of its own."""
        client, clock = StoreClient(self.store.url), StoreClock()
        self._clients.append(client)
        rollovers = RolloverStore(client)
        boards = Boards(client, clock)
        return Rollovers(boards, Periods(boards, rollovers, clock), rollovers, clock)

    async def tick(self) -> int:
        """Looks once for what is over; returns how many boards were due."""
        if self._own is None:
            self._own = self.worker()
        return await self._own.tick()

    async def close(self) -> None:
        for client in self._clients:
            await client.close()

    # the store

    def events(self, board: str = "b") -> list[dict[str, str]]:
        """What the board's outbox holds, oldest first."""
        found = self.store.control.xrange(f"rankd:{{default/{board}}}:outbox")
        return [{name.decode(): value.decode() for name, value in event.items()} for _, event in found]

    def closed(self, board: str = "b") -> list[tuple[str, int]]:
        """The windows said to be closed, in order, with their totals."""
        return [(event["period"], int(event["total"])) for event in self.events(board)]

    def due_us(self, board: str = "b") -> int | None:
        """When the board is looked at next, as it stands in the store."""
        due_ms = self.store.control.zscore("rankd:{.}:closings", f"default/{board}")
        return None if due_ms is None else int(due_ms) * 1000

    def contents(self) -> dict[bytes, Any]:
        """Every key with its value and when it goes: equal before and after means that nothing was written."""
        kept = self.store.dump().items()
        return {key: (value, self.store.control.pexpiretime(key)) for key, value in kept}

    def expiries_us(self) -> dict[str, int | None]:
        """When each key of the board goes, by the part of its name after the tag; records of calls left out."""
        found: dict[str, int | None] = {}
        for key in self.store.control.scan_iter(TAG + "*", count=1000):
            name = key.decode().removeprefix(TAG)
            if not name.startswith(("call:", "operations:")):
                expires_ms = self.store.control.pexpiretime(key)
                found[name] = None if expires_ms < 0 else expires_ms * 1000
        return found

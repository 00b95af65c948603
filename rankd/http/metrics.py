"""`/metrics`, and the counting of requests that it shows."""

import asyncio
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Awaitable
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rankd import telemetry
from rankd.http.endpoints import PUBLIC, Answer, Call, Route
from rankd.telemetry import REQUEST_BOUNDS_S

POUR_EVERY_S = 0.5
TEXT = b"text/plain; version=0.0.4; charset=utf-8"
NO_ROUTE = "none"
# Where a request's route stands in its scope: its template, which logs and labels take in the place of the path.
ROUTE = "rankd.route"
# Others are the client's invention, and each would be a time series for good.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})


class Counted:
    """Wraps one route's application: counts and times its requests.

    A request costs about 2.5 us here, in plain sums. Setting the metrics themselves would cost 2 to 4 more, so a
    timer pours the sums into them.
    """

    def __init__(self, route: str, inner: ASGIApp) -> None:
        self._route = route
        self._inner = inner
        self._pours = False
        self._clear()

    def _clear(self) -> None:
        self._counts: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._buckets = [0] * (len(REQUEST_BOUNDS_S) + 1)
        self._total_s = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[ROUTE] = self._route
        began = perf_counter()
        status = 500  # what is answered outside of this, when nothing was here

        def noting(message: "Message") -> "Awaitable[None]":  # types in quotes are not made anew each time
            nonlocal status
            if "status" in message:
                status = message["status"]
            return send(message)

        try:
            await self._inner(scope, receive, noting)
        finally:
            took_s = perf_counter() - began
            self._counts[scope["method"], status] += 1
            self._buckets[bisect_left(REQUEST_BOUNDS_S, took_s)] += 1
            self._total_s += took_s
            if not self._pours:
                self._pours = True
                asyncio.get_running_loop().call_later(POUR_EVERY_S, self._pour)

    def _pour(self) -> None:
        for (method, status), count in self._counts.items():
            known = method if method in _METHODS else "other"
            telemetry.REQUESTS.labels(self._route, known, status).inc(count)
        telemetry.REQUEST_SECONDS.labels(self._route).add(self._buckets, self._total_s)
        self._clear()
        self._pours = False


class Scrapes:
    """Renderings of the metrics: beside the event loop, and one at a time, since anyone may ask."""

    def __init__(self) -> None:
        self._under_way: asyncio.Future[bytes] | None = None

    async def text(self) -> bytes:
        """The metrics of now, or of the rendering under way."""
        if self._under_way is None:
            self._under_way = asyncio.ensure_future(asyncio.to_thread(telemetry.exposition))
            self._under_way.add_done_callback(self._rendered)
        return await asyncio.shield(self._under_way)

    def _rendered(self, _: asyncio.Future[bytes]) -> None:
        self._under_way = None


async def metrics(call: Call) -> Answer:
    """Everything counted and measured, for Prometheus; of all workers, whichever answers."""
    return Answer(200, await call.services.scrapes.text(), TEXT)


ROUTES = [Route("GET", "/metrics", "metrics", PUBLIC, metrics, "Metrics in Prometheus' text format")]

"""One process that serves: uvicorn's server, stopped by us and not by itself.

Uvicorn raises a signal again after draining, which would end the process before the embedded server is
stopped; here signals only ask the server to stop, and the caller goes on.
"""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from rankd.serving.listener import BACKLOG
from rankd.serving.protocol import DeadlineHttp

KEEP_ALIVE_S = 75
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

App = Any  # an ASGI application; uvicorn's own type for it is private


class StoppableServer(uvicorn.Server):
    """Calls `ready` once it answers; drains at the first `ask_to_stop`, hurries at the second."""

    def __init__(self, app: App, drain_s: int, ready: Callable[[], None]) -> None:
        super().__init__(_config(app, drain_s))
        self._ready = ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        _spare_the_collector()
        self._ready()

    def under_way(self) -> int:
        """Requests whose head has come and whose answer has not gone."""
        cycles = [getattr(connection, "cycle", None) for connection in self.server_state.connections]
        return sum(1 for cycle in cycles if cycle and not cycle.response_complete)

    def ask_to_stop(self) -> None:
        if self.should_exit:
            self._hurry()
        self.should_exit = True

    def _hurry(self) -> None:
        self.force_exit = True
        for connection in list(self.server_state.connections):
            if isinstance(connection, HttpToolsProtocol):
                connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()


def _spare_the_collector() -> None:
    """What start-up made stays for ever: the garbage collector need not walk it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _config(app: App, drain_s: int) -> uvicorn.Config:
    return uvicorn.Config(
        lambda: app,
        factory=True,
        interface="asgi3",
        http=DeadlineHttp,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=drain_s,
    )


async def serve_app(server: StoppableServer, listener: socket.socket) -> bool:
    """Serve until asked to stop. False: the application did not start (it said why on standard error)."""
    try:
        await server.serve([listener])
    except SystemExit:  # uvicorn's way of saying that the application's start-up failed
        return False
    return True


@contextlib.contextmanager
def signals_to(act: Callable[[], None]) -> Iterator[None]:
    """Within a running loop: both stop signals call `act`, and are ignored afterwards."""
    loop = asyncio.get_running_loop()
    for sign in STOP_SIGNALS:
        loop.add_signal_handler(sign, act)
    try:
        yield
    finally:
        for sign in STOP_SIGNALS:
            loop.remove_signal_handler(sign)
            signal.signal(sign, signal.SIG_IGN)

"""The service between its start and its end, seen from the process that was started by hand."""

import asyncio
import os
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from rankd import __version__
from rankd.datadir import StartRefused
from rankd.embedded import EmbeddedServer
from rankd.errors import RankdError
from rankd.serving.single import StoppableServer, serve_app, signals_to
from rankd.serving.worker_metrics import metrics_directory
from rankd.serving.workers import Blueprint, Crew

log = structlog.get_logger()

END_GRACE_S = 1.6

Announce = Callable[[str], None]
AfterReady = Callable[[str], Awaitable[None]]


def say(text: str) -> None:
    """A line for the terminal, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """A line on standard error."""
    sys.stderr.write(f"rankd: {text}\n")


class Service:
    """One process or several behind one address: what both ways of serving have in common."""

    def __init__(
        self,
        blueprint: Blueprint,
        address: str,
        announce: Announce,
        after_ready: AfterReady | None,
        embedded: EmbeddedServer | None,
    ) -> None:
        self._blueprint = blueprint
        self._address = address
        self._announce = announce
        self._after_ready = after_ready
        self._embedded = embedded
        self._hook: asyncio.Task[None] | None = None
        self._guard: threading.Timer | None = None

    def alone(self, listener: socket.socket) -> Coroutine[Any, Any, bool]:
        """Serve in this process."""
        server = StoppableServer(self._blueprint.build(), self._blueprint.settings.drain_s, self._ready)

        def stop() -> None:
            # Said last: who reads the log may be gone, and that must not keep anything from ending.
            self._watch_the_end()
            server.ask_to_stop()
            log.info("stopping", requests_under_way=server.under_way())

        async def serve() -> bool:
            with signals_to(stop):
                return await serve_app(server, listener)

        return serve()

    async def with_workers(self, listener: socket.socket) -> bool:
        """Serve in several processes. Errors: StartRefused."""
        with metrics_directory() as metrics:
            return await self._with_crew(Crew(self._blueprint, listener, metrics, self._ready))

    async def _with_crew(self, crew: Crew) -> bool:
        def stop() -> None:
            self._watch_the_end()
            crew.ask_to_stop()
            log.info("stopping", workers=self._blueprint.settings.workers)

        with signals_to(stop):
            if await crew.run():
                return True
        complain("a worker did not come up, so rankd stopped.")
        return False

    def _ready(self) -> None:
        self._announce(f"rankd {__version__} is ready at {self._address}")
        if self._after_ready:
            self._hook = asyncio.get_running_loop().create_task(self._run_hook(self._after_ready))

    async def _run_hook(self, hook: AfterReady) -> None:
        try:
            await hook(self._address)
        except (StartRefused, RankdError, OSError) as error:
            complain(str(error))

    def _watch_the_end(self) -> None:
        """Set the last resort, should a handler swallow its cancellation or a thread hang."""
        if self._guard is None:
            self._guard = threading.Timer(self._blueprint.settings.drain_s + END_GRACE_S, self._end_anyway)
            self._guard.daemon = True
            self._guard.start()

    def ended(self) -> None:
        """All requests are over and the loop is closed."""
        if self._guard:
            self._guard.cancel()

    def _end_anyway(self) -> None:
        if self._embedded:
            self._embedded.stop()
        log.warning("stopped", reason="not everything ended in time")
        os._exit(0)

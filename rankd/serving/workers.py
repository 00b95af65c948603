"""Several processes on one listening socket: started, watched, replaced and stopped by their parent.

The parent serves nothing. A worker ends when told to, and also when its pipe to the parent breaks: no worker
outlives the parent, however that ended.
"""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog
import uvloop

from rankd.datadir import StartRefused
from rankd.domain.access import Secrets
from rankd.errors import RankdError
from rankd.serving.single import App, StoppableServer, serve_app
from rankd.serving.worker_metrics import end_gauges, name_of, remove
from rankd.settings import Settings
from rankd.telemetry import configure_logs

log = structlog.get_logger()

SHORT_LIFE_S = 5.0
LONGEST_PAUSE_S = 5.0
END_GRACE_S = 1.0


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What a worker is made from; crosses to the new process through a pipe, never through arguments."""

    settings: Settings
    secrets: Secrets
    redis_url: str
    factory: str

    def build(self) -> App:
        module, _, name = self.factory.partition(":")
        return getattr(import_module(module), name)(self.settings, self.secrets, self.redis_url)


def work(blueprint: Blueprint, listener: socket.socket, parent: Connection, metrics: Path) -> None:
    """The life of a worker process. `metrics`: the directory it shares with the others."""
    configure_logs()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which tells its workers
    try:
        app = blueprint.build()
    except (StartRefused, RankdError) as error:
        sys.stderr.write(f"rankd: {error}\n")
        sys.exit(1)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        served = runner.run(_serve(app, blueprint.settings.drain_s, listener, parent, metrics))
    sys.exit(0 if served else 1)


async def _serve(app: App, drain_s: int, listener: socket.socket, parent: Connection, metrics: Path) -> bool:
    loop = asyncio.get_running_loop()
    server = StoppableServer(app, drain_s, ready=lambda: parent.send_bytes(b"ready"))

    def stop() -> None:
        server.ask_to_stop()
        log.info("worker_stopping", pid=os.getpid(), requests_under_way=server.under_way())

    def orphaned() -> None:
        loop.remove_reader(parent.fileno())
        remove(metrics)
        stop()

    loop.add_signal_handler(signal.SIGTERM, stop)
    loop.add_reader(parent.fileno(), orphaned)
    return await serve_app(server, listener)


class Crew:
    """The workers of one service. `run` returns when all have ended."""

    def __init__(self, blueprint: Blueprint, listener: socket.socket, metrics: Path, ready: Callable[[], None]) -> None:
        self._blueprint = blueprint
        self._listener = listener
        self._metrics = metrics
        self._ready = ready
        self._unready = blueprint.settings.workers
        self._stopping = asyncio.Event()
        self._failed = False
        self._alive: set[Any] = set()

    async def run(self) -> bool:
        """False: a worker never came up, so all were stopped."""
        async with asyncio.TaskGroup() as slots:
            for place in range(self._blueprint.settings.workers):
                slots.create_task(self._keep_one(name_of(place)))
        return not self._failed

    def ask_to_stop(self) -> None:
        """The first call drains, the second hurries: as in the workers themselves."""
        self._stopping.set()
        self._listener.close()  # else new connections would wait in its queue for nobody
        for worker in self._alive:
            worker.terminate()

    async def _keep_one(self, name: str) -> None:
        """Keep one worker alive until the crew stops."""
        was_ready, pause_s = False, 0.0
        while not self._stopping.is_set():
            began = time.monotonic()
            was_ready = await self._live(name, was_ready)
            if not was_ready:
                self._failed = not self._stopping.is_set() or self._failed
                self.ask_to_stop()
            elif not self._stopping.is_set():
                lived_s = time.monotonic() - began
                pause_s = min(LONGEST_PAUSE_S, pause_s * 2 or 0.1) if lived_s < SHORT_LIFE_S else 0.0
                await self._pause(pause_s)

    async def _live(self, name: str, was_ready: bool) -> bool:
        """Start a worker and see it to its end. Whether it, or one before it in its place, was ready."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        args = (self._blueprint, self._listener, theirs, self._metrics)
        worker = context.Process(target=work, args=args, name=name)
        worker.start()
        theirs.close()
        self._alive.add(worker)
        end = asyncio.create_task(self._ended(worker))
        said_ready = asyncio.create_task(_said_ready(ours))
        await asyncio.wait({end, said_ready}, return_when=asyncio.FIRST_COMPLETED)
        if said_ready.done() and said_ready.result():
            self._note_ready(worker.pid, again=was_ready)
            was_ready = True
        await end
        end_gauges(self._metrics, name)
        if not self._stopping.is_set():
            log.error("worker_died", pid=worker.pid, exit_status=worker.exitcode)
        said_ready.cancel()
        await asyncio.wait({said_ready})  # its reader must be off before the number of `ours` is used anew
        self._alive.discard(worker)
        ours.close()
        worker.close()
        return was_ready

    def _note_ready(self, pid: int | None, *, again: bool) -> None:
        if again:
            log.info("worker_restarted", pid=pid)
            return
        self._unready -= 1
        if not self._unready:
            self._ready()

    async def _ended(self, worker: Any) -> None:
        """Wait for a worker's end; after the crew was told to stop, no longer than draining may take."""
        end = asyncio.ensure_future(_readable(worker.sentinel))
        stop = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({end, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        limit_s = self._blueprint.settings.drain_s + END_GRACE_S
        if not end.done() and not (await asyncio.wait({end}, timeout=limit_s))[0]:
            log.warning("worker_killed", pid=worker.pid, reason=f"it did not stop in {limit_s:.0f} s")
            worker.kill()
            await end
        worker.join()

    async def _pause(self, pause_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), pause_s)


async def _said_ready(pipe: Connection) -> bool:
    await _readable(pipe.fileno())
    try:
        return pipe.recv_bytes() == b"ready"
    except (EOFError, ConnectionResetError):
        return False


async def _readable(descriptor: int) -> None:
    """Return once a file descriptor can be read without waiting."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(descriptor, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(descriptor)

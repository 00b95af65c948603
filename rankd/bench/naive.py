"""The process of the controls: a throw-away store, and the naive way of writing a score over HTTP.

The naive way is what one writes in an afternoon for the same job, to keep a score and answer its rank: a
Starlette route, `await request.json()`, exactly one redis-py call (a script of ZADD, ZREVRANK and ZCARD), a
JSONResponse; no key, no checks, no subscores, ties or retries. It runs as rankd does: one uvicorn worker,
uvloop, httptools, no access log. The store is started as rankd starts its embedded one.

Run as `python -m rankd.bench.naive CONCURRENCY`; it prints one JSON line with its port, the store's socket
and process id, and ends, with its store, when its standard input does. So it cannot outlive the bench.
"""

import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import uvicorn
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from rankd.datadir import DataDir, StartRefused
from rankd.embedded import EmbeddedServer

KEEP_AND_RANK = """
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
return {redis.call('ZREVRANK', KEYS[1], ARGV[1]), redis.call('ZCARD', KEYS[1])}
"""


def naive_app(store_socket: str, concurrency: int) -> Starlette:
    """The application of the naive way."""
    store = Redis(unix_socket_path=store_socket, max_connections=concurrency + 1)
    keep_and_rank = store.register_script(KEEP_AND_RANK)

    async def submit(request: Request) -> JSONResponse:
        row = await request.json()
        board = request.path_params["board"]
        position, total = await keep_and_rank(keys=[board], args=[row["member"], row["score"]])
        return JSONResponse({"member": row["member"], "score": row["score"], "rank": position + 1, "total": total})

    return Starlette(routes=[Route("/boards/{board}/scores", submit, methods=["POST"])])


@contextmanager
def throwaway_store() -> Iterator[EmbeddedServer]:
    """Runs a store in a temporary directory and leaves nothing behind."""
    with tempfile.TemporaryDirectory(prefix="rankd-bench-") as directory:
        place = DataDir(Path(directory))
        store = EmbeddedServer(place)
        store.start()
        try:
            yield store
        finally:
            store.stop()


def serve(concurrency: int) -> None:
    """Serves until standard input ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with throwaway_store() as store, socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        path = str(store.directory.socket_path())
        config = uvicorn.Config(
            naive_app(path, concurrency),
            loop="uvloop",
            http="httptools",
            lifespan="off",
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=1,
        )
        service = uvicorn.Server(config)
        threading.Thread(target=_stop_with_stdin, args=(service,), daemon=True).start()
        _tell({"port": listener.getsockname()[1], "socket": path, "store_pid": store.pid})
        service.run(sockets=[listener])


def _tell(facts: dict[str, str | int]) -> None:
    sys.stdout.write(orjson.dumps(facts).decode() + "\n")
    sys.stdout.flush()


def _stop_with_stdin(service: uvicorn.Server) -> None:
    sys.stdin.buffer.read()
    service.should_exit = True


if __name__ == "__main__":
    try:
        serve(int(sys.argv[1]))
    except StartRefused as refusal:
        sys.exit(f"bench: the store of the controls does not start: {refusal}")

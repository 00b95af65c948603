"""A stand-in for the application, and the program that serves it: for tests of serving alone.

python -m tests.standin [SETTING=VALUE ...]    serves with these settings; `hook=1` runs an after_ready hook
"""

import asyncio
import os
import sys
from typing import Any

from rankd.domain.access import Secrets
from rankd.errors import StoreUnfit
from rankd.serve import run
from rankd.settings import Settings


def create_app(settings: Settings, secrets: Secrets, redis_url: str) -> Any:
    """/pid, /url, /slow (half a second), /stuck (for ever); any other path answers the body's length."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        received, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            received += len(message["body"])
            more = message.get("more_body", False)
        if scope["path"] == "/slow":
            await asyncio.sleep(0.5)
        if scope["path"] == "/stuck":
            await asyncio.Event().wait()
        answers = {"/pid": str(os.getpid()), "/url": redis_url, "/slow": "slow"}
        body = answers.get(scope["path"], str(received)).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def create_unwilling(settings: Settings, secrets: Secrets, redis_url: str) -> Any:
    """An application that refuses to be made."""
    raise StoreUnfit("The stand-in refuses.")


async def hook(url: str) -> None:
    sys.stdout.write(f"hook ran with {url}\n")
    sys.stdout.flush()


def main() -> None:
    given = dict(word.split("=", 1) for word in sys.argv[1:])
    after_ready = hook if given.pop("hook", "") else None
    factory = given.pop("factory", "tests.standin:create_app")
    sys.exit(run(Settings(**given), factory=factory, after_ready=after_ready))


if __name__ == "__main__":
    main()

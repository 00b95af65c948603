"""Waiting for a condition, the only way tests wait: never for a length of time."""

import asyncio
import time
from collections.abc import Callable

POLL_S = 0.005


def wait_until(holds: Callable[[], bool], within_s: float, what: str) -> None:
    """Returns once the condition holds; raises TimeoutError with what was waited for."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {within_s} s")
        time.sleep(POLL_S)


async def until(holds: Callable[[], bool], within_s: float, what: str) -> None:
    """The same without holding up the event loop."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {within_s} s")
        await asyncio.sleep(POLL_S)

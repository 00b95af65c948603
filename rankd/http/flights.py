"""Identical reads of one turn of the event loop are done once, down to the bytes of the answer.

Only reads that have not been sent yet are joined, so nobody is given what was true before they asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """Reads that begin in this turn, by what they ask for."""

    def __init__(self) -> None:
        self._begun: dict[Hashable, asyncio.Future[T]] = {}

    async def joined(self, asked: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """What `read` gives, done once for all that ask the same in this turn."""
        flight = self._begun.get(asked)
        if flight is None:
            loop = asyncio.get_running_loop()
            if not self._begun:
                loop.call_soon(self._begun.clear)
            flight = self._begun[asked] = asyncio.ensure_future(read())
        # One that is cancelled leaves the others theirs.
        return await asyncio.shield(flight)

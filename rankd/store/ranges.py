"""Ranges of days in the store: computed in bounded steps into keys that pages are read from."""

import hashlib
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from rankd.errors import RankdError
from rankd.store.client import StoreClient, new_call
from rankd.store.outcomes import checked
from rankd.store.scripts import Script, load
from rankd.store.standing import StandingBoard, Triple

_OPEN, _TALLY, _PLACE, _READ_FIELDS = (load(name) for name in ("open_range", "tally", "place_tally", "read_fields"))
LEASE_MS = 5_000
KEPT_MS = 120_000
_CHUNK = 100


class RangeLost(RankdError):
    """Another builder has taken a range over. Never leaves the service."""


@dataclass(frozen=True, slots=True)
class RangeKeys:
    """The days a range is made of, those that were written to, and the names of what is made of them."""

    days: list[str]
    aggregate: str
    name: str
    state: bytes
    tally: bytes
    triple: Triple


class RangeStore:
    """Ranges of one board at a time."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client

    async def named(self, standing: StandingBoard, days: Sequence[str], aggregate: str) -> RangeKeys:
        """The range over days, named by what is in them now: with every write to one of them the name changes."""
        names = standing.keys
        if not days:
            versions = []
        else:
            (versions,) = checked(await self._client.call(_READ_FIELDS, new_call(), [standing.keys.days], days))
        written = [(day, version) for day, version in zip(days, versions, strict=True) if version]
        made_of = [standing.keys.born, standing.layout.text, aggregate, *(f"{d} {v.decode()}" for d, v in written)]
        name = hashlib.sha256("\n".join(made_of).encode()).hexdigest()[:24]
        return RangeKeys(
            [day for day, _ in written],
            aggregate,
            name,
            names.range_state(name),
            names.tally(name),
            names.triple(f"range.{name}"),
        )

    async def open(self, standing: StandingBoard, ranged: RangeKeys, token: bytes) -> tuple[str, int]:
        """READY, BUILDING (by another caller) or BUILD, and the records a builder has to read."""
        names = [ranged.state, ranged.tally, *ranged.triple, *map(standing.keys.day, ranged.days)]
        reply = await self._client.call(_OPEN, new_call(), names, [token, LEASE_MS, KEPT_MS])
        state, records = checked(reply)
        return state.decode(), records

    async def build(self, standing: StandingBoard, ranged: RangeKeys, token: bytes) -> AsyncIterator[int]:
        """Computes a range, giving the number of records read after every step.

        Raises BoardChanged, and RangeLost where another builder has taken over.
        """
        head = [standing.revision, standing.layout_text, token, LEASE_MS, KEPT_MS]
        for number, day in enumerate(ranged.days):
            names = [standing.keys.board, ranged.state, ranged.tally, standing.keys.day(day)]
            async for read in self._walk(_TALLY, names, [*head, ranged.aggregate, number]):
                yield read
        names = [standing.keys.board, ranged.state, ranged.tally, *ranged.triple]
        async for _ in self._walk(_PLACE, names, [*head, b"1" if standing.is_indexed else b"0"]):
            yield 0

    async def _walk(self, script: Script, names: list[bytes], args: list[Any]) -> AsyncIterator[int]:
        cursor = b"0"
        while True:
            reply = await self._client.call(script, new_call(), names, [*args, cursor, _CHUNK])
            cursor, read = checked(reply, {b"LOST": RangeLost})
            yield read
            if cursor == b"0":
                return


def new_token() -> bytes:
    return random.randbytes(16)  # noqa: S311 a name, not a secret

"""Ranges of days in the store: computed in bounded steps into keys that pages are read from."""

import hashlib
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rankd.errors import RankdError
from rankd.store.client import StoreClient, new_call
from rankd.store.keys import team_key
from rankd.store.outcomes import checked
from rankd.store.scripts import Script, load
from rankd.store.standing import StandingBoard, WindowKeys

_NAME, _OPEN, _TALLY, _PLACE = (load(name) for name in ("name_range", "open_range", "tally", "place_tally"))
LEASE_MS = 5_000
KEPT_MS = 120_000
_CHUNK = 50


class Aggregate(NamedTuple):
    """How the days of a range are put together, sum or best, and whose they are."""

    rule: str
    member_type: str = "user"

    def key(self, name: bytes) -> bytes:
        return team_key(name) if self.member_type == "team" else name


class RangeLost(RankdError):
    """Another builder has taken a range over. Never leaves the service."""


@dataclass(frozen=True, slots=True)
class RangeKeys:
    """The days a range is made of, those that were written to, and the names of what is made of them."""

    days: list[str]
    aggregate: Aggregate
    name: str
    state: bytes
    tally: bytes
    window_keys: WindowKeys


class RangeStore:
    """Ranges of one board at a time."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client

    async def named(
        self, standing: StandingBoard, days: Sequence[str], aggregate: Aggregate, known: RangeKeys | None
    ) -> tuple[RangeKeys, bool]:
        """The range over days, named by what is in them now: with every write to one of them the name changes.
        And whether the store still has the one computed last."""
        names, numbers, is_there = standing.keys, list[bytes](), True
        if days:
            state = known.state if known else names.range_state("none")
            reply = await self._client.call(_NAME, new_call(), [names.days, state], days)
            numbers, is_there = checked(reply)
        written = [(day, number.decode()) for day, number in zip(days, numbers, strict=True) if number]
        # Where entries were reordered the days are new ones, and `all` has another generation.
        made_of = [names.generation("all"), standing.layout.text, " ".join(aggregate), *map(" ".join, written)]
        name = hashlib.sha256("\n".join(made_of).encode()).hexdigest()[:24]
        window_keys = names.of_token(f"range.{name}")
        ranged = RangeKeys(
            [day for day, _ in written], aggregate, name, names.range_state(name), names.tally(name), window_keys
        )
        return ranged, bool(is_there)

    async def open(self, standing: StandingBoard, ranged: RangeKeys, token: bytes) -> tuple[str, int]:
        """READY, BUILDING (by another caller) or BUILD, and the records a builder has to read."""
        names = [
            ranged.state,
            ranged.tally,
            *ranged.window_keys[:3],
            standing.keys.ranges,
            *(ranged.aggregate.key(standing.keys.day(day)) for day in ranged.days),
        ]
        reply = await self._client.call(_OPEN, new_call(), names, [token, LEASE_MS, KEPT_MS, ranged.name])
        state, records = checked(reply)
        return state.decode(), records

    async def build(self, standing: StandingBoard, ranged: RangeKeys, token: bytes) -> AsyncIterator[int]:
        """Computes a range, giving the number of records read after every step.

        Raises BoardChanged, and RangeLost where another builder has taken over.
        """
        head = [standing.revision, standing.with_one_entry.layout_text, token, LEASE_MS, KEPT_MS, ranged.name]
        names = [standing.keys.board, ranged.state, ranged.tally, standing.keys.ranges]
        for number, day in enumerate(ranged.days):
            here = [*names, ranged.aggregate.key(standing.keys.day(day))]
            async for read in self._walk(_TALLY, here, [*head, ranged.aggregate.rule, number]):
                yield read
        names += ranged.window_keys[:3]
        names.append(ranged.aggregate.key(standing.keys.bans))  # teams have none
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

"""What periods leave behind: the list of windows that were played, their closing, and when a board is due."""

from collections.abc import Sequence
from typing import NamedTuple

from rankd.store import keys
from rankd.store.client import StoreClient, new_call
from rankd.store.outcomes import checked
from rankd.store.periods import field_of, value_of
from rankd.store.scripts import load
from rankd.store.standing import Played, Record, StandingBoard, WindowKeys

_READ_PERIODS, _TOTALS, _CLOSE = load("read_periods"), load("totals"), load("close")
_SCHEDULE, _CLAIM, _FORGET = load("schedule"), load("claim"), load("forget")
_TOTALS_CHUNK = 500
_FORGET_CHUNK = 100


class Claim(NamedTuple):
    """Boards (project and id) that this worker alone was given, until the lease ends."""

    lease_ms: int
    boards: list[tuple[str, str]]


class RolloverStore:
    """Windows of boards after their end."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client

    async def played(self, standing: StandingBoard, now_us: int) -> Played:
        """The windows that were played and are kept; asked once until one of the running windows is over."""
        calendar = standing.calendar
        running = [calendar.running(kind, now_us) for kind in calendar.types]
        known = standing.known_played
        if known is not None and known.running == running:
            return known
        names = [standing.keys.board, standing.keys.periods, standing.keys.days]
        reply = await self._client.call(_READ_PERIODS, new_call(), names, [standing.revision])
        fields, days = checked(reply)
        records = [_record(*pair) for pair in zip(fields[::2], fields[1::2], strict=True)]
        numbers = {day.decode(): int(number) for day, number in zip(days[::2], days[1::2], strict=True)}
        played = Played({record.field: record for record in records}, numbers, running)
        standing.known_played = played
        return played

    async def totals(self, key_sets: Sequence[WindowKeys]) -> list[int]:
        """How many entries windows have."""
        found: list[int] = []
        for start in range(0, len(key_sets), _TOTALS_CHUNK):
            orders = [order for order, *_ in key_sets[start : start + _TOTALS_CHUNK]]
            found += checked(await self._client.call(_TOTALS, new_call(), orders, []))[0]
        return found

    async def close(self, standing: StandingBoard, closed: Record, due_us: int, forgotten: Sequence[Record]) -> bool:
        """Closes a window that is over. Returns whether this call did. Raises ClocksDiffer where it is not over.

        `forgotten` are windows that are no longer kept.
        """
        call, names = new_call(), standing.keys
        order = standing.window_keys(closed.window, closed.generation)[0]
        all_names = [names.board, keys.kept_call(names.tag, call), names.periods, names.outbox, order]
        all_names += [standing.window_keys(one.window, one.generation)[1] for one in forgotten]
        field, value = field_of(closed.window), value_of(closed.window, closed.generation)
        args = [standing.revision, field, value, due_us, *[one.field for one in forgotten]]
        return bool(checked(await self._client.call(_CLOSE, call, all_names, args))[0])

    async def forget(self, standing: StandingBoard, records: Sequence[Record]) -> None:
        """Drops windows that are no longer kept."""
        for start in range(0, len(records), _FORGET_CHUNK):
            chunk, call = records[start : start + _FORGET_CHUNK], new_call()
            names = [standing.keys.periods, keys.kept_call(standing.keys.tag, call)]
            for record in chunk:
                names += standing.owned_keys(record.window, record.generation)
            checked(await self._client.call(_FORGET, call, names, [record.field for record in chunk]))

    async def schedule(self, project: str, board_id: str, due_ms: int | None, lease_ms: int | None = None) -> None:
        """Says when a board has something to close next; None for never. With a lease, only while it stands."""
        call = new_call()
        names = [keys.CLOSINGS, keys.kept_call(keys.SYSTEM_TAG, call)]
        args = [f"{project}/{board_id}", "" if due_ms is None else due_ms, "" if lease_ms is None else lease_ms]
        checked(await self._client.call(_SCHEDULE, call, names, args))

    async def claim(self, limit: int, lease_ms: int) -> Claim:
        """Takes boards that are due."""
        call = new_call()
        names = [keys.CLOSINGS, keys.kept_call(keys.SYSTEM_TAG, call)]
        until_ms, due = checked(await self._client.call(_CLAIM, call, names, [limit, lease_ms]))
        pairs = [name.decode().partition("/") for name in due]
        return Claim(int(until_ms), [(project, board_id) for project, _, board_id in pairs])


def _record(name: bytes, value: bytes) -> Record:
    kind, _, window_id = name.decode().partition(":")
    start, end, generation, *total = value.decode().split(" ")
    return Record(
        kind,
        window_id,
        None if start == "-" else int(start),
        None if end == "-" else int(end),
        generation,
        int(total[0]) if total else None,
    )

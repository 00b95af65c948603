"""Which period a read means, what periods a board has, and what ended before one began."""

from dataclasses import dataclass

from rankd.domain.calendars import Calendar
from rankd.domain.periods import PeriodName, Window, period_name
from rankd.errors import PeriodNotFound
from rankd.service.boards import Boards, is_kept
from rankd.store.clock import StoreClock
from rankd.store.periods import Period, bounds_of, field_of, is_renamed, running_period
from rankd.store.rollovers import RolloverStore
from rankd.store.standing import Record, StandingBoard

_SINGLE = ("all", "season")


@dataclass(frozen=True, slots=True)
class ListedPeriod:
    """A running or kept period, with the entries it has."""

    window: Window
    id: str
    total: int
    is_closed: bool


class Periods:
    """The periods of boards."""

    def __init__(self, boards: Boards, store: RolloverStore, clock: StoreClock) -> None:
        self._boards = boards
        self._store = store
        self._clock = clock

    async def asked(self, standing: StandingBoard, text: str | None) -> Period:
        """The period that a read means; none is the board's first one.

        Raises PeriodNotFound; BoardChanged where another process may have given it to the board.
        """
        try:
            return await self._asked(standing, text)
        except PeriodNotFound:
            await self._boards.confirm(standing.keys.project, standing)
        return await self._asked(standing, text)

    async def _asked(self, standing: StandingBoard, text: str | None) -> Period:
        now_us, calendar = self._clock.now_us(), standing.calendar
        if text is None or text in calendar.keeps:
            return running_period(standing, text or calendar.first, now_us)
        name = period_name(text)
        if name is None or (not name.archive and name.type not in calendar.keeps):
            raise _not_found(text, calendar)
        if name.archive:
            return await self._listed_one(standing, f"{name.type}:{text}", text)
        return await self._named(standing, name, text, now_us)

    async def _named(self, standing: StandingBoard, name: PeriodName, text: str, now_us: int) -> Period:
        calendar = standing.calendar
        window, running = calendar.named(name, now_us), calendar.running(name.type, now_us)
        held = bounds_of(running)
        if window is None:
            if name.id is None:
                raise _not_found(text, calendar)
            return await self._listed_one(standing, f"{name.type}:{name.id}", text)
        start_us = window.start_us or 0
        if window == running or name.type in _SINGLE:
            return Period(window, window.id, standing.window_keys(window), held)
        if start_us > now_us or start_us < calendar.oldest_us(name.type, now_us):
            if name.id is not None:
                # Under an earlier calendar of this board there may have been one of this name.
                return await self._listed_one(standing, field_of(window), text)
            raise _not_found(text, calendar)
        return await self.closed(standing, window, held)

    async def closed(self, standing: StandingBoard, window: Window, held: tuple[int, int] | None = None) -> Period:
        """A window that is over, under the generation it had then."""
        if not is_renamed(standing, window):
            return Period(window, window.id, standing.window_keys(window), held)
        record = (await self._store.played(standing, self._clock.now_us())).records.get(field_of(window))
        if record is None:
            return Period(window, window.id, standing.window_keys(window), held)
        return Period(record.window, record.id, standing.window_keys(record.window, record.generation), held)

    async def before(self, standing: StandingBoard, period: Period) -> Period | None:
        """The period before one, where it is kept."""
        window = standing.calendar.before(period.window)
        if window is None or period.id != period.window.id:
            return None
        if (window.start_us or 0) < standing.calendar.oldest_us(window.type, self._clock.now_us()):
            return None
        return await self.closed(standing, window)

    async def _listed_one(self, standing: StandingBoard, field: str, text: str) -> Period:
        """A window that only the board's own list knows: an archive, or one of an earlier calendar."""
        now_us = self._clock.now_us()
        record = (await self._store.played(standing, now_us)).records.get(field)
        if record is None or not is_kept(standing, record, now_us):
            raise _not_found(text, standing.calendar)
        held = bounds_of(standing.calendar.running(record.type, now_us))
        return Period(record.window, record.id, standing.window_keys(record.window, record.generation), held)

    async def listed(self, project: str, board_id: str) -> list[ListedPeriod]:
        """The running and kept periods of a board, each type's latest first."""

        async def work(standing: StandingBoard) -> list[ListedPeriod]:
            await self._boards.confirm(project, standing)
            now_us = self._clock.now_us()
            standing.known_played = None
            records = (await self._store.played(standing, now_us)).records
            found = [pair for kind in standing.calendar.types for pair in _of_type(standing, kind, records, now_us)]
            key_sets = [standing.window_keys(record.window, record.generation) for record in found]
            totals = await self._store.totals(key_sets)
            late_us = standing.calendar.late_us
            return [
                ListedPeriod(one.window, one.id, total, _is_over(one, now_us, late_us))
                for one, total in zip(found, totals, strict=True)
            ]

        return await self._boards.applied(project, board_id, work)


def _of_type(standing: StandingBoard, kind: str, records: dict[str, Record], now_us: int) -> list[Record]:
    """A type's running window, then those that are kept: played ones, and others since the board was made."""
    calendar, born_us = standing.calendar, int(standing.keys.born)
    running = calendar.running(kind, now_us)
    kept = {one.field: one for one in records.values() if one.type == kind and is_kept(standing, one, now_us)}
    window = calendar.before(running)
    for _ in range(calendar.keeps[kind]):
        if window is None or (window.end_us or 0) <= born_us:
            break
        kept.setdefault(field_of(window), _unplayed(standing, window))
        window = calendar.before(window)
    kept.pop(field_of(running), None)
    closed = sorted(kept.values(), key=lambda one: (one.end_us or 0, one.start_us or 0), reverse=True)
    return [_unplayed(standing, running), *closed]


def _unplayed(standing: StandingBoard, window: Window) -> Record:
    generation = standing.keys.generation(window.type)
    return Record(window.type, window.id, window.start_us, window.end_us, generation)


def _is_over(record: Record, now_us: int, late_us: int) -> bool:
    if record.is_archive:
        return True
    return record.end_us is not None and record.end_us + late_us <= now_us


def _not_found(text: str, calendar: Calendar) -> PeriodNotFound:
    kinds = ", ".join(calendar.types)
    return PeriodNotFound(
        f"the board has no period {text!r} that is kept; it has {kinds}: ask for one of these types, for `TYPE:-1`, "
        "or for an id that GET /v1/boards/{board}/periods lists"
    )

"""The instants at which a schedule's windows begin, in order, found outwards from one of them and kept."""

from bisect import bisect_right
from datetime import datetime
from zoneinfo import ZoneInfo

from rankd.domain.instants import TICK
from rankd.domain.schedules import Schedule
from rankd.domain.zones import instant_of, reached_by

_NO_SUCH = (OverflowError, ValueError)  # beyond the first or last year


class Edges:
    """Times of a schedule that are reached at one instant begin one window, so they count once."""

    def __init__(self, schedule: Schedule, zone: ZoneInfo, at_us: int) -> None:
        self._schedule = schedule
        self._zone = zone
        local = schedule.up_to(reached_by(at_us, zone))
        self._first = self._last = local
        self._instants = [instant_of(local, zone)]

    def are_near(self, at_us: int, most: int) -> bool:
        """Whether an instant lies among the ones found, and these are not too many to keep."""
        reach_us = max(self._instants[-1] - self._instants[0], 1)
        return len(self._instants) <= most and abs(at_us - self._instants[-1]) <= 2 * reach_us

    def step(self, at_us: int, steps: int) -> int:
        """The beginning so many steps after the one up to an instant, or before it; or the last that dates can say."""
        while self._instants[-1] <= at_us and self._grow():
            pass
        while self._instants[0] > at_us and self._grow_back():
            pass
        index = bisect_right(self._instants, at_us) - 1 + steps
        while index >= len(self._instants) and self._grow():
            pass
        while index < 0 and self._grow_back():
            index += 1
        return self._instants[min(max(index, 0), len(self._instants) - 1)]

    def _grow(self) -> bool:
        found = self._beside(self._last, self._instants[-1], is_forward=True)
        if found is None:
            return False
        self._last, at_us = found
        self._instants.append(at_us)
        return True

    def _grow_back(self) -> bool:
        found = self._beside(self._first, self._instants[0], is_forward=False)
        if found is None:
            return False
        self._first, at_us = found
        self._instants.insert(0, at_us)
        return True

    def _beside(self, local: datetime, from_us: int, *, is_forward: bool) -> tuple[datetime, int] | None:
        at_us = from_us
        try:
            while at_us == from_us:
                local = self._schedule.after(local) if is_forward else self._schedule.up_to(local - TICK)
                at_us = instant_of(local, self._zone)
        except _NO_SUCH:
            return None
        return local, at_us

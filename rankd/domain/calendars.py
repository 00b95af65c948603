"""A board's calendar: which window of each period an instant lies in, and which come before and after.

Schedules are wall-clock times in the board's zone; a window begins when the zone's clock first shows its time
(`domain.zones`), so windows tile time whatever clocks do. Where several times of one schedule fall on one
instant the last of them names the window, and the others do not exist.
"""

from datetime import date, datetime, time
from zlib import crc32

from rankd.domain.boards import Board, BoardSettings
from rankd.domain.edges import Edges
from rankd.domain.instants import to_us
from rankd.domain.periods import PeriodName, PeriodRule, Window
from rankd.domain.schedules import Cron, Daily, Monthly, Schedule, Weekly, Yearly
from rankd.domain.zones import instant_of, reached_by, zone_of

HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
# What the days of ranges are called beside the periods.
DAY = "day"
_SINGLE = ("all", "season")
_MAX_JITTER_US = 600_000_000
_MAX_KNOWN = 100
_LONG_AGO_US = -365_000 * DAY_US
_NO_SUCH = (OverflowError, ValueError)  # beyond the first or last year, or a date that does not exist


class Calendar:
    """The windows of a board's periods. Instants are microseconds since 1970; what was found is kept.

    `keeps` has each type's number of readable closed windows, in the board's order.
    """

    def __init__(self, board: BoardSettings) -> None:
        self.keeps: dict[str, int] = {rule.type: rule.keep for rule in board.periods}
        self.types = tuple(self.keeps)
        self.first = self.types[0]
        self.late_us = board.late_s * 1_000_000
        self.opens_us = to_us(board.starts_at) if board.starts_at else None
        self.closes_us = to_us(board.ends_at) if board.ends_at else None
        self._zone = zone_of(board.timezone)
        scheduled = [rule for rule in board.periods if rule.type not in _SINGLE]
        self._schedules: dict[str, Schedule] = {rule.type: _schedule_of(board, rule) for rule in scheduled}
        self._schedules[DAY] = Daily(time())
        self._running: dict[str, Window] = {}
        self._neighbours: dict[str, dict[int, Window]] = {}
        self._oldest: dict[str, tuple[Window, int]] = {}
        self._expiries: dict[Window, int] = {}
        self._edges: dict[str, Edges] = {}
        self._jitter_us = crc32(board.id.encode()) % _MAX_JITTER_US if isinstance(board, Board) else 0

    def at(self, kind: str, at_us: int) -> Window:
        """The window of a type that an instant lies in. `all` and `season` have one, which takes any instant."""
        if kind in _SINGLE:
            return self._single(kind)
        known = self._running.get(kind)
        return known if known is not None and known.has(at_us) else self._found(kind, at_us)

    def running(self, kind: str, now_us: int) -> Window:
        """The window of now."""
        window = self._running[kind] = self.at(kind, now_us)
        return window

    def before(self, window: Window, steps: int = 1) -> Window | None:
        """The window so many steps earlier; `all` and `season` have none."""
        for _ in range(steps):
            if window.start_us is None or window.type in _SINGLE:
                return None
            try:
                window = self._beside(window.type, window.start_us - 1)
            except _NO_SUCH:
                return None
        return window

    def after(self, window: Window) -> Window:
        """The next window, of one that has an end."""
        return self._beside(window.type, _end_of(window))

    def named(self, name: PeriodName, now_us: int) -> Window | None:
        """The window a name means, running or not, or None where the calendar has none of that name."""
        if name.type not in self.keeps:
            return None
        running = self.running(name.type, now_us)
        if name.id is None:
            return self.before(running, name.back) if name.back <= self.keeps[name.type] else None
        if name.type in _SINGLE or name.id == running.id:
            return running
        try:
            local = self._schedules[name.type].named(name.id)
            window = self._found(name.type, to_us(local) if local.tzinfo else instant_of(local, self._zone))
        except _NO_SUCH:
            return None
        return window if window.id == name.id else None

    def oldest_us(self, kind: str, now_us: int) -> int:
        """Where the readable past of a type begins: closed windows that start earlier are no longer kept."""
        running = self.running(kind, now_us)
        known = self._oldest.get(kind)
        if known is None or known[0] != running:
            known = self._oldest[kind] = running, self._start_of(running, -self.keeps[kind])
        return known[1]

    def expiry_us(self, window: Window) -> int | None:
        """When the store may drop a window: once it is no longer kept, and some slack for clocks that jump.

        The slack is a day, and three hours for windows shorter than an hour, of which a day would hold many.
        Boards differ by up to ten minutes, so that those of one schedule do not go at one instant.
        """
        if window.type in _SINGLE or window.start_us is None:
            return None
        if window not in self._expiries:
            if len(self._expiries) > _MAX_KNOWN:
                self._expiries.clear()
            unkept_us = self._start_of(window, self.keeps.get(window.type, 0) + 1)
            slack_us = DAY_US if _end_of(window) - window.start_us >= HOUR_US else 3 * HOUR_US
            self._expiries[window] = unkept_us + self.late_us + slack_us + self._jitter_us
        return self._expiries[window]

    def _start_of(self, window: Window, steps: int) -> int:
        """Where the window begins that lies so many steps after one, or before it; or the last that dates can say."""
        schedule = self._schedules.get(window.type)
        if window.start_us is None or window.end_us is None or schedule is None:
            return _LONG_AGO_US if window.end_us is None or steps < 0 else window.end_us
        edges = self._edges.get(window.type)
        if edges is None or not edges.are_near(window.start_us, 4 * self.keeps[window.type] + _MAX_KNOWN):
            edges = self._edges[window.type] = Edges(schedule, self._zone, window.start_us)
        return edges.step(window.start_us, steps)

    def candidates(self, kind: str, now_us: int, margin_us: int) -> list[Window]:
        """The window of now first, then those a submission may land in near its edges: earlier ones that late
        scores may still belong to, and the next where it begins within the margin."""
        running = self.running(kind, now_us)
        found = [running]
        if kind in _SINGLE or running.start_us is None:
            return found
        earlier = running
        late_us = 0 if kind == DAY else self.late_us
        while now_us < (earlier.start_us or 0) + late_us + margin_us and (before := self.before(earlier)):
            found.append(before)
            earlier = before
        if _end_of(running) - now_us <= margin_us:
            found.append(self.after(running))
        return found

    def is_open_in(self, window: Window) -> bool:
        """Whether the board takes scores at any time of a window."""
        starts, ends = window.start_us, window.end_us
        is_over = self.closes_us is not None and starts is not None and starts >= self.closes_us
        return not is_over and not (self.opens_us is not None and ends is not None and ends <= self.opens_us)

    def day_start(self, day: date) -> int:
        """When a local day begins."""
        return instant_of(datetime.combine(day, time()), self._zone)

    def _single(self, kind: str) -> Window:
        return Window("season", "season", self.opens_us, self.closes_us) if kind == "season" else Window("all", "all")

    def _beside(self, kind: str, at_us: int) -> Window:
        """The window of an instant at another's edge. It is kept: each rollover walks over the same ones again."""
        known = self._neighbours.setdefault(kind, {})
        if (window := known.get(at_us)) is None:
            if len(known) > 4 * self.keeps.get(kind, 0) + _MAX_KNOWN:
                known.clear()
            window = known[at_us] = self._found(kind, at_us)
        return window

    def _found(self, kind: str, at_us: int) -> Window:
        schedule = self._schedules[kind]
        local = schedule.up_to(reached_by(at_us, self._zone))
        start_us = instant_of(local, self._zone)
        end_us = instant_of(schedule.after(local), self._zone)
        return Window(kind, schedule.id_of(local, start_us), start_us, end_us)


def _end_of(window: Window) -> int:
    assert window.end_us is not None  # noqa: S101 windows of schedules have one
    return window.end_us


def _schedule_of(board: BoardSettings, rule: PeriodRule) -> Schedule:
    clock = board.reset.clock
    if rule.type == "daily":
        return Daily(clock)
    if rule.type == "weekly":
        return Weekly(clock, board.reset.weekday_number)
    if rule.type == "monthly":
        return Monthly(clock, board.reset.day)
    if rule.type == "yearly":
        return Yearly(clock)
    return Cron(rule.cron or "")

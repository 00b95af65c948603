"""A board of several periods twice: of the service, and of the oracle, on one clock that the test moves.

What is drawn without knowing the board is made definite here: moments, achieved instants, periods asked for.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.clock import MovedClock
from tests.model.calendars import HOUR_US, Moment, moments_ago
from tests.model.service_in_process import BoardCalls, Service
from tests.model.strategies import MEMBERS as MANY_MEMBERS
from tests.model.strategies import build, parts
from tests.model.test_board_model import placed
from tests.oracle import OracleBoard, Submission
from tests.oracle_calendar import SECOND_US, Period, Window
from tests.oracle_periods import SINGLE, Definition, OraclePeriods

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Fewer than a board of one period has, so that members meet again in each period.
MEMBERS = [*MANY_MEMBERS[:3], *MANY_MEMBERS[6:8], MANY_MEMBERS[14]]
members = st.sampled_from(MEMBERS)
few_parts = parts.map(lambda part: (MEMBERS[MANY_MEMBERS.index(part[0]) % len(MEMBERS)], *part[1:]))
# When a submission says it was achieved: not at all, so long ago, in the future, or beside an edge.
achieved = st.none() | st.sampled_from([None, None, 0, SECOND_US, 90 * SECOND_US, HOUR_US, -HOUR_US]) | moments_ago


class Ask(NamedTuple):
    """A period as a read asks for it: the board's number `place`, so many windows back, in one form of words."""

    place: int
    form: str
    back: int
    archive: int


asks = st.builds(
    Ask,
    st.integers(0, 5),
    st.sampled_from(["back", "back", "back", "id", "id", "archive", "absent"]),
    st.sampled_from([1, 1, 1, 1, 0, 2, 2, 3, 5, -1]),
    st.sampled_from([0, 0, 1, 9]),
)


class Found(NamedTuple):
    """What a read should find: the `period` to ask with, the window or archive and its id; no board if none."""

    text: str | None
    period: Period
    window: Window
    board: OracleBoard | None
    id: str


class BothBoards:
    """The service's board, and the oracle's of the same definition."""

    def __init__(self, service: Service, clock: MovedClock, definition: Definition, apps: int) -> None:
        self.clock = clock
        self.oracle = OraclePeriods(definition, clock.now_us)
        self.calls: BoardCalls = service.board(definition.body(), apps=apps)

    # moments

    def period(self, place: int) -> Period:
        periods = self.oracle.definition.periods
        return periods[place % len(periods)]

    def ahead_us(self, moment: Moment) -> int | None:
        """An instant beside an edge that is to come, if any is."""
        edges = [self.oracle.window(period, 1 - moment.steps).end_us for period in self.bounded()]
        return self._beside([edge for edge in edges if edge is not None], moment, 1)

    def ago_us(self, moment: Moment) -> int | None:
        """An instant beside an edge that has been."""
        edges = [self.oracle.window(period, moment.steps - 1).start_us for period in self.bounded()]
        return self._beside([-edge for edge in edges if edge is not None], moment, -1)

    def bounded(self) -> list[Period]:
        return [period for period in self.oracle.definition.periods if period.type != "all"]

    def _beside(self, edges: list[int], moment: Moment, sign: int) -> int | None:
        known = self.oracle.definition
        edges += [sign * edge for edge in (known.starts_us, known.ends_us) if edge is not None]
        if not edges:
            return None
        grace_us = moment.graces * known.late_s * SECOND_US
        return sign * (sorted(edges)[moment.place % len(edges)] + grace_us) + moment.off_us

    def achieved_us(self, drawn: int | Moment | None) -> int | None:
        """When a submission was achieved; no two arrivals are the same, since their order could not be told."""
        now_us = self.clock.now_us()
        at_us = self.ago_us(drawn) if isinstance(drawn, Moment) else None if drawn is None else now_us - drawn
        if at_us is not None and isinstance(drawn, Moment):
            at_us = min(at_us, now_us)
        while at_us in self.oracle.arrivals:
            at_us -= 1
        return at_us

    # submissions

    def built(self, part: tuple[Any, ...]) -> Submission:
        return build(self.oracle.definition.rules, *part)

    def found(self, ask: Ask) -> Found:
        """The window or archive that a read asks for, if it can be read."""
        period, form, back = self.period(0 if ask.form == "absent" else ask.place), ask.form, ask.back
        if form == "back" and back <= 0:
            form = "type"
        if form in ("absent", "type"):
            back = 0
        is_kept = 0 <= back <= period.keep
        if period.type in SINGLE:
            back, is_kept = 0, form != "back"
            window = self.oracle.window(period)
        else:
            window = self.oracle.window(period, back)
        board: OracleBoard | None = self.oracle.board(window)
        text, name = (
            {"absent": None, "type": period.type, "back": f"{period.type}:-{ask.back}"}.get(form, window.id),
            window.id,
        )
        if form == "archive":
            numbers = [one.number for one in self.oracle.archives(period, window)] or [1]
            number = numbers[ask.archive % len(numbers)] + ask.archive // 9
            text = name = f"{window.id}~{number}"
            board = self.oracle.archive(period, window, number)
        return Found(text, period, window, board if is_kept else None, name)


def sent(submission: Submission, achieved_us: int | None) -> dict[str, Any]:
    if achieved_us is None:
        return submission.body()
    return {**submission.body(), "achieved_at": (EPOCH + timedelta(microseconds=achieved_us)).isoformat()}


def instant_us(text: str | None) -> int | None:
    return None if text is None else (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def in_periods(answer: dict[str, Any]) -> dict[str, Any]:
    """A placing as the oracle knows it, with its parts."""
    return {**placed(answer), "period": answer["period"], "periods": answer["periods"]}

"""How submissions travel to lua/submit.lua, and its compact replies become placings again."""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rankd.domain.calendars import Calendar
from rankd.domain.entries import (
    ENTRY_ID_BYTES,
    NO_ENTRY,
    PeriodPlacing,
    Placing,
    Refused,
    Submission,
)
from rankd.domain.instants import boundary_text
from rankd.domain.ordering import Layout
from rankd.domain.periods import Window
from rankd.errors import (
    BoardDisabled,
    BoardEnded,
    BoardNotStarted,
    IdempotencyMismatch,
    MemberBlocked,
    MemberNotRegistered,
    PeriodClosed,
    PlayerRefused,
    RankdError,
    ScopeMissing,
    ScoreOutOfBounds,
    ScoreOverflow,
    StepTooLarge,
    ValidationFailed,
)
from rankd.store.periods import windows_of_text
from rankd.store.standing import StandingBoard

_GROUP_HEAD = struct.Struct(">BI")
_ENTRY_HEAD = struct.Struct(">BI")
_PLAIN_TUPLE = struct.Struct(">Bq")
_RANK = struct.Struct(">I")
_ELSEWHERE_HEAD = struct.Struct(">BI")
_REPLAYED, _OTHER_REQUEST, _NOT_OPEN, _NOT_STARTED, _ENDED = range(1, 6)
_CHANGED, _EXISTED, _REFUSED_THERE, _HAS_RECORD, _ELSEWHERE, _TOOK_ARRIVAL, _REFUSED = 1, 2, 4, 8, 32, 64, 128
_OVERFLOW, _PERIOD_CLOSED, _BOARD_ENDED, _IN_FUTURE, _TOO_FAR, _BLOCKED = 4, 5, 6, 7, 12, 13
_ENTRY_GIVEN, _FIELDS_GIVEN, _TEAM_GIVEN, _IN_SESSION, _STAMPED = 4, 8, 16, 32, 64
# What a submission can be refused for before it is applied, by the number that is kept of it.
_REFUSALS: list[type[RankdError]] = [
    ValidationFailed,
    ScopeMissing,
    ScoreOutOfBounds,
    MemberNotRegistered,
    PlayerRefused,
]
_REFUSED_THEN = "this submission was refused when the request was first made"
_OTHER_REQUEST_DETAIL = (
    "the same Idempotency-Key came with another request in the last 24 hours; use a new key for this one"
)

_PERIOD_CLOSED_DETAIL = (
    "achieved_at lies before the start of a running period, and its own takes late scores no more (`late_s` of the "
    "board says how long it does); nothing was written in any period"
)
_STEP_DETAIL = "the score would change by more than the board's `max_step`; nothing was written in any period"
_BLOCKED_DETAIL = (
    "the member has a ban of the mode block: its entries stand, and no more are taken; "
    "DELETE /v1/members/{member}/ban takes it back"
)
Outcome = Placing | RankdError


class Reply(NamedTuple):
    """A group's reply, and the windows its call could write to, by their numbers from 1."""

    text: bytes
    windows: list[Window]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a group: an outcome a submission, and whether an earlier answer was given again."""

    outcomes: list[Outcome]
    is_replay: bool


def add_entries(args: list[Any], standing: StandingBoard, submissions: Sequence[Submission | Refused]) -> None:
    layout = standing.layout
    for submission in submissions:
        if isinstance(submission, Refused):
            args += (b"", bytes((_REFUSED + _number_of(submission.error),)), b"")
            continue
        if (
            submission.metadata is None
            and submission.achieved_us is None
            and not submission.fields
            and submission.team is None
            and submission.entry_id is None
            and submission.session is None
            and submission.stamped is None
            and not layout.subscores
        ):
            args += (standing.stored(submission.member), _PLAIN_TUPLE.pack(0, submission.score), b"")
            continue
        flags = 0
        value = layout.pack_value(submission.score, layout.ordered(submission.subscores))
        if submission.metadata is not None:
            flags += 1
        if submission.achieved_us is not None:
            flags += 2
            value += layout.pack_arrival(submission.achieved_us)
        if submission.entry_id is not None:
            flags += _ENTRY_GIVEN
            value += submission.entry_id.to_bytes(ENTRY_ID_BYTES)
        if submission.session is not None:
            flags += _IN_SESSION
            value += _session_name(layout, submission)
        if submission.stamped is not None:
            flags += _STAMPED
            value += bytes((standing.fields.slots[submission.stamped],))
        tail = submission.metadata or b""
        if submission.fields or submission.team is not None:
            flags += _FIELDS_GIVEN + (_TEAM_GIVEN if submission.team is not None else 0)
            tail = standing.fields.pack(submission.fields or {}, submission.team) + tail
        args += (standing.stored(submission.member), bytes((flags,)) + value, tail)


def applied(standing: StandingBoard, submissions: Sequence[Submission | Refused], answer: Reply) -> Applied:
    """Rebuilds every field of the answer from the request and the compact reply (lua/submit.lua)."""
    reply = answer.text
    state = reply[0]
    if state == _OTHER_REQUEST:
        raise IdempotencyMismatch(_OTHER_REQUEST_DETAIL)
    if state in (_NOT_OPEN, _NOT_STARTED, _ENDED):
        raise _not_open(standing, state)
    layout, windows, kinds = standing.layout, answer.windows, answer.kinds
    if state == _REPLAYED:
        end = 3 + int.from_bytes(reply[1:3])
        text, names, window_text = reply[3:end].decode().split(" ", 2)
        layout, reply, windows = Layout.from_shape(text, names), reply[end:], windows_of_text(window_text)
        kinds = tuple(dict.fromkeys(window.type for window in windows))
    outcomes = _Decoder(layout, standing.calendar, windows, kinds, reply).outcomes(submissions)
    return Applied(outcomes, is_replay=state == _REPLAYED)


def _not_open(standing: StandingBoard, state: int) -> RankdError:
    calendar = standing.calendar
    if state == _NOT_STARTED:
        return BoardNotStarted(f"the board takes scores from {boundary_text(calendar.opens_us or 0)} on")
    if state == _ENDED:
        return _ended(calendar)
    return BoardDisabled()


def _ended(calendar: Calendar) -> BoardEnded:
    return BoardEnded(f"the board took scores until {boundary_text(calendar.closes_us or 0)}; its entries can be read")


class _Part(NamedTuple):
    """What the reply says of a submission in one period."""

    flags: int
    rank: int
    window: Window
    total: int | None
    score: int
    subscores: dict[str, int]
    previous_score: int | None
    previous_rank: int | None
    reached_us: int | None


class _Decoder:
    """Reads a group's reply from its head to its end."""

    def __init__(
        self, layout: Layout, calendar: Calendar, windows: list[Window], kinds: tuple[str, ...], reply: bytes
    ) -> None:
        self._layout = layout
        self._calendar = calendar
        self._windows = windows
        self._reply = reply
        _, self._total = _GROUP_HEAD.unpack_from(reply)
        self._at_us = int.from_bytes(reply[5:12]) - 2**55
        self._offset = 12 + len(kinds)
        self._running = [windows[number - 1] for number in reply[12 : self._offset]]
        self._is_plain = kinds == ("all",)

    def outcomes(self, submissions: Sequence[Submission | Refused]) -> list[Outcome]:
        return [self._outcome(item) for item in submissions]

    def _outcome(self, item: Submission | Refused) -> Outcome:
        submission = item.submission if isinstance(item, Refused) else item
        flags = self._reply[self._offset]
        if flags >= _REFUSED:
            self._offset += _ENTRY_HEAD.size
            is_same = isinstance(item, Refused) and _number_of(item.error) == flags - _REFUSED
            return item.error if is_same else _REFUSALS[flags - _REFUSED](_REFUSED_THEN)  # type: ignore[union-attr]
        if flags & _REFUSED_THERE:
            self._offset += _ENTRY_HEAD.size
            return self._refused_there(flags, submission)
        first = self._part(submission, self._running[0])
        parts = [first, *(self._part(submission, window) for window in self._running[1:])]
        if first.total is None:
            self._total += bool(first.rank) and not first.flags & _EXISTED
        reached_us = first.reached_us
        if reached_us is None:
            reached_us = self._at_us if submission.achieved_us is None else submission.achieved_us
        entry_id = self._entry_id(submission, parts) if self._layout.is_arcade else None
        self._at_us += bool(first.flags & _TOOK_ARRIVAL)
        member = submission.member
        if submission.stamped is not None:
            self._at_us, member = reached_us + 1, str(reached_us)
        return Placing(
            member, bool(first.flags & _CHANGED), first.score, first.subscores, first.rank,
            self._total if first.total is None else first.total, first.previous_score, first.previous_rank,
            reached_us, first.window.id, () if self._is_plain else tuple(map(_period_placing, parts)), entry_id,
        )  # fmt: skip

    def _entry_id(self, submission: Submission, parts: list[_Part]) -> int:
        """The number of the entry that a submission to an arcade board made, or changed: new ones have the clock's."""
        if not any(part.flags & (_CHANGED | _EXISTED) for part in parts):
            return NO_ENTRY
        if submission.stamped is not None and parts[0].reached_us is not None:
            return parts[0].reached_us
        return self._at_us if submission.entry_id is None else submission.entry_id

    def _refused_there(self, flags: int, submission: Submission) -> RankdError:
        """Why the script took a submission in no period."""
        if flags == _PERIOD_CLOSED:
            return PeriodClosed(_PERIOD_CLOSED_DETAIL)
        if flags == _IN_FUTURE:
            return ValidationFailed(faults=[{"pointer": "/achieved_at", "detail": "lies in the future"}])
        if flags == _BLOCKED:
            return MemberBlocked(_BLOCKED_DETAIL)
        if flags == _TOO_FAR:
            return StepTooLarge(_STEP_DETAIL)
        return _ended(self._calendar) if flags == _BOARD_ENDED else ScoreOverflow(_overflow_detail(submission))

    def _part(self, submission: Submission, window: Window) -> _Part:
        layout, reply, offset = self._layout, self._reply, self._offset
        flags, rank = _ENTRY_HEAD.unpack_from(reply, offset)
        offset += _ENTRY_HEAD.size
        total = reached_us = previous_score = previous_rank = None
        if flags & _ELSEWHERE:
            number, total = _ELSEWHERE_HEAD.unpack_from(reply, offset)
            window = self._windows[number - 1]
            offset += _ELSEWHERE_HEAD.size
        score = submission.score
        if flags & _HAS_RECORD:
            record = reply[offset : offset + layout.fixed_length]
            offset += layout.fixed_length
            score, subscores = layout.unpack_named(record)
            reached_us = layout.arrival_us(record)
        else:
            subscores = layout.named(layout.ordered(submission.subscores)) if layout.subscores else {}
        if flags & _EXISTED and not flags & _CHANGED:
            previous_score, previous_rank = score, rank
        elif flags & _EXISTED:
            (previous_rank,) = _RANK.unpack_from(reply, offset)
            (previous_score, _) = layout.unpack_value(reply[offset + 4 : offset + 4 + layout.value_length])
            offset += 4 + layout.value_length
        self._offset = offset
        return _Part(flags, rank, window, total, score, subscores, previous_score, previous_rank, reached_us)


def _period_placing(part: _Part) -> PeriodPlacing:
    window = part.window
    return PeriodPlacing(window.type, window.id, part.rank, part.score, bool(part.flags & _CHANGED), part.previous_rank)


def _number_of(error: RankdError) -> int:
    return _REFUSALS.index(type(error))


def _overflow_detail(submission: Submission) -> str:
    team = "" if submission.team is None else f", or to those of its team {submission.team!r},"
    return (
        f"adding to the score or a subscore of {submission.member!r}{team} leaves the range -2^63 to 2^63-1 in a "
        "period; nothing was written in any"
    )


def _session_name(layout: Layout, submission: Submission) -> bytes:
    """16 bytes that name a member's session, and say nothing of either. Values of another layout are not comparable."""
    return hashlib.sha256(f"{submission.member}\0{submission.session}\0{layout.text}".encode()).digest()[:16]

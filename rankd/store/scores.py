"""Everything that writes an entry.

Submissions to one board travel together as one script call, each request a group of its own with its own
outcome: those that come in one turn of the event loop, and those that come while a call is under way.
"""

import asyncio
import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rankd.domain.calendars import DAY, Calendar
from rankd.domain.entries import (
    ENTRY_ID_BYTES,
    NO_ENTRY,
    Entry,
    PeriodPlacing,
    Placing,
    Refused,
    Submission,
    WhichEntry,
)
from rankd.domain.instants import boundary_text
from rankd.domain.ordering import Layout, encode_member
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
from rankd.store import keys
from rankd.store.client import StoreClient, new_call
from rankd.store.clock import StoreClock
from rankd.store.outcomes import checked
from rankd.store.periods import day_args, has_renamed_targets, known_targets, targets_of, windows_of_text
from rankd.store.ranks import read_entry
from rankd.store.rollovers import RolloverStore
from rankd.store.scripts import load
from rankd.store.standing import StandingBoard, Targets

_SUBMIT, _EDIT, _REMOVE = load("submit"), load("edit"), load("remove")

# What a call may take, counted once for each period, and what an operation names a part of.
MAX_ENTRIES_A_CALL = 30
ENTRIES_A_PART = 10
FIELDS_AS_ONE_ENTRY = 4
MAX_HOLD_S = 0.01
_REMOVED_A_CALL = 25
_GROUP_HEAD = struct.Struct(">BI")
_ENTRY_HEAD = struct.Struct(">BI")
_PLAIN_TUPLE = struct.Struct(">Bq")
_RANK = struct.Struct(">I")
_ELSEWHERE_HEAD = struct.Struct(">BI")
_REPLAYED, _OTHER_REQUEST, _NOT_OPEN, _NOT_STARTED, _ENDED = range(1, 6)
_CHANGED, _EXISTED, _REFUSED_THERE, _HAS_RECORD, _ELSEWHERE, _TOOK_ARRIVAL, _REFUSED = 1, 2, 4, 8, 32, 64, 128
_OVERFLOW, _PERIOD_CLOSED, _BOARD_ENDED, _IN_FUTURE, _TOO_FAR, _BLOCKED = 4, 5, 6, 7, 12, 13
_ENTRY_GIVEN, _FIELDS_GIVEN, _TEAM_GIVEN, _IN_SESSION, _STAMPED = 4, 8, 16, 32, 64
# The rule of calls whose submissions are in sessions: they add up the differences.
RUNNING = "running"
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


class Part(NamedTuple):
    """Submissions of one request to one board that are one operation, where they have a name. `keeps` remembers its
    reply even where its only submission was refused."""

    submissions: Sequence[Submission | Refused]
    operation: bytes = b""
    keeps: bool = False


@dataclass(slots=True)
class Group:
    """A part on its way."""

    submissions: Sequence[Submission | Refused]
    operation: bytes
    keeps: bool
    done: asyncio.Future["_Reply"]


class _Reply(NamedTuple):
    """A group's reply, and the windows its call could write to, by their numbers from 1."""

    text: bytes
    windows: list[Window]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a group: an outcome a submission, and whether an earlier answer was given again."""

    outcomes: list[Outcome]
    is_replay: bool


class _Lane:
    """The submissions to one board under one rule: those on their way, and those that wait for them.

    While a call is under way the next submissions gather, so that a busy board's calls grow with its load.
    What fills a call waits for nothing, and a call that is slow holds nobody up for longer than MAX_HOLD_S.
    """

    __slots__ = ("gathered", "held_by", "hold", "rule", "standing", "waiting")

    def __init__(self, standing: StandingBoard, rule: str) -> None:
        self.standing = standing
        self.rule = rule
        self.waiting: list[list[Group]] = []
        self.gathered = 0
        self.hold: asyncio.TimerHandle | None = None
        self.held_by: object = None


class ScoreStore:
    """Submits, edits and removes entries."""

    def __init__(self, client: StoreClient, clock: StoreClock) -> None:
        self._client = client
        self._clock = clock
        self._rollovers = RolloverStore(client)
        self._lanes: dict[tuple[int, str], _Lane] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def submit(self, standing: StandingBoard, rule: str, parts: Sequence[Part]) -> list[Applied]:
        """Applies the parts of one request in order and in one call, together with others to the same board.

        They hold at most `entries_a_call` submissions. Raises BoardChanged, ClocksDiffer, IdempotencyMismatch,
        BoardDisabled, BoardNotStarted, BoardEnded, and what StoreClient.call raises.
        """
        loop = asyncio.get_running_loop()
        groups = [Group(part.submissions, part.operation, part.keeps, loop.create_future()) for part in parts]
        name = (id(standing), rule)
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = _Lane(standing, rule)
            lane.hold = loop.call_later(MAX_HOLD_S, self._send_waiting, lane)
            loop.call_soon(self._send_waiting, lane)
        lane.waiting.append(groups)
        lane.gathered += sum([len(group.submissions) for group in groups])
        if lane.gathered >= entries_a_call(standing):
            self._send_waiting(lane)
        replies = await asyncio.gather(*[group.done for group in groups]) if len(groups) > 1 else [await groups[0].done]
        return [_applied(standing, part.submissions, reply) for part, reply in zip(parts, replies, strict=True)]

    def _send_waiting(self, lane: _Lane) -> None:
        """Sends what has gathered, and gathers again until it is answered; ends a lane with nothing to do."""
        if lane.hold is not None:
            lane.hold.cancel()
        if not lane.waiting:
            lane.hold = lane.held_by = None
            self._lanes.pop((id(lane.standing), lane.rule), None)
            return
        requests, lane.waiting, lane.gathered = lane.waiting, [], 0
        lane.hold = asyncio.get_running_loop().call_later(MAX_HOLD_S, self._send_waiting, lane)
        lane.held_by = held_by = object()
        task = asyncio.ensure_future(self._send(lane, requests, held_by))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _send(self, lane: _Lane, requests: list[list[Group]], held_by: object) -> None:
        calls = _calls_of(requests, entries_a_call(lane.standing))
        await asyncio.gather(*[self._answer(lane, groups) for groups in calls])
        if lane.held_by is held_by:
            self._send_waiting(lane)

    async def _answer(self, lane: _Lane, groups: list[Group]) -> None:
        """Makes one call and hands out its replies, or its failure."""
        try:
            replies = await self._call(lane.standing, lane.rule, groups)
        except Exception as error:  # handed to the waiting requests, whatever it is
            for group in groups:
                if not group.done.done():
                    group.done.set_exception(error)
            return
        for group, reply in zip(groups, replies, strict=True):
            if not group.done.done():
                group.done.set_result(reply)

    async def _call(self, standing: StandingBoard, rule: str, groups: list[Group]) -> list[_Reply]:
        call, now_us = new_call(), self._clock.now_us()
        targets = known_targets(standing, now_us) or await self._targets(standing, now_us)
        first, calendar = keys.first_day(now_us // 1000), standing.calendar
        day_names, days = day_args(standing, _achieved(groups) if standing.board.ranges.keep_days else [], now_us)
        names = standing.keys
        all_names = [
            names.board,
            keys.kept_call(names.tag, call),
            names.periods,
            names.days,
            names.bans,
            *targets.names,
        ]
        all_names += day_names
        args: list[Any] = [
            standing.revision,
            "sum" if rule == RUNNING else rule,
            standing.layout_text,
            f"{standing.layout.text} {','.join(standing.layout.subscores)} {targets.text}",
            b"1" if standing.is_indexed else b"0",
            b"1" if standing.board.enabled else b"0",
            _or_empty(calendar.opens_us),
            _or_empty(calendar.closes_us),
            calendar.late_us,
            standing.max_step,
            first,
            len(targets.windows),
            len(days) // 2,
            len(groups),
            _team_rule(standing, rule),
            standing.fields.team_slot,
            int(standing.board.team_moves),
            standing.board.entries_per_member or 0,
            *targets.args,
            *days,
        ]
        for group in groups:
            args += (group.operation, int(group.keeps), len(group.submissions))
            _add_entries(args, standing, group.submissions)
            if group.operation:
                all_names += names.kept_operations(group.operation, first)
        if rule == RUNNING:
            all_names += names.sessions(first)
        replies = checked(await self._client.call(_SUBMIT, call, all_names, args))
        return [_Reply(reply, targets.windows, calendar.types) for reply in replies]

    async def _targets(self, standing: StandingBoard, now_us: int) -> Targets:
        """Where a call may write; where windows were renamed, the board's list is read first."""
        if has_renamed_targets(standing, now_us):
            await self._rollovers.played(standing, now_us)
        return targets_of(standing, now_us)

    async def edit(
        self, standing: StandingBoard, which: WhichEntry, metadata: bytes | None, fields: dict[str, Any]
    ) -> tuple[Entry, int, Window]:
        """Replaces an entry's metadata (None keeps it) and the given fields in all running periods; of an arcade
        board's entries the one that is named, or the member's best.

        Returns the entry in the first period that has it, that period's total, and its window.
        """
        given = b"0" if metadata is None else b"1"
        call, targets = new_call(), await self._targets(standing, self._clock.now_us())
        names = [standing.keys.board, keys.kept_call(standing.keys.tag, call), *targets.names]
        tail = standing.fields.pack(fields) + (metadata or b"")
        indexed = b"1" if standing.is_indexed else b"0"
        args = [
            standing.revision,
            standing.layout_text,
            indexed,
            encode_member(which.member),
            given,
            tail,
            which.packed,
        ]
        reply = await self._client.call(_EDIT, call, names, [*args, len(targets.windows), *targets.args])
        number, *values, stored_id = checked(reply)
        return *read_entry(standing, stored_id, values), targets.windows[number - 1]

    async def remove(self, standing: StandingBoard, which: WhichEntry) -> bool:
        """Removes a member's entry from all running periods and the running day; of an arcade board's entries the one
        that is named, or some of all. Returns whether the member has more. Raises EntryNotFound."""
        call, now_us = new_call(), self._clock.now_us()
        targets, today = await self._targets(standing, now_us), standing.calendar.running(DAY, now_us)
        names = [standing.keys.board, keys.kept_call(standing.keys.tag, call), standing.keys.days]
        names += [standing.keys.day(today.id), *targets.names]
        indexed = b"1" if standing.is_indexed else b"0"
        held = (today.start_us, today.end_us) if standing.board.ranges.keep_days else (b"", b"")
        args = [standing.revision, standing.layout_text, indexed, encode_member(which.member), today.id, *held]
        args += [which.packed, _REMOVED_A_CALL, len(targets.windows), *targets.args]
        (has_more,) = checked(await self._client.call(_REMOVE, call, names, args))
        return bool(has_more)


def _or_empty(at_us: int | None) -> Any:
    return b"" if at_us is None else at_us


def _team_rule(standing: StandingBoard, rule: str) -> str:
    if not standing.board.has_teams:
        return ""
    return "sum" if rule == RUNNING else standing.board.team_update


def _session_name(layout: Layout, submission: Submission) -> bytes:
    """16 bytes that name a member's session, and say nothing of either. Values of another layout are not comparable."""
    return hashlib.sha256(f"{submission.member}\0{submission.session}\0{layout.text}".encode()).digest()[:16]


def _achieved(groups: list[Group]) -> list[int]:
    """The instants that submissions name themselves."""
    submissions = [one for group in groups for one in group.submissions if isinstance(one, Submission)]
    return [one.achieved_us for one in submissions if one.achieved_us is not None]


def entries_a_call(standing: StandingBoard) -> int:
    """How many submissions a call may take, in whole parts: each is written once for every period, for teams, and has
    a place by each of its fields; some of these cost as much as one more entry."""
    weight = (1 + standing.has_teams) * (1 + len(standing.board.fields) // FIELDS_AS_ONE_ENTRY)
    share = MAX_ENTRIES_A_CALL // len(standing.calendar.types) // weight
    return max(share // ENTRIES_A_PART * ENTRIES_A_PART, ENTRIES_A_PART)


def _calls_of(requests: list[list[Group]], most: int) -> list[list[Group]]:
    """Requests side by side, each whole in one call, so that no call holds more entries than a script may take."""
    calls: list[list[Group]] = []
    size = 0
    for groups in requests:
        entries = sum([len(group.submissions) for group in groups])
        size += entries
        if not calls or size > most:
            calls.append([])
            size = entries
        calls[-1] += groups
    return calls


def _add_entries(args: list[Any], standing: StandingBoard, submissions: Sequence[Submission | Refused]) -> None:
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


def _applied(standing: StandingBoard, submissions: Sequence[Submission | Refused], answer: _Reply) -> Applied:
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

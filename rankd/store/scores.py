"""Everything that writes an entry.

Submissions to one board travel together as one script call, each request a group of its own with its own
outcome: those that come in one turn of the event loop, and those that come while a call is under way.
"""

import asyncio
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rankd.domain.entries import Entry, Placing, Refused, Submission
from rankd.domain.ordering import Layout, encode_member
from rankd.errors import (
    BoardDisabled,
    IdempotencyMismatch,
    RankdError,
    ScopeMissing,
    ScoreOverflow,
    ValidationFailed,
)
from rankd.store import keys
from rankd.store.boards import StandingBoard
from rankd.store.client import StoreClient, new_call
from rankd.store.outcomes import checked
from rankd.store.ranks import read_entry
from rankd.store.scripts import load

_SUBMIT, _EDIT, _REMOVE = load("submit"), load("edit"), load("remove")

MAX_ENTRIES_A_CALL = 50
MAX_HOLD_S = 0.01
_GROUP_HEAD = struct.Struct(">BI")
_ENTRY_HEAD = struct.Struct(">BI")
_PLAIN_TUPLE = struct.Struct(">Bq")
_RANK = struct.Struct(">I")
_APPLIED, _REPLAYED, _OTHER_REQUEST, _NOT_OPEN = range(4)
_CHANGED, _EXISTED, _OVERFLOW, _HAS_RECORD, _REFUSED = 1, 2, 4, 8, 128
# What a submission can be refused for before it is applied, by the number that is kept of it.
_REFUSALS: list[type[RankdError]] = [ValidationFailed, ScopeMissing]
_REFUSED_THEN = "this submission was refused when the request was first made"
_OTHER_REQUEST_DETAIL = (
    "the same Idempotency-Key came with another request in the last 24 hours; use a new key for this one"
)

Outcome = Placing | RankdError


@dataclass(slots=True)
class Group:
    """The submissions of one request to one board, at most MAX_ENTRIES_A_CALL."""

    submissions: Sequence[Submission | Refused]
    operation: bytes
    keeps: bool
    done: asyncio.Future[bytes]


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
        self.waiting: list[Group] = []
        self.gathered = 0
        self.hold: asyncio.TimerHandle | None = None
        self.held_by: object = None


class ScoreStore:
    """Submits, edits and removes entries."""

    def __init__(self, client: StoreClient) -> None:
        self._client = client
        self._lanes: dict[tuple[int, str], _Lane] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def submit(
        self,
        standing: StandingBoard,
        rule: str,
        submissions: Sequence[Submission | Refused],
        operation: bytes,
        keeps: bool = False,
    ) -> Applied:
        """Applies one group in order, together with others to the same board.

        `keeps` remembers the operation's reply even where its only submission was refused.

        Raises BoardChanged, IdempotencyMismatch, BoardDisabled, and what StoreClient.call raises.
        """
        loop = asyncio.get_running_loop()
        group = Group(submissions, operation, keeps, loop.create_future())
        name = (id(standing), rule)
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = _Lane(standing, rule)
            lane.hold = loop.call_later(MAX_HOLD_S, self._send_waiting, lane)
            loop.call_soon(self._send_waiting, lane)
        lane.waiting.append(group)
        lane.gathered += len(submissions)
        if lane.gathered >= MAX_ENTRIES_A_CALL:
            self._send_waiting(lane)
        return _applied(standing.layout, submissions, await group.done)

    def _send_waiting(self, lane: _Lane) -> None:
        """Sends what has gathered, and gathers again until it is answered; ends a lane with nothing to do."""
        if lane.hold is not None:
            lane.hold.cancel()
        if not lane.waiting:
            lane.hold = lane.held_by = None
            self._lanes.pop((id(lane.standing), lane.rule), None)
            return
        groups, lane.waiting, lane.gathered = lane.waiting, [], 0
        lane.hold = asyncio.get_running_loop().call_later(MAX_HOLD_S, self._send_waiting, lane)
        lane.held_by = held_by = object()
        task = asyncio.ensure_future(self._send(lane, groups, held_by))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _send(self, lane: _Lane, groups: list[Group], held_by: object) -> None:
        await asyncio.gather(*[self._answer(lane, call) for call in _calls_of(groups)])
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

    async def _call(self, standing: StandingBoard, rule: str, groups: list[Group]) -> list[bytes]:
        call, first = new_call(), keys.first_window(time.time_ns() // 1_000_000)
        names = [*standing.keys.ranked, keys.kept_call(standing.keys.tag, call)]
        args: list[Any] = [
            standing.revision,
            rule,
            standing.layout_text,
            ",".join(standing.layout.subscores),
            b"1" if standing.is_indexed else b"0",
            b"1" if standing.board.enabled else b"0",
            first,
            len(groups),
        ]
        for group in groups:
            args += (group.operation, int(group.keeps), len(group.submissions))
            _add_entries(args, standing.layout, group.submissions)
            if group.operation:
                names += standing.keys.windows(group.operation, first)
        return checked(await self._client.call(_SUBMIT, call, names, args))

    async def edit(self, standing: StandingBoard, member: str, metadata: bytes | None) -> tuple[Entry, int]:
        """Replaces an entry's metadata (None keeps it). Returns the entry and the board's total."""
        given = b"0" if metadata is None else b"1"
        args = [standing.revision, standing.layout_text, encode_member(member), given, metadata or b""]
        call = new_call()
        names = [*standing.keys.ranked, keys.kept_call(standing.keys.tag, call)]
        reply = await self._client.call(_EDIT, call, names, args)
        return read_entry(standing.layout, member, checked(reply))

    async def remove(self, standing: StandingBoard, member: str) -> None:
        """Removes an entry. Raises EntryNotFound."""
        call = new_call()
        names = [*standing.keys.ranked, keys.kept_call(standing.keys.tag, call)]
        indexed = b"1" if standing.is_indexed else b"0"
        args = [standing.revision, standing.layout_text, indexed, encode_member(member)]
        checked(await self._client.call(_REMOVE, call, names, args))


def _calls_of(groups: list[Group]) -> list[list[Group]]:
    """Groups side by side, so that no call holds more entries than a script may take."""
    calls: list[list[Group]] = []
    size = 0
    for group in groups:
        size += len(group.submissions)
        if not calls or size > MAX_ENTRIES_A_CALL:
            calls.append([])
            size = len(group.submissions)
        calls[-1].append(group)
    return calls


def _add_entries(args: list[Any], layout: Layout, submissions: Sequence[Submission | Refused]) -> None:
    for submission in submissions:
        if isinstance(submission, Refused):
            args += (b"", bytes((_REFUSED + _number_of(submission.error),)), b"")
            continue
        if submission.metadata is None and submission.achieved_us is None and not layout.subscores:
            args += (encode_member(submission.member), _PLAIN_TUPLE.pack(0, submission.score), b"")
            continue
        flags = 0
        value = layout.pack_value(submission.score, layout.ordered(submission.subscores))
        if submission.metadata is not None:
            flags += 1
        if submission.achieved_us is not None:
            flags += 2
            value += layout.pack_arrival(submission.achieved_us)
        args += (encode_member(submission.member), bytes((flags,)) + value, submission.metadata or b"")


def _applied(layout: Layout, submissions: Sequence[Submission | Refused], reply: bytes) -> Applied:
    """Rebuilds every field of the answer from the request and the compact reply (lua/submit.lua)."""
    state = reply[0]
    if state == _OTHER_REQUEST:
        raise IdempotencyMismatch(_OTHER_REQUEST_DETAIL)
    if state == _NOT_OPEN:
        raise BoardDisabled
    if state == _REPLAYED:
        end = 3 + int.from_bytes(reply[1:3])
        text, _, names = reply[3:end].decode().partition(" ")
        layout, reply = Layout.from_shape(text, names), reply[end:]
    return Applied(_outcomes(layout, submissions, reply), is_replay=state == _REPLAYED)


def _outcomes(layout: Layout, submissions: Sequence[Submission | Refused], reply: bytes) -> list[Outcome]:
    _, total = _GROUP_HEAD.unpack_from(reply)
    at_us = int.from_bytes(reply[5:12]) - 2**55
    offset = 12
    outcomes: list[Outcome] = []
    for item in submissions:
        submission = item.submission if isinstance(item, Refused) else item
        flags, rank = _ENTRY_HEAD.unpack_from(reply, offset)
        offset += 5
        if flags >= _REFUSED:
            is_same = isinstance(item, Refused) and _number_of(item.error) == flags - _REFUSED
            outcomes.append(item.error if is_same else _REFUSALS[flags - _REFUSED](_REFUSED_THEN))  # type: ignore[union-attr]
            continue
        if flags == _OVERFLOW:
            outcomes.append(ScoreOverflow(_overflow_detail(submission)))
            continue
        score, reached_us = submission.score, submission.achieved_us
        if reached_us is None:
            reached_us = at_us
            at_us += flags & _CHANGED
        if flags & _HAS_RECORD:
            record = reply[offset : offset + layout.fixed_length]
            offset += layout.fixed_length
            score, subscores = layout.unpack_named(record)
            reached_us = layout.arrival_us(record)
        else:
            subscores = layout.named(layout.ordered(submission.subscores)) if layout.subscores else {}
        previous_score = previous_rank = None
        if not flags & _CHANGED:
            previous_score, previous_rank = score, rank
        elif flags & _EXISTED:
            (previous_rank,) = _RANK.unpack_from(reply, offset)
            (previous_score, _) = layout.unpack_value(reply[offset + 4 : offset + 4 + layout.value_length])
            offset += 4 + layout.value_length
        total += not flags & _EXISTED
        outcomes.append(
            Placing(
                submission.member, bool(flags & _CHANGED), score, subscores, rank, total,
                previous_score, previous_rank, reached_us,
            )
        )  # fmt: skip
    return outcomes


def _number_of(error: RankdError) -> int:
    return _REFUSALS.index(type(error))


def _overflow_detail(submission: Submission) -> str:
    return (
        f"adding {submission.score} to the score of {submission.member!r} leaves the range -2^63 to 2^63-1; "
        "nothing was written"
    )

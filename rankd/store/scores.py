"""Everything that writes an entry.

Submissions to one board travel together as one script call, each request a group of its own with its own
outcome: those that come in one turn of the event loop, and those that come while a call is under way.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rankd.domain.calendars import DAY
from rankd.domain.entries import (
    Entry,
    Refused,
    Submission,
    WhichEntry,
)
from rankd.domain.ordering import encode_member
from rankd.domain.periods import Window
from rankd.store import keys
from rankd.store.client import StoreClient, new_call
from rankd.store.clock import StoreClock
from rankd.store.outcomes import checked
from rankd.store.periods import day_args, has_renamed_targets, known_targets, targets_of
from rankd.store.ranks import read_entry
from rankd.store.rollovers import RolloverStore
from rankd.store.scripts import load
from rankd.store.standing import StandingBoard, Targets
from rankd.store.submit_wire import Applied, Reply, add_entries, applied

_SUBMIT, _EDIT, _REMOVE = load("submit"), load("edit"), load("remove")

# What a call may take, counted once for each period, and what an operation names a part of.
MAX_ENTRIES_A_CALL = 20
ENTRIES_A_PART = 5
FIELDS_AS_ONE_ENTRY = 4
MAX_HOLD_S = 0.01
_REMOVED_A_CALL = 25  # The rule of calls whose submissions are in sessions: they add up the differences.
RUNNING = "running"


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
    done: asyncio.Future["Reply"]


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
        return [applied(standing, part.submissions, reply) for part, reply in zip(parts, replies, strict=True)]

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

    async def _call(self, standing: StandingBoard, rule: str, groups: list[Group]) -> list[Reply]:
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
            add_entries(args, standing, group.submissions)
            if group.operation:
                all_names += names.kept_operations(group.operation, first)
        if rule == RUNNING:
            all_names += names.sessions(first)
        replies = checked(await self._client.call(_SUBMIT, call, all_names, args))
        return [Reply(reply, targets.windows, calendar.types) for reply in replies]

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

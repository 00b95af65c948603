"""Everything that writes an entry: who may, on which board, and once."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rankd.domain.access import Principal, Scope
from rankd.domain.boards import Board
from rankd.domain.entries import ONLY_SUBSCORE, Entry, Placing, Refused, Submission, WhichEntry
from rankd.domain.periods import Window
from rankd.domain.submissions import EditBody
from rankd.errors import (
    EntryNotFound,
    MemberNotRegistered,
    PlayerRefused,
    RankdError,
    ScopeMissing,
    ScoreOutOfBounds,
    StoreAway,
    ValidationFailed,
    pointer_part,
)
from rankd.service.boards import Boards
from rankd.service.members import Members
from rankd.store.periods import Period
from rankd.store.scores import ENTRIES_A_PART, RUNNING, Part, ScoreStore, entries_a_call
from rankd.store.standing import StandingBoard
from rankd.store.submit_wire import Applied, Outcome
from rankd.store.values import ValueStore

_NO_TEAMS = 'the board has no teams; leave it out, or set `member_types` to ["user", "team"]'
ONE_ENTRY = "a member has one entry on this board; entries are told apart where `unique` is false"
_NO_PUT = (
    "on this board every submission is an entry of its own, so there is no score to set; POST another one, and DELETE "
    "with ?entry_id= takes one away"
)
_NEEDS_ADMIN = "{} needs a key with the scope admin; leave it out, or use such a key"


@dataclass(frozen=True, slots=True)
class Operation:
    """What a client's Idempotency-Key names, and the request it came with."""

    key: str
    request: bytes

    def named(self, project: str, part: str) -> bytes:
        """16 bytes of id and 8 of fingerprint for one part of the request."""
        name = hashlib.sha256(f"{project}\n{part}\n{self.key}".encode()).digest()[:16]
        return name + hashlib.sha256(self.request).digest()[:8]


class Edited(NamedTuple):
    """An entry after a change of its metadata or fields, in the first period that has it, and the board's decimals.
    `above` are the entries with a better rank, where its rank says how many."""

    entry: Entry
    total: int
    window: Window
    decimals: int
    above: int | None


# What an array is applied to instead of the board's running periods by its own rule; entries are set outright there.
Target = Callable[[StandingBoard], Awaitable[StandingBoard]]


# What is submitted to a board, where it says so.
Made = Callable[[StandingBoard], Awaitable[Submission | None]]


class _Array(NamedTuple):
    """What the calls of one array have in common."""

    principal: Principal
    board_id: str
    operation: Operation | None
    target: Target | None


class Scores:
    """Submissions and changes of entries."""

    def __init__(self, boards: Boards, members: Members, store: ScoreStore, values: ValueStore) -> None:
        self._values = values
        self._boards = boards
        self._members = members
        self._store = store

    async def submit(
        self,
        principal: Principal,
        board_id: str,
        items: Sequence[Submission | RankdError],
        operation: Operation | None,
        target: Target | None = None,
    ) -> Applied:
        """Applies an array in order; a refused item leaves the others standing.

        Takes faults in the place of items that could not be read, and leaves them in theirs. Goes in calls
        of bounded size, each an operation of its own, one after the other: a call that is repeated must not
        come after the one behind it.
        """
        readable = [item for item in items if isinstance(item, Submission)]
        array = _Array(principal, board_id, operation, target)
        done: list[Applied] = []
        start = 0
        while start < len(readable) or (operation and not done):
            try:
                applied, taken = await self._submit_from(array, readable, start)
            except RankdError as error:
                raise _in_the_middle(error, start, len(readable)) if start else error from None
            done += applied
            start += taken
        outcomes = iter([outcome for applied in done for outcome in applied.outcomes])
        merged = [item if isinstance(item, RankdError) else next(outcomes) for item in items]
        return Applied(merged, is_replay=bool(done) and all(applied.is_replay for applied in done))

    async def _submit_from(self, array: _Array, items: Sequence[Submission], start: int) -> tuple[list[Applied], int]:
        """Applies as many submissions from a place on as one call takes; what became of them, and their number.

        The parts that an operation names are the same whatever a call takes, and so for a repeat of the request.
        """
        principal, board_id, operation, target = array

        async def work(standing: StandingBoard) -> tuple[list[Applied], int]:
            rule: str = standing.board.update
            if target:
                standing, rule = await target(standing), "set"
            taken = items[start : start + entries_a_call(standing)]
            if target:
                taken = [_whole(standing, submission) for submission in taken]
            checked = await self._checked(principal, standing, taken)
            parts = [Part(checked, keeps=True)]
            if operation:
                firsts = range(0, max(len(checked), 1), ENTRIES_A_PART)
                parts = [
                    Part(
                        checked[first : first + ENTRIES_A_PART],
                        operation.named(principal.project, f"{board_id} {(start + first) // ENTRIES_A_PART}"),
                        keeps=True,
                    )
                    for first in firsts
                ]
            return await self._store.submit(standing, rule, parts), max(len(taken), 1)

        return await self._boards.applied(principal.project, board_id, work)

    async def submit_one(
        self, principal: Principal, board_id: str, submission: Submission, operation: Operation | None
    ) -> tuple[Placing, bool]:
        """Applies one submission: its placing, and whether it is an earlier answer given again."""
        return await self.submit_fitted(principal, board_id, lambda _: submission, operation)

    async def submit_fitted(
        self, principal: Principal, board_id: str, fitted: Callable[[Board], Submission], operation: Operation | None
    ) -> tuple[Placing, bool]:
        """The same with a submission fitted to the board as it is then; again where it has changed meanwhile."""

        async def work(standing: StandingBoard) -> Applied:
            try:
                submission = fitted(standing.board)
            except RankdError:
                await self._boards.confirm(principal.project, standing)
                raise
            checked = await self._checked(principal, standing, (submission,))
            name = operation.named(principal.project, f"{board_id} 0") if operation else b""
            return (await self._store.submit(standing, standing.board.update, (Part(checked, name),)))[0]

        applied = await self._boards.applied(principal.project, board_id, work)
        outcome = applied.outcomes[0]
        if isinstance(outcome, RankdError):
            raise outcome
        return outcome, applied.is_replay

    async def submit_made(
        self, principal: Principal, board_id: str, made: Made, operation: Operation | None
    ) -> Applied | None:
        """Applies the one submission that is made for a board as it stands; None where none is."""

        async def work(standing: StandingBoard) -> Applied | None:
            submission = await made(standing)
            if submission is None:
                return None
            part = Part(
                await self._checked(principal, standing, (submission,)),
                operation.named(principal.project, f"{board_id} 0") if operation else b"",
            )
            rule = standing.board.update if submission.session is None else RUNNING
            return (await self._store.submit(standing, rule, (part,)))[0]

        return await self._boards.applied(principal.project, board_id, work)

    async def spread(
        self, principal: Principal, board_ids: Sequence[str], submission: Submission, operation: Operation | None
    ) -> Applied:
        """One submission to several boards; atomic on each, and each with its own outcome."""
        done = await asyncio.gather(
            *[self.submit_one(principal, board_id, submission, operation) for board_id in board_ids],
            return_exceptions=True,
        )
        outcomes: list[Outcome] = []
        replays = []
        for one in done:
            if isinstance(one, RankdError):
                outcomes.append(one)
            elif isinstance(one, BaseException):
                raise one
            else:
                outcomes.append(one[0])
                replays.append(one[1])
        return Applied(outcomes, is_replay=bool(replays) and all(replays))

    async def put(self, principal: Principal, board_id: str, submission: Submission) -> Placing:
        """Sets a member's score outright, whatever the board's rule; makes the entry where there is none."""

        async def work(standing: StandingBoard) -> Applied:
            if not standing.board.unique:
                await self._boards.confirm(principal.project, standing)
                raise ValidationFailed(faults=[{"pointer": "/score", "detail": _NO_PUT}])
            part = Part(await self._checked(principal, standing, (submission,)))
            return (await self._store.submit(standing, "set", (part,)))[0]

        outcome = (await self._boards.applied(principal.project, board_id, work)).outcomes[0]
        if isinstance(outcome, RankdError):
            raise outcome
        return outcome

    async def edit(self, principal: Principal, board_id: str, which: WhichEntry, change: EditBody) -> Edited:
        """Changes an entry's metadata and fields in all running periods; on an arcade board the member's best entry
        where none is named. Raises EntryNotFound."""

        async def work(standing: StandingBoard) -> Edited:
            await self._demand_one_of_many(principal, standing, which)
            given = change.fields or {}
            if faults := standing.fields.faults(given):
                await self._boards.confirm(principal.project, standing)
                raise ValidationFailed(faults=faults)
            entry, total, window = await self._store.edit(standing, which, change.metadata_text, given)
            if entry.rank:  # a hidden member has no ranks
                period = Period(window, window.id, standing.window_keys(window))
                (entry,) = await self._values.with_ranks(standing, period, [entry])
            says_above = entry.rank and standing.board.rank_style != "dense"
            return Edited(entry, total, window, standing.board.decimals, entry.rank - 1 if says_above else None)

        self._members.expect(principal.project)
        try:
            edited = await self._boards.applied(principal.project, board_id, work)
        except EntryNotFound:
            raise absent(which, board_id) from None
        (entry,) = await self._members.shown(principal.project, [edited.entry])
        return edited._replace(entry=entry)

    async def remove(self, principal: Principal, board_id: str, which: WhichEntry) -> None:
        """Removes a member's entry from all running periods; on an arcade board all of its entries, in steps, where
        none is named. Raises EntryNotFound."""

        async def work(standing: StandingBoard) -> bool:
            await self._demand_one_of_many(principal, standing, which)
            return await self._store.remove(standing, which)

        try:
            has_more = await self._boards.applied(principal.project, board_id, work)
        except EntryNotFound:
            raise absent(which, board_id) from None
        while has_more:
            try:
                has_more = await self._boards.applied(principal.project, board_id, work)
            except EntryNotFound:
                return

    async def _demand_one_of_many(self, principal: Principal, standing: StandingBoard, which: WhichEntry) -> None:
        """Refuses an entry's number where members have one entry. Raises ValidationFailed, BoardChanged."""
        if which.entry_id is not None and standing.board.unique:
            await self._boards.confirm(principal.project, standing)
            raise ValidationFailed(faults=[{"parameter": "entry_id", "detail": ONE_ENTRY}])

    async def _checked(
        self, principal: Principal, standing: StandingBoard, submissions: Sequence[Submission]
    ) -> list[Submission | Refused]:
        """At most 50 submissions, or why the board does not take them from this caller now.

        A refused one is sent on all the same: the script knows whether the board is still the one it was
        held against, and whether an earlier answer has to be given again.
        """
        registered = None
        if standing.board.registered_only:
            members = [submission.member for submission in submissions]
            registered = await self._members.registered(principal.project, members)
        found = []
        for submission in submissions:
            error = _refusal(principal, standing, submission)
            if error is None and registered is not None and submission.member not in registered:
                error = MemberNotRegistered(_not_registered(submission.member))
            found.append(submission if error is None else Refused(submission, error))
        return found


def _whole(standing: StandingBoard, submission: Submission) -> Submission:
    """The same, with fields that an entry is to be without removed, where it names the ones it has."""
    if submission.fields is None:
        return submission
    return submission._replace(fields={**dict.fromkeys(standing.fields.rules), **submission.fields})


def _refusal(principal: Principal, standing: StandingBoard, submission: Submission) -> RankdError | None:
    """Why a submission is not what the board takes from this caller, whoever its member is."""
    if principal.member is not None and (refused := player_refusal(principal.member, standing.board, submission)):
        return refused
    named = "achieved_at" if submission.achieved_us is not None else "entry_id"
    if (named == "achieved_at" or submission.entry_id is not None) and not principal.scopes & {Scope.ADMIN, Scope.ROOT}:
        return ScopeMissing(_NEEDS_ADMIN.format(named))
    outside = _bound_fault(standing.board, submission.score)
    faults = _subscore_faults(standing, submission.subscores) if submission.subscores else []
    if submission.team is not None and not standing.board.has_teams:
        faults.append({"pointer": "/team", "detail": _NO_TEAMS})
    if submission.entry_id is not None and standing.board.unique:
        faults.append({"pointer": "/entry_id", "detail": ONE_ENTRY})
    if submission.fields:
        faults += standing.fields.faults(submission.fields)
    if faults:
        return ValidationFailed(faults=[outside, *faults] if outside else faults)
    return ScoreOutOfBounds(faults=[outside]) if outside else None


def player_refusal(player: str, board: Board, submission: Submission) -> PlayerRefused | None:
    if not board.player_submit:
        return PlayerRefused("the board takes no scores from players: its `player_submit` is false")
    if submission.member != player:
        return PlayerRefused(f"the player token is of {player!r}, and submits for no other member")
    return None


def _bound_fault(board: Board, score: int) -> dict[str, str] | None:
    """The bound that a score lies outside of, as a fault of the submission."""
    if board.score_min is not None and score < board.score_min:
        return {"pointer": "/score", "detail": f"is {score}, less than the board's score_min of {board.score_min}"}
    if board.score_max is not None and score > board.score_max:
        return {"pointer": "/score", "detail": f"is {score}, more than the board's score_max of {board.score_max}"}
    return None


def _not_registered(member: str) -> str:
    return f"member {member!r} has no profile, and the board has registered_only; PUT /v1/members/{{member}} first"


def _subscore_faults(standing: StandingBoard, given: dict[str, int]) -> list[dict[str, str]]:
    """Why subscores are not the board's."""
    names = standing.layout.subscores
    listed = ", ".join(names) or "none"
    faults = [
        {"pointer": f"/subscores/{pointer_part(name)}", "detail": f"the board has no such subscore; it has {listed}"}
        for name in given
        if name != ONLY_SUBSCORE and name not in names
    ]
    if ONLY_SUBSCORE in given and (len(given) > 1 or len(names) != 1):
        detail = f"stands for a board's only subscore, and not beside subscores; the board has {listed}"
        faults.append({"pointer": "/subscore", "detail": detail})
    return faults


def ordered_subscores(standing: StandingBoard, subscores: dict[str, int]) -> tuple[int, ...]:
    """Subscores in the board's order. Raises ValidationFailed."""
    if faults := _subscore_faults(standing, subscores):
        raise ValidationFailed(faults=faults)
    return standing.layout.ordered(subscores)


def _in_the_middle(error: RankdError, done: int, count: int) -> RankdError:
    """The error of an array that was applied in part: says so, and how to complete it."""
    reason = "the store cannot be reached" if type(error) is StoreAway else error.detail
    return type(error)(
        f"the first {done} of {count} submissions were applied, then: {reason}; repeat the request with the same "
        "Idempotency-Key to complete it (one without a key would count the first ones again)"
    )


def absent(which: WhichEntry, board_id: str, period: str = "all", segment: str | None = None) -> EntryNotFound:
    where = ("" if period == "all" else f" in {period}") + (f" among {segment}" if segment else "")
    entry = "entry" if which.entry_id is None else f"entry {which.entry_id}"
    return EntryNotFound(f"member {which.member!r} has no {entry} on board {board_id!r}{where}")

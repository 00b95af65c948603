"""Everything that writes an entry: who may, on which board, and once."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rankd.domain.access import Principal, Scope
from rankd.domain.entries import Entry, Placing, Submission
from rankd.errors import EntryNotFound, RankdError, ScopeMissing, ValidationFailed
from rankd.service.boards import Boards
from rankd.store.boards import StandingBoard
from rankd.store.scores import MAX_ENTRIES_A_CALL, Applied, Outcome, ScoreStore

_CLOCK_LEEWAY_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Operation:
    """What a client's Idempotency-Key names, and the request it came with."""

    key: str
    request: bytes

    def named(self, project: str, part: str, layout: str = "") -> bytes:
        """16 bytes of id and 8 of fingerprint for one part of the request."""
        name = hashlib.sha256(f"{project}\n{part}\n{self.key}".encode()).digest()[:16]
        return name + hashlib.sha256(self.request + layout.encode()).digest()[:8]


class Scores:
    """Submissions and changes of entries."""

    def __init__(self, boards: Boards, store: ScoreStore, now_ms: Callable[[], int]) -> None:
        self._boards = boards
        self._store = store
        self._now_ms = now_ms

    async def submit(
        self, principal: Principal, board_id: str, items: Sequence[Submission | RankdError], operation: Operation | None
    ) -> Applied:
        """Applies submissions in order; a refused one leaves the others standing.

        Takes faults in the place of items that could not be read, and leaves them in theirs.
        """

        async def work(standing: StandingBoard) -> Applied:
            checked = [self._checked(principal, standing, item) for item in items]
            return await self._in_chunks(principal, standing, checked, operation)

        return await self._boards.applied(principal.project, board_id, work)

    async def submit_one(
        self, principal: Principal, board_id: str, submission: Submission, operation: Operation | None
    ) -> tuple[Placing, bool]:
        """Applies one submission: its placing, and whether it is an earlier answer given again."""

        async def work(standing: StandingBoard) -> Applied:
            if submission.subscores or submission.achieved_us is not None:
                checked = self._checked(principal, standing, submission)
                if isinstance(checked, RankdError):
                    raise checked
            name = self._named(principal, standing, operation, 0) if operation else b""
            return await self._store.submit(standing, standing.board.update, (submission,), name)

        applied = await self._boards.applied(principal.project, board_id, work)
        outcome = applied.outcomes[0]
        if isinstance(outcome, RankdError):
            raise outcome
        return outcome, applied.is_replay

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
            _check_subscores(standing, submission)
            return await self._store.submit(standing, "latest", (submission,), b"")

        outcome = (await self._boards.applied(principal.project, board_id, work)).outcomes[0]
        if isinstance(outcome, RankdError):
            raise outcome
        return outcome

    async def edit(self, principal: Principal, board_id: str, member: str, metadata: bytes | None) -> tuple[Entry, int]:
        """Replaces an entry's metadata: the entry and the board's total. Raises EntryNotFound."""

        async def work(standing: StandingBoard) -> tuple[Entry, int]:
            return await self._store.edit(standing, member, metadata)

        try:
            return await self._boards.applied(principal.project, board_id, work)
        except EntryNotFound:
            raise absent(member, board_id) from None

    async def remove(self, principal: Principal, board_id: str, member: str) -> None:
        """Removes an entry. Raises EntryNotFound."""

        async def work(standing: StandingBoard) -> None:
            await self._store.remove(standing, member)

        try:
            await self._boards.applied(principal.project, board_id, work)
        except EntryNotFound:
            raise absent(member, board_id) from None

    async def _in_chunks(
        self,
        principal: Principal,
        standing: StandingBoard,
        items: list[Submission | RankdError],
        operation: Operation | None,
    ) -> Applied:
        """Sends what can be sent, in calls of bounded size, each an operation of its own.

        One after the other: a call that is repeated must not come after the one behind it.
        """
        good = [item for item in items if isinstance(item, Submission)]
        done = []
        for index, start in enumerate(range(0, len(good), MAX_ENTRIES_A_CALL)):
            chunk = good[start : start + MAX_ENTRIES_A_CALL]
            name = self._named(principal, standing, operation, index) if operation else b""
            done.append(await self._store.submit(standing, standing.board.update, chunk, name))
        outcomes = iter([outcome for applied in done for outcome in applied.outcomes])
        merged = [item if isinstance(item, RankdError) else next(outcomes) for item in items]
        return Applied(merged, is_replay=bool(done) and all(applied.is_replay for applied in done))

    @staticmethod
    def _named(principal: Principal, standing: StandingBoard, operation: Operation, chunk: int) -> bytes:
        """The operation of one chunk; another order of the board makes it another request."""
        layout = standing.layout.text
        return operation.named(principal.project, f"{standing.board.id} {chunk}", layout[:2] + layout[3:])

    def _checked(
        self, principal: Principal, standing: StandingBoard, item: Submission | RankdError
    ) -> Submission | RankdError:
        """The submission if the board takes it from this caller, else why not."""
        if isinstance(item, RankdError):
            return item
        try:
            if item.subscores:
                _check_subscores(standing, item)
            if item.achieved_us is not None:
                self._check_achieved(principal, item.achieved_us)
        except RankdError as error:
            return error
        return item

    def _check_achieved(self, principal: Principal, achieved_us: int) -> None:
        if not principal.scopes & {Scope.ADMIN, Scope.ROOT}:
            raise ScopeMissing("achieved_at needs a key with the scope admin; leave it out, or use such a key")
        if achieved_us > self._now_ms() * 1000 + _CLOCK_LEEWAY_US:
            raise ValidationFailed(faults=[{"pointer": "/achieved_at", "detail": "lies in the future"}])


def _check_subscores(standing: StandingBoard, submission: Submission) -> None:
    """Raises ValidationFailed where a subscore is not the board's."""
    names, given = standing.layout.subscores, submission.subscores or {}
    listed = ", ".join(names) or "none"
    faults = [
        {"pointer": f"/subscores/{name}", "detail": f"the board has no such subscore; it has {listed}"}
        for name in given
        if name and name not in names
    ]
    if "" in given and (len(given) > 1 or len(names) != 1):
        detail = f"stands for a board's only subscore, and not beside subscores; the board has {listed}"
        faults.append({"pointer": "/subscore", "detail": detail})
    if faults:
        raise ValidationFailed(faults=faults)


def ordered_subscores(standing: StandingBoard, subscores: dict[str, int]) -> tuple[int, ...]:
    """Subscores in the board's order. Raises ValidationFailed."""
    submission = Submission("", 0, subscores)
    _check_subscores(standing, submission)
    return standing.layout.ordered(subscores)


def absent(member: str, board_id: str) -> EntryNotFound:
    return EntryNotFound(f"member {member!r} has no entry on board {board_id!r}")

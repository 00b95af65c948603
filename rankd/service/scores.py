"""Everything that writes an entry: who may, on which board, and once."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rankd.domain.access import Principal, Scope
from rankd.domain.entries import Entry, Placing, Submission
from rankd.domain.ordering import to_us
from rankd.domain.submissions import EntryBody, SubmissionBody, metadata_text
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
        self, principal: Principal, board_id: str, bodies: Sequence[SubmissionBody | RankdError],
        operation: Operation | None,
    ) -> Applied:  # fmt: skip
        """Applies submissions in order; a refused one leaves the others standing.

        Takes faults in the place of bodies that could not be read, and leaves them in theirs.
        """

        async def work(standing: StandingBoard) -> Applied:
            prepared = [self._prepared(principal, standing, body) for body in bodies]
            return await self._in_chunks(principal, standing, prepared, operation)

        return await self._boards.applied(principal.project, board_id, work)

    async def submit_one(
        self, principal: Principal, board_id: str, body: SubmissionBody, operation: Operation | None
    ) -> tuple[Placing, bool]:
        """Applies one submission: its placing, and whether it is an earlier answer given again."""
        applied = await self.submit(principal, board_id, [body], operation)
        (outcome,) = applied.outcomes
        if isinstance(outcome, RankdError):
            raise outcome
        return outcome, applied.is_replay

    async def spread(
        self, principal: Principal, board_ids: Sequence[str], body: SubmissionBody, operation: Operation | None
    ) -> Applied:
        """One submission to several boards; atomic on each, and each with its own outcome."""
        done = await asyncio.gather(
            *[self.submit_one(principal, board_id, body, operation) for board_id in board_ids],
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

    async def put(self, principal: Principal, board_id: str, member: str, body: EntryBody) -> Placing:
        """Sets a member's score outright, whatever the board's rule; makes the entry where there is none."""

        async def work(standing: StandingBoard) -> Placing:
            submission = self._submission(standing, member, body, None)
            applied = await self._store.submit(standing, "latest", [submission], b"")
            (outcome,) = applied.outcomes
            if isinstance(outcome, RankdError):
                raise outcome
            return outcome

        return await self._boards.applied(principal.project, board_id, work)

    async def edit(
        self, principal: Principal, board_id: str, member: str, metadata: bytes | None
    ) -> tuple[Entry, int]:
        """Replaces an entry's metadata: the entry and the board's total. Raises EntryNotFound."""

        async def work(standing: StandingBoard) -> tuple[Entry, int]:
            return await self._store.edit(standing, member, metadata)

        try:
            return await self._boards.applied(principal.project, board_id, work)
        except EntryNotFound:
            raise absent(member, board_id) from None

    async def remove(self, principal: Principal, board_id: str, member: str) -> None:
        async def work(standing: StandingBoard) -> None:
            await self._store.remove(standing, member)

        try:
            await self._boards.applied(principal.project, board_id, work)
        except EntryNotFound:
            raise absent(member, board_id) from None

    async def _in_chunks(
        self, principal: Principal, standing: StandingBoard, prepared: list[Submission | RankdError],
        operation: Operation | None,
    ) -> Applied:  # fmt: skip
        """Sends what can be sent, in calls of bounded size, each an operation of its own."""
        good = [one for one in prepared if isinstance(one, Submission)]
        rule, layout = standing.board.update, standing.layout.text[:2] + standing.layout.text[3:]
        chunks = [good[start : start + MAX_ENTRIES_A_CALL] for start in range(0, len(good), MAX_ENTRIES_A_CALL)]
        named = [
            operation.named(principal.project, f"{standing.board.id} {index}", layout) if operation else b""
            for index in range(len(chunks))
        ]
        done = await asyncio.gather(
            *[self._store.submit(standing, rule, chunk, name) for chunk, name in zip(chunks, named, strict=True)]
        )
        outcomes = iter([outcome for applied in done for outcome in applied.outcomes])
        merged = [one if isinstance(one, RankdError) else next(outcomes) for one in prepared]
        return Applied(merged, is_replay=bool(done) and all(applied.is_replay for applied in done))

    def _prepared(
        self, principal: Principal, standing: StandingBoard, body: SubmissionBody | RankdError
    ) -> Submission | RankdError:
        if isinstance(body, RankdError):
            return body
        try:
            if body.achieved_at is None:
                return self._submission(standing, body.member, body, None)
            return self._submission(standing, body.member, body, self._achieved_us(principal, body))
        except RankdError as error:
            return error

    def _achieved_us(self, principal: Principal, body: SubmissionBody) -> int:
        assert body.achieved_at is not None
        if not principal.scopes & {Scope.ADMIN, Scope.ROOT}:
            raise ScopeMissing("achieved_at needs a key with the scope admin; leave it out, or use such a key")
        achieved_us = to_us(body.achieved_at)
        if achieved_us > self._now_ms() * 1000 + _CLOCK_LEEWAY_US:
            raise ValidationFailed(faults=[{"pointer": "/achieved_at", "detail": "lies in the future"}])
        return achieved_us

    @staticmethod
    def _submission(standing: StandingBoard, member: str, body: EntryBody, achieved_us: int | None) -> Submission:
        subscores: tuple[int, ...] = ()
        if standing.layout.subscores or body.subscores or body.subscore is not None:
            subscores = subscores_of(standing, body)
        metadata = None
        if "metadata" in body.model_fields_set:
            metadata = b"" if body.metadata is None else metadata_text(body.metadata)
        return Submission(member, body.score, subscores, metadata, achieved_us)


def subscores_of(standing: StandingBoard, body: EntryBody) -> tuple[int, ...]:
    """The subscores in the board's order; missing ones count as 0. Raises ValidationFailed."""
    names = standing.layout.subscores
    given = dict(body.subscores or {})
    faults = [
        {"pointer": f"/subscores/{name}", "detail": f"the board has no such subscore; it has {_listed(names)}"}
        for name in given
        if name not in names
    ]
    if body.subscore is not None:
        if body.subscores is not None or len(names) != 1:
            detail = f"stands for a board's only subscore, and not beside subscores; the board has {_listed(names)}"
            faults.append({"pointer": "/subscore", "detail": detail})
        else:
            given = {names[0]: body.subscore}
    if faults:
        raise ValidationFailed(faults=faults)
    return tuple(given.get(name, 0) for name in names)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"


def absent(member: str, board_id: str) -> EntryNotFound:
    return EntryNotFound(f"member {member!r} has no entry on board {board_id!r}")

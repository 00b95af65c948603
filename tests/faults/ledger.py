"""The ledger: every submission with its outcome, held against what the board may then say.

An outcome is ok, refused or unknown. With client keys an unknown one is repeated under the same
Idempotency-Key until it is answered, so that at the end nothing is unknown and equality is demanded.
Without them an unknown submission leaves two possible states, of which later answers rule one out.
"""

import asyncio
import random
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx2

RULES = {"points": "sum", "records": "best", "latest": "latest"}  # board -> update
REPEAT_FOR_S = 40.0
State = int | None


def applied(rule: str, state: State, score: int) -> int:
    """A member's score after one more submission."""
    if state is None or rule == "latest":
        return score
    return state + score if rule == "sum" else max(state, score)


@dataclass
class Operation:
    """One request: submissions of distinct members to one board."""

    board: str
    scores: dict[str, int]
    key: str | None
    outcome: str = "unknown"
    attempts: int = 0
    replayed: bool = False
    sent_us: int = 0  # the first time, by the machine's clock
    answer: bytes = b""

    @property
    def body(self) -> Any:
        items = [{"member": member, "score": score} for member, score in self.scores.items()]
        return items if len(items) > 1 else items[0]


@dataclass
class Ledger:
    """Drives load and judges it. `wrongs` says everything that must not be."""

    client: httpx2.AsyncClient
    with_keys: bool = True
    rules: dict[str, str] = field(default_factory=lambda: dict(RULES))
    settings: dict[str, Any] = field(default_factory=dict)  # of each board, besides its rule
    operations: list[Operation] = field(default_factory=list)
    possible: dict[tuple[str, str], set[State]] = field(default_factory=dict)
    wrongs: list[str] = field(default_factory=list)
    statuses: Counter[int | str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    last_ok_at_s: float = 0.0

    async def define_boards(self) -> None:
        for board, rule in self.rules.items():
            answer = await self.client.put(f"/v1/boards/{board}", json={"update": rule, **self.settings})
            assert answer.status_code in (200, 201), answer.text

    @property
    def answered(self) -> int:
        return sum(operation.outcome == "ok" for operation in self.operations)

    async def work(self, worker: int, requests: int, members: int = 6) -> None:
        """One client in sequence: its own members, on all boards, one submission in five an array."""
        chance = random.Random(worker)
        for _ in range(requests):
            await self.run(self.chosen(worker, chance, members))

    def chosen(self, worker: int, chance: random.Random, members: int = 6) -> Operation:
        own = [f"w{worker}-{index}" for index in range(members)]
        chosen = chance.sample(own, chance.randint(2, members) if chance.random() < 0.2 else 1)
        scores = {member: chance.randint(-5, 1000) for member in chosen}
        key = str(uuid.uuid4()) if self.with_keys else None
        return Operation(chance.choice(list(self.rules)), scores, key)

    async def run(self, operation: Operation) -> None:
        """Sends one operation, repeated while its outcome is unknown and a key makes that safe."""
        self.operations.append(operation)
        deadline = time.monotonic() + REPEAT_FOR_S
        while True:
            answer = await self._send(operation)
            if answer is not None:
                return self._judge(operation, answer)
            if operation.key is None:
                return self._leave_open(operation)
            if time.monotonic() > deadline:
                self.wrongs.append(f"{operation.board} {operation.scores}: unknown for {REPEAT_FOR_S} s")
                return self._leave_open(operation)
            await asyncio.sleep(0.05)  # a client's pause between attempts

    async def post(self, path: str, body: Any, headers: dict[str, str]) -> httpx2.Response:
        return await self.client.post(path, json=body, headers=headers)

    async def _send(self, operation: Operation) -> Any:
        headers = {"Idempotency-Key": operation.key} if operation.key else {}
        operation.attempts += 1
        operation.sent_us = operation.sent_us or time.time_ns() // 1000
        started = time.monotonic()
        try:
            answer = await self.post(f"/v1/boards/{operation.board}/scores", operation.body, headers)
        except httpx2.TransportError as broken:
            self.statuses[type(broken).__name__] += 1
            return None
        finally:
            self.seconds.append(time.monotonic() - started)
        self.statuses[answer.status_code] += 1
        if answer.status_code == 503:
            if "retry-after" not in answer.headers:
                self.wrongs.append("a 503 without Retry-After")
            return None
        if answer.status_code == 409 and operation.key:
            return None  # the first attempt is still running
        operation.replayed = answer.headers.get("idempotent-replayed") == "true"
        return answer

    def _judge(self, operation: Operation, answer: httpx2.Response) -> None:
        if answer.status_code != 200:
            operation.outcome = "refused"
            self.wrongs.append(f"{answer.status_code} for {operation.body}: {answer.text[:300]}")
            return
        operation.outcome, operation.answer, self.last_ok_at_s = "ok", answer.content, time.monotonic()
        placings = answer.json() if len(operation.scores) > 1 else [answer.json()]
        if [placing.get("member") for placing in placings] != list(operation.scores):
            self.wrongs.append(f"another's answer: {operation.scores} got {placings}")
            return
        for placing in placings:
            self._follow(operation.board, placing, operation.scores[placing["member"]])

    def _follow(self, board: str, placing: dict[str, Any], score: int) -> None:
        """The chain: the answer's step leads from a possible state to the one it names."""
        slot, rule = (board, placing["member"]), self.rules[board]
        before, after = placing["previous_score"], placing["score"]
        possible = self.possible.get(slot, {None})
        if before not in possible or applied(rule, before, score) != after:
            self.wrongs.append(f"{slot} +{score}: {before} -> {after}, possible before: {possible}")
        self.possible[slot] = {after}

    def _leave_open(self, operation: Operation) -> None:
        for member, score in operation.scores.items():
            slot = (operation.board, member)
            states = self.possible.get(slot, {None})
            rule = self.rules[operation.board]
            self.possible[slot] = states | {applied(rule, state, score) for state in states}

    async def close(self) -> None:
        """Holds the boards against the ledger: finals, pages and each entry's own rank (L1-L4)."""
        for board in self.rules:
            entries = await self._walk(board)
            ranks = [entry["rank"] for entry in entries]
            if ranks != list(range(1, len(entries) + 1)):
                self.wrongs.append(f"{board}: ranks of the pages are not 1..{len(entries)}")
            scores = [entry["score"] for entry in entries]
            if scores != sorted(scores, reverse=True):
                self.wrongs.append(f"{board}: pages out of order")
            self._hold(board, {entry["member"]: entry["score"] for entry in entries})
            await self._compare_ranks(board, entries)

    async def _walk(self, board: str, **query: Any) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = []
        query["limit"] = 100
        while True:
            answer = await self.client.get(f"/v1/boards/{board}/entries", params=query)
            if answer.status_code != 200:
                self.wrongs.append(f"{board} {query}: {answer.status_code} {answer.text[:300]}")
                return entries
            page = answer.json()
            entries += page["entries"]
            if page["next"] is None:
                if page["total"] != len(entries):
                    self.wrongs.append(f"{board}: total {page['total']}, {len(entries)} rows in the pages")
                return entries
            query["cursor"] = page["next"]

    def _hold(self, board: str, finals: dict[str, int]) -> None:
        for (of_board, member), possible in self.possible.items():
            if of_board == board and finals.get(member) not in possible:
                self.wrongs.append(f"{board} {member}: ends at {finals.get(member)}, possible {possible}")
        known = {member for of_board, member in self.possible if of_board == board}
        for stranger in finals.keys() - known:
            self.wrongs.append(f"{board}: an entry nobody sent: {stranger}")

    async def _compare_ranks(self, board: str, entries: list[dict[str, Any]]) -> None:
        for entry in entries[:: max(1, len(entries) // 25)]:
            one = (await self.client.get(f"/v1/boards/{board}/entries/{entry['member']}")).json()
            if one["rank"] != entry["rank"]:
                self.wrongs.append(f"{board} {entry['member']}: page {entry['rank']}, entry {one['rank']}")

    def figures(self) -> dict[str, Any]:
        """What a fault's line reports."""
        ordered = sorted(self.seconds)
        return {
            "requests": len(self.operations),
            "ok": self.answered,
            "attempts": sum(operation.attempts for operation in self.operations),
            "replayed": sum(operation.replayed for operation in self.operations),
            "statuses": {str(status): count for status, count in sorted(self.statuses.items(), key=str)},
            "p99_ms": round(1000 * ordered[int(0.99 * (len(ordered) - 1))], 1) if ordered else None,
            "max_ms": round(1000 * ordered[-1], 1) if ordered else None,
            "wrong": len(self.wrongs),
        }

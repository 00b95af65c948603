"""One connection to the store: packed calls out, replies to their waiters in order.

A reply that is not its waiter's, a broken protocol or a missing answer ends the connection and fails every
waiter as unknown, so that nobody is ever handed another's answer.
"""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Sequence
from typing import Any, cast

import hiredis
import structlog

from rankd.errors import OutcomeUnknown
from rankd.store.failures import LineLost, error_of_reply, reason_of
from rankd.store.scripts import Script

log = structlog.get_logger()

REPLY_TIMEOUT_S = 1.0
WAIT_TIMEOUT_MS = 800
_TOO_FEW_REPLICAS = (
    "the store has the write, but too few replicas confirmed it in time, so a failover could still lose it; "
    "repeat the request with the same Idempotency-Key: it cannot count twice"
)


class Waiter:
    """One call in the line. A cancelled waiter keeps its place: its reply is read and dropped."""

    __slots__ = ("call", "confirms", "deadline", "futures", "held", "script", "tail")

    def __init__(self, call: bytes | None, script: Script | None, tail: tuple[Any, ...]) -> None:
        self.call = call
        self.script = script
        self.tail = tail
        self.futures: list[asyncio.Future[Any]] = []
        self.deadline = 0.0
        self.held: Any = None
        self.confirms: list[Waiter] = []

    @property
    def writes(self) -> bool:
        return self.script is not None and self.script.writes

    def packed(self, by_text: bool = False) -> bytes:
        words = self.tail
        if self.script is not None:
            words = (b"EVAL", self.script.text, *words) if by_text else (b"EVALSHA", self.script.digest, *words)
        packed: bytes = hiredis.pack_command(words)
        return packed

    def answer(self, reply: Any) -> None:
        for future in self.futures:
            if not future.done():
                future.set_result(reply)

    def fail(self, error: Exception) -> None:
        for future in self.futures:
            if not future.done():
                future.set_exception(error)


class Line(asyncio.Protocol):
    """One connection: writes packed calls, hands replies to their waiters in order."""

    def __init__(self, min_replicas: int = 0) -> None:
        self._min_replicas = min_replicas
        self._reader = hiredis.Reader(notEnoughData=Ellipsis)
        self._waiting: deque[Waiter] = deque()
        self._loop = asyncio.get_running_loop()
        self._watch: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.is_open = True

    def send(self, waiters: Sequence[Waiter]) -> None:
        """Writes calls in one piece. Each has `REPLY_TIMEOUT_S` from now to be answered."""
        transport = self._transport
        if transport is None:
            raise LineLost("the connection is not open", sent=False)
        if self._min_replicas:
            waiters = self._confirmed(waiters)
        deadline = self._loop.time() + REPLY_TIMEOUT_S
        for waiter in waiters:
            waiter.deadline = deadline
        self._waiting.extend(waiters)
        transport.write(b"".join([waiter.packed() for waiter in waiters]))
        if self._watch is None:
            self._watch = self._loop.call_later(REPLY_TIMEOUT_S, self._check)

    def _confirmed(self, waiters: Sequence[Waiter]) -> Sequence[Waiter]:
        """The calls with one WAIT behind them, which holds the answers of those that write."""
        writing = [waiter for waiter in waiters if waiter.writes]
        if not writing:
            return waiters
        wait = Waiter(None, None, (b"WAIT", self._min_replicas, WAIT_TIMEOUT_MS))
        wait.confirms = writing
        return [*waiters, wait]

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not Ellipsis:
                self._match(reply)
        except (hiredis.HiredisError, IndexError) as error:
            self.close(f"an answer nobody asked for: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        self.close(reason_of(exc) if exc else "it closed the connection")

    def close(self, reason: str) -> None:
        """Ends the connection at once, unsent bytes dropped, and fails every waiter as unknown."""
        if not self.is_open:
            return
        self.is_open = False
        if self._waiting:
            log.warning("store_connection_lost", reason=reason, calls_open=len(self._waiting))
        if self._watch:
            self._watch.cancel()
        if self._transport is not None:
            sock = self._transport.get_extra_info("socket")
            if sock is not None and sock.family != socket.AF_UNIX:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
        while self._waiting:
            self._waiting.popleft().fail(LineLost(reason, sent=True))

    def _check(self) -> None:
        self._watch = None
        if not self._waiting or not self.is_open:
            return
        oldest = self._waiting[0].deadline
        if oldest <= self._loop.time():
            self.close("no answer in time")
        else:
            self._watch = self._loop.call_at(oldest, self._check)

    def _match(self, reply: Any) -> None:
        waiter = self._waiting[0]
        if isinstance(reply, hiredis.ReplyError):
            self._waiting.popleft()
            self._refused(waiter, str(reply))
            return
        if waiter.call is not None and (not isinstance(reply, list) or reply[0] != waiter.call):
            raise hiredis.ProtocolError("the reply names another call")
        self._waiting.popleft()
        if waiter.confirms:
            self._confirm(waiter.confirms, reply)
        elif self._min_replicas and waiter.writes:
            waiter.held = reply
        else:
            waiter.answer(reply)

    def _confirm(self, writing: list[Waiter], replicas: int) -> None:
        for waiter in writing:
            if waiter.held is None:
                continue
            if replicas >= self._min_replicas:
                waiter.answer(waiter.held)
            else:
                waiter.fail(OutcomeUnknown(_TOO_FEW_REPLICAS))

    def _refused(self, waiter: Waiter, text: str) -> None:
        if text.startswith("NOSCRIPT") and waiter.script is not None and self._transport is not None:
            self._waiting.append(waiter)
            self._transport.write(waiter.packed(by_text=True))
        else:
            waiter.fail(error_of_reply(text, waiter.writes))

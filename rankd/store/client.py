"""The store client: the calls of one event-loop tick travel together, replies are matched in order.

Alone speaks to Redis while rankd serves, and the one place where its errors become ours. One connection
a process carries everything; every call is a script that answers with the call's own 8 bytes first, so a
reply that is not the caller's is noticed before it is handed out.

A call that gets no reply is repeated, at most twice and within its budget. That is safe because scripts
that write keep their reply under the call's id and answer a repeat from there. What is still open then
is an unknown outcome, and said to be one.
"""

import asyncio
import random
import socket
import ssl
import struct
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, cast

import hiredis
import structlog
from redis.asyncio.connection import SSLConnection, UnixDomainSocketConnection, parse_url

from rankd.errors import OutcomeUnknown, RankdError, StoreAway, StoreFull, StoreUnfit
from rankd.store.scripts import Script

log = structlog.get_logger()

CONNECT_TIMEOUT_S = 0.5
REPLY_TIMEOUT_S = 1.0
CALL_BUDGET_S = 1.9
MAX_REPEATS = 2
WAIT_TIMEOUT_MS = 800
_TOO_FEW_REPLICAS = (
    "the store has the write, but too few replicas confirmed it in time, so a failover could still lose it; "
    "repeat the request with the same Idempotency-Key: it cannot count twice"
)

# What a server says it cannot do now, by the first word of its error.
UNFIT_WORDS = {
    "LOADING": "it is loading its data",
    "BUSY": "a script keeps it busy",
    "BUSYGROUP": "it refused the call",
    "READONLY": "it is a read-only replica",
    "NOREPLICAS": "too few replicas are attached",
    "CLUSTERDOWN": "its cluster is down",
    "MASTERDOWN": "it has lost its primary",
    "TRYAGAIN": "a slot is being moved",
    "ASK": "a slot is being moved",
    "MOVED": "it is a cluster node, and the board lives on another one",
    "CROSSSLOT": "it refused the call",
    "EXECABORT": "it refused the call",
    "UNBLOCKED": "it refused the call",
    "MISCONF": "it cannot save to its disk",
    "NOAUTH": "it wants a password",
    "WRONGPASS": "it refuses the password",
    "NOPERM": "the user lacks a permission",
    "NOPROTO": "it refused the call",
    "DENIED": "it is in protected mode",
    "WRONGTYPE": "a key has a foreign type",
    "ERR": "it refused the call",
    "EXEC": "it refused the call",
}


class LineLost(Exception):
    """The connection ended. `sent` says whether the call may have reached the server."""

    def __init__(self, reason: str, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


def error_of_reply(text: str) -> RankdError:
    """Our error for an error reply. The server's own words are logged, never passed on."""
    word = text.partition(" ")[0]
    if word == "OOM" or "OOM command not allowed" in text:
        return StoreFull("the store has reached its memory limit; nothing was written")
    log.warning("store_refused", reply=text[:300])
    reason = UNFIT_WORDS.get(word, "it refused the call")
    return StoreUnfit(f"the store answers, but {reason}; nothing was written")


def reason_of(error: BaseException) -> str:
    """A lost connection in words: every foreign error that can end one."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError | FileNotFoundError):
        return "nothing listens at its address"
    if isinstance(error, hiredis.HiredisError):
        return "it broke the protocol"
    if isinstance(error, ssl.SSLError):
        return "TLS failed"
    if isinstance(error, socket.gaierror):
        return "its host name is unknown"
    return "the connection ended"


class _Waiter:
    """One call in the line. A cancelled waiter keeps its place: its reply is read and dropped."""

    __slots__ = ("call", "confirms", "deadline", "futures", "held", "script", "tail")

    def __init__(self, call: bytes | None, script: Script | None, tail: tuple[Any, ...]) -> None:
        self.call = call
        self.script = script
        self.tail = tail
        self.futures: list[asyncio.Future[Any]] = []
        self.deadline = 0.0
        self.held: Any = None
        self.confirms: list[_Waiter] = []

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
        self._waiting: deque[_Waiter] = deque()
        self._loop = asyncio.get_running_loop()
        self._watch: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self.is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.is_open = True

    def send(self, waiters: Sequence[_Waiter]) -> None:
        """Writes calls in one piece. Each has `REPLY_TIMEOUT_S` from now to be answered."""
        assert self._transport is not None
        if self._min_replicas:
            waiters = self._confirmed(waiters)
        deadline = self._loop.time() + REPLY_TIMEOUT_S
        for waiter in waiters:
            waiter.deadline = deadline
        self._waiting.extend(waiters)
        self._transport.write(b"".join([waiter.packed() for waiter in waiters]))
        if self._watch is None:
            self._watch = self._loop.call_later(REPLY_TIMEOUT_S, self._check)

    def _confirmed(self, waiters: Sequence[_Waiter]) -> Sequence[_Waiter]:
        """The calls with one WAIT behind them, which holds the answers of those that write."""
        writing = [waiter for waiter in waiters if waiter.script is not None and waiter.script.writes]
        if not writing:
            return waiters
        wait = _Waiter(None, None, (b"WAIT", self._min_replicas, WAIT_TIMEOUT_MS))
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
        if self._watch:
            self._watch.cancel()
        assert self._transport is not None
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
        elif self._min_replicas and waiter.script is not None and waiter.script.writes:
            waiter.held = reply
        else:
            waiter.answer(reply)

    def _confirm(self, writing: list[_Waiter], replicas: int) -> None:
        for waiter in writing:
            if waiter.held is None:
                continue
            if replicas >= self._min_replicas:
                waiter.answer(waiter.held)
            else:
                waiter.fail(OutcomeUnknown(_TOO_FEW_REPLICAS))

    def _refused(self, waiter: _Waiter, text: str) -> None:
        if text.startswith("NOSCRIPT") and waiter.script is not None and self._transport is not None:
            self._waiting.append(waiter)
            self._transport.write(waiter.packed(by_text=True))
        else:
            waiter.fail(error_of_reply(text))


class StoreClient:
    """The calls of this process to its store."""

    def __init__(self, url: str, min_replicas: int = 0) -> None:
        self._url = url
        self._min_replicas = min_replicas
        self._line: Line | None = None
        self._connecting: asyncio.Task[Line] | None = None
        self._unsent: list[_Waiter] = []
        self._shared: dict[tuple[Any, ...], _Waiter] = {}

    async def call(
        self, script: Script, call: bytes, keys: Sequence[bytes], args: Sequence[object]
    ) -> list[Any]:
        """Runs a script: its reply without the call's id. `args` go without the call's id too.

        Raises StoreAway, OutcomeUnknown (a write that may have happened), StoreUnfit, StoreFull.
        """
        tail = (len(keys), *keys, call, *args)
        sharing = None if script.writes else (script.digest, tuple(keys), tuple(args))
        reply = await self._repeated(_Waiter(call, script, tail), sharing)
        del reply[0]
        return reply  # type: ignore[no-any-return]

    async def command(self, *words: bytes | str) -> Any:
        """A plain command that writes nothing, for checks of the server itself."""
        return await self._repeated(_Waiter(None, None, words), None)

    async def close(self) -> None:
        if self._connecting:
            self._connecting.cancel()
        if self._line:
            self._line.close("rankd is stopping")

    async def _repeated(self, waiter: _Waiter, sharing: tuple[Any, ...] | None) -> Any:
        until = time.monotonic() + CALL_BUDGET_S
        sent = False
        for repeat in range(MAX_REPEATS + 1):
            try:
                async with asyncio.timeout(until - time.monotonic()):
                    return await self._attempt(waiter, sharing)
            except TimeoutError:
                reason, sent = "no answer in time", sent or waiter.deadline > 0
                break
            except LineLost as lost:
                reason, sent = str(lost), sent or lost.sent
            pause = random.uniform(0.01, 0.05) * 2**repeat  # noqa: S311 a jitter, not a secret
            if time.monotonic() + pause >= until:
                break
            await asyncio.sleep(pause)
        raise self._outcome(waiter, reason, sent)

    @staticmethod
    def _outcome(waiter: _Waiter, reason: str, sent: bool) -> RankdError:
        if sent and waiter.script is not None and waiter.script.writes:
            return OutcomeUnknown(
                f"the store stopped answering ({reason}), so the write may or may not have happened; "
                "repeat the request with the same Idempotency-Key: it cannot count twice"
            )
        return StoreAway(f"the store cannot be reached ({reason}); nothing was written, try again")

    async def _attempt(self, waiter: _Waiter, sharing: tuple[Any, ...] | None) -> Any:
        if self._line is None or not self._line.is_open:
            await self._connected()
        future = asyncio.get_running_loop().create_future()
        twin = self._shared.get(sharing) if sharing else None
        if twin is not None:
            twin.futures.append(future)
            return list(await future)
        waiter.futures = [future]
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(waiter)
        if sharing:
            self._shared[sharing] = waiter
            return list(await future)
        return await future

    def _flush(self) -> None:
        waiters, self._unsent = self._unsent, []
        self._shared.clear()
        if self._line is not None and self._line.is_open:
            self._line.send(waiters)
            return
        for waiter in waiters:
            waiter.fail(LineLost("the connection ended", sent=False))

    async def _connected(self) -> None:
        """Connects once for all that wait for it."""
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect())
            self._connecting.add_done_callback(self._connect_ended)
        try:
            self._line = await asyncio.shield(self._connecting)
        except (OSError, hiredis.HiredisError) as error:
            raise LineLost(reason_of(error), sent=False) from error

    def _connect_ended(self, task: asyncio.Task[Line]) -> None:
        self._connecting = None
        if not task.cancelled():
            task.exception()

    async def _connect(self) -> Line:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            options: dict[str, Any] = dict(parse_url(self._url))
            line = await self._opened(options)
            waiters = [_Waiter(None, None, words) for words in self._greeting(options)]
            for waiter in waiters:
                waiter.futures = [asyncio.get_running_loop().create_future()]
            line.send(waiters)
            try:
                await asyncio.gather(*[waiter.futures[0] for waiter in waiters])
            except LineLost as lost:
                raise ConnectionResetError(str(lost)) from lost
            except BaseException:
                line.close("the greeting failed")
                raise
            return line

    async def _opened(self, options: dict[str, Any]) -> Line:
        loop = asyncio.get_running_loop()

        def line() -> Line:
            return Line(self._min_replicas)

        kind = options.get("connection_class")
        if kind is UnixDomainSocketConnection:
            return (await loop.create_unix_connection(line, options["path"]))[1]
        context = None
        if kind is SSLConnection:
            context = SSLConnection(**{k: v for k, v in options.items() if k != "connection_class"}).ssl_context.get()
        host, port = options.get("host", "localhost"), int(options.get("port", 6379))
        return (await loop.create_connection(line, host, port, ssl=context))[1]

    @staticmethod
    def _greeting(options: dict[str, Any]) -> list[tuple[str, ...]]:
        words: list[tuple[str, ...]] = []
        if options.get("password"):
            user = [options["username"]] if options.get("username") else []
            words.append(("AUTH", *user, options["password"]))
        if options.get("db"):
            words.append(("SELECT", str(options["db"])))
        return [*words, ("CLIENT", "SETNAME", "rankd")]


def new_call() -> bytes:
    """8 bytes that name one call."""
    return random.randbytes(8)  # noqa: S311 a name, not a secret

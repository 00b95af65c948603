"""The store client: the calls of one event-loop tick travel together, replies are matched in order.

Alone speaks to Redis while rankd serves. One connection a process carries everything; every call is a
script that answers with the call's own 8 bytes first, so a reply that is not the caller's is noticed
before it is handed out (`line`).

A call that gets no reply is repeated, at most twice and within its budget. That is safe because scripts
that write keep their reply under the call's id and answer a repeat from there. What is still open then
is an unknown outcome, and said to be one.
"""

import asyncio
import random
import secrets
import time
from collections.abc import Sequence
from typing import Any

import hiredis
import structlog
from redis.asyncio.connection import SSLConnection, UnixDomainSocketConnection, parse_url

from rankd import telemetry
from rankd.errors import OutcomeUnknown, RankdError, StoreAway
from rankd.store.failures import LineLost, reason_of
from rankd.store.line import Line, Waiter
from rankd.store.scripts import Script

log = structlog.get_logger()

CONNECT_TIMEOUT_S = 0.5
CALL_BUDGET_S = 1.9
MAX_REPEATS = 2


class StoreClient:
    """The calls of this process to its store."""

    def __init__(self, url: str, min_replicas: int = 0) -> None:
        self._url = url
        self._min_replicas = min_replicas
        self._line: Line | None = None
        self._connecting: asyncio.Task[Line] | None = None
        self._unsent: list[Waiter] = []
        self._is_away = False
        self._is_closed = False
        self._shared: dict[tuple[Any, ...], Waiter] = {}

    async def call(self, script: Script, call: bytes, keys: Sequence[bytes], args: Sequence[object]) -> list[Any]:
        """Runs a script: its reply without the call's id. `args` go without the call's id too.

        Raises StoreAway, OutcomeUnknown (a write that may have happened), StoreUnfit, StoreFull.
        """
        tail = (len(keys), *keys, call, *args)
        sharing = None if script.writes else (script.digest, tuple(keys), tuple(args))
        reply = await self._repeated(Waiter(call, script, tail), sharing)
        del reply[0]
        return reply  # type: ignore[no-any-return]

    async def command(self, *words: bytes | str) -> Any:
        """A plain command that writes nothing, for checks of the server itself."""
        return await self._repeated(Waiter(None, None, words), None)

    async def close(self) -> None:
        """Ends the connection for good: what is still asked for afterwards fails, and opens none anew."""
        self._is_closed = True
        if self._connecting:
            self._connecting.cancel()
        if self._line:
            self._line.close("rankd is stopping")

    async def _repeated(self, waiter: Waiter, sharing: tuple[Any, ...] | None) -> Any:
        until = time.monotonic() + CALL_BUDGET_S
        try:
            # Bounded by the times for a connection and for a reply, which leave some of the budget.
            return await self._attempt(waiter, sharing)
        except LineLost as lost:
            reason, sent = str(lost), lost.sent
        for repeat in range(0 if self._is_closed else MAX_REPEATS):
            pause = random.uniform(0.01, 0.05) * 2**repeat  # noqa: S311 a jitter, not a secret
            if time.monotonic() + pause >= until:
                break
            await asyncio.sleep(pause)
            try:
                async with asyncio.timeout(until - time.monotonic()):
                    return await self._attempt(waiter, sharing)
            except TimeoutError:
                reason, sent = "no answer in time", sent or waiter.deadline > 0
                break
            except LineLost as lost:
                reason, sent = str(lost), sent or lost.sent
        raise self._outcome(waiter, reason, sent)

    @staticmethod
    def _outcome(waiter: Waiter, reason: str, sent: bool) -> RankdError:
        if sent and waiter.writes:
            return OutcomeUnknown(
                f"the store stopped answering ({reason}), so the write may or may not have happened; "
                "repeat the request with the same Idempotency-Key: it cannot count twice"
            )
        return StoreAway(f"the store cannot be reached ({reason}); nothing was written, try again")

    async def _attempt(self, waiter: Waiter, sharing: tuple[Any, ...] | None) -> Any:
        if self._is_closed:
            raise LineLost("rankd is stopping", sent=False)
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
            telemetry.STORE_CALLS.inc(len(waiters))
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
            if not self._is_away:
                log.warning("store_away", reason=reason_of(error))
            self._is_away = True
            raise LineLost(reason_of(error), sent=False) from error
        if self._is_away:
            log.info("store_back")
        self._is_away = False

    def _connect_ended(self, task: asyncio.Task[Line]) -> None:
        self._connecting = None
        if not task.cancelled():
            task.exception()

    async def _connect(self) -> Line:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            options: dict[str, Any] = dict(parse_url(self._url))
            line = await self._opened(options)
            waiters = [Waiter(None, None, words) for words in self._greeting(options)]
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
            if self._line is not None:
                telemetry.STORE_RECONNECTS.inc()
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
    # Of the system's own source: whoever seeds the module `random` must not make names come again.
    return secrets.token_bytes(8)

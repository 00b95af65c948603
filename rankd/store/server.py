"""One blocking look at a Redis or Valkey server, for the terminal side of rankd.

Owns the conversation and the mapping of what can go wrong in it. What the answers mean is `fitness`;
the asynchronous client of the service is `client`.
"""

import socket
import ssl
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry

from rankd.errors import RankdError, StoreAway, StoreUnfit
from rankd.store.fitness import CONFIG_NAMES, OLDEST, Flaw, ServerFacts, facts_from, parse_info, replicas_demand, unfit

__all__ = [
    "OLDEST",
    "Flaw",
    "ServerFacts",
    "change_setting",
    "facts_from",
    "parse_info",
    "ping_ms",
    "place_of",
    "read_facts",
    "replicas_demand",
    "unfit",
]


_LOADING = "The server at {} is still loading its data. Wait until it has finished."


def place_of(url: str) -> str:
    """Where a URL points, without user and password: for messages."""
    try:
        parts = urlsplit(url)
        address = f"{parts.hostname or 'localhost'}:{parts.port or 6379}"
    except ValueError:
        return "the given address"
    return unquote(parts.path) if parts.scheme == "unix" else address


def read_facts(url: str, timeout_s: float = 2.0, *, even_loading: bool = False) -> ServerFacts:
    """Ask a server what it is. Errors: StoreAway (unreachable, loading), StoreUnfit (put it right).

    `even_loading` returns the facts of a server that still reads its data instead of raising StoreAway.
    """
    replies = _ask(url, timeout_s, ("INFO",), ("CONFIG", "GET", *CONFIG_NAMES))
    info, config = replies
    if isinstance(info, Exception):
        raise _explain(info, url)
    pairs = None if isinstance(config, Exception) else dict(zip(config[::2], config[1::2], strict=True))
    facts = facts_from(parse_info(info), pairs)
    if facts.loading and not even_loading:
        raise StoreAway(_LOADING.format(place_of(url)))
    return facts


def change_setting(url: str, name: str, value: str, timeout_s: float = 2.0) -> None:
    """CONFIG SET on a server of our own. Errors as `read_facts`."""
    (reply,) = _ask(url, timeout_s, ("CONFIG", "SET", name, value))
    if isinstance(reply, Exception):
        raise _explain(reply, url)


def ping_ms(url: str, count: int = 15, timeout_s: float = 2.0) -> float:
    """The median round trip of PING in milliseconds. Errors as `read_facts`."""
    trips = []
    with _connected(url, timeout_s) as connection:
        for _ in range(count):
            began = time.perf_counter()
            _answer(connection, ("PING",))
            trips.append((time.perf_counter() - began) * 1000)
    return statistics.median(trips)


def _ask(url: str, timeout_s: float, *commands: tuple[str, ...]) -> list[Any]:
    """Send commands on one fresh connection; a command's own refusal is returned in its place."""
    with _connected(url, timeout_s) as connection:
        return [_answer(connection, command) for command in commands]


@contextmanager
def _connected(url: str, timeout_s: float) -> Iterator[Any]:
    """A connection for a few commands; whatever goes wrong leaves as an error of ours."""
    try:
        connection = _connection(url, timeout_s)
        try:
            connection.connect()
            yield connection
        finally:
            connection.disconnect()
    # AttributeError: redis-py's own handling of a connect timeout asks a unix connection for its host.
    except (redis.RedisError, OSError, ValueError, AttributeError) as error:
        raise _explain(error, url) from None


def _answer(connection: Any, command: tuple[str, ...]) -> Any:
    connection.send_command(*command)
    try:
        return connection.read_response()
    except redis.ResponseError as error:
        return error


def _connection(url: str, timeout_s: float) -> Any:
    pool: redis.ConnectionPool = redis.ConnectionPool.from_url(
        url,
        protocol=2,
        decode_responses=True,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
    )
    return pool.make_connection()


def _explain(error: BaseException, url: str) -> RankdError:
    """Our error for a foreign one: what happened at the server and what to do, never the password."""
    where = place_of(url)
    causes = _chain(error)
    text = str(error)
    if isinstance(error, ValueError) and not isinstance(error, UnicodeError):
        return StoreUnfit(
            "The store's URL cannot be read. Its form is redis://user:password@host:6379/0,"
            " rediss:// for TLS, or unix:///path/to/socket."
        )
    if isinstance(error, redis.AuthenticationError) or text.startswith(("NOAUTH", "WRONGPASS")):
        return StoreUnfit(_auth_detail(text, where))
    if isinstance(error, redis.exceptions.NoPermissionError) or text.startswith("NOPERM"):
        return StoreUnfit(f"The user given for {where} may not do that. It needs INFO and what rankd uses.")
    if "DB index" in text or text.startswith("Invalid Database"):
        database = parse_url(url).get("db")  # type: ignore[no-untyped-call]
        return StoreUnfit(
            f"The server at {where} has no database {database}. Name one that it has in the"
            " URL, redis://host:6379/0, or raise `databases` in its configuration file."
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "SSL" in text:
        return StoreUnfit(
            f"TLS with {where} failed. Use rediss:// only for a server that speaks TLS;"
            " for a private authority add ?ssl_ca_certs=/path/ca.pem to the URL."
        )
    hint = " The port may not speak TLS: then use redis://." if _may_speak_no_tls(causes, url) else ""
    return StoreAway(_away_detail(causes, text, where) + hint)


def _may_speak_no_tls(causes: list[BaseException], url: str) -> bool:
    """A plain server waits for the rest of what it takes for a command, or hangs up."""
    spoke = (redis.BusyLoadingError, redis.ResponseError, socket.gaierror, ConnectionRefusedError)
    return url.startswith("rediss://") and not any(isinstance(cause, spoke) for cause in causes)


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    here: BaseException | None = error
    while here is not None and here not in found:
        found.append(here)
        here = here.__cause__ or here.__context__
    return found


def _auth_detail(text: str, where: str) -> str:
    if "NOAUTH" in text or "required" in text.lower():
        return f"The server at {where} wants a password. Put it into the URL: redis://:PASSWORD@host:6379."
    return f"The server at {where} does not accept this user and password. Check both in the URL."


def _away_detail(causes: list[BaseException], text: str, where: str) -> str:
    kinds: list[tuple[tuple[type[BaseException], ...], str]] = [
        ((redis.BusyLoadingError,), _LOADING.format(where)),
        ((socket.gaierror, UnicodeError), f"The host of {where} is not known. Check the name in the URL."),
        ((ConnectionRefusedError,), f"Nothing listens at {where}. Start the server, or check host and port."),
        ((FileNotFoundError,), f"There is no socket at {where}. Start the server, or check the path."),
        ((PermissionError,), f"The socket at {where} may not be opened by this user."),
        (
            (redis.TimeoutError, TimeoutError),
            f"The server at {where} did not answer in time. Check host, port"
            " and firewall; a hung or overloaded server looks the same.",
        ),
    ]
    for classes, detail in kinds:
        if any(isinstance(cause, classes) for cause in causes):
            return detail
    if text.startswith(("BUSY", "MASTERDOWN")):
        return f"The server at {where} is busy or has lost its primary. Try again when it answers."
    return f"The server at {where} closed the connection. Check that it is Redis or Valkey; a TLS port wants rediss://."

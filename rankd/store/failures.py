"""The one boundary where the store's errors become ours: what ends a connection, and what a reply refuses."""

import socket
import ssl

import hiredis
import structlog

from rankd.errors import RankdError, StoreFull, StoreUnfit

log = structlog.get_logger()

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

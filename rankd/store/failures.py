"""The one boundary where the store's errors become ours: what ends a connection, and what a reply refuses."""

import socket
import ssl

import hiredis
import structlog

from rankd.errors import OutcomeUnknown, RankdError, StoreFull, StoreUnfit

log = structlog.get_logger()

# Why a server turned a call away before it began, by the first word of its error.
UNFIT_WORDS = {
    "LOADING": "it is loading its data",
    "BUSY": "a script keeps it busy",
    "READONLY": "it is a read-only replica",
    "NOREPLICAS": "too few replicas are attached",
    "CLUSTERDOWN": "its cluster is down",
    "MASTERDOWN": "it has lost its primary",
    "TRYAGAIN": "a slot is being moved",
    "ASK": "a slot is being moved",
    "MOVED": "it is a cluster node, and the board lives on another one",
    "CROSSSLOT": "it is a cluster node and took the call for one of several boards",
    "MISCONF": "it cannot save to its disk",
    "NOAUTH": "it wants a password",
    "WRONGPASS": "it refuses the password",
    "NOPERM": "its user lacks a permission",
    "NOPROTO": "it does not speak the protocol asked for",
    "DENIED": "it is in protected mode",
    "NOSCRIPT": "it lost the script twice",
}


class LineLost(Exception):
    """The connection ended. `sent` says whether the call may have reached the server."""

    def __init__(self, reason: str, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


def error_of_reply(text: str, writes: bool = False) -> RankdError:
    """Our error for an error reply. The server's own words are logged, never passed on.

    What is not known to be refused before it began may have ended in its middle: a script that writes has
    then done no one knows what.
    """
    word = text.partition(" ")[0]
    if word == "OOM" or "OOM command not allowed" in text:
        return StoreFull("the store has reached its memory limit; nothing was written")
    log.warning("store_refused", reply=text[:300])
    reason = UNFIT_WORDS.get(word)
    if reason is not None:
        return StoreUnfit(f"the store answers, but {reason}; nothing was written")
    if writes:
        return OutcomeUnknown("the store failed in the middle of the write; repeat it with the same Idempotency-Key")
    return StoreUnfit("the store answers, but it refused the call")


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

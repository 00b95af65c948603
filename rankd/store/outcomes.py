"""What a script says before its values: OK, or the word of a refusal."""

from typing import Any

from rankd.errors import BoardNotFound, ClockSkew, EntryNotFound, RankdError


class BoardChanged(RankdError):
    """The board is no longer the one the call was made for: read it again. Never leaves the service."""


class ClocksDiffer(RankdError):
    """The caller's clock led to another period, or day, than the store's; `store_us` is its time. Never leaves the
    service."""

    def __init__(self, store_us: int) -> None:
        super().__init__()
        self.store_us = store_us


_REFUSALS: dict[bytes, type[RankdError]] = {
    b"BOARD_NOT_FOUND": BoardNotFound,
    b"BOARD_CHANGED": BoardChanged,
    b"ENTRY_NOT_FOUND": EntryNotFound,
    b"CLOCK_SKEW": ClockSkew,
}


def checked(reply: list[Any], refusals: dict[bytes, type[RankdError]] | None = None) -> list[Any]:
    """The values behind an OK; otherwise raises the error that the script named."""
    status = reply[0]
    if status == b"OK":
        return reply[1:]
    if status in (b"PERIOD_STALE", b"CLOCK_SKEW") and len(reply) > 1:
        raise ClocksDiffer(int(reply[1]))
    raise (refusals or {}).get(status) or _REFUSALS[status]

"""What a script says before its values: OK, or the word of a refusal."""

from typing import Any

from rankd.errors import BoardNotFound, ClockSkew, EntryNotFound, RankdError


class BoardChanged(RankdError):
    """The board is no longer the one the call was made for: read it again. Never leaves the service."""


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
    raise (refusals or {}).get(status) or _REFUSALS[status]

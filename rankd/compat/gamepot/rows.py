"""GAMEPOT's shapes of scores: the row of a list, and what a registered score answers."""

import base64
import hashlib
from contextlib import suppress
from datetime import tzinfo
from typing import Any

import orjson

from rankd.domain.boards import Board
from rankd.domain.entries import Entry, Placing
from rankd.domain.instants import from_us
from rankd.domain.zones import zone_of

SUBSCORE = "subscore"
_LOG = "LeaderboardLog"


def instant(at_us: int | None, zone: tzinfo) -> str | None:
    """An instant in a board's zone with its offset, to the second; in UTC at the ends of the calendar."""
    if at_us is None:
        return None
    moment = from_us(at_us)
    with suppress(OverflowError):
        moment = moment.astimezone(zone)
    return moment.isoformat(timespec="seconds")


def public_id(kind: str, text: str) -> str:
    """The form in which GAMEPOT answers an id: base64 of its kind and itself."""
    return base64.b64encode(f"{kind}:{text}".encode()).decode()


def row(project: str, board: Board, entry: Entry, ends_us: int | None) -> dict[str, Any]:
    """A member's row, whose period ends at an instant."""
    zone = zone_of(board.timezone)
    return {
        "rank": entry.rank,
        "leaderboard_id": board.id,
        "user_id": entry.member,
        "project_id": project,
        "score": entry.score,
        "subscore": _subscore(entry.subscores),
        "metadata": _metadata(entry.metadata),
        "expiredAt": instant(ends_us, zone),
        "updatedAt": instant(entry.at_us, zone),
    }


def log(project: str, board: Board, placing: Placing, metadata: str, ends_us: int | None) -> dict[str, Any]:
    """What a registered score answers: the member's standing score."""
    return {
        "project_id": project,
        "id": public_id(_LOG, _log_id(project, board.id, placing)),
        "user_id": placing.member,
        "score": placing.score,
        "subscore": _subscore(placing.subscores),
        "metadata": metadata,
        "expiredAt": instant(ends_us, zone_of(board.timezone)),
    }


def _subscore(subscores: dict[str, int]) -> int:
    """The one subscore that GAMEPOT knows: that of this name, else the board's first."""
    return subscores.get(SUBSCORE, next(iter(subscores.values()), 0))


def _metadata(text: bytes) -> str:
    """The text a game sent; metadata of another kind, which came through another door, as its JSON."""
    if not text:
        return ""
    value = orjson.loads(text) if text[:1] == b'"' else text.decode()
    return str(value)


def _log_id(project: str, board_id: str, placing: Placing) -> str:
    """24 hex digits: the second of the standing score, and a digest of whose and which it is."""
    named = f"{project}\n{board_id}\n{placing.period}\n{placing.member}\n{placing.at_us}".encode()
    return f"{max(placing.at_us, 0) // 1_000_000 & 0xFFFFFFFF:08x}{hashlib.sha256(named).hexdigest()[:16]}"

"""Instants: microseconds since 1970 in UTC, and their RFC 3339 text."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def to_us(instant: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (instant - EPOCH) // TICK


def from_us(at_us: int) -> datetime:
    return EPOCH + at_us * TICK


def instant_text(at_us: int) -> str:
    """RFC 3339 text with microseconds, of an instant something happened at."""
    second, fraction = divmod(at_us, 1_000_000)
    return f"{_second_text(second)}.{fraction:06d}Z"


def boundary_text(at_us: int) -> str:
    """RFC 3339 text without a fraction where there is none, of an instant a calendar names."""
    second, fraction = divmod(at_us, 1_000_000)
    return f"{_second_text(second)}Z" if not fraction else instant_text(at_us)


@lru_cache(4096)
def _second_text(second: int) -> str:
    return (EPOCH + timedelta(seconds=second)).isoformat()[:19]

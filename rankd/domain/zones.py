"""Wall clocks: from a local time to the instant it is reached, and from an instant to what has been reached.

Zones come from the tzdata package alone, so that all servers of one version agree whatever their system has.
Instants are microseconds since 1970; local times are naive datetimes.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from rankd.domain.instants import TICK, from_us, to_us

_SECOND = timedelta(seconds=1)
# No clock was ever set back by more than a day.
_LONGEST_FOLD = timedelta(hours=26)


@cache
def zone_names() -> frozenset[str]:
    return frozenset((files("tzdata") / "zones").read_text().split()) - {"Factory"}  # of clocks never set


@cache
def zone_of(name: str) -> ZoneInfo:
    """Raises ValueError where there is no such zone."""
    if name not in zone_names():
        raise ValueError(f"{name[:64]!r} is not a time zone; give an IANA name such as 'Europe/Paris' or 'UTC'")
    with files("tzdata.zoneinfo").joinpath(*name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


def instant_of(local: datetime, zone: ZoneInfo) -> int:
    """The first instant at which a zone's clock shows a local time or a later one.

    A time that clocks jump over is reached when they jump; one that comes twice, the first time.
    """
    before = _offset(local.replace(tzinfo=zone, fold=0))
    after = _offset(local.replace(tzinfo=zone, fold=1))
    reached = local.replace(tzinfo=UTC) - before
    if before >= after:
        return to_us(reached)
    not_reached = local.replace(tzinfo=UTC) - after
    while reached - not_reached > _SECOND:
        middle = not_reached + (reached - not_reached) // 2 // _SECOND * _SECOND
        if middle.astimezone(zone).replace(tzinfo=None) >= local:
            reached = middle
        else:
            not_reached = middle
    return to_us(reached)


def reached_by(at_us: int, zone: ZoneInfo) -> datetime:
    """The latest local time that a zone's clock has shown by an instant: earlier than now's in the hour after
    clocks were set back. A period whose local time is not after it has begun."""
    instant = from_us(at_us)
    shown = instant.astimezone(zone)
    earlier = instant - _LONGEST_FOLD
    before, now = _offset(earlier.astimezone(zone)), _offset(shown)
    if before <= now:
        return shown.replace(tzinfo=None)
    while instant - earlier > _SECOND:
        middle = earlier + (instant - earlier) / 2
        if _offset(middle.astimezone(zone)) == before:
            earlier = middle
        else:
            instant = middle
    set_back = instant.replace(microsecond=0)
    return max(shown.replace(tzinfo=None), (set_back + before).replace(tzinfo=None) - TICK)


def _offset(local: datetime) -> timedelta:
    offset = local.utcoffset()
    assert offset is not None  # noqa: S101 a zone always has one
    return offset

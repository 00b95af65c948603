"""Times as people read them: in UTC, by a wall clock, and how long something lasts."""

from datetime import UTC, datetime, timedelta, tzinfo

_UNITS = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
_DAYS_FROM_S = 2 * 86_400  # a day is 23 to 25 hours long, so hours say more


def now() -> datetime:
    return datetime.now(UTC)


def read_instant(text: object) -> datetime | None:
    """An instant of an answer, or None where there is none to be read."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None


def utc_text(at: datetime) -> str:
    """`2026-11-23 03:00`, with seconds where there are some."""
    return clock_text(at.astimezone(UTC))


def clock_text(at: datetime) -> str:
    text = at.replace(tzinfo=None).isoformat(" ", "seconds")  # nobody reads fractions
    return text.removesuffix(":00")


def time_text(at: datetime) -> str:
    """The time of day alone."""
    return clock_text(at).partition(" ")[2]


def local_text(at: datetime, zone: tzinfo) -> str:
    """`Mon 23 Nov 04:00 CET`: by the clock of a zone, with its abbreviation or its offset."""
    local = at.astimezone(zone)
    return f"{local:%a %d %b} {time_text(local)} {zone_text(local)}"


def zone_text(local: datetime) -> str:
    name = local.tzname() or ""
    return name if name.isalpha() else f"{local:%z}"[:3] + ":" + f"{local:%z}"[3:5]


def span_text(span: timedelta, parts: int = 4) -> str:
    """`23 h`, `7 d`, `6 d 23 h`: the largest units first, at most so many of them."""
    left = max(0, round(span.total_seconds()))
    units = _UNITS if left >= _DAYS_FROM_S else _UNITS[1:]
    found: list[str] = []
    for name, size_s in units:
        count, left = divmod(left, size_s)
        if count:
            found.append(f"{count} {name}")
    return " ".join(found[:parts]) or "0 s"

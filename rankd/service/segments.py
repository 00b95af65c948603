"""Reads by field values: which part of the order of values a request means, and pages of it.

Every declared field is kept in order, so one filter, one segment or one sort is a range of it. What is asked beyond
that is tried on the rows of that range, a bounded number a request: such a page may be short and still have a next.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from rankd.domain.entries import Entry
from rankd.domain.fields import (
    HIDDEN_SLOT,
    MEMBER,
    MEMBER_SLOT,
    FieldRule,
    Fields,
    pack_value,
    packed_fields,
    parsed_value,
    unpack_value,
)
from rankd.domain.ordering import member_value
from rankd.domain.queries import PageQuery
from rankd.domain.submissions import to_member
from rankd.errors import StaleCursor, ValidationFailed
from rankd.store.periods import Period
from rankd.store.standing import StandingBoard
from rankd.store.values import ValueStore, View, Walk, Walked

_ROWS_A_CALL = 200
_LOOKS_A_CALL = 400
LOOKS_A_REQUEST = 4000
_FAR = 2**53
_SPANS_KEEP_NO_FIELDS = "days of a span keep no fields; leave out segment, sort and filter, or from and to"
_TEAMS_HAVE_NO_FIELDS = (
    "teams have no fields; leave out segment, sort and filter, or member_type (segment=team:ID has its members)"
)
_ONE_ENTRY_EACH = (
    "a member has one entry on this board, which entries/{member} reads; member:ID is for boards where "
    "`unique` is false"
)

T = TypeVar("T")
_Wanted = tuple[FieldRule, bytes]  # a field, and the opening of the value it is to have


def asks_values(query: PageQuery) -> bool:
    asked = (query.segment, query.sort, query.viewer)
    return any(one is not None for one in asked) or bool(query.filter)


def segment_of(fields: Fields, text: str) -> _Wanted:
    """The field and the opening of a segment. Raises ValidationFailed."""
    segments = {name: rule for name, rule in fields.readable.items() if rule.segment}
    name, _, _ = text.partition(":")
    if name == MEMBER.name and fields.has_members:
        return _member_of(text, "segment")
    if (rule := segments.get(name)) is None:
        if name == MEMBER.name:
            raise _fault("segment", _ONE_ENTRY_EACH)
        listed = ", ".join(segments) or "none"
        detail = f"the board has no segments by {name!r}; its fields with `segment` are: {listed}. Write FIELD:VALUE"
        raise ValidationFailed(faults=[{"parameter": "segment", "detail": detail}])
    return rule, _opening(fields, rule, text, "segment")


def view_of(standing: StandingBoard, query: PageQuery) -> View:
    """The part of the order of values that a page shows. Raises ValidationFailed with all that is wrong."""
    fields, faults = standing.fields, _start_faults(query)
    segment = _unless_faulty(faults, segment_of, fields, query.segment)
    filters = [_unless_faulty(faults, _filter_of, fields, text) for text in query.filter]
    sorted_by = _unless_faulty(faults, _sorted_by, fields, query.sort)
    wanted: dict[str, _Wanted] = {}
    for one in (segment, *filters):
        if one and wanted.setdefault(one[0].name, one)[1] != one[1]:
            faults.append({"parameter": "filter", "detail": f"{one[0].name} cannot have two values at once"})
    if query.viewer is not None and query.sort is not None:
        detail = "a member's own entries come in the board's order; leave out one of them"
        faults.append({"parameter": "sort", "detail": detail})
    if query.offset and len(wanted) + (sorted_by is not None) > 1:
        detail = "cannot count rows that several filters leave; begin at the top and follow `next`"
        faults.append({"parameter": "offset", "detail": detail})
    if faults:
        raise ValidationFailed(faults=faults)
    assert wanted or sorted_by  # noqa: S101 a page by values asks for one of them
    if sorted_by is not None:
        rule, opening = sorted_by, bytes((fields.slots[sorted_by.name],))
    else:
        # A member's entries are fewer than those of most values.
        rule, opening = wanted.pop(MEMBER.name if MEMBER.name in wanted else next(iter(wanted)))
    return View(
        opening,
        fields.length(rule),
        packed_fields({one[0]: one[1:] for _, one in wanted.values()}),
        segment[1] if segment else b"",
        (query.sort or "").startswith("-"),
        query.score_min,
        query.score_max,
    )


def hidden_view(view: View) -> View:
    """Of a view of one member's entries, that of the same ones while the member is hidden: they have no ranks."""
    return replace(view, opening=bytes((HIDDEN_SLOT,)) + view.opening[1:], segment=b"")


def _start_faults(query: PageQuery) -> list[dict[str, Any]]:
    """What does not go together with values, whatever fields there are."""
    faults = []
    if query.is_span:
        faults.append({"parameter": "from", "detail": _SPANS_KEEP_NO_FIELDS})
    if query.member_type == "team":
        faults.append({"parameter": "member_type", "detail": _TEAMS_HAVE_NO_FIELDS})
    if query.viewer is not None and f"{MEMBER.name}:{query.viewer}" not in query.filter:
        detail = "pages show all the same; it goes with filter=member:ID of the same member, on an arcade board"
        faults.append({"parameter": "viewer", "detail": detail})
    if query.sort is not None and (query.score_min is not None or query.score_max is not None):
        detail = "goes by a field, score_min and score_max by the score; leave out one of them"
        faults.append({"parameter": "sort", "detail": detail})
    if query.rank is not None and (query.sort is not None or query.segment is None):
        detail = "is a place in the board's order or a segment's; with sort or filter use offset or a cursor"
        faults.append({"parameter": "rank", "detail": detail})
    return faults


def _unless_faulty(
    faults: list[dict[str, Any]], read: Callable[[Fields, str], T], fields: Fields, text: str | None
) -> T | None:
    """What a parameter means; where it is faulty or not given, None and its faults."""
    if text is None:
        return None
    try:
        return read(fields, text)
    except ValidationFailed as refused:
        faults += refused.faults or []
        return None


def _filter_of(fields: Fields, text: str) -> _Wanted:
    name, _, _ = text.partition(":")
    if name == MEMBER.name and fields.has_members:
        return _member_of(text, "filter")
    if (rule := fields.readable.get(name)) is None:
        if name == MEMBER.name:
            raise _fault("filter", _ONE_ENTRY_EACH)
        raise _fault("filter", f"the board declares no field {name!r}; it has {fields.listed}. Write FIELD:VALUE")
    return rule, _opening(fields, rule, text, "filter")


def _member_of(text: str, parameter: str) -> _Wanted:
    """The entries of one member, on an arcade board."""
    _, colon, member = text.partition(":")
    try:
        return MEMBER, bytes((MEMBER_SLOT,)) + member_value(to_member(member))
    except ValueError as error:
        raise _fault(parameter, f"{error if colon else 'member is to have a value'}; write member:ID") from None


def _sorted_by(fields: Fields, text: str) -> FieldRule:
    if (rule := fields.readable.get(name := text.removeprefix("-"))) is None:
        raise _fault("sort", f"the board declares no field {name!r}; it has {fields.listed}. Write FIELD or -FIELD")
    return rule


def _opening(fields: Fields, rule: FieldRule, text: str, parameter: str) -> bytes:
    _, colon, value = text.partition(":")
    if not colon:
        raise _fault(parameter, f"{rule.name} is to have a value; write {rule.name}:VALUE")
    try:
        return bytes((fields.slots[rule.name],)) + pack_value(rule.type, parsed_value(rule.type, value))
    except ValueError as error:
        raise _fault(parameter, f"{rule.name} is of type {rule.type}: {error}") from None


def no_such_field(fields: Fields, name: str) -> ValidationFailed:
    return _fault("field", f"the board declares no field {name!r}; it has {fields.listed}")


def value_in(fields: Fields, rule: FieldRule, text: str) -> bytes:
    """The packed value in a cursor, checked."""
    try:
        packed = bytes.fromhex(text)
        unpack_value(rule.type, packed)
    except ValueError:
        packed = b""
    length = fields.length(rule)
    if not packed or (len(packed) != length if length else not packed.endswith(b"\0")):
        raise StaleCursor("this is not a cursor that a list has given; take `next` as it is")
    return packed


def spans_keep_no_fields() -> ValidationFailed:
    return _fault("from", _SPANS_KEEP_NO_FIELDS)


def teams_have_no_fields() -> ValidationFailed:
    return _fault("member_type", _TEAMS_HAVE_NO_FIELDS)


def _fault(parameter: str, detail: str) -> ValidationFailed:
    return ValidationFailed(faults=[{"parameter": parameter, "detail": detail}])


class Segments:
    """Pages of the order of values."""

    def __init__(self, store: ValueStore) -> None:
        self._store = store

    async def page(self, standing: StandingBoard, period: Period, view: View, limit: int, walk: Walk) -> Walked:
        """Rows of a view from a place on: at most `limit`, and as many as can be found in bounded steps."""
        is_back = walk.mode == "before"
        looks = LOOKS_A_REQUEST
        found: Walked | None = None
        while True:
            rows = min(limit - (len(found.entries) if found else 0), _ROWS_A_CALL)
            budget = min(_LOOKS_A_CALL, looks) if view.filters else rows
            part = await self._store.walk(standing, period, view, walk, (rows, budget))
            found = part if found is None else _joined(found, part, is_back)
            looks -= budget if view.filters else 0
            more = found.has_earlier if is_back else found.has_later
            if len(found.entries) >= limit or not more or looks <= 0:
                return found
            walk = Walk("before", place=found.first) if is_back else Walk("after", place=found.last)


def start_of(query: PageQuery) -> Walk:
    if query.rank is not None:
        return Walk("rank", min(query.rank, _FAR))
    return Walk("offset", min(query.offset or 0, _FAR))


def place_text(view: View, place: bytes) -> str:
    """A place as a cursor holds it: without what all of the view begin with."""
    return place[len(view.opening) :].hex()


def place_in(view: View, text: str) -> bytes:
    """The place in a cursor, checked: it came back from outside."""
    try:
        place = view.opening + bytes.fromhex(text)
    except ValueError:
        place = b""
    if not view.holds(place):
        raise StaleCursor("this is not a cursor that a page has given; take `next` or `prev` as they are")
    return place


def _joined(found: Walked, part: Walked, is_back: bool) -> Walked:
    """Two parts of a page, the second one read behind the first, or before it."""
    if is_back:
        entries: Sequence[Entry] = [*part.entries, *found.entries]
        has_earlier, first = part.has_earlier, part.first or found.first
        return replace(found, has_earlier=has_earlier, first=first, entries=list(entries))
    last = part.last or found.last
    return replace(found, has_later=part.has_later, last=last, entries=[*found.entries, *part.entries])

"""Routes that read places."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from rankd.domain.queries import (
    AroundMemberQuery,
    AroundScoreQuery,
    EntryQuery,
    PageQuery,
    StatsQuery,
    ValuesQuery,
    ViewedQuery,
)
from rankd.domain.submissions import EntryBody, LookupBody
from rankd.errors import PlayerRefused, ValidationFailed
from rankd.http.codec import decode, decode_query, validated
from rankd.http.endpoints import Answer, Call, Route, answered, link_headers
from rankd.http.scores import BOARD, ENTRY, member_of
from rankd.http.shapes import entry_shape, lone_entry_shape, page_shape, period_shape, stats_shape, values_shape

T = TypeVar("T")
U = TypeVar("U")
_SUBSCORE = "subscore."
LOOKUP = BOARD + "/entries/lookup"


def _both(check: Callable[[], T], other: Callable[[], U]) -> tuple[T, U]:
    """What two checks of one request give. Raises ValidationFailed with the faults of both."""
    try:
        found = check()
    except ValidationFailed as refused:
        try:
            other()
        except ValidationFailed as also:
            raise ValidationFailed(faults=[*(refused.faults or ()), *(also.faults or ())]) from None
        raise
    return found, other()


async def page(call: Call) -> Answer:
    asked = (call.project, call.scope["path"], call.scope["query_string"])
    answer = await call.services.pages.joined(asked, lambda: _page(call))
    return replace(answer, headers=list(answer.headers))


async def _page(call: Call) -> Answer:
    query = call.query(PageQuery)
    found = await call.services.ranks.page(call.project, call.param("board"), query)
    headers = link_headers(call, found.next, found.prev)
    return answered(page_shape(found, query.int64 is not None), headers=headers)


async def entry(call: Call) -> Answer:
    query = _as_viewer(call, call.query(EntryQuery))
    board_id = call.param("board")
    found = await call.services.ranks.entry(call.project, board_id, member_of(call), query)
    return answered(lone_entry_shape(board_id, found, query.int64 is not None))


def _as_viewer(call: Call, query: EntryQuery) -> EntryQuery:
    """The query of a player is shown to that player: nobody sees another one's hidden entry. Raises PlayerRefused."""
    player = call.principal.member
    if player is None or query.viewer == player:
        return query
    if query.viewer is not None:
        raise PlayerRefused(f"the player token is of {player!r}, who cannot look through the eyes of another member")
    return query.model_copy(update={"viewer": player})


async def around(call: Call) -> Answer:
    query = call.query(AroundMemberQuery)
    found = await call.services.ranks.around(call.project, call.param("board"), member_of(call), query)
    return answered(page_shape(found, query.int64 is not None))


async def around_score(call: Call) -> Answer:
    """The query holds `subscore.NAME` beside what the model knows."""
    given = decode_query(call.scope["query_string"])
    subscores = {name.removeprefix(_SUBSCORE): text for name, text in given.items() if name.startswith(_SUBSCORE)}
    rest = {name: text for name, text in given.items() if not name.startswith(_SUBSCORE)}
    query, body = _both(
        lambda: call.as_parameters(lambda: validated(AroundScoreQuery, rest)),
        lambda: call.as_parameters(lambda: validated(EntryBody, {"score": 0, "subscores": subscores})),
    )
    board_id = call.param("board")
    try:
        found = await call.services.ranks.around_score(call.project, board_id, query, body.subscores or {})
    except ValidationFailed as refused:
        raise ValidationFailed(faults=call.parameters_of(refused)) from None
    return answered({"rank": found.rank, **page_shape(found, query.int64 is not None)})


async def stats(call: Call) -> Answer:
    query = call.query(StatsQuery)
    board_id = call.param("board")
    found, shown = await call.services.ranks.stats(call.project, board_id, query)
    return answered(stats_shape(board_id, found, shown, query.int64 is not None))


async def lookup(call: Call) -> Answer:
    value = decode(await call.body(call.services.settings.max_array_bytes))
    body, query = _both(lambda: validated(LookupBody, value), lambda: call.query(ViewedQuery))
    found = await call.services.ranks.lookup(call.project, call.param("board"), body.members, query)
    as_text = query.int64 is not None
    shapes: list[dict[str, Any]] = [
        {**entry_shape(one, as_text), "position": None if position is None else position + 1}
        for position, one in found.entries
    ]
    period = period_shape(found.period)
    shown = {"board": call.param("board"), "period": period, "decimals": found.decimals, "entries": shapes}
    return answered({**shown, "missing": found.missing})


async def values(call: Call) -> Answer:
    query = call.query(ValuesQuery)
    found = await call.services.ranks.values(call.project, call.param("board"), call.param("field"), query)
    return answered(values_shape(found), headers=link_headers(call, found.next, None))


ROUTES = [
    Route("GET", BOARD + "/entries", "listEntries", "read", page, "A page of a board", query=PageQuery),
    Route("GET", ENTRY, "getEntry", "read", entry, "A member's entry with its rank", query=EntryQuery),
    Route("GET", ENTRY + "/around", "around", "read", around, "The rows around a member", query=AroundMemberQuery),
    Route("GET", BOARD + "/around", "aroundScore", "read", around_score,
          "The rows around a score and the rank it would get",
          query=AroundScoreQuery),
    Route("GET", BOARD + "/stats", "stats", "read", stats, "Count, ends, quantiles and histogram of the scores",
          query=StatsQuery),
    Route("GET", BOARD + "/fields/{field}/values", "listValues", "read", values,
          "The values of a field, and how many entries have each", query=ValuesQuery),
    Route("POST", LOOKUP, "lookup", "read", lookup, "The entries of up to 1000 members",
          body=LookupBody, query=ViewedQuery),
]  # fmt: skip

"""The callback: what the tutorial's cloud code answers to each `key`, byte for byte.

Parameters are JavaScript's: a name that comes several times is an array, which is no `key` and whose text has commas;
numbers are read by parseInt. Where the cloud code would fail (it has no such leaderboard, or NaN rows are asked for)
the answer is an error, but for one case: what is not there any more when a later page is asked for is an empty page,
since nothing else ends the script's loop.
"""

import json
import re
from collections.abc import Awaitable, Callable

from pydantic import BaseModel, ConfigDict, Field

from rankd.compat.gamesparks.doorway import MOUNT
from rankd.compat.gamesparks.names import find
from rankd.errors import BadRequest, BoardNotFound
from rankd.http.bodies import form_pairs, json_object, query_pairs
from rankd.http.endpoints import JSON, Answer, Call, Route, answered

MAX_LIMIT = 1000
_TEXT = b"text/plain; charset=utf-8"
_WHOLE = re.compile(r"\s*([+-]?[0-9]+)")
# Beyond every board, and exact as JavaScript's numbers are.
_FAR = 2**53

Data = dict[str, list[str]]


class CallbackData(BaseModel):
    """What the callback is told, as a form or in the query."""

    model_config = ConfigDict(extra="ignore")

    key: str = Field("", description="test_endpoint, test_lb, test_part or pull_data")
    lb_name: str = Field("", description="a board's id")
    partition_id: str = Field("", description="VALUE or FIELD.VALUE of a board with segments")
    limit: int = Field(MAX_LIMIT, description="rows of a page, at most 1000")
    page: int = Field(0, description="pages to skip")


async def callback(call: Call) -> Answer:
    data = await _data(call)
    test = _TESTS.get(data["key"][0]) if len(data.get("key", ())) == 1 else None
    # Without one the cloud code sets nothing, and GameSparks answers what was set.
    return await test(call, data) if test else answered({})


async def _data(call: Call) -> Data:
    """Every parameter of the query and of a POST's body. Raises BadRequest, UnsupportedType, TooLarge."""
    pairs = query_pairs(call)
    if call.scope["method"] == "POST" and call.media_type == JSON:
        given = (await json_object(call)).items()
        pairs += [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in given]
    elif call.scope["method"] == "POST":
        pairs += await form_pairs(call)
    data: Data = {}
    for name, value in pairs:
        data.setdefault(name, []).append(value)
    return data


def _text(data: Data, name: str) -> str:
    return ",".join(data.get(name, ()))


def _parsed_int(data: Data, name: str) -> int:
    """JavaScript's parseInt. Raises BadRequest for NaN."""
    found = _WHOLE.match(_text(data, name))
    if found is None:
        raise BadRequest(f"{name} is not a number")
    return int(max(-_FAR, min(float(found[1]), _FAR)))


async def _test_endpoint(call: Call, data: Data) -> Answer:
    return _said("endpoint-valid")


async def _test_lb(call: Call, data: Data) -> Answer:
    found = await find(call, _text(data, "lb_name"))
    if found is None:
        return _said("invalid-lb-name")
    return _said("requires-partition" if found.needs_partition else "valid-lb-name")


async def _test_part(call: Call, data: Data) -> Answer:
    found = await find(call, f"{_text(data, 'lb_name')}.{_text(data, 'partition_id')}")
    return _said("invalid-partition-id" if found is None else "valid-lb-name")


async def _pull_data(call: Call, data: Data) -> Answer:
    """A page of who stands where. Page n begins behind n pages of as many rows as a page can have."""
    limit, page = max(0, min(_parsed_int(data, "limit"), MAX_LIMIT)), _parsed_int(data, "page")
    name, partition = _text(data, "lb_name"), _text(data, "partition_id")
    name += f".{partition}" if partition else ""
    found = await find(call, name, max(limit, 1), limit * max(page, 0))
    if found is None and page <= 0:
        raise BoardNotFound(f"there is no leaderboard {name!r}")
    entries = found.page.entries if found and limit and page >= 0 else ()
    return answered([{"playerId": entry.member, "rank": entry.rank} for entry in entries])


def _said(text: str) -> Answer:
    return Answer(200, text.encode(), _TEXT)


_TESTS: dict[str, Callable[[Call, Data], Awaitable[Answer]]] = {
    "test_endpoint": _test_endpoint,
    "test_lb": _test_lb,
    "test_part": _test_part,
    "pull_data": _pull_data,
}

_PATH = MOUNT + "/{apiKey}/{credential}/{secret}"
_ALSO = (_PATH + "/",)

ROUTES = [
    Route("POST", _PATH, "gamesparksCallback", "read", callback, "GameSparks' callback to pull a leaderboard with",
          body=CallbackData, needs_body=False, also=_ALSO),
    Route("GET", _PATH, "gamesparksCallbackByQuery", "read", callback, "The same, told by the query",
          query=CallbackData, also=_ALSO),
]  # fmt: skip

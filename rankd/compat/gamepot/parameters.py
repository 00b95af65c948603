"""What GAMEPOT's clients send: a JSON body, whatever the method, over the query; as models, faults by their names."""

import base64
import binascii
from typing import Any, TypeVar

from pydantic import BaseModel

from rankd.domain.boards import ID_PATTERN
from rankd.errors import ValidationFailed
from rankd.http.bodies import json_object, query_pairs
from rankd.http.codec import validated
from rankd.http.endpoints import Call

M = TypeVar("M", bound=BaseModel)
_BOARD = "Leaderboard:"


async def parameters(call: Call) -> dict[str, Any]:
    """Everything that was sent by name. Raises BadRequest, BadJson, TooLarge."""
    return {**dict(query_pairs(call)), **await json_object(call)}


async def read(call: Call, model: type[M]) -> M:
    """The parameters as a model. Raises what `parameters` raises, and ValidationFailed."""
    return validated(model, await parameters(call))


def board_id(text: str) -> str:
    """A board's id, given plain or in the form that answers have. Raises ValidationFailed."""
    plain = _decoded(text) or text
    if not ID_PATTERN.fullmatch(plain):
        raise ValidationFailed(faults=[{"parameter": "leaderboardId", "detail": "is not the id of a leaderboard"}])
    return plain


def _decoded(text: str) -> str | None:
    """What stands in an id of the form that answers have, or None where it is not one."""
    try:
        inner = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return inner.removeprefix(_BOARD) if inner.startswith(_BOARD) else None

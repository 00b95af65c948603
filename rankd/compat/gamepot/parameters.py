"""What GAMEPOT's clients send: a JSON body, whatever the method, over the query; as models, faults by their names."""

import base64
import binascii
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from rankd.domain.boards import ID_RULE
from rankd.domain.numbers import Offset, to_count
from rankd.domain.submissions import to_board_id
from rankd.errors import RankdError, Unprocessable, ValidationFailed
from rankd.http.bodies import json_object, query_pairs
from rankd.http.codec import validated
from rankd.http.endpoints import Call

M = TypeVar("M", bound=BaseModel)
BOARD = "Leaderboard"
MAX_ROWS = 1000


def _plain_id(text: str) -> str:
    """A board's id, given plain or in the form that answers have. Raises ValueError."""
    try:
        inner = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        inner = ""
    return to_board_id(inner.removeprefix(BOARD + ":") if inner.startswith(BOARD + ":") else text)


BoardId = Annotated[str, AfterValidator(_plain_id)]
# More rows than a page may have are given as a page of the most it may have.
PerPage = Annotated[int, BeforeValidator(to_count), Field(ge=0), AfterValidator(lambda count: min(count, MAX_ROWS))]


class Paged(BaseModel):
    """Which part of a list is asked for. Clients send empty texts for what they leave out."""

    model_config = ConfigDict(extra="ignore")

    offset: Offset = 0
    per_page: PerPage = 20

    @model_validator(mode="before")
    @classmethod
    def _given(cls, sent: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in sent.items() if value != ""}


def board_in_path(call: Call) -> str:
    """The board that the path names. Raises ValidationFailed."""
    try:
        return _plain_id(call.param("leaderboardId"))
    except ValueError:
        raise ValidationFailed(faults=[{"parameter": "leaderboardId", "detail": f"is not an id: {ID_RULE}"}]) from None


async def parameters(call: Call) -> dict[str, Any]:
    """Everything that was sent by name; what is null is as good as left out. Raises BadRequest, BadJson, TooLarge."""
    given = {**dict(query_pairs(call)), **await json_object(call)}
    return {name: value for name, value in given.items() if value is not None}


async def read(call: Call, model: type[M]) -> M:
    """The parameters as a model. Raises what `parameters` raises, and ValidationFailed."""
    return validated(model, await parameters(call))


def renamed(refused: Unprocessable, names: dict[str, str]) -> RankdError:
    """A refusal that speaks of settings by the names that GAMEPOT's clients send."""
    return type(refused)(faults=[_renamed(fault, names) for fault in refused.faults or ()])


def _renamed(fault: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    place, detail = fault["pointer"], fault["detail"]
    for native, theirs in names.items():
        detail = detail.replace(native.lstrip("/"), theirs)
    return {"pointer": f"/{names.get(place.lstrip('/'), place.lstrip('/'))}", "detail": detail}

"""Routes that move API keys between servers by their digests: for the root key."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from rankd.domain.projects import StoredKey
from rankd.domain.queries import CursorQuery
from rankd.http.codec import decode, validated
from rankd.http.endpoints import Answer, Call, Route, answered, link_headers

_DIGESTS = "/v1/projects/{project}/key-digests"


class DigestsBody(BaseModel):
    """Keys as another server listed them."""

    model_config = ConfigDict(extra="forbid", strict=True)

    pepper_mark: str = Field(pattern=r"^[0-9a-f]{16}$", description="of the server the digests were made on")
    keys: Annotated[list[StoredKey], Field(max_length=100)]


async def listed(call: Call) -> Answer:
    digests = call.services.key_digests
    keys, following, previous = await digests.listed(call.param("project"), call.query(CursorQuery))
    shapes = [key.model_dump() for key in keys]
    value = {"pepper_mark": digests.pepper_mark, "keys": shapes, "next": following, "prev": previous}
    return answered(value, headers=[*link_headers(call, following, previous), (b"cache-control", b"no-store")])


async def restore(call: Call) -> Answer:
    body = validated(DigestsBody, decode(await call.body(call.services.settings.max_array_bytes)))
    outcomes = await call.services.key_digests.restored(call.param("project"), body.pepper_mark, body.keys)
    shapes = [{"id": key.id, "outcome": outcome} for key, outcome in zip(body.keys, outcomes, strict=True)]
    return answered({"keys": shapes})


ROUTES = [
    Route("GET", _DIGESTS, "listKeyDigests", "root", listed, "API keys as they are stored, for a move",
          query=CursorQuery),
    Route("POST", _DIGESTS, "restoreKeyDigests", "root", restore, "Keep API keys of another server", body=DigestsBody),
]  # fmt: skip

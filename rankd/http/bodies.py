"""Parameters as other systems send them: form bodies, JSON with any method, names that come several times.

The native API takes strict JSON alone (`Call.json`); these are for the families of compat/.
"""

from collections.abc import AsyncGenerator
from typing import Any

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from rankd.errors import BadRequest, UnsupportedType
from rankd.http.codec import decode, decode_pairs
from rankd.http.endpoints import Call

Pairs = list[tuple[str, str]]
URLENCODED = b"application/x-www-form-urlencoded"
MULTIPART = b"multipart/form-data"
MAX_FIELDS = 1000


def query_pairs(call: Call) -> Pairs:
    """The query's parameters in their order, repeated ones included. Raises BadRequest."""
    return decode_pairs(call.scope["query_string"])


async def form_pairs(call: Call) -> Pairs:
    """The fields of a form body in their order, none where there is no body.

    Raises UnsupportedType where it is neither urlencoded nor multipart, BadRequest, TooLarge.
    """
    if not call.has_unread_body:
        return []
    if call.media_type not in (URLENCODED, MULTIPART):
        raise UnsupportedType("send the parameters as a form, urlencoded or multipart")
    body = await call.raw_body(call.services.settings.max_body_bytes)
    return decode_pairs(body) if call.media_type == URLENCODED else await _parts(call, body)


async def _parts(call: Call, body: bytes) -> Pairs:
    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    headers = Headers(raw=call.scope["headers"])
    parser = MultiPartParser(headers, whole(), max_files=0, max_fields=MAX_FIELDS, max_part_size=len(body))
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:
        reason = error.message if isinstance(error, MultiPartException) else "it names no boundary"
        raise BadRequest(f"the multipart body cannot be read: {reason}") from None
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


async def json_object(call: Call) -> dict[str, Any]:
    """The JSON object of a body, whatever the method and the type it says it has; empty where there is none.

    Raises BadJson where it is something else, TooLarge.
    """
    if not call.has_unread_body:
        return {}
    body = await call.raw_body(call.services.settings.max_body_bytes)
    if not body.strip():
        return {}
    value = decode(body)
    if type(value) is not dict:
        raise BadRequest("the body must be a JSON object")
    return value

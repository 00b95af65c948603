"""Bodies that are never held whole: answers sent piece by piece, requests read so.

An answer that cannot be completed is broken off: its last chunk is never sent and the connection is closed, so that
no client takes a part for the whole.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import structlog
from starlette.types import Receive, Send

from rankd.errors import BadRequest, RankdError

if TYPE_CHECKING:
    from rankd.http.endpoints import Answer

log = structlog.get_logger()
# A client that takes nothing for so long is given up.
STALL_S = 60.0
# Set in the scope of a request whose body may take as long as it keeps coming (serving/protocol.py).
STREAMED = "rankd.streamed"


async def stream(answer: "Answer", request_id: str, receive: Receive, send: Send) -> None:
    """Sends an answer's parts, each once the one before it was taken; stops when the client has gone."""
    headers = [*answer.headers, (b"x-request-id", request_id.encode()), (b"content-type", answer.kind)]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    # Even an empty one begins as a stream, since its length is not known.
    await _send_part(send, b"", has_more=True)
    gone = asyncio.ensure_future(_hung_up(receive))
    try:
        async for part in answer.parts or ():  # type: ignore[union-attr]
            await _send_part(send, part, has_more=True)
            if gone.done():
                return
        await _send_part(send, b"", has_more=False)
    except (RankdError, TimeoutError) as error:
        reason = str(error) or "the client took nothing for too long"
        log.warning("answer_broken_off", request_id=request_id, reason=reason)
    finally:
        gone.cancel()


async def _send_part(send: Send, part: bytes, has_more: bool) -> None:
    """Returns once there is room for the next part."""
    async with asyncio.timeout(STALL_S):
        await send({"type": "http.response.body", "body": part, "more_body": has_more})


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def body_parts(receive: Receive) -> AsyncIterator[bytes]:
    """A request's body as it comes. Raises BadRequest where the connection ends before it."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("the connection ended before the body did")
        more = message.get("more_body", False)
        yield message.get("body", b"")

"""HTTP on one connection: uvicorn's protocol, with a deadline for receiving and a bound on the head.

Uvicorn waits for ever for the rest of a request. Here a connection that has not delivered a whole request in
RECEIVE_WITHIN_S is closed; one that waits for an answer, or idles between requests, is not touched. A body that is
read as it comes may take longer, as long as STREAMED_BYTES of it come within each such time or rankd is not reading.
"""

import asyncio
import random
import re

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from rankd.errors import BadRequest, HeadersTooLarge, RankdError
from rankd.http.codec import encode, problem
from rankd.http.streams import STREAMED
from rankd.serving.answers import WholeAnswerCycle

RECEIVE_WITHIN_S = 10.0
RECEIVE_WHILE_DRAINING_S = 2.0
LINGER_S = 1.0
STREAMED_BYTES = 65_536
MAX_HEAD_BYTES = 16_384
_REQUEST_ID = re.compile(rb"[\x21-\x7e]{1,128}")


class DeadlineHttp(HttpToolsProtocol):
    """One connection. `_whole`: no request is half received. `_fed`: bytes since the chunk it began in."""

    _deadline: asyncio.TimerHandle | None = None
    _whole = True
    _head_done = True
    _refused = False
    _chunk = 0
    _first = 0
    _fed = 0
    _fed_in_time = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._arm(RECEIVE_WITHIN_S)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._chunk = len(data)
        self._fed += self._chunk
        super().data_received(data)
        if self._refused or self.transport.is_closing():
            return
        if not self._head_done and self._fed > MAX_HEAD_BYTES:
            self._refuse_head()
        elif self._deadline is None and self._awaits_bytes():
            self._arm(RECEIVE_WITHIN_S)

    def _awaits_bytes(self) -> bool:
        """Whether the client owes bytes. Stray line ends stop the idle timer without beginning a request."""
        return not self._whole or (self.cycle.response_complete and self.timeout_keep_alive_task is None)

    def on_message_begin(self) -> None:
        self._whole = self._head_done = False
        self._first, self._fed, self._fed_in_time = self._chunk, 0, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_done = True
        # The exact size is counted only where it can matter.
        if self._first + self._fed > MAX_HEAD_BYTES and self._head_bytes() > MAX_HEAD_BYTES:
            self._refuse_head()
        else:
            super().on_headers_complete()
            # Uvicorn names the class of its cycles inside this method, so it is changed behind it.
            self.cycle.__class__ = WholeAnswerCycle

    def _head_bytes(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def on_body(self, body: bytes) -> None:
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._refused:
            self._whole = True
            self._disarm()
            super().on_message_complete()

    def shutdown(self) -> None:
        """Uvicorn drains: what is not received soon is given up, what is being answered is finished."""
        super().shutdown()
        if not self._whole and not self.transport.is_closing():
            self._arm(RECEIVE_WHILE_DRAINING_S)

    def send_400_response(self, msg: str) -> None:
        self._refuse(BadRequest("This is not a valid HTTP/1.1 request."))

    def _refuse_head(self) -> None:
        self._refuse(HeadersTooLarge(f"Request line and headers may have {MAX_HEAD_BYTES} bytes together."))

    def _refuse(self, error: RankdError) -> None:
        """Answer without the application, then close; what still arrives is dropped.

        Closing at once with bytes unread would make the kernel throw the answer away.
        """
        self._refused = True
        request_id = self._request_id()
        body = encode(problem(error, request_id))
        head = (
            f"content-type: application/problem+json\r\ncontent-length: {len(body)}\r\n"
            f"x-request-id: {request_id}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(STATUS_LINE[error.status] + head.encode() + body)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._arm(LINGER_S)

    def _request_id(self) -> str:
        """The client's own, where this request's headers were read far enough to hold it; else a new one."""
        headers = {} if self._whole else dict(self.headers)
        given = headers.get(b"x-request-id", b"")
        return given.decode() if _REQUEST_ID.fullmatch(given) else random.randbytes(8).hex()  # noqa: S311

    def _arm(self, within_s: float) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(within_s, self._expire)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._keeps_coming():
            self._fed_in_time = self._fed
            self._arm(RECEIVE_WITHIN_S)
        else:
            self.transport.close()

    def _keeps_coming(self) -> bool:
        """Whether a body that is read as it comes does so, or waits for rankd."""
        if self._whole or self._refused or not self.scope.get(STREAMED):
            return False
        return self.flow.read_paused or self._fed - self._fed_in_time >= STREAMED_BYTES

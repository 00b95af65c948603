"""Answers on the wire: head and body in one write.

Uvicorn writes them one after the other, which costs a system call and wakes the client twice an answer.
"""

from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle


class WholeAnswerCycle(RequestResponseCycle):
    """One request and its answer. What is streamed, or cannot be written now, goes uvicorn's own way."""

    _head: Any = None

    async def send(self, message: Any) -> None:
        if self._head is None:
            if message["type"] == "http.response.start" and not self.response_started:
                self._head = message
            else:
                await super().send(message)
            return
        head, self._head = self._head, None
        if message.get("more_body") or self.flow.write_paused or self.disconnected or self.access_log:
            await super().send(head)
            await super().send(message)
        else:
            self._write(head["status"], head["headers"], message.get("body", b""))

    def _write(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """The application's headers are taken as they are: lower case, whole, with the body's length."""
        parts = [STATUS_LINE[status]]
        says_close = False
        for name, value in (*self.default_headers, *headers):
            parts += (name, b": ", value, b"\r\n")
            says_close = says_close or name == b"connection"
        if says_close:
            self.keep_alive = False
        elif not self.keep_alive:
            parts.append(b"connection: close\r\n")
        parts += (b"\r\n", body)
        self.transport.write(b"".join(parts))
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

"""A loopback server that answers what a test tells it to: failures a real rankd does not have on demand."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """An answer; `cut` drops the connection instead of giving one, `cut_body` before the body is whole."""

    status: int = 200
    document: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    text: bytes | None = None
    cut: bool = False
    cut_body: bool = False


def problem(status: int, code: str, detail: str, **headers: str) -> Reply:
    document = {
        "status": status,
        "code": code,
        "title": code.capitalize(),
        "detail": detail,
        "request_id": "r1",
    }
    return Reply(status, document, headers)


class StandIn:
    """Keeps what it saw in `requests`; `answer` may be replaced by a test."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.answer: Callable[[Seen], Reply] = lambda seen: Reply(404)
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _respond(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                seen = Seen(self.command, self.path, dict(self.headers), body)
                stand_in.requests.append(seen)
                reply = stand_in.answer(seen)
                if reply.cut:
                    self.close_connection = True
                    return
                content = reply.text if reply.text is not None else json.dumps(reply.document).encode()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(content) + reply.cut_body))
                self.end_headers()
                self.wfile.write(content)
                self.close_connection = reply.cut_body

            do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _respond

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.02)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def running_stand_in() -> Iterator[StandIn]:
    stand_in = StandIn()
    thread = threading.Thread(target=stand_in.serve)
    thread.start()
    try:
        yield stand_in
    finally:
        stand_in.close()
        thread.join()

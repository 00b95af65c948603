"""Posting JSON for a tenth of what an HTTP library costs, so that a test of load measures the service, on kept
connections, as httpx2 would: the same answers, the same errors.
"""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import httpx2

ANSWER_WITHIN_S = 10
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Poster:
    """As many connections as there are posts under way. One whose answer was not waited for is dropped."""

    def __init__(self, url: str, authorization: str) -> None:
        address = urlsplit(url)
        self._host, self._port = str(address.hostname), address.port
        self._head = f"Host: {address.netloc}\r\nAuthorization: {authorization}\r\nContent-Type: application/json\r\n"
        self._idle: list[Connection] = []

    async def post(self, path: str, body: Any, headers: dict[str, str]) -> httpx2.Response:
        """Raises what httpx2 raises where no answer comes."""
        content = json.dumps(body).encode()
        own = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {path} HTTP/1.1\r\n{self._head}{own}Content-Length: {len(content)}\r\n\r\n"
        connection = None
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                connection = self._idle.pop() if self._idle else await self._connect()
                connection[1].write(head.encode() + content)
                answer = await _read(connection[0])
        except BaseException as error:
            if connection is not None:
                connection[1].transport.abort()
            if isinstance(error, (OSError, EOFError)):  # a timeout too
                raise httpx2.ReadError(str(error) or type(error).__name__) from error
            raise
        if answer.headers.get("connection") == "close":
            connection[1].transport.abort()
        else:
            self._idle.append(connection)
        return answer

    async def _connect(self) -> Connection:
        return await asyncio.open_connection(self._host, self._port)

    def close(self) -> None:
        for _, writer in self._idle:
            writer.transport.abort()
        self._idle.clear()


async def _read(reader: asyncio.StreamReader) -> httpx2.Response:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    content = await reader.readexactly(int(headers["content-length"]))
    return httpx2.Response(int(first.split(" ")[1]), headers=headers, content=content)

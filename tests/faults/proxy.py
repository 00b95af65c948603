"""A proxy between rankd and its store that breaks the conversation on purpose, at the worst moment: after
a script has been sent, so that the store has run it and the service does not know.
"""

import asyncio
import contextlib
import random
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

CUT_BEFORE_SEND = "cut_before_send"  # the store gets nothing
CUT_AFTER_SEND = "cut_after_send"  # the script runs, its reply is lost with the connection
CUT_MID_REQUEST = "cut_mid_request"  # the store gets a part of what was sent
CUT_MID_REPLY = "cut_mid_reply"  # the service gets a part of a reply
DROP_REPLY = "drop_reply"  # one reply is swallowed, the connection lives on
DOUBLE_REPLY = "double_reply"  # one reply comes twice
SWAP_REPLIES = "swap_replies"  # two replies change places

LET_THE_STORE_READ_S = 0.03  # an earlier reset would make the store drop the command


class Proxy:
    """Forwards bytes both ways; a share of the chunks that carry a script meets one of the faults."""

    def __init__(self, store_socket: Path, faults: Sequence[str], share: float, seed: int = 1) -> None:
        self._store_socket = str(store_socket)
        self._faults = faults
        self._share = share
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.armed = False
        self.url = ""
        self._pumps: set[asyncio.Task[None]] = set()

    def _next_fault(self, chunk: bytes) -> str | None:
        if not self.armed or b"EVAL" not in chunk.upper() or self.random.random() >= self._share:
            return None
        return self.random.choice(self._faults)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pumps.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):  # cancelled only by close()
                store_reader, store_writer = await asyncio.open_unix_connection(self._store_socket)
                await _Link(self, reader, writer, store_reader, store_writer).run()
        finally:
            writer.transport.abort()
            self._pumps.discard(task)

    async def close(self) -> None:
        for task in list(self._pumps):
            task.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)


class _Link:
    """One connection of the service and its twin to the store."""

    def __init__(self, proxy: Proxy, reader, writer, store_reader, store_writer) -> None:  # type: ignore[no-untyped-def]
        self._proxy = proxy
        self._reader, self._writer = reader, writer
        self._store_reader, self._store_writer = store_reader, store_writer
        self._reply_fault: str | None = None

    async def run(self) -> None:
        back = asyncio.ensure_future(self._back())
        try:
            with contextlib.suppress(OSError):
                await self._forth(back)
        finally:
            back.cancel()
            await asyncio.gather(back, return_exceptions=True)
            self._store_writer.transport.abort()

    async def _forth(self, back: asyncio.Future[None]) -> None:
        while chunk := await self._reader.read(262_144):
            fault = self._proxy._next_fault(chunk)
            if fault == CUT_BEFORE_SEND:
                return self._reset(fault)
            if fault == CUT_MID_REQUEST:
                self._store_writer.write(chunk[: self._proxy.random.randrange(len(chunk))])
                await self._store_writer.drain()
                return self._reset(fault)
            if fault == CUT_AFTER_SEND:
                back.cancel()
                self._store_writer.write(chunk)
                await self._store_writer.drain()
                await asyncio.sleep(LET_THE_STORE_READ_S)
                return self._reset(fault)
            self._reply_fault = fault or self._reply_fault
            self._store_writer.write(chunk)
            await self._store_writer.drain()
        return None

    async def _back(self) -> None:
        pending = b""
        with contextlib.suppress(OSError):
            while chunk := await self._store_reader.read(262_144):
                pending += chunk
                frames, pending = split_frames(pending)
                if self._reply_fault and frames:
                    frames = self._broken(frames)
                if frames is None:
                    return
                self._writer.write(b"".join(frames))
                await self._writer.drain()
        self._writer.transport.abort()

    def _broken(self, frames: list[bytes]) -> list[bytes] | None:
        fault = self._reply_fault
        if fault == SWAP_REPLIES and len(frames) < 2:
            return frames  # waits for two at once
        self._reply_fault = None
        if fault == CUT_MID_REPLY:
            self._writer.write(frames[0][: max(1, len(frames[0]) // 2)])
            self._reset(fault)
            return None
        self._proxy.done[str(fault)] += 1
        if fault == DROP_REPLY:
            return frames[1:]
        if fault == DOUBLE_REPLY:
            return [frames[0], *frames]
        return [frames[1], frames[0], *frames[2:]]

    def _reset(self, fault: str) -> None:
        self._proxy.done[fault] += 1
        sock = self._writer.get_extra_info("socket")
        if fault == CUT_AFTER_SEND:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._writer.transport.abort()
        else:
            self._writer.close()


def split_frames(stream: bytes) -> tuple[list[bytes], bytes]:
    """The whole RESP replies at the head of a stream, and the rest."""
    frames, start = [], 0
    while (end := _frame_end(stream, start)) is not None:
        frames.append(stream[start:end])
        start = end
    return frames, stream[start:]


def _frame_end(stream: bytes, start: int) -> int | None:
    line_end = stream.find(b"\r\n", start)
    if line_end < 0:
        return None
    kind, after = stream[start : start + 1], line_end + 2
    if kind in b"+-:_,#(":
        return after
    size = int(stream[start + 1 : line_end])
    if kind in b"$=!":
        end = after if size < 0 else after + size + 2
        return end if end <= len(stream) else None
    for _ in range(max(size, 0) * (2 if kind == b"%" else 1)):
        item_end = _frame_end(stream, after)
        if item_end is None:
            return None
        after = item_end
    return after


@contextlib.asynccontextmanager
async def running_proxy(store_socket: Path, faults: Sequence[str], share: float) -> AsyncIterator[Proxy]:
    """A proxy on a free loopback port, in this event loop; unarmed until told."""
    proxy = Proxy(store_socket, faults, share)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()

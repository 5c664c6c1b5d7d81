"""A server that answers byte for byte what a test tells it to, on loopback."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Connection:
    """One connection, and the request it carries at the moment."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: bytes = b""
    body: bytes = b""

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def gone(self) -> None:
        """Until the other side has closed its end."""
        while await self.reader.read(65_536):
            pass

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """Break off with RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Handler = Callable[[Connection], Awaitable[None]]
Planned = bytes | Handler


@dataclass
class FaultServer:
    """Answers each request with the next thing planned, and well when nothing is. Keeps what it was asked."""

    port: int = 0
    plan: deque[Planned] = field(default_factory=deque)
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by handlers that want the test to go on."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client has closed a connection while it was being answered."""
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """A connection was opened; one was closed by either side."""
    ticks: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    """Released by tests, for handlers that go on step by step."""
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=tls, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The bodies of the requests so far."""
        return [json.loads(body) for body in self.bodies if body]

    async def silent(self, connection: Connection) -> None:
        """A handler: says nothing more, and notes when the client leaves."""
        self.reached.set()
        await connection.gone()
        self.left.set()

    def then_silent(self, data: bytes) -> Handler:
        """A handler: sends `data`, then nothing more."""

        async def handle(connection: Connection) -> None:
            await connection.send(data)
            await self.silent(connection)

        return handle

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self.accepted.set()
        try:
            await self._serve(Connection(reader, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()
            self.closed.set()

    async def _serve(self, connection: Connection) -> None:
        while not connection.writer.is_closing():
            connection.head = await connection.reader.readuntil(b"\r\n\r\n")
            lengths = [line for line in connection.head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            size = int(lengths[0].partition(b":")[2]) if lengths else 0
            connection.body = await connection.reader.readexactly(size)
            self.heads.append(connection.head)
            self.bodies.append(connection.body)
            planned = self.plan.popleft() if self.plan else good()
            if isinstance(planned, bytes):
                await connection.send(planned)
            else:
                await planned(connection)


def reply(status: int, body: bytes | object = b"", headers: dict[str, str] | None = None) -> bytes:
    """A whole answer with its length. A body that is not bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = {} if isinstance(body, bytes) else {"Content-Type": "application/json"}
    return head(status, {**kind, **(headers or {}), "Content-Length": str(len(content))}) + content


def head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def streaming(*parts: bytes, ended: bool = True, headers: dict[str, str] | None = None) -> bytes:
    """An event stream in chunked framing, each part one chunk; not `ended`: the last chunk is missing."""
    kind = {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked", **(headers or {})}
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part)
    return head(200, kind) + chunks + (b"0\r\n\r\n" if ended else b"")


def event(document: object) -> bytes:
    return b"data: " + json.dumps(document).encode() + b"\n\n"


def delta(text: str | None = None, finish: str | None = None, **more: object) -> bytes:
    """One `chat.completion.chunk`."""
    fields = {} if text is None else {"content": text}
    return event(
        {
            "id": "1",
            "object": "chat.completion.chunk",
            "model": "zai-org-glm-5-1",
            "choices": [{"index": 0, "delta": {**fields, **more}, "finish_reason": finish}],
        }
    )


DONE = b"data: [DONE]\n\n"


def good(text: str = "fine") -> bytes:
    return streaming(delta(text), delta(finish="stop"), DONE)


def completion(text: str = "fine", finish: str | None = "stop", **message: object) -> dict[str, object]:
    """A `chat.completion` in one piece."""
    return {
        "id": "1",
        "object": "chat.completion",
        "model": "zai-org-glm-5-1",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}
        ],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }

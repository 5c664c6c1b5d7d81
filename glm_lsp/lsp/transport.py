"""The way messages come and go: frames on a stream, over stdio or one TCP connection.

LSP 3.18 §headerPart: header lines, an empty line, `Content-Length` bytes of JSON. Clients and wrappers get details of
it wrong (case, spaces, order, bare newlines, lines of their own before the header); none of that need end a session.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import re
import sys
import threading
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from glm_lsp.errors import Failed
from glm_lsp.lsp.protocol import STOP_SECONDS

if TYPE_CHECKING:
    from glm_lsp.lsp.protocol import GlmServer

LARGEST_BODY = 256 * 2**20
"""Bytes of the longest message we take in: a file of 30 MB is up to 180 MB of JSON escapes."""
END_SECONDS = STOP_SECONDS + 0.6
"""When the process ends by force after the client has gone. A thread that hangs would keep it alive for ever."""

_CHUNK = 2**16
_LENGTH = re.compile(rb"\s*content-length\s*:\s*(\d{1,18})\s*", re.IGNORECASE)


async def bodies(stream: asyncio.StreamReader, largest: int = LARGEST_BODY) -> AsyncIterator[bytes | None]:
    """The body of each message; None for one longer than `largest` bytes, which is skipped. Ends with the stream."""
    length: int | None = None
    while True:
        try:
            line = await stream.readline()
        except ValueError:
            continue  # A line longer than the stream's limit is no header of ours; asyncio has dropped it.
        if not line:
            return
        if (header := _LENGTH.fullmatch(line)) is not None:
            length = int(header[1])
        elif not line.strip() and length is not None:
            try:
                if length <= largest:
                    yield await stream.readexactly(length)
                else:
                    await _skip(stream, length)
                    yield None
            except asyncio.IncompleteReadError:
                return
            length = None


async def _skip(stream: asyncio.StreamReader, length: int) -> None:
    while length:
        length -= len(await stream.readexactly(min(length, _CHUNK)))


async def converse(server: GlmServer, stream: asyncio.StreamReader) -> int:
    """Serves the client until it says `exit` or goes away; the exit code. Nothing has been stopped yet."""
    protocol = server.protocol
    async for body in bodies(stream):
        if body is None:
            protocol.too_long(f"A message was longer than {LARGEST_BODY // 2**20} MiB.")
        else:
            protocol.receive(body)
        if protocol.exit_code is not None:
            return protocol.exit_code
        # What the message started takes its first step before the next one is looked at.
        await asyncio.sleep(0)
    return 0 if protocol.stopping else 1


def serve_stdio(server: GlmServer) -> int:
    """Serves the client at stdin and stdout; the exit code.

    What anything else in the process prints goes to stderr, and children do not inherit the pipes.
    """
    stdin, stdout = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return asyncio.run(serve_pipes(server, stdin, stdout))


async def serve_pipes(server: GlmServer, stdin: int, stdout: int, *, force: bool = True) -> int:
    """Serves the client at two file descriptors; the exit code.

    Threads do the reading and writing, so that neither side ever waits for the other to be read, and any kind of file
    will do. `force` ends the process if something will not stop in time.
    """
    loop = asyncio.get_running_loop()
    stream = asyncio.StreamReader()
    outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    ended = False

    def feed(chunk: bytes) -> None:
        nonlocal ended
        if ended:
            return
        if chunk:
            stream.feed_data(chunk)
        else:
            ended = True
            stream.feed_eof()

    def tell(chunk: bytes) -> None:
        with contextlib.suppress(RuntimeError):  # The loop has closed: nobody reads any more.
            loop.call_soon_threadsafe(feed, chunk)

    writer = threading.Thread(target=_write, args=(stdout, outgoing, tell), name="stdout", daemon=True)
    writer.start()
    threading.Thread(target=_read, args=(stdin, tell), name="stdin", daemon=True).start()
    server.protocol.connect(outgoing.put)
    code = await converse(server, stream)
    if force:
        _end_by_force(code)
    await server.stop()
    server.protocol.disconnect()
    outgoing.put(None)
    writer.join(STOP_SECONDS / 4)
    return code


async def serve_tcp(server: GlmServer, host: str, port: int) -> int:
    """Listens, serves the first client that connects, and ends with it; the exit code. Tells the address on stderr.

    Errors: Failed if the port cannot be had.
    """
    connected: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
    connected = asyncio.get_running_loop().create_future()

    def connect(stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if connected.done():
            writer.close()
        else:
            connected.set_result((stream, writer))

    try:
        listener = await asyncio.start_server(connect, host, port)
    except OSError as error:
        taken = f"The server cannot listen on {host}:{port}."
        raise Failed(taken, "Choose another port, or 0 for a free one.") from error
    at = listener.sockets[0].getsockname()
    print(f"glm-lsp listens on {at[0]}:{at[1]}", file=sys.stderr, flush=True)
    stream, writer = await connected
    listener.close()
    server.protocol.connect(writer.write)
    try:
        code = await converse(server, stream)
    except ConnectionError:
        code = 1
    _end_by_force(code)
    await server.stop()
    server.protocol.disconnect()
    writer.close()
    return code


def _read(fd: int, tell: Callable[[bytes], None]) -> None:
    """Tells each chunk that comes, and `b""` at the end."""
    chunk = b"-"
    while chunk:
        try:
            chunk = os.read(fd, _CHUNK)
        except OSError:
            chunk = b""
        tell(chunk)


def _write(fd: int, outgoing: queue.SimpleQueue[bytes | None], tell: Callable[[bytes], None]) -> None:
    """Writes what is queued until None comes. A client that does not read any more has gone: that ends the session."""
    while (data := outgoing.get()) is not None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(fd, view) :]
        except OSError:
            tell(b"")
            return


def _end_by_force(code: int) -> None:
    timer = threading.Timer(END_SECONDS, os._exit, [code])
    timer.daemon = True
    timer.start()

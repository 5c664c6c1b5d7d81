"""The stand-in as a server on loopback: routes, connections, pace, end. One task per connection.

It runs in the language server's own event loop (`base_url = "offline:"`) or alone (`glm-lsp offline`).
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from glm_lsp.errors import BadInput, Failed
from glm_lsp.offline import api, http, rules

BASE_PATH = "/api/ai"
PACE = 0.015
"""Seconds between two tokens: as fast as one can read along."""


class Server:
    """A running stand-in. Made by `start`."""

    def __init__(self, pace: float) -> None:
        self._pace = pace
        self._listener: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._answering: set[asyncio.Task[None]] = set()
        self._closing = False
        # Rules parse whole files, which the event loop must not wait for. One thread: to silence the parser's warnings
        # is a matter of the whole process, and two at once would get in each other's way.
        self._thread = ThreadPoolExecutor(1, "offline-stand-in")

    @property
    def url(self) -> str:
        """The base URL, as `endpoint.base_url` takes it; it ends without a slash."""
        if self._listener is None or not self._listener.sockets:
            raise Failed("The offline stand-in is not running.")
        host, port = self._listener.sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}{BASE_PATH}" if ":" in host else f"http://{host}:{port}{BASE_PATH}"

    async def listen(self, host: str, port: int) -> None:
        self._listener = await asyncio.start_server(self._serve, host, port, limit=http.MAX_LINE)

    async def close(self, grace: float = 1.0) -> None:
        """Stop listening, let the answers under way finish for `grace` seconds, end the rest. May be called twice."""
        self._closing = True
        if self._listener is None:
            return
        self._listener.close()
        if self._answering:
            await asyncio.wait(tuple(self._answering), timeout=grace)
        open_now = tuple(self._connections)
        for task in open_now:
            task.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)
        self._thread.shutdown(wait=False, cancel_futures=True)
        await self._listener.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine always runs in a task
        self._connections.add(task)
        try:
            await self._converse(reader, writer, task)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # The client went away, or we are closing: nobody waits for a word, and a client that does not read would
            # never let what is written be sent.
            writer.transport.abort()
        finally:
            self._connections.discard(task)
            self._answering.discard(task)
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, task: asyncio.Task[None]
    ) -> None:
        """Answer the requests of one connection, one after another, until one side has had enough."""
        while not self._closing:
            try:
                request = await http.read_request(reader, writer)
            except http.Unreadable as error:
                problem = api.failure(error.status, "invalid_params", str(error))
                await _send(writer, problem.status, problem.body, keep_alive=False)
                await _discard(reader, writer)
                return
            if request is None:
                return
            self._answering.add(task)
            await self._answer(request, reader, writer)
            self._answering.discard(task)
            if not request.keep_alive or writer.is_closing():
                return

    async def _answer(self, request: http.Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            found = _route(request)
        except api.ApiError as error:
            await _send(writer, error.status, error.body, keep_alive=request.keep_alive, headers=error.headers)
            return
        if not isinstance(found, api.ChatRequest):
            await _send(writer, HTTPStatus.OK, found, keep_alive=request.keep_alive)
            return
        text = await asyncio.get_running_loop().run_in_executor(self._thread, rules.answer, found.turns)
        completion = api.complete(found, text, id=f"chatcmpl-{uuid.uuid4()}", created=int(time.time()))
        if not found.stream:
            await _send(writer, HTTPStatus.OK, api.completion_object(completion), keep_alive=request.keep_alive)
            return
        chunked = request.version == "HTTP/1.1"
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
        if chunked:
            headers["Transfer-Encoding"] = "chunked"
        writer.write(http.head(HTTPStatus.OK, {**headers, "Connection": _connection(request.keep_alive and chunked)}))
        finished = await send_events(
            api.events(completion, include_usage=found.include_usage), reader, writer, pace=self._pace, chunked=chunked
        )
        if not finished or not chunked:  # without chunks, the end of the connection is the end of the answer
            writer.close()


async def start(host: str = "127.0.0.1", port: int = 0, pace: float = PACE) -> Server:
    """A stand-in that listens on `host` (loopback only) and `port` (0: a free one), with `pace` seconds between tokens.

    Raises `BadInput` for an address other machines can reach, `Failed` when the port cannot be had.
    """
    if not _is_loopback(host):
        raise BadInput(f"The offline stand-in cannot listen on {host}: it serves this machine only.", "Use 127.0.0.1.")
    server = Server(pace)
    try:
        await server.listen(host, port)
    except (OSError, OverflowError) as error:
        raise Failed(
            f"The offline stand-in cannot listen on {host}:{port}.", "Choose another port, or 0 for a free one."
        ) from error
    return server


async def serve_forever(
    port: int = 0, *, host: str = "127.0.0.1", pace: float = PACE, started: Callable[[str], object] = lambda url: None
) -> None:
    """Run a stand-in until this task is cancelled. `started` is called once with the base URL, when it listens."""
    server = await start(host, port, pace)
    try:
        started(server.url)
        await asyncio.Event().wait()
    finally:
        await server.close()


async def send_events(
    events: Iterable[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, pace: float, chunked: bool
) -> bool:
    """Write `events` one by one, `pace` seconds apart; True if all went out, False as soon as the client is gone.

    Nothing more is taken from `events` once the client is gone, so an answer nobody reads costs nothing.
    """
    try:
        for event in events:
            if writer.is_closing() or reader.at_eof():
                return False
            writer.write(http.chunk(event) if chunked else event)
            await writer.drain()
            await asyncio.sleep(pace)
        if chunked:
            writer.write(http.LAST_CHUNK)
            await writer.drain()
    except ConnectionError:
        return False
    return True


def _route(request: http.Request) -> api.ChatRequest | api.Json:
    """What is asked for: a chat request to answer, or the object that is the answer. Raises `api.ApiError`."""
    path = unquote(urlsplit(request.target).path).rstrip("/")
    if not path.startswith(BASE_PATH + "/"):
        raise api.failure(HTTPStatus.NOT_FOUND, "resource_not_found", f"There is nothing here but {BASE_PATH}.")
    authorization = request.headers.get("authorization")
    if authorization is not None and not _is_bearer(authorization):
        raise api.unauthenticated()
    resource = path.removeprefix(BASE_PATH)
    if resource == "/chat/completions":
        _expect(request, "POST")
        return api.parse_chat_request(request.body)
    if resource == "/models":
        _expect(request, "GET")
        return api.models()
    if resource.startswith("/models/"):
        _expect(request, "GET")
        return api.model_object(resource.removeprefix("/models/"))
    raise api.failure(HTTPStatus.NOT_FOUND, "resource_not_found", "The offline stand-in does not serve this address.")


def _expect(request: http.Request, method: str) -> None:
    if request.method != method:
        raise api.wrong_method(method)


async def _send(
    writer: asyncio.StreamWriter,
    status: HTTPStatus,
    body: api.Json,
    *,
    keep_alive: bool,
    headers: Mapping[str, str] | None = None,
) -> None:
    data = api.encode(body)
    fields = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(data))}
    fields["Connection"] = _connection(keep_alive)
    writer.write(http.head(status, {**fields, **(headers or {})}) + data)
    await writer.drain()


async def _discard(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float = 1.0) -> None:
    """Read and drop what the client is still sending, for a connection closed on unread bytes is reset, and the reset
    would take our answer with it (RFC 9112 §9.6)."""
    if writer.can_write_eof():
        writer.write_eof()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while await reader.read(65536):
                pass


def _connection(keep_alive: bool) -> str:
    return "keep-alive" if keep_alive else "close"


def _is_bearer(authorization: str) -> bool:
    scheme, _, key = authorization.partition(" ")
    return scheme.lower() == "bearer" and bool(key.strip())


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

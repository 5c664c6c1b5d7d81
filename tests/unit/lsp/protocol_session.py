"""A session with a server in this process, over streams in memory: the mended server, or plain pygls for comparison."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from pygls.io_ import run_async
from pygls.lsp.server import LanguageServer

from glm_lsp.lsp.protocol import GlmServer
from glm_lsp.lsp.transport import converse

Message = dict[str, Any]

mended_only = pytest.mark.parametrize("session", ["mended"], indirect=True)
plain_fails = pytest.mark.parametrize(
    "session",
    [
        "mended",
        pytest.param(
            "plain",
            marks=pytest.mark.xfail(raises=AssertionError, strict=True, reason="the fault of pygls 2.1.1 we mend"),
        ),
    ],
    indirect=True,
)
"""The test holds for our server and fails for plain pygls. When an upgrade mends pygls, the second half says so."""


def framed(message: Any) -> bytes:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def request(id: int | str, method: str, params: Any = None) -> Message:
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def notification(method: str, params: Any = None) -> Message:
    return {"jsonrpc": "2.0", "method": method, "params": params}


def command(id: int | str, name: str, *arguments: Any) -> Message:
    return request(id, "workspace/executeCommand", {"command": name, "arguments": list(arguments)})


def opened(uri: str, text: str, version: int = 1) -> Message:
    item = {"uri": uri, "languageId": "python", "version": version, "text": text}
    return notification("textDocument/didOpen", {"textDocument": item})


def changed(uri: str, version: int, *changes: Any) -> Message:
    """`changes` are `(start line, start character, end line, end character, text)`, or a whole text."""
    return notification(
        "textDocument/didChange",
        {"textDocument": {"uri": uri, "version": version}, "contentChanges": [_change(change) for change in changes]},
    )


def _change(change: Any) -> Message:
    if isinstance(change, str):
        return {"text": change}
    line, column, last, end, text = change
    span = {"start": {"line": line, "character": column}, "end": {"line": last, "character": end}}
    return {"range": span, "text": text}


class Wire:
    """Where the server writes to: every message it sent, in order."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.closed = asyncio.Event()
        self.writes_after_close = 0
        self._news = asyncio.Event()

    def write(self, data: bytes) -> None:
        if self.closed.is_set():
            self.writes_after_close += 1
            raise ValueError("I/O operation on closed file.")
        header, _, body = data.partition(b"\r\n\r\n")
        assert b"Content-Length: %d" % len(body) in header, "Content-Length must count bytes"
        self.messages.append(json.loads(body))
        self._news.set()

    def close(self) -> None:
        self.closed.set()

    async def first(self, wanted: Callable[[Message], bool]) -> Message:
        async with asyncio.timeout(10):
            while True:
                for message in self.messages:
                    if wanted(message):
                        return message
                self._news.clear()
                await self._news.wait()


class Session:
    """One server and the client's end of its connection."""

    def __init__(self, kind: str) -> None:
        logging.getLogger("pygls").setLevel(logging.NOTSET)
        self.kind = kind
        self.wire = Wire()
        self.stream = asyncio.StreamReader()
        self.exit_code: int | None = None
        self.server: Any = GlmServer() if kind == "mended" else LanguageServer("plain", "0")
        self._pings = 0
        self.feature("test/ping", lambda params: "pong")
        self._task = asyncio.ensure_future(self._run())

    def feature(self, method: str, handler: Callable[[Any], Any]) -> None:
        if self.kind == "mended":
            self.server.add_feature(method, handler)
        else:
            self.server.feature(method)(handler)

    def command(self, name: str, handler: Callable[[Any], Any]) -> None:
        if self.kind == "mended":
            self.server.add_command(name, handler)
        else:
            self.server.command(name)(handler)

    async def ask(self, method: str, params: Any) -> Any:
        """The server asks the client."""
        if self.kind == "mended":
            return await self.server.request(method, params, timeout=None)
        return await self.server.protocol.send_request_async(method, params)

    def text(self, uri: str) -> str | None:
        """What the server believes the document holds."""
        if self.kind == "mended":
            document = self.server.documents.find(uri)
            return None if document is None else document.text.string
        source: str = self.server.workspace.get_text_document(uri).source
        return source

    def feed(self, *messages: Message | bytes) -> None:
        for message in messages:
            self.stream.feed_data(framed(message))

    async def answer(self, id: int | str) -> Message:
        return await self.wire.first(lambda message: message.get("id") == id and "method" not in message)

    def answers(self, id: int | str | None) -> list[Message]:
        return [message for message in self.wire.messages if message.get("id", "") == id and "method" not in message]

    def unasked(self) -> list[Message]:
        """The notifications the server sent."""
        return [message for message in self.wire.messages if "id" not in message]

    async def settle(self) -> None:
        """Returns once the server has dealt with everything fed so far."""
        self._pings += 1
        id = f"ping-{self._pings}"
        self.feed(request(id, "test/ping"))
        await self.answer(id)

    async def initialize(self, capabilities: Message | None = None, **more: Any) -> Message:
        params = {"processId": None, "rootUri": None, "capabilities": capabilities or {}, **more}
        self.feed(request("initialize", "initialize", params))
        answer = await self.answer("initialize")
        self.feed(notification("initialized", {}))
        await self.settle()
        return answer

    async def end(self) -> int | None:
        """The client goes away; the exit code."""
        self.stream.feed_eof()
        await self._task
        return self.exit_code

    async def _run(self) -> None:
        try:
            if self.kind == "mended":
                self.server.protocol.connect(self.wire.write)
                self.exit_code = await converse(self.server, self.stream)
                await self.server.stop()
                self.server.protocol.disconnect()
                self.wire.close()
            else:
                self.server.protocol.set_writer(self.wire)
                await run_async(
                    threading.Event(), self.stream, self.server.protocol, error_handler=self.server.report_server_error
                )
        except SystemExit as end:
            self.exit_code = end.code if isinstance(end.code, int) else 0


def ids(messages: Iterable[Message]) -> list[Any]:
    return [message.get("id") for message in messages]

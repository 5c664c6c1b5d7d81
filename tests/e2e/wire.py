"""A small LSP client over a server's stdio. It records every message and decides nothing by itself.

    async with connected([sys.executable, "-m", "glm_lsp"], initialize_params) as wire:
        wire.answer("workspace/applyEdit", Texts(wire).apply)
        await wire.request("workspace/executeCommand", {...})
        await wire.expect("window/showMessage")

Leaving the block shuts the server down and fails on anything `conformance.violations` finds.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import itertools
import json
import os
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import conformance

SECONDS = 20.0
"""How long anything awaited may take before the test fails. Nothing depends on how long it does take."""

Message = dict[str, Any]


class ErrorAnswer(Exception):
    """The server answered a request with an error."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(f"{error.get('code')}: {error.get('message')}")
        self.code = error.get("code")
        self.message = error.get("message")


class Wire:
    """One server process and our end of its pipes. `records` are in the order of the wire, for `conformance`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.records: list[dict[str, Any]] = []
        self._handlers: dict[str, Callable[[Any], Any]] = {}
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._ids = itertools.count(1)
        self._news = asyncio.Condition()
        self._tasks: set[asyncio.Future[Any]] = set()
        self._reading = asyncio.ensure_future(self._read())

    def answer(self, method: str, handler: Callable[[Any], Any]) -> None:
        """Requests of the server for `method` are answered with `handler(params)`, or what it awaits. Those without a
        handler get null, as from a client that has nothing to say."""
        self._handlers[method] = handler

    async def request(self, method: str, params: Any = None) -> Any:
        """Errors: ErrorAnswer."""
        return await self.start(method, params)[1]

    def start(self, method: str, params: Any = None) -> tuple[int, asyncio.Future[Any]]:
        """Sends a request; its id and its answer to come."""
        id = next(self._ids)
        self._waiting[id] = asyncio.get_running_loop().create_future()
        self.send({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        return id, asyncio.ensure_future(asyncio.wait_for(self._waiting[id], SECONDS))

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def send(self, message: Message) -> None:
        """`message` as it is, whatever it is."""
        self.records.append({"from": "client", "message": copy.deepcopy(message)})
        self.send_raw(json.dumps(message).encode())

    def send_raw(self, body: bytes) -> None:
        """`body` in a frame, unrecorded: for what is no message."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def received(self, method: str) -> list[Message]:
        """What the server has sent of `method`, oldest first."""
        messages = (record["message"] for record in self.records if record["from"] == "server")
        return [message for message in messages if message.get("method") == method]

    async def expect(self, method: str, wanted: Callable[[Any], bool] = lambda params: True, *, after: int = 0) -> Any:
        """The params of the first message of `method`, past the first `after` of them, that is `wanted`."""

        def found() -> Message | None:
            return next((one for one in self.received(method)[after:] if wanted(one.get("params"))), None)

        async with asyncio.timeout(SECONDS), self._news:
            await self._news.wait_for(lambda: found() is not None or self._reading.done())
        message = found()
        assert message is not None, f"the server ended without sending {method}"
        return message.get("params")

    async def leave(self) -> int:
        """Shuts the server down; its exit code."""
        if self.process.returncode is None and not self._reading.done():
            await self.request("shutdown")
            self.notify("exit")
        return await self.ended()

    async def ended(self) -> int:
        async with asyncio.timeout(SECONDS):
            await self._reading
            return await self.process.wait()

    async def kill(self) -> None:
        for task in (*self._tasks, self._reading):
            task.cancel()
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def _read(self) -> None:
        stdout = self.process.stdout
        assert stdout is not None
        with suppress(asyncio.IncompleteReadError):
            while True:
                header = await stdout.readuntil(b"\r\n\r\n")
                length = int(header.lower().partition(b"content-length:")[2].split()[0])
                await self._take(json.loads(await stdout.readexactly(length)))
        for waiting in self._waiting.values():
            waiting.cancel()
        async with self._news:
            self._news.notify_all()

    async def _take(self, message: Message) -> None:
        self.records.append({"from": "server", "message": message})
        if "method" in message:
            if "id" in message:
                answering = asyncio.ensure_future(self._answer(message))
                self._tasks.add(answering)
                answering.add_done_callback(self._tasks.discard)
        elif (waiting := self._waiting.pop(message.get("id") or 0, None)) is not None and not waiting.done():
            if "error" in message:
                waiting.set_exception(ErrorAnswer(message["error"]))
            else:
                waiting.set_result(message["result"])
        async with self._news:
            self._news.notify_all()

    async def _answer(self, message: Message) -> None:
        handler = self._handlers.get(message["method"])
        result = handler(message.get("params")) if handler is not None else None
        if inspect.isawaitable(result):
            result = await result
        self.send({"jsonrpc": "2.0", "id": message["id"], "result": result})


@asynccontextmanager
async def connected(
    command: Sequence[str],
    introduction: Mapping[str, Any],
    *,
    environ: Mapping[str, str] | None = None,
    folders: Sequence[Path] = (),
    check: bool = True,
) -> AsyncIterator[Wire]:
    """A server that has been initialized with the params `introduction`. `environ` is added to ours; `folders`: see
    `conformance.violations`, which is run at the end if `check`."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **(environ or {})},
        limit=2**26,
    )
    wire = Wire(process)
    try:
        await wire.request("initialize", introduction)
        wire.notify("initialized", {})
        yield wire
        await wire.leave()
    finally:
        await wire.kill()
    sent = {record["message"].get("method") for record in wire.records if record["from"] == "client"}
    # A client that leaves without `shutdown` cannot be told how its jobs ended.
    abrupt = "exit" in sent and "shutdown" not in sent
    if check and (found := conformance.violations(wire.records, folders=folders, cut=abrupt)):
        raise AssertionError("The traffic breaks the protocol or our contract:\n" + "\n".join(found))


class Texts:
    """The documents of an editor that applies edits as VS Code does: all of a request, or nothing; UTF-16 columns.

    If the session was introduced as Neovim's, only edits for an older version are refused, as there; else those for any
    version but the current one.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        introduction = wire.records[0]["message"].get("params") or {}
        self._neovim = (introduction.get("clientInfo") or {}).get("name") == "Neovim"
        self._open: dict[str, tuple[int, str]] = {}
        wire.answer("workspace/applyEdit", self.apply)

    def __getitem__(self, uri: str) -> str:
        return self._open[uri][1]

    def version(self, uri: str) -> int:
        return self._open[uri][0]

    def open(self, uri: str, text: str, language: str = "python", version: int = 1) -> None:
        self._open[uri] = version, text
        item = {"uri": uri, "languageId": language, "version": version, "text": text}
        self._wire.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, text: str) -> None:
        """The whole text becomes `text`."""
        version = self.version(uri) + 1
        self._open[uri] = version, text
        document = {"uri": uri, "version": version}
        self._wire.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def type(self, uri: str, place: Mapping[str, Any], new: str) -> None:
        """What stands at `place` becomes `new`, told as a change of that place."""
        version = self.version(uri) + 1
        self._open[uri] = version, _edited(self[uri], [{"range": place, "newText": new}])
        document = {"uri": uri, "version": version}
        change = {"range": place, "text": new}
        self._wire.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def close(self, uri: str) -> None:
        del self._open[uri]
        self._wire.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def apply(self, params: Any) -> Message:
        """Answers `workspace/applyEdit`."""
        changes = params["edit"]["documentChanges"]
        for change in changes:
            document = change.get("textDocument")
            if document is None or document["uri"] not in self._open:
                return {"applied": False, "failureReason": "this editor changes open documents only"}
            wanted, current = document["version"], self.version(document["uri"])
            if wanted is not None and (wanted < current if self._neovim else wanted != current):
                return {"applied": False, "failureReason": "document has changed"}
        for change in changes:
            uri = change["textDocument"]["uri"]
            self.change(uri, _edited(self[uri], change["edits"]))
        return {"applied": True}


def _edited(text: str, edits: Sequence[Mapping[str, Any]]) -> str:
    """`text` after `edits`, all of which refer to `text`."""
    places = [(_offset(text, one["range"]["start"]), _offset(text, one["range"]["end"]), one) for one in edits]
    for start, end, one in reversed(sorted(places, key=lambda place: place[:2])):  # noqa: C413 - keeps equals in order
        text = text[:start] + one["newText"] + text[end:]
    return text


def _offset(text: str, position: Mapping[str, int]) -> int:
    starts = [0, *(found.end() for found in re.finditer("\r\n|\r|\n", text))]
    at = starts[position["line"]]
    units = position["character"]
    while units > 0 and at < len(text) and text[at] not in "\r\n":
        units -= len(text[at].encode("utf-16-le", "surrogatepass")) // 2
        at += 1
    return at

"""Asks a model and writes down all that a user, a log or a caller could see of it."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from urllib.parse import quote

from fault_server import FaultServer, Planned
from stopped_clock import StoppedClock

from glm_lsp.errors import Failed
from glm_lsp.model.client import Model
from glm_lsp.model.endpoint import Endpoint, Key, ThinkingDialect, Timeouts
from glm_lsp.model.events import Attempt, Event, Finished, Retracted, TextDelta, Waiting
from glm_lsp.model.http import HttpTransport
from glm_lsp.model.messages import ClearedRequest, Message, Tool
from glm_lsp.model.transport import HttpRequest, HttpResponse

KEY = "canary/Pq+41=Zk~8vXw0Rt-do-not-leak"
READ_FILE = Tool("read_file", "reads", {"type": "object", "properties": {"path": {"type": "string"}}})


def question(text: str = "hi", **more: object) -> ClearedRequest:
    return ClearedRequest("zai-org-glm-5-1", (Message("user", text),), max_tokens=100, **more)  # type: ignore[arg-type]


@dataclass
class Heard:
    """What came of one question."""

    events: list[Event] = field(default_factory=list)
    error: Failed | None = None

    @property
    def text(self) -> str:
        """The reply as it adds up from the deltas."""
        text = ""
        for event in self.events:
            text = "" if isinstance(event, Retracted) else text + event.text if isinstance(event, TextDelta) else text
        return text

    @property
    def reply(self) -> str:
        """The same, of a question that ended well."""
        assert self.error is None
        assert self.finished is not None
        assert self.finished.text == self.text
        return self.text

    @property
    def finished(self) -> Finished | None:
        last = self.events[-1] if self.events else None
        return last if isinstance(last, Finished) else None

    @property
    def attempts(self) -> list[Attempt]:
        return [event for event in self.events if isinstance(event, Attempt)]

    @property
    def waits(self) -> list[float]:
        return [event.seconds for event in self.events if isinstance(event, Waiting)]

    @property
    def message(self) -> str:
        return str(self.error)


class Conversation:
    """A user who asks the fault server. Time passes only in `Waiting`, and when a test says so."""

    def __init__(self, server: FaultServer, clock: StoppedClock, model: Model) -> None:
        self.server = server
        self.clock = clock
        self.model = model
        self.heard: list[Heard] = []

    def endpoint(
        self,
        *,
        url: str = "",
        key: str = KEY,
        dialect: ThinkingDialect = "reasoning_effort",
        ca_file: str = "",
        proxy: str = "",
        timeouts: Timeouts | None = None,
    ) -> Endpoint:
        return Endpoint(
            url or f"http://127.0.0.1:{self.server.port}/v1",
            "zai-org-glm-5-1",
            Key(key),
            thinking_dialect=dialect,
            ca_file=ca_file,
            proxy=proxy,
            timeouts=timeouts or Timeouts(),
        )

    async def ask(
        self,
        *planned: Planned,
        request: ClearedRequest | None = None,
        endpoint: Endpoint | None = None,
        seen: Callable[[Event], None] = lambda event: None,
    ) -> Heard:
        """Ask once, with what the server is to answer. `seen` is told each event as it comes."""
        self.server.plan.extend(planned)
        heard = Heard()
        self.heard.append(heard)
        try:
            async with aclosing(self.model.ask(request or question(), endpoint or self.endpoint())) as events:
                async for event in events:
                    heard.events.append(event)
                    seen(event)
                    if isinstance(event, Waiting):
                        self.clock.advance(event.seconds)
        except Failed as error:
            heard.error = error
        return heard

    async def ask_and_wait(
        self, seconds: float, *planned: Planned, request: ClearedRequest | None = None, after_text: bool = False
    ) -> Heard:
        """Ask a server that falls silent; once it has (`after_text`: and the first text has come), `seconds` go by."""
        begun = asyncio.Event()
        task = asyncio.create_task(
            self.ask(
                *planned, request=request, seen=lambda event: begun.set() if isinstance(event, TextDelta) else None
            )
        )
        await self.server.reached.wait()
        if after_text:
            await begun.wait()
        # Not a wait: the reader has to get from the event it handed out to its next read.
        for _ in range(10):
            await asyncio.sleep(0)
        self.clock.advance(seconds)
        return await task

    def show(self) -> str:
        """All that was heard, as somebody might print it."""
        return "\n".join(f"{heard.events!r} {heard.error!r} {heard.error}" for heard in self.heard)


class Pieces:
    """The real transport, with a count of the pieces of bodies that were worked through."""

    def __init__(self) -> None:
        self._transport = HttpTransport()
        self._count = 0
        self._changed = asyncio.Event()

    async def send(self, request: HttpRequest, endpoint: Endpoint) -> HttpResponse:
        return _CountedResponse(await self._transport.send(request, endpoint), self)

    async def aclose(self) -> None:
        await self._transport.aclose()

    def count(self) -> None:
        self._count += 1
        self._changed.set()

    async def taken(self, count: int) -> None:
        """Until `count` pieces were taken, and the next one is waited for."""
        while self._count < count:
            self._changed.clear()
            await self._changed.wait()


class _CountedResponse:
    def __init__(self, response: HttpResponse, pieces: Pieces) -> None:
        self._response = response
        self._pieces = pieces
        self.status = response.status
        self.headers = response.headers

    async def body(self) -> AsyncIterator[bytes]:
        async for piece in self._response.body():
            yield piece
            # Reached when the next piece is asked for.
            self._pieces.count()

    async def aclose(self) -> None:
        await self._response.aclose()

    def release(self) -> None:
        self._response.release()


class Log(logging.Handler):
    """Everything any library logs, at the lowest level."""

    def __init__(self) -> None:
        super().__init__(level=0)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.args!r} {record.exc_info!r}")


def shapes_of(key: str) -> tuple[str, ...]:
    """What a leaked key may look like."""
    encoded = base64.b64encode(key.encode()).decode().rstrip("=")
    return key, quote(key), quote(key, safe=""), encoded[:-2], encoded.replace("+", "-").replace("/", "_")[:-2]

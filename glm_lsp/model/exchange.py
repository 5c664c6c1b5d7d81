"""One HTTP request and its answer, under the deadlines of its ask."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

from glm_lsp.errors import BadAnswer
from glm_lsp.model.body import DROPPABLE, body, encoded, headers
from glm_lsp.model.chunks import Answer
from glm_lsp.model.clock import Clock
from glm_lsp.model.compression import decoding
from glm_lsp.model.deadlines import Deadlines, Expired
from glm_lsp.model.endpoint import Endpoint
from glm_lsp.model.events import Attempt, Event, Finished, Usage
from glm_lsp.model.failures import Rejection, timed_out, unreachable, web_page
from glm_lsp.model.messages import ClearedRequest
from glm_lsp.model.refusals import judged, rejection
from glm_lsp.model.transport import HttpRequest, HttpResponse, Transport, TransportError

_LARGEST_ERROR = 65_536
_LARGEST_CATALOGUE = 8 * 1024 * 1024


class Exchange:
    """Use it for one request. Errors of its methods: Rejection, or a Failed that is final; Damaged."""

    def __init__(self, transport: Transport, clock: Clock, deadlines: Deadlines, endpoint: Endpoint) -> None:
        self._transport = transport
        self._clock = clock
        self._deadlines = deadlines
        self._endpoint = endpoint
        self._begun = clock.now()
        self._answer: Answer | None = None
        self._first_token: float | None = None
        self._status = 0
        self._received = False

    async def reply(self, request: ClearedRequest, *, stream: bool) -> AsyncGenerator[list[Event]]:
        """The deltas of the reply, as many at once as came at once. Ended early, it closes the socket."""
        fields = body(request, self._endpoint, stream=stream)
        named = fields.keys() | {name for message in fields["messages"] for name in message}
        sent = [name for name in DROPPABLE if name in named]
        outgoing = HttpRequest("POST", self._endpoint.url("chat/completions"), headers(self._endpoint), encoded(fields))
        timeouts = self._endpoint.timeouts
        patience = timeouts.first_byte_thinking if request.thinking else timeouts.first_byte
        response = await self._send(outgoing, patience)
        whole = False
        try:
            if not 200 <= response.status < 300:
                raise await self._rejection(response, sent)
            answer = self._answer = Answer(
                self._endpoint,
                request.tools,
                lambda document: judged(200, document, response.headers, self._endpoint, sent, self._clock.wall()),
            )
            if response.headers.get("content-type", "").lower().startswith("text/html"):
                raise web_page(self._endpoint)
            undo, received = decoding(response.headers.get("content-encoding", "")), response.body()
            while not answer.done and (data := await self._receive(received, patience, answer)):
                for piece in undo.feed(data):
                    if events := answer.feed(piece):
                        self._note_first(events)
                        yield events
                    answer.check()
            if events := answer.end():
                self._note_first(events)
                yield events
            whole = True
        finally:
            if whole:
                response.release()
            else:
                await response.aclose()

    def finished(self) -> Finished:
        """The result, once `reply` has ended."""
        assert self._answer is not None, "the reply was read"  # noqa: S101 - for the type checker
        return self._answer.finished()

    async def document(self, path: str) -> bytes:
        """The body of `GET base_url/path`."""
        outgoing = HttpRequest("GET", self._endpoint.url(path), headers(self._endpoint))
        patience = self._endpoint.timeouts.first_byte
        response = await self._send(outgoing, patience)
        whole = False
        try:
            if not 200 <= response.status < 300:
                raise await self._rejection(response, ())
            content = await self._read(response, patience, _LARGEST_CATALOGUE)
            if content.lstrip().startswith(b"<"):
                raise web_page(self._endpoint)
            whole = True
            return content
        finally:
            if whole:
                response.release()
            else:
                await response.aclose()

    @property
    def usage(self) -> Usage | None:
        return self._answer.usage if self._answer else None

    def attempt(self, outcome: str, *, dropped: str = "") -> Attempt:
        """The row for the usage log, now that the request is over."""
        return Attempt(
            status=self._status,
            outcome=outcome,
            seconds=self._clock.now() - self._begun,
            first_token=self._first_token,
            usage=self.usage,
            model=self._answer.model if self._answer else "",
            dropped=dropped,
        )

    async def _send(self, request: HttpRequest, patience: float) -> HttpResponse:
        try:
            response = await self._deadlines.wait(self._transport.send(request, self._endpoint), "first byte", patience)
        except TransportError as error:
            raise unreachable(error, self._endpoint) from None
        except Expired as error:
            raise timed_out(error, self._endpoint) from None
        self._status = response.status
        return response

    async def _receive(self, received: AsyncIterator[bytes], patience: float, answer: Answer | None = None) -> bytes:
        """The next piece of the body as it came; nothing at its end. `patience` is the seconds until the first."""
        try:
            if self._received:
                return await self._deadlines.wait(anext(received), "idle", self._endpoint.timeouts.idle)
            rest = patience - (self._clock.now() - self._begun)
            first = await self._deadlines.wait(anext(received), "first byte", rest)
            self._received = True
            return first
        except StopAsyncIteration:
            return b""
        except TransportError as error:
            failure = unreachable(error, self._endpoint)
        except Expired as error:
            failure = timed_out(error, self._endpoint)
        if answer is not None and answer.complete:
            # A connection that is lost after the reply was complete takes nothing with it.
            return b""
        raise failure

    async def _read(self, response: HttpResponse, patience: float, most: int) -> bytes:
        """The whole body, if it has at most `most` bytes."""
        undo, received = decoding(response.headers.get("content-encoding", "")), response.body()
        content = bytearray()
        while data := await self._receive(received, patience):
            for piece in undo.feed(data):
                content += piece
                if len(content) > most:
                    raise BadAnswer(f"{self._endpoint.host} sent far too much.", "Check endpoint.base_url.")
        return bytes(content)

    async def _rejection(self, response: HttpResponse, sent: list[str] | tuple[()]) -> Rejection:
        """What an answer that is not a success means; its status tells even where its body cannot be read."""
        try:
            content = await self._read(response, self._endpoint.timeouts.idle, _LARGEST_ERROR)
        except (BadAnswer, Rejection):
            content = b""
        return rejection(response.status, response.headers, content, self._endpoint, sent, self._clock.wall())

    def _note_first(self, events: list[Event]) -> None:
        if self._first_token is None:
            self._first_token = self._clock.now() - self._begun

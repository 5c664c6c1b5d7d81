"""The model: one request in, typed events out; everything that can go wrong on the way is dealt with here.

Retries happen only before the first delta was yielded. At most four requests run at once, the others wait their turn.
Cancel the task, or close the generator, and the socket is closed at once.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from types import TracebackType
from urllib.parse import quote

from glm_lsp.errors import BadAnswer, BrokenStream, Failed
from glm_lsp.model.catalogue import ModelInfo, model_of, models_of
from glm_lsp.model.chunks import Damaged
from glm_lsp.model.clock import Clock, SystemClock
from glm_lsp.model.deadlines import Deadlines
from glm_lsp.model.endpoint import Endpoint
from glm_lsp.model.events import Event, Retracted, Waiting
from glm_lsp.model.exchange import Exchange
from glm_lsp.model.failures import Rejection
from glm_lsp.model.http import HttpTransport
from glm_lsp.model.messages import ClearedRequest
from glm_lsp.model.transport import Transport

MOST_AT_ONCE = 4
_FIRST_WAIT = 0.5
_LONGEST_BACKOFF = 8.0


class Model:
    """One for the process: it holds the connections, the queue, and what servers refused.

    `transport`, `clock` and `uniform` (numbers from 0 to 1) are for tests.
    """

    def __init__(
        self,
        transport: Transport | None = None,
        clock: Clock | None = None,
        uniform: Callable[[], float] = random.random,
    ) -> None:
        self._transport = transport or HttpTransport()
        self._clock = clock or SystemClock()
        self._uniform = uniform
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._refused: dict[str, frozenset[str]] = {}

    async def __aenter__(self) -> Model:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections. Requests that still run must have been cancelled before."""
        await self._transport.aclose()

    async def ask(self, request: ClearedRequest, endpoint: Endpoint) -> AsyncGenerator[Event]:
        """Deltas as they come, `Usage` if the server counted, an `Attempt` for each HTTP request, and last `Finished`.

        A reply that was cut is `Finished("length")` or `Finished("sensitive")`; it is for the caller to refuse it.
        Errors: the `Failed` ones, after the `Attempt` of the request that failed.
        """
        async with self._turns:
            deadlines = Deadlines(self._clock, endpoint.timeouts.total)
            try:
                async with aclosing(self._attempts(request, endpoint, deadlines)) as batches:
                    async for batch in batches:
                        for event in batch:
                            yield event
            finally:
                deadlines.close()

    async def models(self, endpoint: Endpoint) -> tuple[ModelInfo, ...]:
        """All models of `GET /models`. Errors: the `Failed` ones."""
        return models_of(await self._document("models", endpoint))

    async def model(self, id: str, endpoint: Endpoint) -> ModelInfo:
        """The model of `GET /models/{id}`. Errors: the `Failed` ones; NoSuchModel or WrongAddress if there is none."""
        return model_of(await self._document(f"models/{quote(id, safe='')}", endpoint))

    async def _attempts(
        self, request: ClearedRequest, endpoint: Endpoint, deadlines: Deadlines
    ) -> AsyncGenerator[Sequence[Event]]:
        """The events of `ask`, those together that came together."""
        stream, said, tries = request.stream, False, 0
        while True:
            exchange = Exchange(self._transport, self._clock, deadlines, self._knowing(endpoint))
            rejected: Rejection | None = None
            damaged = False
            try:
                async with aclosing(exchange.reply(request, stream=stream)) as batches:
                    async for batch in batches:
                        said = True
                        yield batch
                finished = exchange.finished()
            except Damaged:
                damaged = True
                rejected = Rejection(
                    BadAnswer("Part of the reply was lost on the way.", "Try again; if it happens again, select less.")
                )
            except Rejection as error:
                rejected = error
            except Failed as error:
                rejected = Rejection(error, retries=2 if isinstance(error, BrokenStream) else 0)

            if rejected is None:
                counted = [exchange.usage] if exchange.usage is not None else []
                yield [*counted, exchange.attempt("ok"), finished]
                return

            refused = rejected.parameter if rejected.parameter not in self._known(endpoint) else ""
            yield [exchange.attempt(type(rejected.error).__name__, dropped=refused)]
            if refused:
                self._refused[endpoint.origin] = self._known(endpoint) | {refused}
            elif damaged and stream:
                stream = False
                if said:
                    yield [Retracted()]
            else:
                wait = self._wait(tries, rejected.wait)
                if said or tries >= rejected.retries or wait >= deadlines.left:
                    raise rejected.error from None
                tries += 1
                due = self._clock.now() + wait
                yield [Waiting(wait, rejected.error.message)]
                if (rest := due - self._clock.now()) > 0:
                    await self._clock.sleep(rest)

    async def _document(self, path: str, endpoint: Endpoint) -> bytes:
        async with self._turns:
            deadlines = Deadlines(self._clock, endpoint.timeouts.total)
            try:
                return await Exchange(self._transport, self._clock, deadlines, endpoint).document(path)
            except Rejection as error:
                raise error.error from None
            finally:
                deadlines.close()

    def _known(self, endpoint: Endpoint) -> frozenset[str]:
        return endpoint.refused_parameters | self._refused.get(endpoint.origin, frozenset())

    def _knowing(self, endpoint: Endpoint) -> Endpoint:
        return replace(endpoint, refused_parameters=self._known(endpoint))

    def _wait(self, tries: int, asked: float | None) -> float:
        """Seconds: what the server asked for and a little, else exponential back-off with full jitter."""
        if asked is not None:
            return asked + self._uniform() * _FIRST_WAIT
        return self._uniform() * min(_LONGEST_BACKOFF, _FIRST_WAIT * 2.0**tries)

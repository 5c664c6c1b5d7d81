"""Time limits on waits for the network.

Why not `asyncio.timeout`: a limit must not strike while the generator is suspended at a `yield`, where the consumer's
code runs; it must follow the injected clock; and one timer for the whole exchange costs less than one for each chunk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Literal, TypeVar

from glm_lsp.model.clock import Clock, Timer

T = TypeVar("T")
Limit = Literal["first byte", "idle", "total"]


class Expired(Exception):
    """A wait took longer than it may. `limit` says which limit, `seconds` how long it is."""

    def __init__(self, limit: Limit, seconds: float) -> None:
        super().__init__(limit)
        self.limit = limit
        self.seconds = seconds


class Deadlines:
    """The limits of one ask: each wait has its own, and all of them together have `total` seconds."""

    def __init__(self, clock: Clock, total: float) -> None:
        self._clock = clock
        self._total = total
        self._end = clock.now() + total
        self._due = self._end
        self._waiter: asyncio.Task[object] | None = None
        self._struck = False
        self._timer: Timer | None = None
        self._timer_due = self._end

    @property
    def left(self) -> float:
        """Seconds until the total is used up."""
        return self._end - self._clock.now()

    async def wait(self, awaitable: Awaitable[T], limit: Limit, seconds: float) -> T:
        """The result of `awaitable`, which is cancelled when `seconds` or the total are over.

        Errors: Expired; CancelledError if somebody else cancelled.
        """
        waiter = asyncio.current_task()
        assert waiter is not None, "a wait stands in a task"  # noqa: S101 - for the type checker
        before = waiter.cancelling()
        due = self._clock.now() + seconds
        if due >= self._end:
            due, limit, seconds = self._end, "total", self._total
        self._due, self._waiter, self._struck = due, waiter, False
        self._arm()
        try:
            return await awaitable
        except asyncio.CancelledError:
            # Set by `_strike`, which the type checker cannot see. Somebody else's cancel is left to stand.
            if self._struck and waiter.uncancel() <= before:
                raise Expired(limit, seconds) from None
            raise
        finally:
            self._waiter = None

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        """Make sure a timer goes off no later than `_due`. An earlier one is left alone: it re-arms itself."""
        if self._timer is not None:
            if self._timer_due <= self._due:
                return
            self._timer.cancel()
        self._timer_due = self._due
        self._timer = self._clock.call_later(max(0.0, self._due - self._clock.now()), self._strike)

    def _strike(self) -> None:
        self._timer = None
        if self._waiter is None:
            return
        if self._clock.now() < self._due:
            self._arm()
            return
        self._struck = True
        self._waiter.cancel()
        self._waiter = None

"""A clock that stands still until a test moves it, so that no test waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(eq=False)
class StoppedTimer:
    due: float
    callback: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class StoppedClock:
    """`model.clock.Clock`. It begins at an odd hour, so that nothing may assume it begins at zero."""

    def __init__(self) -> None:
        self._now = 86_399.0
        self._timers: list[StoppedTimer] = []

    def now(self) -> float:
        return self._now

    def wall(self) -> float:
        return 1_800_000_000.0 + self._now

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        timer = self.call_later(seconds, woken.set)
        try:
            await woken.wait()
        finally:
            timer.cancel()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> StoppedTimer:
        timer = StoppedTimer(self._now + seconds, callback)
        self._timers.append(timer)
        return timer

    def advance(self, seconds: float) -> None:
        """Move on, and let all that is due happen."""
        self._now += seconds
        due = sorted((timer for timer in self._timers if timer.due <= self._now), key=lambda timer: timer.due)
        self._timers = [timer for timer in self._timers if timer.due > self._now and not timer.cancelled]
        for timer in due:
            if not timer.cancelled:
                timer.callback()

"""How the cost of something compares, in no unit of time: it does not depend on how fast the machine is."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

RUNS = 5
LEAST = 0.000_5
"""Seconds. What takes less is noise, and counts as this much."""


def growth(work: Callable[[int], object], small: int, large: int) -> float:
    """How many times the processor time of `work(small)` is that of `work(large)`: about `large / small` if it is
    linear, the square of that if it is quadratic."""
    return ratio(lambda: work(large), lambda: work(small))


def ratio(work: Callable[[], object], other: Callable[[], object]) -> float:
    """How many times the processor time of `other` is that of `work`. They take turns, so that a moment in which the
    machine is busy does not fall on one of them alone."""
    best = [float("inf"), float("inf")]
    gc.disable()
    for _ in range(RUNS):
        for at, one in enumerate((work, other)):
            start = time.process_time()
            one()
            best[at] = min(best[at], time.process_time() - start)
    gc.enable()
    return max(best[0], LEAST) / max(best[1], LEAST)

"""Averages."""

import math
from collections.abc import Iterable


def mean(values: Iterable[float], default: float | None = None) -> float | None:
    values = list(values)
    if not values:
        return default
    return math.fsum(values) / len(values)

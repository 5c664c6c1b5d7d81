"""Averages."""

import math


def mean(values, default=None):
    values = list(values)
    if not values:
        return default
    return math.fsum(values) / len(values)

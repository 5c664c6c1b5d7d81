"""Whole lines of a text."""

from __future__ import annotations

from typing import NamedTuple


class LineSpan(NamedTuple):
    """Lines `first` to `last`, from 0, `last` not included."""

    first: int
    last: int

    def holds(self, first: int, last: int) -> bool:
        """Whether the lines `first` to `last` (not included) all lie in it."""
        return self.first <= first and last <= self.last

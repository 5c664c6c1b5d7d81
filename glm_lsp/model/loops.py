"""Endless repetition: quantised models fall into it, and would fill the whole budget with one line."""

from __future__ import annotations

WINDOW = 8_000
"""Characters that must repeat before a stream is called endless: longer than honest tables of equal rows."""
PERIOD = 1_000
"""Characters. The longest passage whose repetition is looked for, so that it came at least eight times."""
_PROBE = 2 * PERIOD
"""Characters. So long that no shorter rhythm inside the passage can be taken for its period (Fine and Wilf)."""


class Repetition:
    """Feed it a text as it streams."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._size = 0
        self._unchecked = 0

    def feed(self, text: str) -> bool:
        """Whether the last `WINDOW` characters are one passage of at most `PERIOD`, again and again."""
        self._pieces.append(text)
        self._size += len(text)
        self._unchecked += len(text)
        if self._size < WINDOW or self._unchecked < PERIOD:
            return False
        self._unchecked = 0
        tail = "".join(self._pieces)[-WINDOW:]
        self._pieces, self._size = [tail], WINDOW
        return _is_repetition(tail)


def _is_repetition(tail: str) -> bool:
    # The nearest earlier place where the last characters stand gives the only period there can be.
    earlier = tail.rfind(tail[-_PROBE:], 0, len(tail) - 1)
    period = len(tail) - _PROBE - earlier
    return earlier >= 0 and period <= PERIOD and tail[period:] == tail[:-period]

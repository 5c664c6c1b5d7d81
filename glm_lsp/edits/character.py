"""Where a line may be cut: never inside what a reader sees as one character."""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"
_EXTENDING = frozenset({"Mn", "Mc", "Me"})


def common_ends(old: str, new: str) -> tuple[int, int]:
    """How many characters at the start and at the end of two lines are the same, cut only between whole characters."""
    shortest = min(len(old), len(new))
    head = 0
    while head < shortest and old[head] == new[head]:
        head += 1
    while not (_whole(old, head) and _whole(new, head)):
        head -= 1
    tail = 0
    while tail < shortest - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    while not (_whole(old, len(old) - tail) and _whole(new, len(new) - tail)):
        tail -= 1
    return head, tail


def _whole(text: str, at: int) -> bool:
    """Whether the characters on either side of column `at` are apart (after Unicode UAX #29, on the careful side)."""
    if at <= 0 or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if before.isascii() and after.isascii():
        return True
    return not (
        _extends(after)
        or before == _JOINER
        or (_between(before, 0xD800, 0xDBFF) and _between(after, 0xDC00, 0xDFFF))
        or (_between(before, 0x1F1E6, 0x1F1FF) and _between(after, 0x1F1E6, 0x1F1FF))
        or (_between(before, 0x1100, 0x11FF) and _between(after, 0x1100, 0x11FF))
        or (_between(before, 0xAC00, 0xD7A3) and _between(after, 0x1160, 0x11FF))
    )


def _extends(character: str) -> bool:
    return (
        unicodedata.category(character) in _EXTENDING
        or character in (_JOINER, "\u200c")
        or _between(character, 0x1F3FB, 0x1F3FF)
        or _between(character, 0xE0020, 0xE007F)
    )


def _between(character: str, low: int, high: int) -> bool:
    return low <= ord(character) <= high

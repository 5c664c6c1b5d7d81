"""The file that editors are tested with, what the model says to it, and what must become of it."""

from __future__ import annotations

SOURCE = """\
def first(items):
    return items[0]


def total(prices):
    result = 0
    for price in prices:
        result = result + price
    return result


def last(items):
    return items[-1]
"""
REPLY = """\
```python
def total(prices):
    return sum(prices)
```
"""
EXPECTED = """\
def first(items):
    return items[0]


def total(prices):
    return sum(prices)


def last(items):
    return items[-1]
"""
FIRST, TOTAL, LAST = 1, 5, 12
"""Where the functions begin, from 1."""

ASTRAL = "𝒳👩‍👩‍👧"

FILES: dict[str, tuple[str, str, str]] = {
    "plain": (SOURCE, REPLY, EXPECTED),
    "crlf": (SOURCE.replace("\n", "\r\n"), REPLY, EXPECTED.replace("\n", "\r\n")),
    "astral": (SOURCE.replace("prices", ASTRAL), REPLY.replace("prices", ASTRAL), EXPECTED.replace("prices", ASTRAL)),
    "no final newline": (SOURCE.removesuffix("\n"), REPLY, EXPECTED.removesuffix("\n")),
    "region ends the file": (
        SOURCE[: SOURCE.index("\n\n\ndef last")],
        REPLY,
        EXPECTED[: EXPECTED.index("\n\n\ndef l")],
    ),
}
"""Before, the reply, and after."""

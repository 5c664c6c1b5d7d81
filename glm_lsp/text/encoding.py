"""Columns in code points ↔ columns in the units negotiated with the client (LSP 3.18 §positionEncodingKind).

A column inside a character (half a surrogate pair, the second byte of an é) is taken back to the character's start; one
past the end of the line is its end. A lone surrogate, which JSON can carry, counts as one UTF-16 unit.
"""

from __future__ import annotations

from typing import Literal

from glm_lsp.text.lines import body

Encoding = Literal["utf-8", "utf-16", "utf-32"]
ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")


def units(text: str, encoding: Encoding) -> int:
    """The length of `text` in the client's units."""
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def column_of(line: str, unit: int, encoding: Encoding) -> int:
    """The column, in code points, of the client's column `unit` in `line`; never past the line's ending."""
    text = body(line)
    if unit <= 0:
        return 0
    if encoding == "utf-32" or text.isascii():
        return min(unit, len(text))
    # Halving measures slices that add up to one pass over the line, where a loop over its characters takes a second for
    # a million of them. A character is at least one unit, so the column is not past `unit`.
    first, last = 0, min(unit, len(text))
    while first < last:
        middle = (first + last + 1) // 2
        width = units(text[first:middle], encoding)
        if width <= unit:
            first, unit = middle, unit - width
        else:
            last = middle - 1
    return first


def unit_of(line: str, column: int, encoding: Encoding) -> int:
    """The client's column of the code point column `column` in `line`."""
    return units(line[:column], encoding)

"""The border between the protocol's shapes and ours."""

from __future__ import annotations

import pytest
from lsprotocol.types import Position, Range

from glm_lsp.lsp.convert import beyond_a_word

LINES = ("def f():\r\n", "    𝒳 = 1\n", "")


@pytest.mark.parametrize(
    ("start", "end", "nothing"),
    [
        ((0, 0), (0, 0), True),
        ((0, 0), (0, 1), True),
        ((0, 0), (0, 4), True),  # a word and the blank after it: a step by words in Helix
        ((1, 4), (1, 6), True),  # two UTF-16 units, one character
        ((0, 8), (1, 0), True),  # on the line's end
        ((2, 0), (2, 0), True),
        ((1, 4), (1, 10), False),
        ((0, 0), (1, 0), False),
        ((0, 8), (1, 1), False),
        ((0, 0), (2, 0), False),
    ],
)
def test_a_cursor_that_asks_as_a_word_selects_nothing(
    start: tuple[int, int], end: tuple[int, int], nothing: bool
) -> None:
    """Without this a user of Helix or eglot who selects nothing gets one line refactored instead of the function."""
    span = Range(Position(*start), Position(*end))
    assert beyond_a_word(LINES, span, "utf-16") == (Range(span.start, span.start) if nothing else span)

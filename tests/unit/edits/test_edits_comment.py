"""An explanation delivered as a comment changes nothing but adds the comment, in the file's own style."""

from __future__ import annotations

import pytest

from glm_lsp.edits.comment import above
from glm_lsp.edits.proposal import Region
from glm_lsp.errors import BadInput
from glm_lsp.text.lines import Text
from glm_lsp.workspace.documents import OpenDocument


def added(text: str, language: str, first: int, words: str) -> str:
    document = OpenDocument("file:///w/x", language, 3, Text.of(text))
    (file,) = above(document, Region("file:///w/x", first, first + 1), words).files
    assert file.base.string == text
    assert file.version == 3
    return file.intended.string


def test_python_keeps_indentation_and_line_ends() -> None:
    text = "class A:\r\n    def f(self):\r\n        pass\r\n"
    assert added(text, "python", 1, "Does nothing.\n\nTwice.") == (
        "class A:\r\n    # Does nothing.\r\n    #\r\n    # Twice.\r\n    def f(self):\r\n        pass\r\n"
    )


def test_words_cannot_break_out_of_a_block_comment() -> None:
    after = added("a { color: red }\n", "css", 0, "Red */ body { display: none }")
    assert after.count("*/") == 1
    assert after.endswith("a { color: red }\n")


def test_a_language_without_comments_is_refused() -> None:
    with pytest.raises(BadInput):
        added("{}\n", "json", 0, "Nothing.")

"""Fences: where one begins and ends, and its text while it arrives."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.reply.fence import FenceReader, fence, spans, widest

TEXTS = st.lists(
    st.sampled_from(
        ["```", "````python", "````", "~~~", "a", "\n", "\r\n", "\n\n", "  ```", "é😀", "``", "x = 1\n", "\r"]
    ),
    max_size=20,
).map("".join)


def read(text: str, cuts: list[int]) -> str:
    reader, shown = FenceReader(), ""
    for start, stop in zip([0, *cuts], [*cuts, len(text)], strict=True):
        shown += reader.feed(text[start:stop])
    return shown + reader.finish()


@given(TEXTS, st.randoms(use_true_random=False))
@settings(max_examples=examples(120), deadline=None)
def test_how_the_reply_is_cut_never_matters(text: str, pick: random.Random) -> None:
    """Chunks end where the network likes: inside a fence mark, between the two characters of a line end."""
    cuts = sorted(pick.randint(0, len(text)) for _ in range(pick.randint(0, 6)))
    assert read(text, cuts) == read(text, []) == read(text, list(range(len(text))))


@given(TEXTS)
@settings(max_examples=examples(100), deadline=None)
def test_windows_line_ends_show_the_same(text: str) -> None:
    text = text.replace("\r", "")
    assert read(text.replace("\n", "\r\n"), []) == read(text, [])


def test_the_candidate_appears_line_by_line() -> None:
    reader = FenceReader()
    assert reader.feed("Sure:\n````python\ndef f():\n    ret") == "def f():\n"
    assert reader.feed("urn 1\n```") == "    return 1\n"
    assert reader.feed("`\nand so on\n") == ""
    assert reader.finish() == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```\na\n```", [(0, 2, True)]),
        ("````\n```\n````", [(0, 2, True)]),
        ("```\na", [(0, 2, False)]),
        ("```a\nx\n```\n~~~\ny\n~~~", [(0, 2, True), (3, 5, True)]),
        ("```md\n```py\nx\n```\n```", [(0, 4, True)]),
        ("```md\n```py\nx\n```", [(0, 3, True)]),
        ("```a`b\nx", []),
        ("   ```\n   x\n   ```", [(0, 2, True)]),
        ("```\n    ```\n```", [(0, 2, True)]),
    ],
)
def test_where_fences_stand(text: str, expected: list[tuple[int, int, bool]]) -> None:
    assert [(span.opening.row, span.last, span.closed) for span in spans(text.split("\n"))] == expected


def test_the_widest_reading_ends_at_the_last_closer() -> None:
    lines = ["```", "a", "```", "b", "```"]
    span = widest(lines)
    assert span is not None
    assert fence(lines, span).lines == ("a", "```", "b")


def test_an_indented_fence_gives_its_text_without_that_indentation() -> None:
    lines = ["  ```py", "  def f():", "      pass", "", "  ```"]
    assert fence(lines, spans(lines)[0]).lines == ("def f():", "    pass", "")

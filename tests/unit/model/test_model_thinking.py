"""Thoughts in the content. If these fail, the model's thoughts are written into the user's file."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.model.thinking import ContentFilter

CASES = [
    ("plain text", "plain text", ""),
    ("<think>hm</think>reply", "reply", "hm"),
    ("<think>\nhm\n</think>\n\n    indented", "    indented", "\nhm\n"),
    ("hm</think>reply", "reply", "hm"),
    ("</think>reply", "reply", ""),
    ("</think></think>\n\nreply", "reply", ""),
    ("<think><think>hm</think></think>reply", "reply", "<think>hm"),
    ("  \n<think>hm</think>reply", "reply", "hm"),
    ("  reply", "  reply", ""),
    ("hm</think>reply</think>more", "replymore", "hm"),
    ("<think>hm</think>text\n<think>hm again</think>\nmore", "text\nmore", "hmhm again"),
    ("<think>never closed", "", "never closed"),
    ("a <think> in a line", "a <think> in a line", ""),
    ("the tag `</think>` ends it", "the tag `</think>` ends it", ""),
    ('TAG = "</think>"\n', 'TAG = "</think>"\n', ""),
    ("```python\nx = 1  # </think>\n```\n", "```python\nx = 1  # </think>\n```\n", ""),
    ("~~~~\n```\n</think>\n~~~~\nend", "~~~~\n```\n</think>\n~~~~\nend", ""),
    ("hm\n```py\nx\n```\nso</think>```py\ny\n```\n", "```py\ny\n```\n", "hm\n```py\nx\n```\nso"),
    ("  ```py\n<think>\n  ```\n", "  ```py\n<think>\n  ```\n", ""),
    ("1 < 2 and </thin air>", "1 < 2 and </thin air>", ""),
    ("reply<|user|>", "reply", ""),
    ("reply<|observation|><|endoftext|>", "reply", ""),
    ("```\n<|user|>\n```", "```\n<|user|>\n```", ""),
    ("reply <", "reply <", ""),
    ("reply </thi", "reply </thi", ""),
    ("", "", ""),
]


def sorted_out(pieces: list[str]) -> tuple[str, str]:
    """The text and the thoughts, as somebody adds them up who obeys `retract`."""
    content = ContentFilter()
    text, thoughts = "", ""
    for piece in [*(found for part in pieces for found in content.feed(part)), *content.end()]:
        if piece.kind == "text":
            text += piece.text
        elif piece.kind == "thought":
            thoughts += piece.text
        else:
            text, thoughts = "", thoughts + text
    return text, thoughts


@pytest.mark.parametrize(("content", "text", "thoughts"), CASES)
def test_thoughts_are_told_from_text(content: str, text: str, thoughts: str) -> None:
    assert sorted_out([content]) == (text, thoughts)


@settings(max_examples=examples(200), deadline=None)
@given(case=st.sampled_from(CASES), cuts=st.sets(st.integers(0, 60), max_size=12))
def test_tags_cut_in_pieces_are_still_tags(case: tuple[str, str, str], cuts: set[int]) -> None:
    content, text, thoughts = case
    places = [0, *sorted(cut for cut in cuts if cut < len(content)), len(content)]
    pieces = [content[start:end] for start, end in pairwise(places)]
    assert sorted_out(pieces) == (text, thoughts)


def test_a_stray_tag_takes_nothing_back_where_thoughts_have_their_own_field() -> None:
    content = ContentFilter()
    content.separated()
    assert [*content.feed("reply</think> more"), *content.end()] == [("text", "reply"), ("text", " more")]


@settings(max_examples=examples(100), deadline=None)
@given(st.text(alphabet="ab<>/think`\n |", max_size=60).filter(lambda text: "think>" not in text and "|" not in text))
def test_text_without_tags_comes_out_as_it_went_in(text: str) -> None:
    assert sorted_out([text]) == (text, "")

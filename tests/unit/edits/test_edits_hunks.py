"""Hunks and text edits: the smallest change that gives exactly the text that is meant."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.edits.alignment import Gap, gaps
from glm_lsp.edits.hunks import apply, diff, replacements
from glm_lsp.text.encoding import ENCODINGS, Encoding, column_of, unit_of
from glm_lsp.text.lines import BLOCK, Point, Range, Text

LINES = st.sampled_from(
    ["", "a", "b", "    a", "}", "é", "e\u0301", "😀😃", "👩\u200d👧", "\tx", "ab\x0ccd", "\u2028", "x" * 9, "🇩🇪", "한"]
)
ENDINGS = st.sampled_from(["\n", "\n", "\r\n", "\r"])
TEXTS = st.lists(st.tuples(LINES, ENDINGS), max_size=12).flatmap(
    lambda rows: st.builds(lambda last: "".join(a + b for a, b in rows) + last, LINES)
)


@given(TEXTS, TEXTS)
@settings(max_examples=examples(120), deadline=None)
def test_hunks_and_text_edits_give_the_intended_text(before: str, after: str) -> None:
    """Otherwise the user gets another text than was checked."""
    base, intended = Text.of(before), Text.of(after)
    hunks = diff(base, intended)
    assert apply(base, hunks).string == after
    edits = replacements(hunks, base)
    assert base.replaced((edit.range, edit.new) for edit in edits).string == after
    for one, two in pairwise(edits):
        assert one.range.end <= two.range.start


@given(TEXTS, TEXTS, st.sampled_from(ENCODINGS))
@settings(max_examples=examples(70), deadline=None)
def test_text_edits_survive_every_encoding(before: str, after: str, encoding: Encoding) -> None:
    """A position that falls inside a character would move, and the edit with it."""
    base = Text.of(before)
    edits = []
    for edit in replacements(diff(base, Text.of(after)), base):
        points = [
            Point(line, column_of(base.lines[line], unit_of(base.lines[line], column, encoding), encoding))
            if column <= len(base.lines[line].rstrip("\r\n"))
            else Point(line, column)
            for line, column in edit.range
        ]
        edits.append((Range(*points), edit.new))
    assert base.replaced(edits).string == after


@given(TEXTS, TEXTS)
@settings(max_examples=examples(70), deadline=None)
def test_no_edit_cuts_a_combining_sequence_or_a_line_ending(before: str, after: str) -> None:
    """Half a letter, sent to the editor, shows as another letter."""
    base = Text.of(before)
    for edit in replacements(diff(base, Text.of(after)), base):
        for line, column in edit.range:
            text = base.lines[line]
            if 0 < column < len(text):
                assert not unicodedata.combining(text[column])
                assert "\u200d" not in text[column - 1 : column + 1]
                assert text[column - 1 : column + 1] != "\r\n"


def test_one_changed_word_is_one_small_edit() -> None:
    base = Text.of("alpha\nthe quick fox\nomega\n")
    (edit,) = replacements(diff(base, Text.of("alpha\nthe slow fox\nomega\n")), base)
    assert (edit.range, edit.new) == (Range(Point(1, 4), Point(1, 9)), "slow")


def test_a_function_put_in_is_one_whole_function() -> None:
    """An inserted block is shown from its first line to its last, not from the middle of its neighbour."""
    base = Text.of("def a():\n    return 1\n\n\ndef c():\n    return 1\n")
    intended = Text.of("def a():\n    return 1\n\n\ndef b():\n    return 1\n\n\ndef c():\n    return 1\n")
    (hunk,) = diff(base, intended)
    assert hunk.old == ()
    assert hunk.new == ("def b():\n", "    return 1\n", "\n", "\n")


def test_changes_parted_by_a_lone_bracket_are_one_hunk() -> None:
    base = Text.of("if (a) {\n  b();\n}\nelse {\n  c();\n}\n")
    intended = Text.of("if (a) {\n  d();\n}\nfor (;;) {\n  c();\n}\n")
    assert len(diff(base, intended)) == 1


def test_changes_far_apart_are_two_hunks() -> None:
    base = Text.of("a\nb\nc\nd\ne\n")
    first, second = diff(base, Text.of("A\nb\nc\nd\nE\n"))
    assert (first.id, first.first, second.id, second.first) == (1, 0, 2, 4)


@pytest.mark.parametrize(
    ("before", "after"),
    [("a\nb", "a\nb\nc"), ("a\nb\n", "a\nb"), ("", "a\n"), ("a\n", ""), ("a\r\nb", "a\nb"), ("a", "a\n")],
)
def test_the_end_of_the_file(before: str, after: str) -> None:
    """A last line without a newline is where edits are lost or doubled."""
    base = Text.of(before)
    edits = replacements(diff(base, Text.of(after)), base)
    assert base.replaced((edit.range, edit.new) for edit in edits).string == after
    assert all(edit.range.end <= base.end for edit in edits)


def test_large_unrelated_texts_are_one_hunk_in_little_memory() -> None:
    """The exact algorithm alone would take over a gigabyte here."""
    base = Text.of("".join(f"old {n}\n" for n in range(60_000)))
    intended = Text.of("".join(f"new {n}\n" for n in range(60_000)))
    (hunk,) = diff(base, intended)
    assert (len(hunk.old), len(hunk.new)) == (60_000, 60_000)


def test_large_texts_are_cut_at_lines_that_occur_once() -> None:
    """A few changes in a text beyond the exact algorithm's reach are still a few hunks."""
    lines = [f"line {n}\n" for n in range(40_000)]
    changed = [f"changed {n}\n" if n % 10_000 == 5 else line for n, line in enumerate(lines)]
    changed[39_999] = "other\n"
    lines[0], changed[0] = "first\n", "begin\n"
    hunks = diff(Text.of("".join(lines)), Text.of("".join(changed)))
    assert [hunk.first for hunk in hunks] == [0, 5, 10_005, 20_005, 30_005, 39_999]


@given(TEXTS, TEXTS, st.data())
@settings(max_examples=examples(120), deadline=None)
def test_a_text_with_some_of_the_hunks_has_the_lines_of_its_string(
    before: str, after: str, data: st.DataObject
) -> None:
    """A hunk alone may put a `\\r` before a `\\n`, or leave the end of the text without a last line."""
    base = Text.of(before)
    some = [hunk for hunk in diff(base, Text.of(after)) if data.draw(st.booleans())]
    assert apply(base, some) == Text.of(apply(base, some).string)


@pytest.mark.parametrize("length", [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_texts_that_are_alike_for_long(length: int) -> None:
    """They are compared in blocks: a text that begins and ends alike may be shorter than both together."""
    alike = [f"{number}\n" for number in range(length)]
    assert gaps(alike, alike) == []
    assert gaps([*alike, "a\n", *alike], [*alike, "b\n", *alike]) == [Gap(length, length + 1, length, length + 1)]
    same = ["x\n"] * length
    assert gaps(same, [*same, "x\n"]) == [Gap(length, length, length, length + 1)]
    assert gaps([*same, *same], same) == [Gap(length, 2 * length, length, length)]

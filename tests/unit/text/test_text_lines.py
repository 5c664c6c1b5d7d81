"""Lines are the protocol's lines, and edits touch only what they say."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.text.lines import Point, Range, Text, body, clamp, ending, indentation, is_blank, splice, split

PIECES = st.sampled_from(
    ["a", "bc", " ", "\t", "\n", "\r\n", "\r", "\f", "\v", "\x1c", "\x85", "\u2028", "é", "𝒳", "\ud800"]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)
POINTS = st.builds(Point, st.integers(-1, 8), st.integers(-1, 6))


def offset(text: Text, point: Point) -> int:
    return text.starts[point.line] + point.column


@given(TEXTS)
def test_lines_are_the_protocols_and_lose_nothing(text: str) -> None:
    lines = split(text)
    assert "".join(lines) == text
    assert [body(line) for line in lines] == re.split("\r\n|\r|\n", text)
    assert all(body(line) + ending(line) == line for line in lines)
    assert ending(lines[-1]) == ""


@settings(max_examples=examples(150))
@given(text=TEXTS, new=TEXTS, start=POINTS, end=POINTS)
@example("a\rb", "\n", Point(1, 0), Point(1, 0))
@example("a\rb\n", "", Point(1, 0), Point(1, 1))
@example("a\n", "\r", Point(0, 1), Point(0, 1))
@example("a\r\n", "x", Point(0, 1), Point(1, 0))
def test_a_splice_is_the_text_before_the_new_and_the_text_after(text: str, new: str, start: Point, end: Point) -> None:
    lines = split(text)
    before = Text.of(text)
    start, end = sorted((clamp(lines, start), clamp(lines, end)))
    expected = text[: offset(before, start)] + new + text[offset(before, end) :]
    splice(lines, Range(start, end), new)
    assert lines == split(expected)


@given(text=TEXTS, point=POINTS)
def test_a_clamped_point_exists_and_is_before_its_lines_ending(text: str, point: Point) -> None:
    lines = split(text)
    line, column = clamp(lines, point)
    assert 0 <= column <= len(body(lines[line]))
    if 0 <= point.line < len(lines) and 0 <= point.column <= len(body(lines[point.line])):
        assert (line, column) == point


@settings(max_examples=examples(150))
@given(text=TEXTS, cuts=st.lists(POINTS, max_size=6), new=st.lists(TEXTS, min_size=3, max_size=3))
@example("a\rb", [Point(0, 0), Point(1, 0), Point(1, 0), Point(1, 0)], ["", "\n", ""])
def test_edits_at_once_refer_to_the_text_before_them_all(text: str, cuts: list[Point], new: list[str]) -> None:
    """If one edit moved the place of the next, the editor and the server would disagree about the file."""
    before = Text.of(text)
    points = sorted(clamp(before.lines, point) for point in cuts)
    edits = [(Range(start, end), string) for start, end, string in zip(points[::2], points[1::2], new, strict=False)]
    expected = text
    for (start, end), string in reversed(edits):
        expected = expected[: offset(before, start)] + string + expected[offset(before, end) :]
    assert before.replaced(edits) == Text.of(expected)
    assert before.replaced(reversed(edits)).string == expected or len({edit[0] for edit in edits}) < len(edits)


def test_insertions_at_one_point_keep_their_order() -> None:
    here = Range(Point(0, 1), Point(0, 1))
    assert Text.of("ad").replaced([(here, "b"), (here, "c")]).string == "abcd"


def test_overlapping_edits_are_an_error() -> None:
    with pytest.raises(ValueError, match="overlap"):
        Text.of("abc").replaced([(Range(Point(0, 0), Point(0, 2)), "x"), (Range(Point(0, 1), Point(0, 3)), "y")])


@settings(max_examples=examples(100))
@given(text=TEXTS, start=POINTS, end=POINTS)
def test_a_slice_is_what_stands_there(text: str, start: Point, end: Point) -> None:
    found = Text.of(text)
    start, end = sorted((clamp(found.lines, start), clamp(found.lines, end)))
    assert found.slice(Range(start, end)) == text[offset(found, start) : offset(found, end)]
    assert found.slice(Range(Point(0, 0), found.end)) == text == found.string


@pytest.mark.parametrize(
    ("text", "eol"),
    [("", "\n"), ("a", "\n"), ("a\r\nb\n", "\r\n"), ("a\nb\r\nc\r\n", "\r\n"), ("a\rb", "\r"), ("a\f\u2028b", "\n")],
)
def test_the_ending_most_lines_have(text: str, eol: str) -> None:
    """New lines of an edit end as the file's lines do."""
    assert Text.of(text).eol == eol


@pytest.mark.parametrize(
    ("line", "indent", "blank"),
    [("", "", True), ("\n", "", True), (" \t\r\n", " \t", True), ("\t x \n", "\t ", False), ("\f\n", "", True)],
)
def test_indentation_is_spaces_and_tabs(line: str, indent: str, blank: bool) -> None:
    assert (indentation(line), is_blank(line)) == (indent, blank)

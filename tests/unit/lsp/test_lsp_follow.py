"""Lines are found again where they are, or not at all: a refinement of the wrong lines would damage the text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.edits import hunks
from glm_lsp.edits.proposal import FileEdit
from glm_lsp.lsp.delivery import Written
from glm_lsp.lsp.follow import region_now, untouched
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import Point, Range, Text
from glm_lsp.workspace.documents import Document, Documents

URI = "file:///a.py"
TEXT = "a\nb\nc\nd\ne\n"
REGION = LineSpan(1, 3)
Edit = tuple[int, int, str]
"""The lines from the first to the second become the text."""


def opened(text: str = TEXT) -> Document:
    return Documents().open(URI, "python", 1, text)


def change(document: Document, first: int, last: int, new: str) -> None:
    document.change(document.version + 1, Range(Point(first, 0), Point(last, 0)), new)


@pytest.mark.parametrize(
    ("edits", "still", "now"),
    [
        ([], (1, 3), (1, 3)),
        ([(0, 0, "new\nnew\n")], (3, 5), (3, 5)),
        ([(0, 1, "")], (0, 2), (0, 2)),
        ([(4, 5, "E\n")], (1, 3), (1, 3)),
        ([(1, 2, "B\n")], None, (1, 3)),
        ([(2, 2, "in\n")], None, (1, 4)),
        ([(1, 3, "")], None, (1, 1)),
        ([(0, 2, "AB\n")], None, None),
        ([(2, 4, "CD\n")], None, None),
        ([(0, 5, "else\n")], None, None),
        ([(1, 2, "B\n"), (1, 2, "b\n")], (1, 3), (1, 3)),
        ([(1, 2, "B\n"), (0, 0, "x\n"), (3, 4, "C1\nC2\n")], None, (2, 5)),
    ],
)
def test_by_the_log(edits: list[Edit], still: tuple[int, int] | None, now: tuple[int, int] | None) -> None:
    document = opened()
    before = document.frozen()
    for edit in edits:
        change(document, *edit)
    assert untouched(REGION, before, document.frozen()) == still
    assert region_now(REGION, before, (), document.frozen()) == now


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("x\na\nb\nc\nd\ne\n", (2, 4)),
        ("b\nc\nd\ne\n", None),
        ("a\nb\nc\nd\nE\n", (1, 3)),
        ("a\nb\nC\nd\ne\n", None),
        ("nothing\n", None),
    ],
)
@pytest.mark.parametrize("reopened", [False, True])
def test_by_comparison_only_what_is_certain(text: str, lines: tuple[int, int] | None, reopened: bool) -> None:
    """Editors that send whole texts, or close and open the document, say nothing about where a line went."""
    documents = Documents()
    document = documents.open(URI, "python", 1, TEXT)
    before = document.frozen()
    if reopened:
        documents.close(URI)
        document = documents.open(URI, "python", 1, text)
    else:
        document.change(2, None, text)
    assert untouched(REGION, before, document.frozen()) == lines
    assert region_now(REGION, before, (), document.frozen()) == lines


def written(document: Document, before: Text, after: str) -> Written:
    """Our edit of `before` into `after`, as the editor tells of it: hunk by hunk."""
    base = document.text
    intended = Text.of(after)
    found = hunks.diff(base, intended)
    file = FileEdit(URI, document.version, base, intended, found)
    for hunk in reversed(found):
        change(document, hunk.first, hunk.first + len(hunk.old), "".join(hunk.new))
    return Written(file, document.frozen())


@pytest.mark.parametrize(
    ("after", "then", "now"),
    [
        ("a\nB\nC\nd\ne\n", [], (1, 3)),
        ("a\nb\nc\nnew\nd\ne\n", [], (1, 4)),
        ("a\nnew\nb\nc\nd\ne\n", [], (1, 4)),
        ("import x\na\nB\nc\nd\ne\n", [], (2, 4)),
        ("a\nd\ne\n", [], (1, 1)),
        ("a\nB\nc\nd\ne\n", [(0, 0, "x\n"), (2, 3, "mine\n")], (2, 4)),
        ("a\nB\nc\nd\ne\n", [(0, 2, "")], None),
    ],
)
def test_through_our_own_edit(after: str, then: list[Edit], now: tuple[int, int] | None) -> None:
    document = opened()
    before = document.frozen()
    ours = written(document, before.text, after)
    for edit in then:
        change(document, *edit)
    assert region_now(REGION, before, (ours,), document.frozen()) == now


LINES = st.lists(st.sampled_from(["x\n", "y\n", "\n", "𝒳\r\n"]), max_size=3).map("".join)


@settings(max_examples=examples(150))
@given(st.data())
def test_what_is_found_is_what_was_changed_inside(data: st.DataObject) -> None:
    """Text around the region, marked by lines of its own, is never taken for the region."""
    document = opened("above\n[\nb\nc\n]\nbelow\n")
    before, region = document.frozen(), LineSpan(1, 5)
    for _ in range(data.draw(st.integers(0, 4))):
        lines = [line.rstrip("\r\n") for line in document.lines]
        first, last = lines.index("["), lines.index("]")
        where = data.draw(st.sampled_from(["above", "inside", "below"]))
        at = {"above": 0, "inside": data.draw(st.integers(first + 1, last)), "below": last + 1}[where]
        change(document, at, at, data.draw(LINES))
    found = region_now(region, before, (), document.frozen())
    if found is not None:
        lines = [line.rstrip("\r\n") for line in document.lines]
        assert found.first <= lines.index("[") < lines.index("]") < found.last
        assert "above" not in lines[found.first : found.last]
        assert "below" not in lines[found.first : found.last]

"""What a selection means. If these fail, an action works on other lines than the user meant."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from property import examples

from glm_lsp.syntax import indent, tree
from glm_lsp.syntax.languages import LANGUAGES
from glm_lsp.syntax.region import region
from glm_lsp.text.lines import Point, Range, Text, is_blank

SOURCE = """\
import os

LIMIT = 1
OTHER = 2

class A:
    @cached
    def f(self):
        x = 1

        return x


    def g(self):
        return 2
"""


@pytest.mark.parametrize("with_tree", [True, False])
@pytest.mark.parametrize(
    ("selection", "lines"),
    [
        (((8, 3), (10, 2)), (8, 11)),  # widened to whole lines
        (((8, 0), (10, 0)), (8, 10)),  # the line it ends at the start of is not meant
        (((10, 2), (8, 3)), (8, 11)),  # selected backwards
        (((8, 9), (8, 9)), (6, 11)),  # nothing selected: the method, with its decorator
        (((6, 5), (6, 5)), (6, 11)),  # on the decorator
        (((5, 0), (5, 0)), (5, 15)),  # on the class
        (((9, 0), (9, 0)), (9, 10)),  # a blank line: insert here
        (((12, 0), (12, 0)), (12, 13)),
        (((15, 0), (15, 0)), (15, 16)),  # the empty last line
        (((2, 4), (2, 4)), (2, 4)),  # outside of everything: the paragraph
        (((90, 4), (99, 4)), (15, 16)),  # past the end
    ],
)
def test_region(selection: tuple[tuple[int, int], tuple[int, int]], lines: tuple[int, int], with_tree: bool) -> None:
    text = Text.of(SOURCE)
    span = Range(Point(*selection[0]), Point(*selection[1]))
    assert region(text, span, "python", tree.parse(text, "python") if with_tree else None) == lines


def test_a_tree_of_another_text_is_not_used() -> None:
    """A tree that is one keystroke behind would give the lines of the text as it was."""
    text, older = Text.of(SOURCE), Text.of("\n\n\n" + SOURCE)
    here = Range(Point(8, 9), Point(8, 9))
    assert region(text, here, "python", tree.parse(older, "python")) == (6, 11)


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(
        st.sampled_from(["def f():", "  x", "    y {", "}", "", "end", "@d", "class A", "# c", ")", '"""']), min_size=1
    ),
    st.sampled_from([row.name for row in LANGUAGES]),
    st.tuples(st.integers(-1, 30), st.integers(0, 5), st.integers(-1, 30), st.integers(0, 5)),
)
def test_a_region_is_lines_that_exist_and_holds_what_was_selected(
    lines: list[str], language: str, place: tuple[int, int, int, int]
) -> None:
    text = Text.of("\n".join(lines))
    start, end = Point(*place[:2]), Point(*place[2:])
    span = region(text, Range(start, end), language, None)
    assert 0 <= span.first < span.last <= len(text.lines)
    if start == end and 0 <= start.line < len(text.lines):
        assert span.holds(start.line, start.line + 1)
        assert not is_blank(text.lines[start.line]) or span == (start.line, start.line + 1)


def test_paragraph() -> None:
    assert indent.paragraph(["a", "b", " ", "c"], 1) == (0, 2)
    assert indent.paragraph(["a", "b", " ", "c"], 2) == (2, 3)
    assert indent.paragraph(["a", "b", " ", "c"], 3) == (3, 4)


def test_the_scan_is_bounded() -> None:
    """The menu asks this on the event loop, in files of any length."""

    class Counted(list[str]):
        looked = 0

        def __getitem__(self, index):  # type: ignore[no-untyped-def]  # counts whatever is asked
            Counted.looked += 1
            return super().__getitem__(index)

    lines = Counted(["class A {"] + ["    x = 1;"] * 100_000)
    assert indent.enclosing(lines, 50_000, 50_001, "java") is None
    assert Counted.looked < 10 * indent.BOUND

"""A range carried through changes holds the text it held, or is given up.

The property tests over whole documents are in tests/unit/workspace.
"""

from __future__ import annotations

import pytest

from glm_lsp.text.change import Change, carry, change_of
from glm_lsp.text.lines import Point, Range


def span(line: int, column: int, last: int, end: int) -> Range:
    return Range(Point(line, column), Point(last, end))


LINE = span(2, 0, 3, 0)
WORD = span(2, 4, 2, 8)
POINT = span(2, 4, 2, 4)


@pytest.mark.parametrize(
    ("held", "old", "new", "now"),
    [
        (LINE, span(0, 0, 0, 0), "x\ny\n", span(4, 0, 5, 0)),
        (LINE, span(0, 0, 1, 0), "", span(1, 0, 2, 0)),
        (LINE, span(2, 0, 2, 0), "above\n", span(3, 0, 4, 0)),
        (LINE, span(2, 0, 2, 0), "x", None),
        (LINE, span(1, 5, 2, 0), "", None),
        (LINE, span(3, 0, 3, 0), "below\n", LINE),
        (LINE, span(3, 0, 3, 0), "x", LINE),
        (LINE, span(3, 0, 4, 0), "", LINE),
        (LINE, span(2, 9, 3, 0), "", None),
        (LINE, span(2, 1, 2, 1), "x", None),
        (WORD, span(2, 0, 2, 2), "longer", span(2, 8, 2, 12)),
        (WORD, span(1, 3, 2, 2), "", span(1, 5, 1, 9)),
        (WORD, span(2, 0, 2, 0), "one\ntwo", span(3, 7, 3, 11)),
        (WORD, span(2, 4, 2, 4), "x", None),
        (WORD, span(2, 8, 2, 8), "x", None),
        (WORD, span(2, 9, 2, 9), "x", WORD),
        (WORD, span(2, 0, 2, 5), "", None),
        (WORD, span(0, 0, 9, 0), "", None),
        (POINT, span(2, 0, 2, 2), "", span(2, 2, 2, 2)),
        (POINT, span(2, 4, 2, 4), "x", span(2, 5, 2, 5)),
        (POINT, span(2, 3, 2, 5), "", None),
    ],
)
def test_carry(held: Range, old: Range, new: str, now: Range | None) -> None:
    assert carry(held, [change_of(2, old, new)]) == now


def test_changes_are_gone_through_in_order() -> None:
    changes = [change_of(2, span(0, 0, 0, 0), "x\n"), change_of(3, span(3, 0, 3, 0), "y\n")]
    assert carry(LINE, changes) == span(4, 0, 5, 0)
    assert carry(LINE, [*changes, change_of(4, span(4, 1, 4, 1), "!")]) is None
    assert carry(LINE, []) == LINE


@pytest.mark.parametrize(
    ("new", "end"),
    [("", Point(1, 2)), ("abc", Point(1, 5)), ("a\nbc", Point(2, 2)), ("a\r\n", Point(2, 0)), ("\f𝒳", Point(1, 4))],
)
def test_where_new_text_ends(new: str, end: Point) -> None:
    old = span(1, 2, 4, 0)
    assert change_of(7, old, new) == Change(7, old, end)

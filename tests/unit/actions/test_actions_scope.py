"""Which lines an action works on: too few, and it cannot do its work; too many, and it touches what it should not."""

from __future__ import annotations

import pytest

from glm_lsp.actions.action import parse
from glm_lsp.actions.scope import lines_of
from glm_lsp.syntax import tree
from glm_lsp.text.lines import Point, Range, Text

SOURCE = """\
import os

LIMIT = oops


class Shop:
    rate = wrong

    def total(self, lines):
        found = sum(lines)
        return found * self.rate

    def open(self):
        def inner():
            return 1

        return inner()


def free():
    pass
"""
TEXT = Text.of(SOURCE)


def at(part: str, to: str = "") -> Range:
    """Where `part` stands; or the lines from it to the one with `to`."""

    def point(offset: int) -> Point:
        line = SOURCE.count("\n", 0, offset)
        return Point(line, offset - (SOURCE.rfind("\n", 0, offset) + 1))

    start = SOURCE.index(part)
    end = SOURCE.index("\n", SOURCE.index(to)) if to else start + len(part)
    return Range(point(start), point(end))


def lines(front: str, span: Range, *findings: Range, parsed: bool = True) -> str:
    action = parse("x", f"---\n{front}\n---\nx", "x.md")
    first, last = lines_of(action, TEXT, span, findings, "python", tree.parse(TEXT, "python") if parsed else None)
    return "".join(TEXT.lines[first:last])


TOTAL = SOURCE[SOURCE.index("    def total") : SOURCE.index("\n    def open")]
OPEN = SOURCE[SOURCE.index("    def open") : SOURCE.index("\n\ndef free")]
INNER = "        def inner():\n            return 1\n"
CURSOR = Range(Point(0, 0), Point(0, 0))


@pytest.mark.parametrize("parsed", [True, False], ids=["parsed", "by-indentation"])
@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([at("sum")], TOTAL),
        ([at("self.rate"), at("found =")], TOTAL),
        ([at("return 1")], INNER),
        ([at("return 1"), at("return inner")], OPEN),
        ([at("sum"), at("return 1")], SOURCE[SOURCE.index("    def total") : SOURCE.index("\n        return inner")]),
        ([at("oops")], "LIMIT = oops\n"),
    ],
    ids=[
        "one",
        "two-in-a-function",
        "the-smallest",
        "two-functions-one-in-the-other",
        "two-functions",
        "outside-of-all",
    ],
)
def test_a_finding_s_region_is_the_smallest_function_around_it_else_its_lines(
    findings: list[Range], expected: str, parsed: bool
) -> None:
    assert lines("scope: diagnostic", CURSOR, *findings, parsed=parsed) == expected


def test_a_finding_in_a_class_outside_its_methods_is_its_lines() -> None:
    """A class may be a thousand lines: too many to be written anew for one of them."""
    assert lines("scope: diagnostic", CURSOR, at("wrong")) == "    rate = wrong\n"


def test_what_is_extracted_from_may_stand_beside_the_part() -> None:
    part = at("found = sum", "found = sum")
    assert lines("needs: selection", part) == TOTAL
    assert lines("scope: function", part) == "        found = sum(lines)\n"
    assert lines("needs: selection", at("LIMIT", "oops")) == "LIMIT = oops\n"


def test_a_selection_that_ends_at_the_start_of_a_line_does_not_hold_that_line() -> None:
    start = at("def total").start
    whole = Range(Point(start.line, 0), Point(start.line + 3, 0))
    assert lines("needs: selection", whole) == TOTAL


@pytest.mark.parametrize(("text", "last"), [("", 1), ("a", 1), ("a\n", 1), ("a\nb", 2), ("\n\n", 2)])
def test_the_file_is_all_of_its_lines(text: str, last: int) -> None:
    action = parse("x", "---\nscope: file\n---\nx", "x.md")
    assert lines_of(action, Text.of(text), CURSOR, (), "python", None) == (0, last)


def test_a_tree_of_another_text_is_not_used() -> None:
    """The text has moved on: its places would be others."""
    action = parse("x", "---\nscope: diagnostic\n---\nx", "x.md")
    stale = tree.parse(Text.of("def f():\n" + "    pass\n" * 40), "python")
    first, last = lines_of(action, TEXT, CURSOR, [at("oops")], "python", stale)
    assert "".join(TEXT.lines[first:last]) == "LIMIT = oops\n"

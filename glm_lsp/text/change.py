"""Changes a document went through, and carrying a range through them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from glm_lsp.text.lines import Point, Range, split


@dataclass(frozen=True, slots=True)
class Change:
    """`old` (in the text before) was replaced by text that ends at `new_end` (in the text after). `version` is the
    document's version after it."""

    version: int
    old: Range
    new_end: Point


def change_of(version: int, old: Range, new: str) -> Change:
    lines = split(new)
    if len(lines) == 1:
        end = Point(old.start.line, old.start.column + len(new))
    else:
        end = Point(old.start.line + len(lines) - 1, len(lines[-1]))
    return Change(version, old, end)


def exact(change: Change, lines_before: int, end_before: Point, lines: Sequence[str]) -> Change:
    """`change` as it turned out, given the number of lines and the end of the text before it, and the lines after it.

    Where a `\\r` and a `\\n` came to stand together there is a line less than the change says. It is then recorded as a
    change of the whole lines around it, for no point in them can be carried.
    """
    missing = change.new_end.line - change.old.end.line - (len(lines) - lines_before)
    if not missing:
        return change
    first, after = max(0, change.old.start.line - 1), change.old.end.line + 2
    old_end, new_end = Point(after, 0), Point(after + len(lines) - lines_before, 0)
    if after >= lines_before:
        old_end, new_end = end_before, Point(len(lines) - 1, len(lines[-1]))
    return Change(change.version, Range(Point(first, 0), old_end), new_end)


def moved(point: Point, change: Change) -> Point:
    """Where a point at or after the end of the replaced text stands afterwards."""
    end, new_end = change.old.end, change.new_end
    if point.line == end.line:
        return Point(new_end.line, new_end.column + point.column - end.column)
    return Point(point.line + new_end.line - end.line, point.column)


def carry(span: Range, changes: Iterable[Change]) -> Range | None:
    """`span` after `changes`, or None if one of them touched it.

    Text typed directly against an edge touches, for whether it belongs to the span is not ours to guess; whole lines
    put before a span that starts a line, and anything in the line after a span that ends with its line's ending, do
    not.
    """
    for change in changes:
        old = change.old
        if old.end < span.start or (old.end == span.start and _stands_clear(span, change)):
            span = Range(moved(span.start, change), moved(span.end, change))
        elif old.start < span.end or (old.start == span.end and not _ends_line(span)):
            return None
    return span


def _stands_clear(span: Range, change: Change) -> bool:
    return span.start == span.end or (span.start.column == 0 and change.new_end.column == 0)


def _ends_line(span: Range) -> bool:
    return span.start < span.end and span.end.column == 0

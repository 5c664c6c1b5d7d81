"""Lines, points and ranges.

LSP 3.18 §textDocuments: a line ends with `\\n`, `\\r\\n` or `\\r`, and with nothing else. `str.splitlines` also splits
at form feeds, U+0085, U+2028 and others, which shifts every later edit of a file that holds one; it is not used here.

Columns are code points. Conversion to and from the client's units happens once, at the border (`text.encoding`).
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

BLOCK = 1024
"""Lines that are compared at once where two texts are alike: many times faster than one by one."""


class Point(NamedTuple):
    """A place between two characters: `line` and `column` from 0, column in code points."""

    line: int
    column: int


class Range(NamedTuple):
    """Half-open: `start` included, `end` not."""

    start: Point
    end: Point


def split(text: str) -> list[str]:
    """The lines of `text`, each with its ending; the last has none and may be empty. `"".join` gives `text` back."""
    lines = io.StringIO(text, newline="").readlines()
    if not lines or lines[-1][-1] in "\r\n":
        lines.append("")
    return lines


def body(line: str) -> str:
    """The line without its ending."""
    if line.endswith("\r\n"):
        return line[:-2]
    if line.endswith(("\n", "\r")):
        return line[:-1]
    return line


def ending(line: str) -> str:
    """The line's ending: `\\n`, `\\r\\n`, `\\r` or nothing."""
    return line[len(body(line)) :]


def with_newlines(text: str) -> str:
    """`text` with each line ended by `\\n`."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_blank(line: str) -> bool:
    return not line.strip()


def indentation(line: str) -> str:
    """The spaces and tabs the line begins with."""
    text = body(line)
    return text[: len(text) - len(text.lstrip(" \t"))]


def alike(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many lines both texts begin with, and how many both end with; no line counts as both."""
    head = _beginning(old, new)
    return head, min(_beginning(old[::-1], new[::-1]), len(old) - head, len(new) - head)


def _beginning(old: Sequence[str], new: Sequence[str]) -> int:
    count, most = 0, min(len(old), len(new))
    while count + BLOCK <= most and old[count : count + BLOCK] == new[count : count + BLOCK]:
        count += BLOCK
    while count < most and old[count] == new[count]:
        count += 1
    return count


def clamp(lines: Sequence[str], point: Point) -> Point:
    """The nearest place that exists. Past a line's end is its end, before the ending; past the last line is its end."""
    if point.line < 0:
        return Point(0, 0)
    if point.line >= len(lines):
        return Point(len(lines) - 1, len(body(lines[-1])))
    return Point(point.line, max(0, min(point.column, len(body(lines[point.line])))))


def splice(lines: list[str], span: Range, new: str) -> None:
    """Replace `span` (clamped, ordered) in `lines` by `new`, in place, touching only the lines concerned.

    A `\\r` and a `\\n` that come to stand together become one ending, and a pair that is parted becomes two lines.
    """
    start, end = span
    first, last = start.line, end.line
    chunk = lines[first][: start.column] + new + lines[last][end.column :]
    if first > 0 and lines[first - 1].endswith("\r") and chunk.startswith("\n"):
        first -= 1
        chunk = lines[first] + chunk
    if last + 1 < len(lines) and chunk.endswith("\r") and lines[last + 1].startswith("\n"):
        last += 1
        chunk += lines[last]
    pieces = split(chunk)
    if last + 1 < len(lines):
        # Not the end of the text, so the chunk ends with an ending and `split` added an empty line that is not there.
        pieces.pop()
    lines[first : last + 1] = pieces


@dataclass(frozen=True)
class Text:
    """An immutable text, as its lines. Make one with `Text.of`."""

    lines: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Text:
        return cls(tuple(split(text)))

    @cached_property
    def string(self) -> str:
        return "".join(self.lines)

    @cached_property
    def eol(self) -> str:
        """The ending most lines have; `\\n` for a text of one line, and the earlier one in a draw."""
        counts: dict[str, int] = {}
        for line in self.lines:
            if end := ending(line):
                counts[end] = counts.get(end, 0) + 1
        return max(counts, key=lambda end: counts[end]) if counts else "\n"

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The offset, in code points, at which each line starts."""
        starts, at = [], 0
        for line in self.lines:
            starts.append(at)
            at += len(line)
        return tuple(starts)

    @cached_property
    def once(self) -> frozenset[str]:
        """The lines that occur once in it."""
        return frozenset(line for line, count in Counter(self.lines).items() if count == 1)

    @property
    def end(self) -> Point:
        return Point(len(self.lines) - 1, len(self.lines[-1]))

    def range_of(self, first: int, last: int) -> Range:
        """The lines `first` to `last` (half-open), endings included."""
        end = Point(last, 0) if last < len(self.lines) else self.end
        return Range(Point(first, 0), end) if first < len(self.lines) else Range(self.end, self.end)

    def slice(self, span: Range) -> str:
        """The text of `span`, whose points must exist."""
        start, end = span
        if start.line == end.line:
            return self.lines[start.line][start.column : end.column]
        middle = self.lines[start.line + 1 : end.line]
        return "".join((self.lines[start.line][start.column :], *middle, self.lines[end.line][: end.column]))

    def replaced(self, edits: Iterable[tuple[Range, str]]) -> Text:
        """This text with all `edits` applied at once; they refer to this text (LSP §textEdit).

        Insertions at one point come out in the order given. Errors: ValueError if edits overlap.
        """
        pieces: list[str] = []
        at = 0
        for (start, end), new in sorted(edits, key=lambda edit: edit[0]):
            first = self.starts[start.line] + start.column
            if first < at:
                raise ValueError("edits overlap")
            pieces += self.string[at:first], new
            at = self.starts[end.line] + end.column
        return Text.of("".join((*pieces, self.string[at:])))

"""Fences: where a fenced piece of a reply begins and ends, and its text as it streams.

CommonMark 0.31 §4.5, and what models do beyond it: fences inside fences of the same length.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from glm_lsp.reply.blocks import Fence, Lines

_MARK = re.compile(r"([ \t]*)(`{3,}(?=[^`]*$)|~{3,})(.*)")
_HEADING = re.compile(r"#{1,6}[ \t]+.*|(\*\*|__).+\1:?")
NAME_LINES = 3
"""How far above a fence or a block the line with its path may stand, if it is no heading."""
MOST_NAMES = 12


class Mark(NamedTuple):
    """A line that may open or close a fence."""

    row: int
    indent: str
    run: str
    info: str

    def closes(self, opening: Mark) -> bool:
        return (
            not self.info
            and self.run[0] == opening.run[0]
            and len(self.run) >= len(opening.run)
            and len(self.indent) <= len(opening.indent)
        )


class Span(NamedTuple):
    """A fence: the rows of its opening and closing lines; `last` is the number of rows if it is never closed."""

    opening: Mark
    last: int
    closed: bool


def mark(line: str, row: int = 0) -> Mark | None:
    """`line` as an opening or closing line of a fence, or None if it is neither."""
    if "```" not in line and "~~~" not in line:
        return None
    found = _MARK.fullmatch(line)
    return Mark(row, found[1], found[2], found[3].strip()) if found else None


def spans(lines: Sequence[str]) -> list[Span]:
    """The outermost fences of `lines`.

    An info string inside a fence opens an inner one, if then all of them close; otherwise the first line that can
    close a fence does.
    """
    marks = [found for row, line in enumerate(lines) if (found := mark(line, row))]
    nested = _paired(marks, len(lines), nested=True)
    if all(span.closed for span in nested):
        return nested
    return _paired(marks, len(lines), nested=False)


def widest(lines: Sequence[str]) -> Span | None:
    """From the first line that can open a fence to the last that can close it."""
    marks = [found for row, line in enumerate(lines) if (found := mark(line, row))]
    closers = [found for found in marks[1:] if found.closes(marks[0])]
    return Span(marks[0], closers[-1].row, True) if closers else None


def fence(lines: Sequence[str], span: Span) -> Fence:
    """The fence at `span`, without the indentation its opening line has."""
    opening = span.opening
    depth = len(opening.indent)
    inside = tuple(
        line[depth:] if line[:depth].isspace() or not depth else line.lstrip(" \t")
        for line in lines[opening.row + 1 : span.last]
    )
    return Fence(opening.info, inside, names(lines, opening.row), span.closed)


def names(lines: Sequence[str], row: int, floor: int = 0, *, fenced: bool = False) -> Lines:
    """What the lines above `row`, down from `floor`, may name as a file, nearest first, as written: those right above,
    and the headings it stands under. `fenced`: one of them may be the opening line of the fence that `row` stands
    in."""
    found: list[str] = []
    for above in range(row - 1, floor - 1, -1):
        line = lines[above].strip()
        opening = mark(lines[above])
        if opening is not None:
            if not opening.info and not fenced:
                break  # the end of another fence: what stands above belongs to that
            fenced = False
            line = spoken(opening.info)
        if line and (row - above <= NAME_LINES or _HEADING.fullmatch(line)):
            found.append(line)
        if len(found) == MOST_NAMES:
            break
    return tuple(found)


def spoken(info: str) -> str:
    """What of an info string may name a file: not a word alone, which is a language (`dockerfile`)."""
    return info if re.search(r"[./\\:=\s]", info) else ""


def _paired(marks: Sequence[Mark], rows: int, *, nested: bool) -> list[Span]:
    found: list[Span] = []
    open_: list[Mark] = []
    for here in marks:
        if not open_:
            open_.append(here)
        elif here.closes(open_[-1]):
            opening = open_.pop()
            if not open_:
                found.append(Span(opening, here.row, True))
        elif nested and here.info and here.run[0] == open_[-1].run[0]:
            open_.append(here)
    if open_:
        found.append(Span(open_[0], rows, False))
    return found


@dataclass
class FenceReader:
    """The text of the reply's first fence, line by line, while the reply arrives. For showing only: what is written is
    taken from the whole reply."""

    _rest: str = ""
    _opening: Mark | None = None
    _closed: bool = False

    def feed(self, chunk: str) -> str:
        """The whole lines of the fence that `chunk` completes, endings as `\\n`; how the reply is cut never matters."""
        if self._closed:
            return ""
        *lines, self._rest = (self._rest + chunk).split("\n")
        return "".join(self._line(line.removesuffix("\r")) for line in lines)

    def finish(self) -> str:
        """What is left when the reply has ended."""
        rest, self._rest = self._rest, ""
        return self._line(rest.removesuffix("\r")) if rest and not self._closed else ""

    def _line(self, line: str) -> str:
        found = mark(line)
        if self._opening is None:
            self._opening = found
            return ""
        if self._closed or (found is not None and found.closes(self._opening)):
            self._closed = True
            return ""
        return line + "\n"

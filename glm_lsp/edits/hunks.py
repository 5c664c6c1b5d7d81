"""The smallest difference between two texts, as a person would draw it, and the text edits that make it.

A `Hunk` is whole lines: what is shown, accepted and rejected. A `Replacement` is what goes over the wire: only the
characters that change. Algorithm: longest common subsequence of lines (`alignment`), then neighbours joined and loose
hunks slid to where a block of code begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from glm_lsp.edits.alignment import Gap, gaps
from glm_lsp.edits.character import common_ends
from glm_lsp.edits.proposal import Hunk, Replacement
from glm_lsp.text.lines import Point, Range, Text, body, ending, indentation, is_blank

JOINED = 2
"""Two changes with at most this many lines between them, all blank or lone brackets, are one hunk."""

_BRACKETS = frozenset("()[]{};,")


def diff(base: Text, intended: Text) -> tuple[Hunk, ...]:
    """The hunks that lead from `base` to `intended`; none if they are the same. Ids count from 1."""
    old, new = base.lines, intended.lines
    found = _slide(_join(gaps(old, new), old), old, new)
    return tuple(
        Hunk(number, gap.old_first, old[gap.old_first : gap.old_last], new[gap.new_first : gap.new_last])
        for number, gap in enumerate(found, 1)
    )


def apply(base: Text, hunks: Iterable[Hunk]) -> Text:
    """`base` with `hunks`, which refer to it and are in order, applied."""
    lines: list[str] = []
    at = 0
    fit = True
    for hunk in hunks:
        lines += base.lines[at : hunk.first]
        # What ends with a newline is a line of its own, whatever follows.
        fit = fit and all(line.endswith("\n") for line in (*lines[-1:], *hunk.new))
        lines += hunk.new
        at = hunk.first + len(hunk.old)
    lines += base.lines[at:]
    return Text(tuple(lines)) if fit and at < len(base.lines) else Text.of("".join(lines))


def replacements(hunks: Iterable[Hunk], base: Text) -> tuple[Replacement, ...]:
    """The text edits of `hunks`, in order, not overlapping: whole lines, or the characters that change where one line
    became one line. Never inside a character, a combining sequence or a line ending."""
    edits: list[Replacement] = []
    for hunk in hunks:
        for gap in gaps(hunk.old, hunk.new):
            old, new = hunk.old[gap.old_first : gap.old_last], hunk.new[gap.new_first : gap.new_last]
            first = hunk.first + gap.old_first
            if len(old) == len(new):
                edits += (_within(first + row, *pair, base) for row, pair in enumerate(zip(old, new, strict=True)))
            else:
                edits.append(Replacement(base.range_of(first, first + len(old)), "".join(new)))
    return tuple(edits)


def _within(row: int, old: str, new: str, base: Text) -> Replacement:
    if ending(old) != ending(new):
        return Replacement(base.range_of(row, row + 1), new)
    old, new = body(old), body(new)
    head, tail = common_ends(old, new)
    return Replacement(Range(Point(row, head), Point(row, len(old) - tail)), new[head : len(new) - tail])


def _join(found: Sequence[Gap], old: Sequence[str]) -> list[Gap]:
    joined: list[Gap] = []
    for gap in found:
        if joined and _thin(old[joined[-1].old_last : gap.old_first]):
            gap = Gap(joined[-1].old_first, gap.old_last, joined[-1].new_first, gap.new_last)
            joined.pop()
        joined.append(gap)
    return joined


def _thin(between: Sequence[str]) -> bool:
    return len(between) <= JOINED and all(_BRACKETS.issuperset(line.strip()) for line in between)


def _slide(found: Sequence[Gap], old: Sequence[str], new: Sequence[str]) -> list[Gap]:
    """A block put in, or taken out, between lines like its own edges can be drawn in several places: at the one where
    what moves is most of a piece."""
    placed: list[Gap] = []
    for number, gap in enumerate(found):
        if gap.old_first == gap.old_last:
            lines, first, last = new, gap.new_first, gap.new_last
        elif gap.new_first == gap.new_last:
            lines, first, last = old, gap.old_first, gap.old_last
        else:
            placed.append(gap)
            continue
        # One unchanged line stays on either side, so that neighbours never come to touch.
        lowest = placed[-1].old_last + 1 if placed else 0
        highest = found[number + 1].old_first - 1 if number + 1 < len(found) else len(old)
        up = down = 0
        while gap.old_first - up > lowest and lines[first - up - 1] == lines[last - up - 1]:
            up += 1
        while gap.old_last + down < highest and lines[first + down] == lines[last + down]:
            down += 1
        shift = max(range(-up, down + 1), key=lambda step: (_natural(lines, first + step, last + step), step))
        placed.append(Gap(*(index + shift for index in gap)))
    return placed


def _natural(lines: Sequence[str], first: int, last: int) -> tuple[int, int]:
    """How well the lines `first` to `last` read as a block: their edges little indented, blank lines at the edges."""
    edges = [lines[at] if at < len(lines) else "" for at in (first, last)]
    depth = sum(len(indentation(line).expandtabs(4)) for line in edges if not is_blank(line))
    blank = (first == 0 or is_blank(lines[first - 1])) + (not is_blank(lines[first])) + is_blank(lines[last - 1])
    return -depth, blank

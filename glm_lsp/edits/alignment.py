"""Which lines of two texts are the same: a longest common subsequence, in bounded time and memory.

Below `SMALL` it is exactly that; a larger text is first cut at safe places, which can cost a line where blocks moved.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from glm_lsp.text.lines import alike

CELLS = 200_000_000
"""The largest table, in bits, the exact algorithm may fill (25 MB). Beyond it the texts are first cut at lines that
occur once in both."""

SMALL = 4_000_000
"""Up to this size a table is filled in well under a millisecond."""
STRIDE = 400
"""Lines between the places where a large text is cut, if it can be."""


class Gap(NamedTuple):
    """The lines `old_first` to `old_last` (half-open) of the one text stand where the lines `new_first` to `new_last`
    of the other do; all between two gaps is the same."""

    old_first: int
    old_last: int
    new_first: int
    new_last: int


class Run(NamedTuple):
    """`length` lines that are the same, from line `old` of the one text and line `new` of the other."""

    old: int
    new: int
    length: int


def gaps(old: Sequence[str], new: Sequence[str]) -> list[Gap]:
    """Where `old` and `new` differ, in order; never two gaps that touch."""
    found = []
    i = j = 0
    for a, b, length in (*runs(old, new), (len(old), len(new), 0)):
        if a > i or b > j:
            found.append(Gap(i, a, j, b))
        i, j = a + length, b + length
    return found


def runs(old: Sequence[str], new: Sequence[str]) -> Iterator[Run]:
    """The lines that `old` and `new` share, in order; runs may touch, or be empty."""
    start, tail = alike(old, new)
    old_end, new_end = len(old) - tail, len(new) - tail
    yield Run(0, 0, start)
    if start < min(old_end, new_end):
        yield from _middle(old[start:old_end], new[start:new_end], start)
    yield Run(old_end, new_end, tail)


def _middle(old: Sequence[str], new: Sequence[str], start: int) -> Iterator[Run]:
    # A line that only one side has cannot be matched; without such lines the table is small when little is common.
    common = set(old) & set(new)
    # Distinct code points stand for distinct lines: the alignment is far faster on strings than on lists.
    if len(common) > 0x110000:
        return
    code = {line: chr(number) for number, line in enumerate(common)}
    left, right = ([row for row, line in enumerate(lines) if line in common] for lines in (old, new))
    ours, theirs = ("".join([code[line] for line in lines if line in common]) for lines in (old, new))
    for i, j, length in _matched(ours, theirs):
        # What was left out lies between lines that match: the run is cut there.
        at = 0
        while at < length:
            a, b = left[i + at], right[j + at]
            end = length
            if left[i + end - 1] - a != end - 1 - at or right[j + end - 1] - b != end - 1 - at:
                end = at + 1
                while end < length and left[i + end] - a == right[j + end] - b == end - at:
                    end += 1
            yield Run(start + a, start + b, end - at)
            at = end


def _matched(old: str, new: str) -> Iterator[Run]:
    if not old or not new:
        return
    cells = len(old) * len(new)
    if cells <= SMALL:
        yield from _exactly(old, new, 0, 0)
        return
    i = j = 0
    anchors = _increasing(_all_anchors(old, new) if cells > CELLS else _some_anchors(old, new))
    for a, b in (*anchors, (len(old), len(new))):
        if (a - i) * (b - j) <= CELLS:
            yield from _exactly(old[i:a], new[j:b], i, j)
        if a < len(old):
            yield Run(a, b, 1)
        i, j = a + 1, b + 1


def _exactly(old: str, new: str, i: int, j: int) -> Iterator[Run]:
    if not old or not new:
        return
    from rapidfuzz.distance import Indel

    for step in Indel.opcodes(old, new):
        if step.tag == "equal":
            yield Run(i + step.src_start, j + step.dest_start, step.src_end - step.src_start)


def _some_anchors(old: str, new: str) -> list[tuple[int, int]]:
    """Here and there a line that occurs once in both texts: cutting there makes the tables many times smaller.

    A line that moved would be a costly cut, so one counts only if it has the same neighbours in both texts and went
    about as far as the one before or after it.
    """
    found: list[tuple[int, int]] = []
    for start in range(STRIDE, len(old) - STRIDE, STRIDE):
        for i in range(start, start + STRIDE // 4):
            j = new.find(old[i])
            if j > 2 and old[i - 2 : i + 3] == new[j - 2 : j + 3] and old.count(old[i]) == new.count(old[i]) == 1:
                found.append((i, j))
                break
    shifts = [j - i for i, j in found]
    near = [abs(a - b) <= STRIDE // 8 for a, b in pairwise(shifts)]
    return [pair for number, pair in enumerate(found) if any(near[max(0, number - 1) : number + 1])]


def _all_anchors(old: str, new: str) -> list[tuple[int, int]]:
    """Every line that occurs once in both texts."""
    count_old, count_new = Counter(old), Counter(new)
    place = {line: j for j, line in enumerate(new) if count_new[line] == 1}
    return [(i, place[line]) for i, line in enumerate(old) if count_old[line] == 1 and line in place]


def _increasing(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest series of `pairs` that has the same order in both texts."""
    ends: list[int] = []
    chain: list[int] = []
    before: list[int] = [-1] * len(pairs)
    for number, (_, j) in enumerate(pairs):
        at = bisect_left(ends, j)
        before[number] = chain[at - 1] if at else -1
        ends[at : at + 1] = [j]
        chain[at : at + 1] = [number]
    series = []
    number = chain[-1] if chain else -1
    while number >= 0:
        series.append(pairs[number])
        number = before[number]
    return series[::-1]

"""Which lines of two texts are the same: a longest common subsequence, in bounded memory."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

CELLS = 200_000_000
"""The largest table, in bits, the exact algorithm may fill (25 MB). Beyond it the texts are first cut at lines that
occur once in both."""


class Gap(NamedTuple):
    """The lines `old_first` to `old_last` (half-open) of the one text stand where the lines `new_first` to `new_last`
    of the other do; all between two gaps is the same."""

    old_first: int
    old_last: int
    new_first: int
    new_last: int


def gaps(old: Sequence[str], new: Sequence[str]) -> list[Gap]:
    """Where `old` and `new` differ, in order; never two gaps that touch."""
    found = []
    i = j = 0
    for a, b in (*_pairs(old, new), (len(old), len(new))):
        if a > i or b > j:
            found.append(Gap(i, a, j, b))
        i, j = a + 1, b + 1
    return found


def _pairs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The lines matched, as (index in `old`, index in `new`), in order."""
    start, stop = 0, min(len(old), len(new))
    while start < stop and old[start] == new[start]:
        start += 1
    tail = 0
    while tail < stop - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    old_end, new_end = len(old) - tail, len(new) - tail
    # A line that only one side has cannot be matched; without such lines the table is small when little is common.
    common = set(old[start:old_end]) & set(new[start:new_end])
    left = [i for i in range(start, old_end) if old[i] in common]
    right = [j for j in range(start, new_end) if new[j] in common]
    # Distinct code points stand for distinct lines: the alignment is far faster on strings than on lists.
    code = {line: chr(number) for number, line in enumerate(common)} if len(common) < 0x110000 else {}
    ours = "".join(code.get(old[i], "") for i in left)
    theirs = "".join(code.get(new[j], "") for j in right)
    pairs = [(i, i) for i in range(start)]
    if code:
        pairs += [(left[i], right[j]) for i, j in _matched(ours, theirs)]
    pairs += zip(range(old_end, len(old)), range(new_end, len(new)), strict=True)
    return pairs


def _matched(old: str, new: str) -> Iterator[tuple[int, int]]:
    if not old or not new:
        return
    if len(old) * len(new) <= CELLS:
        yield from _exactly(old, new)
        return
    i = j = 0
    for a, b in (*_anchors(old, new), (len(old), len(new))):
        if (a - i) * (b - j) <= CELLS:
            yield from ((i + x, j + y) for x, y in _exactly(old[i:a], new[j:b]))
        if a < len(old):
            yield a, b
        i, j = a + 1, b + 1


def _exactly(old: str, new: str) -> Iterator[tuple[int, int]]:
    from rapidfuzz.distance import Indel

    for step in Indel.opcodes(old, new):
        if step.tag == "equal":
            yield from zip(range(step.src_start, step.src_end), range(step.dest_start, step.dest_end), strict=True)


def _anchors(old: str, new: str) -> list[tuple[int, int]]:
    """Lines that occur once in both texts, the longest series of them that has the same order in both."""
    count_old, count_new = Counter(old), Counter(new)
    place = {line: j for j, line in enumerate(new) if count_new[line] == 1}
    pairs = [(i, place[line]) for i, line in enumerate(old) if count_old[line] == 1 and line in place]
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

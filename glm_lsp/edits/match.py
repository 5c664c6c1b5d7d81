"""Where the lines a reply quotes stand in a file.

A ladder: exact lines; but for trailing space; but for what a reply wraps around them; moved by one indentation; but for
the look of quotes, dashes and spaces; but for the number of spaces inside a line; with parts left out on both sides. On
each rung all places are found. Similarity is never a match.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from glm_lsp.edits.alignment import gaps, runs
from glm_lsp.edits.elision import is_placeholder
from glm_lsp.edits.indent import mover
from glm_lsp.edits.source import Placed, trimmed
from glm_lsp.reply.blocks import Lines
from glm_lsp.reply.fence import mark
from glm_lsp.text.lines import indentation

Key = Callable[[str], str]

_NUMBERED = re.compile(r"[ \t]*\d+[ \t]?[|│:\t][ ]?(.*)")
_TOKEN = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+|.", re.DOTALL)
_FOLDED = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys(
            "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "
        ),
    }
)


@dataclass(frozen=True)
class Lookup:
    """The lines of a file, found by what they are or what they look like."""

    lines: Lines
    _indexes: dict[Key, dict[str, list[int]]] = field(default_factory=dict, compare=False)

    def index(self, key: Key) -> dict[str, list[int]]:
        """Each key's lines."""
        if key not in self._indexes:
            index: dict[str, list[int]] = {}
            for row, line in enumerate(self.lines):
                index.setdefault(key(line), []).append(row)
            self._indexes[key] = index
        return self._indexes[key]

    def places(self, old: Sequence[str], key: Key) -> list[int]:
        """Every line at which all of `old` stands, compared by `key`."""
        if not old or len(old) > len(self.lines):
            return []
        wanted = [key(line) for line in old]
        index = self.index(key)
        rarest = min(range(len(wanted)), key=lambda row: len(index.get(wanted[row], ())))
        found = []
        for row in index.get(wanted[rarest], ()):
            first = row - rarest
            if 0 <= first <= len(self.lines) - len(old) and all(
                key(self.lines[first + at]) == each for at, each in enumerate(wanted)
            ):
                found.append(first)
        return found


def find(lookup: Lookup, old: Lines, new: Lines, language: str = "") -> list[Placed]:
    """All places of the first rung on which `old` stands anywhere, each with what `new` becomes there."""
    for rung in (_exact, _stripped, _wrapped, _shifted, _folded, _collapsed, _elided):
        if found := list(dict.fromkeys(rung(lookup, old, new, language))):
            return found
    return []


def exactly(lookup: Lookup, old: Lines, new: Lines) -> list[Placed]:
    """The places of the first two rungs."""
    return list(_exact(lookup, old, new, "")) or list(_stripped(lookup, old, new, ""))


def _exact(lookup: Lookup, old: Lines, new: Lines, language: str) -> Iterator[Placed]:
    for first in lookup.places(old, _same):
        yield Placed(first, first + len(old), new)


def _stripped(lookup: Lookup, old: Lines, new: Lines, language: str) -> Iterator[Placed]:
    for first in lookup.places(old, str.rstrip):
        yield _carried(lookup, first, old, new, str.rstrip)


def _wrapped(lookup: Lookup, old: Lines, new: Lines, language: str) -> Iterator[Placed]:
    for bare_old, bare_new in _unwrapped(old, new):
        if places := lookup.places(bare_old, str.rstrip):
            yield from (_carried(lookup, first, bare_old, bare_new, str.rstrip) for first in places)
            return


def _shifted(lookup: Lookup, old: Lines, new: Lines, language: str) -> Iterator[Placed]:
    """All lines moved by the same indentation, or written in another unit of it."""
    for bare_old, bare_new in ((old, new), *_unwrapped(old, new)):
        places = [
            place
            for first in lookup.places(bare_old, str.strip)
            if (place := _moved(lookup, first, bare_old, bare_new)) is not None
        ]
        if places:
            yield from places
            return


def _moved(lookup: Lookup, first: int, old: Lines, new: Lines) -> Placed | None:
    there = lookup.lines[first : first + len(old)]
    if _begins_deeper(new, old):
        return None  # the quote alone may have lost its indentation
    move = mover(old, there, lookup.lines)
    shifted = [move(line) for line in new] if move is not None else [None]
    kept = tuple(line for line in shifted if line is not None)
    return _carried(lookup, first, there, kept, str.rstrip) if len(kept) == len(shifted) else None


def _begins_deeper(new: Lines, old: Lines) -> bool:
    leads = [next((indentation(line) for line in lines if line.strip()), "") for lines in (new, old)]
    return len(leads[0]) > len(leads[1])


def _folded(lookup: Lookup, old: Lines, new: Lines, language: str) -> Iterator[Placed]:
    yield from _by_token(lookup, old, new, fold)


def _collapsed(lookup: Lookup, old: Lines, new: Lines, language: str) -> Iterator[Placed]:
    yield from _by_token(lookup, old, new, collapse)


def _by_token(lookup: Lookup, old: Lines, new: Lines, key: Key) -> Iterator[Placed]:
    for bare_old, bare_new in ((old, new), *_unwrapped(old, new)):
        places = []
        for first in lookup.places(bare_old, key):
            last = first + len(bare_old)
            respelled = _rewritten(lookup.lines[first:last], bare_old, bare_new)
            if respelled is not None:
                places.append(Placed(first, last, respelled))
        if places:
            yield from places
            return


def _elided(lookup: Lookup, old: Lines, new: Lines, language: str) -> Iterator[Placed]:
    """Parts left out, by the same placeholders in the same order on both sides, each piece in one place only."""
    cuts, cuts_new = ([row for row, line in enumerate(lines) if _elides(line, language)] for lines in (old, new))
    if not cuts or [old[row].strip() for row in cuts] != [new[row].strip() for row in cuts_new]:
        return
    placed: list[Placed] = []
    for piece_old, piece_new in zip(_pieces(old, cuts), _pieces(new, cuts_new), strict=True):
        if not any(line.strip() for line in piece_old):
            if any(line.strip() for line in piece_new):
                return
            continue
        found = exactly(lookup, piece_old, piece_new)
        if len(found) != 1 or (placed and found[0].first < placed[-1].last):
            return
        placed.append(found[0])
    if not placed:
        return
    between = [lookup.lines[a.last : b.first] for a, b in pairwise(placed)]
    whole = list(placed[0].new)
    for skipped, place in zip(between, placed[1:], strict=True):
        whole += (*skipped, *place.new)
    yield Placed(placed[0].first, placed[-1].last, tuple(whole))


def _elides(line: str, language: str) -> bool:
    return line.strip() in ("...", "…") or is_placeholder(line, language)


def _pieces(lines: Lines, cuts: Sequence[int]) -> list[Lines]:
    edges = (-1, *cuts, len(lines))
    return [lines[a + 1 : b] for a, b in pairwise(edges)]


def fold(line: str) -> str:
    """The line with typographic quotes, dashes and spaces made plain, without trailing space."""
    return (line if line.isascii() else unicodedata.normalize("NFC", line).translate(_FOLDED)).rstrip()


def numbered(line: str) -> str | None:
    """What stands behind the number before the line; None if there is none."""
    found = _NUMBERED.fullmatch(line)
    return found[1] if found else None


def collapse(line: str) -> str:
    """As `fold`, with each run of spaces inside the line made one; indentation stays."""
    folded = fold(line)
    lead = indentation(folded)
    return lead + re.sub(r"\s+", " ", folded[len(lead) :])


def _same(line: str) -> str:
    return line


def _carried(lookup: Lookup, first: int, old: Lines, new: Lines, key: Key) -> Placed:
    """`new` with the file's own bytes in the lines that `old` and `new` share."""
    last = first + len(old)
    return Placed(first, last, keeping(new, old, lookup.lines[first:last], key))


def keeping(new: Sequence[str], old: Sequence[str], there: Sequence[str], key: Key) -> Lines:
    """`new`, but what it shares with `old`, compared by `key`, is spelled as `there`, where `old` stands."""
    kept = list(new)
    for at, at_new, length in runs([key(line) for line in old], [key(line) for line in new]):
        kept[at_new : at_new + length] = there[at : at + length]
    return tuple(kept)


def _rewritten(there: Sequence[str], old: Lines, new: Lines) -> Lines | None:
    """`new` in the file's spelling: what `old` and `new` share, character by character, keeps the file's bytes. None if
    the lines that change cannot be paired one to one and the file spells them otherwise."""
    whole = list(keeping(new, old, there, _same))
    for gap in gaps(old, new):
        changed, changed_new = range(gap.old_first, gap.old_last), range(gap.new_first, gap.new_last)
        if all(there[row].rstrip() == old[row].rstrip() for row in changed) or not changed_new:
            continue
        if len(changed) != len(changed_new):
            return None
        for row, row_new in zip(changed, changed_new, strict=True):
            line = _respelled(there[row], old[row], new[row_new])
            if line is None:
                return None
            whole[row_new] = line
    return tuple(whole)


def _respelled(there: str, old: str, new: str) -> str | None:
    spelled, quoted = _TOKEN.findall(there.rstrip()), _TOKEN.findall(old.rstrip())
    wanted = _TOKEN.findall(new.rstrip())
    if len(spelled) != len(quoted):
        return None  # composed and decomposed letters: no character of the one is one of the other
    return "".join(keeping(wanted, quoted, spelled, _same))


def _unwrapped(old: Lines, new: Lines) -> list[tuple[Lines, Lines]]:
    """`old` and `new` without what replies wrap around lines: blank lines at the edges, a fence, line numbers."""
    forms: list[tuple[Lines, Lines]] = []
    fenced = _without_fence(old)
    if fenced is not None:
        inner = _without_fence(new)
        forms.append((fenced, inner if inner is not None else new))
    for bare_old, bare_new in ((old, new), *forms):
        inside = trimmed(bare_old)
        if inside and inside != bare_old:
            forms.append((inside, _trimmed_like(bare_new, bare_old)))
    filled = [line for line in old if line.strip()]
    if filled and all(numbered(line) is not None for line in filled):
        forms.append((_unnumbered(old), _unnumbered(new)))
    return forms


def _without_fence(lines: Lines) -> Lines | None:
    inside = trimmed(lines)
    if len(inside) < 2:
        return None
    opening, closing = mark(inside[0]), mark(inside[-1])
    return inside[1:-1] if opening and closing and closing.closes(opening) else None


def _unnumbered(lines: Lines) -> Lines:
    bare = ((numbered(line), line) for line in lines)
    return tuple(line if rest is None else rest for rest, line in bare)


def _trimmed_like(new: Lines, old: Lines) -> Lines:
    """`new` without as many blank lines at each edge as `old` has."""
    start, stop = 0, len(new)
    lead = next(row for row, line in enumerate(old) if line.strip())
    tail = next(row for row, line in enumerate(reversed(old)) if line.strip())
    while start < min(lead, stop) and not new[start].strip():
        start += 1
    while stop > max(start, len(new) - tail) and not new[stop - 1].strip():
        stop -= 1
    return new[start:stop]

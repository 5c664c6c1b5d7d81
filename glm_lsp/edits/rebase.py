"""A proposal carried over what the user typed since.

The change log says exactly where each line went, so with it repeated lines are no question. Without it the texts are
compared, and a hunk is carried only if a line that occurs once in both texts stands between it and each change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from glm_lsp.edits.alignment import Gap, gaps
from glm_lsp.edits.hunks import apply
from glm_lsp.edits.proposal import FileEdit, Hunk
from glm_lsp.errors import TextChanged
from glm_lsp.text.change import Change, carry, moved
from glm_lsp.text.lines import Point, Range, Text


@dataclass(frozen=True, slots=True)
class Rebased:
    """What became of the hunks: `carried` stand in the current text, `present` are there already (the user did the
    same), `touched` met a change and cannot be placed."""

    carried: tuple[Hunk, ...]
    present: tuple[Hunk, ...]
    touched: tuple[Hunk, ...]


def rebase(file: FileEdit, current: Text, version: int | None, changes: Sequence[Change] | None) -> FileEdit:
    """`file` on the text there is now, `current` at `version`. `changes` lead there from its base, oldest first; None
    if they are not known. Hunks the user made in the same way are dropped.

    Errors: TextChanged if a change touches a hunk, or where a hunk belongs is not certain.
    """
    same = current.string == file.base.string
    if same and not changes:
        return replace(file, base=current, version=version)
    if current.string == file.intended.string and file.kind == "edit":
        return replace(file, base=current, version=version, intended=current, hunks=())
    if file.kind == "delete" and not same:
        raise TextChanged("The file to be deleted changed meanwhile.", "Ask again.")
    met = carried(file, current, changes)
    if met.touched and same:  # typed and taken back: it is the text the edit was made for
        return replace(file, base=current, version=version)
    if met.touched:
        raise TextChanged("The text GLM's edit belongs to changed meanwhile.", "Ask again.")
    return replace(file, version=version, base=current, intended=apply(current, met.carried), hunks=met.carried)


def carried(file: FileEdit, current: Text, changes: Sequence[Change] | None) -> Rebased:
    """Each hunk of `file` on `current`, by the change log if it says where lines went, else by comparison."""
    if changes is None or _replaces_all(file.base, changes):
        return _compared(file, current)
    places = {hunk.id: _follow(hunk, file.base, current, changes) for hunk in file.hunks}
    return _sorted(file, places, {})


def _sorted(file: FileEdit, places: dict[int, Hunk | None], same: dict[int, bool]) -> Rebased:
    kept: list[Hunk] = []
    present: list[Hunk] = []
    touched: list[Hunk] = []
    for hunk in file.hunks:
        place = places[hunk.id]
        if place is None:
            (present if same.get(hunk.id) else touched).append(hunk)
        elif place.old == place.new:
            present.append(hunk)
        else:
            kept.append(place)
    return Rebased(tuple(kept), tuple(present), tuple(touched))


def _replaces_all(base: Text, changes: Sequence[Change]) -> bool:
    """Whether one of the changes replaced the whole text, as clients without incremental sync do: it says nothing about
    where a line went."""
    count = len(base.lines)
    for change in changes:
        start, end = change.old
        if count > 1 and start == Point(0, 0) and end.line >= count - 1:
            return True
        count += change.new_end.line - end.line
    return False


def _follow(hunk: Hunk, base: Text, current: Text, changes: Sequence[Change]) -> Hunk | None:
    """The hunk where the log says its lines are now; its `old` is its `new` if the user did the same; None if
    touched."""
    span = base.range_of(hunk.first, hunk.first + len(hunk.old))
    place = carry(span, changes) if hunk.old else _carry_insertion(span.start, changes)
    if place is not None and place.start.column == 0:
        first = place.start.line
        if current.lines[first : first + len(hunk.old)] == hunk.old and first < len(current.lines):
            return replace(hunk, first=first)
        return None
    held = around(span, changes)
    if held is not None and current.slice(held) == "".join(hunk.new):
        return replace(hunk, old=hunk.new)
    return None


def _carry_insertion(at: Point, changes: Sequence[Change]) -> Range | None:
    """The start of a line, before which lines are to be put in, after `changes`. Text typed at that line's start leaves
    the place where it is; whole lines put there leave open which come first, so they touch it."""
    for change in changes:
        start, end = change.old
        if end < at or (start < end == at and change.new_end.column == 0):
            at = moved(at, change)
        elif start < at or (start == end == at and change.new_end.line > at.line):
            return None
    return Range(at, at)


def around(span: Range, changes: Sequence[Change]) -> Range | None:
    """The least range of the current text that holds all that became of `span`, or None if changes reach beyond it."""
    start, end = span
    for change in changes:
        old = change.old
        if old.end < start or (old.end == start and old.start < start):
            start, end = moved(start, change), moved(end, change)
        elif old.start > end:
            continue
        elif start <= old.start and old.end <= end:
            end = moved(end, change)
        else:
            return None
    return Range(start, end)


def _compared(file: FileEdit, current: Text) -> Rebased:
    base = file.base.lines
    once = file.base.once, current.once
    changes = gaps(base, current.lines)
    places: dict[int, Hunk | None] = {}
    same: dict[int, bool] = {}
    for hunk in file.hunks:
        first, last = hunk.first, hunk.first + len(hunk.old)
        before = max((gap for gap in changes if gap.old_last <= first), default=None)
        after = min((gap for gap in changes if gap.old_first >= last and gap is not before), default=None)
        inside = any(gap.old_first < last and first < gap.old_last for gap in changes)
        held = (before is None or _pinned(base[before.old_last : first], once)) and (
            after is None or _pinned(base[last : after.old_first], once)
        )
        shift = before.new_last - before.old_last if before else 0
        places[hunk.id] = replace(hunk, first=first + shift) if held and not inside else None
        same[hunk.id] = any(
            (gap.old_first, gap.old_last) == (first, last) and current.lines[gap.new_first : gap.new_last] == hunk.new
            for gap in changes
        ) or _made_in_parts(hunk, changes, current.lines)
    return _sorted(file, places, same)


def _made_in_parts(hunk: Hunk, changes: Sequence[Gap], now: Sequence[str]) -> bool:
    """Whether the changes within the hunk's lines, together, are the hunk: it may have been joined from several."""
    first, last = hunk.first, hunk.first + len(hunk.old)
    within = [gap for gap in changes if gap.old_last >= first and gap.old_first <= last]
    if not within or within[0].old_first < first or within[-1].old_last > last:
        return False
    start = within[0].new_first - (within[0].old_first - first)
    stop = within[-1].new_last + (last - within[-1].old_last)
    return tuple(now[start:stop]) == hunk.new


def _pinned(between: Sequence[str], once: tuple[frozenset[str], frozenset[str]]) -> bool:
    """Whether the lines between a hunk and a change leave only one place for the hunk: one of them occurs `once` in
    both texts."""
    before, now = once
    return any(line in before and line in now for line in between)

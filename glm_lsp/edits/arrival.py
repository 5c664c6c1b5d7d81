"""Whether an edit has arrived: what a text tells of it, whatever else has been typed into that text since."""

from __future__ import annotations

from glm_lsp.edits.hunks import diff
from glm_lsp.edits.proposal import FileEdit, Hunk
from glm_lsp.text.lines import Text


def stands(file: FileEdit, text: Text) -> bool:
    """Whether each hunk of `file` stands in `text` as it was meant, whatever else the user has typed."""
    if text.lines == file.intended.lines:
        return True
    if text.lines == file.base.lines:
        return False
    changed = diff(file.intended, text)
    shift = 0
    for hunk in file.hunks:
        start, shift = hunk.first + shift, shift + len(hunk.new) - len(hunk.old)
        if any(_undoes(one, start, hunk) for one in changed):
            return False
    return True


def _undoes(change: Hunk, start: int, hunk: Hunk) -> bool:
    """Whether `change` of the intended text takes something of `hunk` away, whose new lines begin there at `start`."""
    first, last = change.first, change.first + len(change.old)
    end = start + len(hunk.new)
    if hunk.new:
        return (first < end and start < last) or (first == last and start < first < end)
    # Lines that were deleted: they must not be there again.
    return first <= start <= last and (first < start < last or set(hunk.old) <= set(change.new))


def nearer(file: FileEdit, text: Text) -> bool:
    """Whether `text` is nearer to the intended text than to the base: the user has typed into a hunk right after it was
    applied, and the editor has told of both in one change. Only asked when the editor did not deny the edit."""
    from rapidfuzz.distance import Indel

    lines: dict[str, int] = {}

    def numbered(one: Text) -> list[int]:
        return [lines.setdefault(line, len(lines)) for line in one.lines]

    now, before, after = numbered(text), numbered(file.base), numbered(file.intended)
    to_base, to_intended = Indel.distance(now, before), Indel.distance(now, after)
    if to_base == to_intended:
        to_base = Indel.distance(text.string, file.base.string)
        to_intended = Indel.distance(text.string, file.intended.string)
    return to_intended < to_base

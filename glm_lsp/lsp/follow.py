"""Lines of a text that was asked about, found again in the text there is now.

Where a place is not certain it is not found: nothing here guesses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from glm_lsp.syntax.span import LineSpan
from glm_lsp.workspace.documents import changes_between

if TYPE_CHECKING:
    from glm_lsp.lsp.delivery import Written
    from glm_lsp.text.change import Change
    from glm_lsp.text.lines import Text
    from glm_lsp.workspace.documents import OpenDocument


def untouched(lines: LineSpan, before: OpenDocument, now: OpenDocument) -> LineSpan | None:
    """Where `lines` of `before` stand in `now`; None if their text changed, or the place is not certain."""
    return all_untouched([lines], before, now)[0]


def all_untouched(places: Sequence[LineSpan], before: OpenDocument, now: OpenDocument) -> list[LineSpan | None]:
    """The same of several `places`, found by one comparison of the texts."""
    return _all_carried(places, before.text, now.text, changes_between(before, now))


def region_now(lines: LineSpan, before: OpenDocument, written: Sequence[Written], now: OpenDocument) -> LineSpan | None:
    """What has become of `lines` of `before`, with all that was changed inside them: by the edit of ours that was
    `written` since, if one was, and by the user. None if a change reaches across their border."""
    ours = next((one for one in written if one.file.uri == before.uri and one.seen is not None), None)
    if ours is None or ours.seen is None:
        return _grown(lines, before.text, now.text, changes_between(before, now))
    file, seen = ours.file, ours.seen
    changes = changes_between(before, seen)
    if changes is not None and file.version is not None:
        changes = tuple(change for change in changes if change.version <= file.version)
    found = _grown(lines, before.text, file.base, changes)
    if found is None:
        return None
    first, last = found
    for hunk in file.hunks:
        end, growth = hunk.first + len(hunk.old), len(hunk.new) - len(hunk.old)
        if end <= found.first and (hunk.old or hunk.first < found.first):
            first, last = first + growth, last + growth
        elif found.first <= hunk.first and end <= found.last:
            last += growth
        elif hunk.first < found.last:
            return None
    exact = seen.text.lines == file.intended.lines
    return _grown(LineSpan(first, last), file.intended, now.text, changes_between(seen, now) if exact else None)


def _carried(lines: LineSpan, base: Text, now: Text, changes: Sequence[Change] | None) -> LineSpan | None:
    return _all_carried([lines], base, now, changes)[0]


def _all_carried(
    places: Sequence[LineSpan], base: Text, now: Text, changes: Sequence[Change] | None
) -> list[LineSpan | None]:
    from glm_lsp.edits import rebase
    from glm_lsp.edits.proposal import FileEdit, Hunk

    if base.lines == now.lines:
        return list(places)
    # The rules for edits that have to follow a text hold for places too, so a place is followed as one that deletes it.
    hunks = tuple(Hunk(id, first, base.lines[first:last], ()) for id, (first, last) in enumerate(places))
    found = rebase.carried(FileEdit("", None, base, base, hunks), now, changes).carried
    now_at = {hunk.id: LineSpan(hunk.first, hunk.first + len(hunk.old)) for hunk in found}
    return [now_at.get(id) for id in range(len(places))]


def _grown(lines: LineSpan, base: Text, now: Text, changes: Sequence[Change] | None) -> LineSpan | None:
    """As `_carried`, but what changed inside the lines stays theirs."""
    from glm_lsp.edits import rebase

    found = _carried(lines, base, now, changes)
    if found is not None or changes is None:
        return found
    around = rebase.around(base.range_of(*lines), changes)
    if around is None or around.start.column:
        return None
    end = around.end
    if end.column == 0:
        return LineSpan(around.start.line, end.line)
    # At the end of the text a line may have no ending.
    return LineSpan(around.start.line, end.line + 1) if end == now.end else None

"""What a rewritten text leaves out: asked about once more, then put to the user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from glm_lsp.edits.changes import FileChange
from glm_lsp.edits.refusal import unusable
from glm_lsp.edits.request import EditRequest
from glm_lsp.edits.verify import definitions

SHRINKS = 20
"""Regions of more lines than this that lose over half of them are asked about once more."""
MANY = 3
"""Definitions that may go, beyond those that come, with no more than a warning."""


def judged(change: FileChange, ask: EditRequest) -> tuple[list[str], list[str]]:
    """What must be confirmed, and what is worth a warning, about lines that were given anew as a whole.

    Errors: ReplyUnusable if over half of many lines, many definitions or all there were would go, and the model can
    still be asked.
    """
    if change.rewritten is None or change.document is None:
        return [], []
    old, new = change.rewritten
    base = change.document
    before, after = definitions(base.text, base.language), definitions(change.intended, base.language)
    was, now = (Counter(found.name for found in each) for each in (before, after))
    gone = sorted((was - now).elements())
    fewer = len(before) - len(after)
    given_anew = sum(change.quoted(found.line) for found in before)
    names = ", ".join(f"`{name}`" for name in gone)
    if _shrinks(old, new) or (gone and fewer >= min(MANY, given_anew)):
        if not ask.last:
            raise unusable(
                "most of the text would be gone",
                f"Your answer is less than the text it replaces: {len(new)} lines for {len(old)}"
                + (f", without {names}" if gone else "")
                + ". If nothing was to be removed, give the complete text. If that is what was asked for, give the "
                "same answer again.",
            )
        return [f"The new text has {len(new)} lines where there were {len(old)}."], _removed(names)
    return [], _removed(names) if gone and fewer > 0 else []


def _shrinks(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether more than half of many lines would be gone."""
    before, after = (sum(bool(line.strip()) for line in lines) for lines in (old, new))
    return before > SHRINKS and after * 2 < before


def _removed(names: str) -> list[str]:
    return [f"The edit removes {names}."] if names else []

"""A proposal that is on offer: single hunks accepted or rejected, the rest following the document."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from glm_lsp.edits.hunks import apply
from glm_lsp.edits.proposal import FileEdit, Proposal
from glm_lsp.edits.rebase import carried
from glm_lsp.text.change import Change
from glm_lsp.text.lines import Text


def numbered(proposal: Proposal, after: int = 0) -> Proposal:
    """`proposal` with ids of its hunks that are unique over all its files, and greater than `after`."""
    files: list[FileEdit] = []
    for file in proposal.files:
        hunks = tuple(replace(hunk, id=after + number) for number, hunk in enumerate(file.hunks, 1))
        after += len(hunks)
        files.append(replace(file, hunks=hunks))
    return replace(proposal, files=tuple(files))


def accepted(file: FileEdit, ids: Collection[int]) -> FileEdit:
    """The part of `file` that is to be written when the hunks `ids` are accepted: on the same base, those hunks alone.

    What is left needs no call: it is `follow(file, …)` once the written hunks are seen in the document.
    """
    return _with(file, [hunk.id for hunk in file.hunks if hunk.id in ids])


def rejected(file: FileEdit, ids: Collection[int]) -> FileEdit:
    """`file` without the hunks `ids`; without hunks there is nothing left to offer."""
    return _with(file, [hunk.id for hunk in file.hunks if hunk.id not in ids])


def follow(file: FileEdit, current: Text, version: int | None, changes: Sequence[Change] | None) -> FileEdit:
    """`file` on the text there is now; `changes` lead there from its base, None if they are not known.

    Unlike `rebase`, a hunk the user's changes touch is let go and the others stay: nothing is being written. So are
    hunks that stand in the text already.
    """
    met = carried(file, current, changes)
    return replace(file, base=current, version=version, hunks=met.carried, intended=apply(current, met.carried))


def _with(file: FileEdit, ids: Collection[int]) -> FileEdit:
    hunks = tuple(hunk for hunk in file.hunks if hunk.id in ids)
    return replace(file, hunks=hunks, intended=apply(file.base, hunks))

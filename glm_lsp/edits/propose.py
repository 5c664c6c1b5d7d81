"""A reply → the edit that is certainly meant, or the reason there is none."""

from __future__ import annotations

from collections.abc import Sequence

from glm_lsp.edits.changes import FileChange, file_edit
from glm_lsp.edits.fenced import region_change
from glm_lsp.edits.proposal import Proposal
from glm_lsp.edits.request import EditRequest
from glm_lsp.edits.verify import unusable
from glm_lsp.errors import CannotDo, ReplyCut
from glm_lsp.reply.blocks import Reply
from glm_lsp.reply.parse import parse

__all__ = ["EditRequest", "propose"]


def propose(reply: str, ask: EditRequest) -> Proposal:
    """The edit `reply` certainly means; without files if it changes nothing.

    Errors: CannotDo if the model said no; ReplyCut if the reply is not whole; ReplyUnusable, whose `problem` is for the
    one repair ask, if it is not certainly an edit. On any error nothing of the reply is used.
    """
    said = parse(reply)
    if said.cannot is not None:
        raise CannotDo(f"GLM says it cannot do this: {said.cannot or 'it gave no reason.'}")
    if said.cut or not ask.finished:
        raise ReplyCut(
            "GLM's reply ended before it was finished.",
            "Nothing was changed. Ask for less at once, or raise generation.max_tokens.",
            problem=said.problem or "Your answer was cut off before its end. Give it again, complete and shorter.",
        )
    if said.problem:
        raise unusable("it is malformed", said.problem)
    changes, confirm, warnings = _changes(said, ask)
    return _proposal(changes, confirm, warnings, ask)


def _changes(said: Reply, ask: EditRequest) -> tuple[list[FileChange], list[str], list[str]]:
    if said.form == "fences":
        change, confirm, warnings = region_change(said, ask)
        return [change], confirm, warnings
    raise unusable("it holds no code", "Give the new text in one fence, or the line `CANNOT: <reason>`.")


def _proposal(
    changes: Sequence[FileChange], confirm: Sequence[str], warnings: Sequence[str], ask: EditRequest
) -> Proposal:
    files = tuple(file for change in changes if (file := file_edit(change, ask)) is not None)
    return Proposal(files, tuple(confirm) if files else (), tuple(warnings) if files else ())

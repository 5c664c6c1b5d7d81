"""The refusal of a reply."""

from __future__ import annotations

from glm_lsp.errors import ReplyUnusable


def unusable(what: str, problem: str) -> ReplyUnusable:
    """`what` is wrong, for the person; `problem` is what the model is told."""
    return ReplyUnusable(f"The reply was not used: {what}.", "Nothing was changed.", problem=problem)

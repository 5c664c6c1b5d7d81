"""What an action is nothing without."""

from __future__ import annotations

from glm_lsp.actions.action import Action
from glm_lsp.errors import BadInput
from glm_lsp.syntax.comments import has_comments


def check(action: Action, language: str, *, instruction: bool, selection: bool, diagnostics: bool) -> None:
    """Errors: BadInput if there is not what `action` needs: the user's words, a selection, a finding; a language with
    comments, if its answer becomes one."""
    if action.needs_instruction and not instruction:
        raise BadInput(f"“{action.title}” needs an instruction.", "Give one, or write it in a comment: glm: …")
    if action.needs_selection and not selection:
        raise BadInput(f"“{action.title}” needs a selection.", "Select the code it is about.")
    if action.needs_diagnostics and not diagnostics:
        raise BadInput(f"“{action.title}” needs a diagnostic, and there is none here.", "Put the cursor on one.")
    if action.delivery == "comment" and not has_comments(language):
        raise BadInput("This language has no comments.", "Let the explanation be shown as a document instead.")

"""What is asked."""

from __future__ import annotations

from dataclasses import dataclass

from glm_lsp.actions.action import Action
from glm_lsp.ask.conversation import Conversation
from glm_lsp.context.nearby import Also
from glm_lsp.text.lines import Range
from glm_lsp.workspace.snapshot import Diagnostic


@dataclass(frozen=True, slots=True)
class AskRequest:
    """What the user asks. `span` is what was selected, in the snapshot's text of `uri` (code points); `instruction` the
    user's own words, if any; `model` another model than the settings name; `also` what the user wants to go along;
    `locale` the tag of the language his editor speaks (`de-AT`), empty if it does not say.

    With `follows`, `instruction` goes on from there, and `span` is exactly the lines it is about now."""

    action: Action
    uri: str
    span: Range
    instruction: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    model: str = ""
    also: tuple[Also, ...] = ()
    locale: str = ""
    follows: Conversation | None = None

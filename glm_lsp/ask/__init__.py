"""The pipeline: one question in, events out, the last of which is the outcome. Knows no editor.

gather → compose → clear → ask the model → place and verify the reply. One that cannot be used is asked for once more,
with the exact problem. Errors are raised: Refused when nothing may be done, Failed when nothing could be.

    ask(request, snapshot, desk)      async iterator of events
    preview(request, snapshot, desk)  the question as it would be sent; nothing is sent
"""

from glm_lsp.ask.conversation import Conversation
from glm_lsp.ask.events import (
    Estimated,
    Event,
    Explanation,
    Notice,
    Outcome,
    Phase,
    Replied,
    Retrying,
    Spent,
    Streamed,
    Suggestion,
    Suggestions,
)
from glm_lsp.ask.pipeline import ask
from glm_lsp.ask.prepare import Prepared, preview
from glm_lsp.ask.request import AskRequest
from glm_lsp.ask.retry import warmer

__all__ = [
    "AskRequest",
    "Conversation",
    "Estimated",
    "Event",
    "Explanation",
    "Notice",
    "Outcome",
    "Phase",
    "Prepared",
    "Replied",
    "Retrying",
    "Spent",
    "Streamed",
    "Suggestion",
    "Suggestions",
    "ask",
    "preview",
    "warmer",
]

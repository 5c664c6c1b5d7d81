"""The functions a question may be answered by calling."""

from __future__ import annotations

from glm_lsp.actions.action import Action
from glm_lsp.model.messages import Tool

MOST_SUGGESTIONS = 6

_STRING = {"type": "string"}
_SUGGEST = Tool(
    name="suggest",
    description="Suggest refactorings of the region, the most valuable first.",
    parameters={
        "type": "object",
        "properties": {
            "suggestions": {
                "type": "array",
                "maxItems": MOST_SUGGESTIONS,
                "items": {
                    "type": "object",
                    "properties": {"title": _STRING, "why": _STRING, "quote": _STRING, "instruction": _STRING},
                    "required": ["title", "why", "quote", "instruction"],
                },
            }
        },
        "required": ["suggestions"],
    },
)


def functions(action: Action) -> tuple[Tool, ...]:
    """Those of `action`. Its prompt says what to answer where there are none: not every server takes them."""
    return (_SUGGEST,) if action.mode == "suggest" else ()

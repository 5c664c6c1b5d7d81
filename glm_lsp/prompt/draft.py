"""A request before it is cleared: what we would like to send, in pieces whose origin is known.

Only `gate.clear(draft, rules, redactor)` turns a draft into what the model accepts.

    Piece(text, purpose, uri="", range=None, title="", optional=False)
    Turn(role, pieces, tool_calls=(), tool_call_id="", reasoning="")
    Draft(model, turns, max_tokens, stream=True, thinking=False, temperature=None, …)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from glm_lsp.model.messages import Role, Tool, ToolCall
from glm_lsp.text.lines import Range

Purpose = Literal["prompt", "instruction", "file", "diagnostics", "reply"]
"""Where a piece's words come from: ours (system prompt, sentinels, an action's text); the user's own; a file or a
buffer; other programs; the model's earlier reply and what is said about it. Redaction tokens are known to occur in the
user's words and in replies; in a file or a diagnostic, text that looks like one is the user's and is replaced."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text. A message's content is its pieces' texts, joined by nothing.

    `uri` names the file or document the text comes from, `range` where it stood in it. `optional`: left out if it may
    not be sent, where otherwise the whole request is refused; such a piece brings its own frame (heading, fence).
    `title` is what the user reads in the list of what is sent and what was left out.
    """

    text: str
    purpose: Purpose
    uri: str = ""
    range: Range | None = None
    title: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. One whose pieces are all left out is not sent."""

    role: Role
    pieces: tuple[Piece, ...]
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """The parameters are those of `ClearedRequest`, None meaning "do not send"."""

    model: str
    turns: tuple[Turn, ...]
    max_tokens: int
    stream: bool = True
    thinking: bool = False
    temperature: float | None = None
    top_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: str | None = None
    parallel_tool_calls: bool | None = None
    response_format: Literal["json_object"] | None = None


def ended(text: str) -> str:
    """`text` with an ending on its last line, so that a mark after it stands on a line of its own."""
    return text if text.endswith("\n") else text + "\n"

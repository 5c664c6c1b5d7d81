"""What comes back, in order: any number of deltas, at most one `Usage`, then `Finished`, which is the last; among them
one `Attempt` per HTTP request, when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from glm_lsp.model.messages import ToolCall

FinishReason = Literal["stop", "done", "length", "tool_calls", "sensitive", "unknown"]


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the reply. Never reasoning, never a thinking tag."""

    text: str


@dataclass(frozen=True, slots=True)
class Retracted:
    """All `TextDelta` and `ToolCallDelta` so far do not belong to the reply; it begins again after this. Happens when a
    server sends thoughts as content and only an orphan `</think>` tells, and when a damaged stream is asked for again
    in one piece. Whoever adds up deltas must drop what they have; `Finished.text` is right in any case."""


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of the model's thoughts: counted, never shown, never part of a reply."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of the tool call at `index`; the whole calls stand in `Finished`."""

    index: int
    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the server counted them."""

    prompt: int
    completion: int
    cached: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """The request will be sent again in `seconds`, because of `reason` (a sentence for a person)."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP request is over. One row of the usage log. Times are in seconds; `first_token` None: there was none."""

    status: int
    """The HTTP status; 0 if there was no answer."""
    outcome: str
    """`ok`, or the name of the error's class."""
    seconds: float
    first_token: float | None
    usage: Usage | None
    model: str
    """The model's name as the server echoed it."""
    dropped: str = ""
    """The request parameter the server refused, if it did: remembered for this origin."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The reply has ended by itself: a finish reason or `[DONE]` was seen. `done`: `[DONE]` alone; `unknown`: a reason
    we do not know. Cut off by `length` and `sensitive`.

    `text` is the whole reply, `reasoning` all thoughts that came with it."""

    reason: FinishReason
    tool_calls: tuple[ToolCall, ...] = ()
    text: str = ""
    reasoning: str = ""


Event = TextDelta | Retracted | ReasoningDelta | ToolCallDelta | Usage | Waiting | Attempt | Finished

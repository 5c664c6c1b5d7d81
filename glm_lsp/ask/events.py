"""What a question yields while it is answered; the last event is its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from glm_lsp.ask.conversation import Conversation
from glm_lsp.edits.proposal import Proposal, Region
from glm_lsp.syntax.span import LineSpan


@dataclass(frozen=True, slots=True)
class Phase:
    """The question enters this phase."""

    state: Literal["gathering", "waiting", "streaming", "checking"]


@dataclass(frozen=True, slots=True)
class Streamed:
    """More of what the user will get: of the explanation, or of the edit's new text. `tokens` of the reply so far.
    `anew`: everything streamed before it no longer counts."""

    text: str
    tokens: int
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Retrying:
    """The request will be sent again in `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The outcome of a question that wanted to know. Secrets are not restored in it."""

    markdown: str
    region: Region


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing that could be done to `lines`. `title` is a plain line for a menu; `instruction` is what an edit would
    be asked for. Secrets are not restored in any of them."""

    title: str
    why: str
    instruction: str
    lines: LineSpan


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The outcome of a question what could be done: the most valuable first, perhaps none."""

    items: tuple[Suggestion, ...]
    region: Region


@dataclass(frozen=True, slots=True)
class Estimated:
    """What the request may take: `tokens` of prompt and reply together, `cost` in dollars if the prices are known."""

    tokens: int
    cost: float | None


@dataclass(frozen=True, slots=True)
class Spent:
    """What one HTTP request took, as the server counted."""

    tokens: int
    cost: float | None


@dataclass(frozen=True, slots=True)
class Replied:
    """The model has replied; what becomes of it is not known yet."""

    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know that changes nothing: told once a session."""

    text: str
    level: Literal["info", "warning"] = "info"


Outcome = Proposal | Explanation | Suggestions
Event = Phase | Streamed | Retrying | Notice | Estimated | Spent | Replied | Outcome

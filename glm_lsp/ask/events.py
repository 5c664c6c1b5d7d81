"""What a question yields while it is answered; the last event is its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from glm_lsp.edits.proposal import Proposal, Region


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
class Notice:
    """Something the user should know that changes nothing: told once a session."""

    text: str


Outcome = Proposal | Explanation
Event = Phase | Streamed | Retrying | Notice | Outcome

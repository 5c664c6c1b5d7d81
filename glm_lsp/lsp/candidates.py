"""What is offered: one answer, or several to choose from; and how those are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from glm_lsp.errors import BadInput

if TYPE_CHECKING:
    from glm_lsp.ask import Conversation
    from glm_lsp.edits.proposal import Proposal
    from glm_lsp.lsp.jobs import Message
    from glm_lsp.settings import Settings

FEWEST, MOST = 2, 3
LONGEST_NAME = 200
"""Characters of a model's name."""


@dataclass(frozen=True, slots=True)
class Variant:
    """How one of the answers is asked for. None and "": as the settings say."""

    temperature: float | None = None
    thinking: bool | None = None
    model: str = ""

    @property
    def label(self) -> str:
        """What tells it from the others, for a person."""
        parts = [
            self.model,
            f"temperature {self.temperature:g}" if self.temperature is not None else "",
            "" if self.thinking is None else "thinking" if self.thinking else "not thinking",
        ]
        return ", ".join(part for part in parts if part) or "as set"

    def of(self, settings: Settings) -> Settings:
        """`settings` as this one is asked."""
        generation, endpoint = settings.generation, settings.endpoint
        if self.temperature is not None:
            generation = generation.model_copy(update={"temperature": self.temperature})
        if self.thinking is not None:
            endpoint = endpoint.model_copy(update={"thinking": "on" if self.thinking else "off"})
        return settings.model_copy(update={"generation": generation, "endpoint": endpoint})


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer. `label` tells it from the others; the only one, or the one that was chosen, has none. `tokens` and
    `cost` (dollars, None: not known) are what it took, or was expected to take where the server did not count. Without
    a `proposal` there is nothing to accept, and `message` says why; with one it may be a warning."""

    id: str = ""
    label: str = ""
    tokens: int = 0
    cost: float | None = None
    proposal: Proposal | None = None
    message: Message | None = None
    conversation: Conversation | None = None


def variants(argument: Mapping[str, Any], mode: str) -> tuple[Variant, ...]:
    """What `compare: [{temperature?, thinking?, model?}]` of `glm.run` asks for; nothing without it.

    Errors: BadInput.
    """
    given = argument.get("compare")
    if given is None:
        return ()
    if mode != "edit":
        raise BadInput("Only edits can be compared.")
    if not isinstance(given, list) or not FEWEST <= len(given) <= MOST:
        raise BadInput(f"`compare` must be a list of {FEWEST} or {MOST} objects.")
    return tuple(map(_variant, given))


def _variant(given: object) -> Variant:
    if not isinstance(given, Mapping) or not set(given) <= {"temperature", "thinking", "model"}:
        raise BadInput("Each of `compare` must be an object with `temperature`, `thinking` or `model`.")
    temperature, thinking, model = given.get("temperature"), given.get("thinking"), given.get("model")
    if temperature is not None and (
        not isinstance(temperature, (int, float)) or isinstance(temperature, bool) or not 0 <= temperature <= 2
    ):
        raise BadInput("`temperature` must be a number from 0 to 2.")
    if thinking in ("on", "off"):
        thinking = thinking == "on"
    if thinking is not None and not isinstance(thinking, bool):
        raise BadInput("`thinking` must be true or false.")
    if model is not None and not (isinstance(model, str) and 0 < len(model) <= LONGEST_NAME and model.isprintable()):
        raise BadInput("`model` must be the id of a model.")
    return Variant(float(temperature) if temperature is not None else None, thinking, model or "")


def total(costs: Iterable[float | None]) -> float | None:
    """All together; None if one is not known."""
    known = [*costs]
    return sum(cost for cost in known if cost is not None) if None not in known else None


def price(tokens: int, cost: float | None) -> str:
    """What something takes, for a person."""
    return f"{tokens:,} tokens" + (f", ${cost:.4f}" if cost is not None else "")

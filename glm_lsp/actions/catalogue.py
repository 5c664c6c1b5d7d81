"""The actions there are, most relevant first, and which of them apply at a place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from glm_lsp.actions.action import Action, parse
from glm_lsp.errors import BadInput

ORDER = ("refactor", "explain", "edit")
"""The order of the menu. A file in `prompts/` that is not named here is found by the test that compares the two."""


def built_in() -> Mapping[str, Action]:
    """The actions that come with the server, by id, in the order of the menu."""
    folder = files("glm_lsp.actions").joinpath("prompts")
    texts = {id: folder.joinpath(f"{id}.md").read_text("utf-8") for id in ORDER}
    return {id: parse(id, text, "built-in") for id, text in texts.items()}


def find(id: str, catalogue: Mapping[str, Action]) -> Action:
    if id not in catalogue:
        raise BadInput(f"There is no action “{id}”.", f"There are: {', '.join(catalogue)}.")
    return catalogue[id]


@dataclass(frozen=True, slots=True)
class Place:
    """What is known, from memory, of where a menu opens. `comment` is the instruction of a `glm: …` comment there."""

    language: str
    has_selection: bool
    has_diagnostics: bool
    comment: str = ""


def applicable(catalogue: Mapping[str, Action], place: Place, disabled: Sequence[str]) -> list[Action]:
    """The actions that make sense at `place`, most relevant first."""
    found = [
        action
        for action in catalogue.values()
        if action.id not in disabled
        and (not action.languages or place.language in action.languages)
        and (action.scope != "diagnostic" or place.has_diagnostics)
        and (not action.needs_instruction or place.comment)
    ]
    # What the user has written down himself comes first, then what answers a finding.
    return sorted(found, key=lambda action: (not action.needs_instruction, action.scope != "diagnostic"))

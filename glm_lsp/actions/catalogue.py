"""The actions that come with the server."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from glm_lsp.actions.action import Action, parse
from glm_lsp.errors import BadInput

ORDER = (
    "fix",
    "explain-diagnostic",
    "fix-file",
    "edit",
    "refactor",
    "simplify",
    "extract",
    "rename-better",
    "types",
    "document",
    "optimise",
    "handle-errors",
    "modernise",
    "translate-comments",
    "complete",
    "tests",
    "suggest",
    "ask",
    "explain",
    "explain-comment",
    "explain-file",
)
"""The order of the list; what the menu shows first depends on the place (`relevance`). A file in `prompts/` that is not
named here is found by the test that compares the two."""


def built_in() -> Mapping[str, Action]:
    """The actions that come with the server, by id."""
    folder = files("glm_lsp.actions").joinpath("prompts")
    texts = {id: folder.joinpath(f"{id}.md").read_text("utf-8") for id in ORDER}
    return {id: parse(id, text, "built-in") for id, text in texts.items()}


def find(id: str, catalogue: Mapping[str, Action]) -> Action:
    if id not in catalogue:
        raise BadInput(f"There is no action “{id}”.", f"There are: {', '.join(catalogue)}.")
    return catalogue[id]

"""The lay of the land: what stands in the files around, by name only, and what a file holds that is not shown whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from glm_lsp.context.definitions import signature
from glm_lsp.context.project import Project
from glm_lsp.context.snippet import FRAME, Snippet
from glm_lsp.context.tokens import estimate
from glm_lsp.syntax.definitions import Definition, outline
from glm_lsp.syntax.parse import Tree
from glm_lsp.workspace import paths

MAP_TOKENS = 1_000
NAMES = 24
"""Names shown of one file."""


def project_map(project: Project, importance: Mapping[str, float], budget: int = MAP_TOKENS) -> list[Snippet]:
    """The most important other files, each with the names it defines for others: a snippet for each, so that one that
    must stay here keeps none of the others back."""
    found: list[Snippet] = []
    for path in sorted(importance, key=lambda one: (-importance[one], one)):
        if path == project.path:
            continue
        names = project.names(path)
        if not names:
            continue
        more = f", and {len(names) - NAMES} more" if len(names) > NAMES else ""
        name = paths.shown(PurePath(path), ())
        text = f"{name}: {', '.join(names[:NAMES])}{more}\n"
        budget -= estimate(text)
        if budget < 0:
            break
        found.append(Snippet("map", f"the names in {name}", project.uri(path), name, "", text))
    return found


def whole_outline(tree: Tree, uri: str, budget: int) -> Snippet | None:
    """The signatures of a file that is too large to be shown whole, in its order; the inner ones go first where there
    is not room for all. None if it defines nothing."""
    every: tuple[Definition, ...] = tuple(one for one in outline(tree, docstrings=False) if one.kind != "impl")
    for depth in (2, 1, 0):
        text = "".join(signature(one, tree.language) for one in every if one.qualified.count(".") <= depth)
        if text and estimate(text) + FRAME <= budget:
            return Snippet("outline", "the outline of the file", uri, "", tree.language, text)
    return None

"""All that an index keeps of a text, in one pass over its tree."""

from __future__ import annotations

from glm_lsp.syntax.definitions import Definition, outline
from glm_lsp.syntax.names import Import, imports
from glm_lsp.syntax.parse import Tree
from glm_lsp.syntax.query import matches, patterns


def contents(tree: Tree) -> tuple[tuple[Definition, ...], tuple[Import, ...]]:
    """What `outline` (without docstrings) and `imports` would give."""
    known = patterns(tree.language)
    # Going through the tree costs more than what is looked for there, so both are looked for at once.
    found = matches(tree, known.definitions + known.imports)
    return (
        outline(tree, [match for match in found if "source" not in match[1]], docstrings=False),
        imports(tree, [match for match in found if "source" in match[1]]),
    )

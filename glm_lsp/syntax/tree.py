"""A text's syntax tree and what is read from it. What other rooms use; the parts are in the modules it names."""

from __future__ import annotations

from glm_lsp.syntax.definitions import Definition, enclosing, outline
from glm_lsp.syntax.names import (
    Import,
    Name,
    errors,
    identifiers,
    imports,
    is_comment,
    multiline_strings,
)
from glm_lsp.syntax.parse import Tree, has_grammar, parse

__all__ = [
    "Definition",
    "Import",
    "Name",
    "Tree",
    "enclosing",
    "errors",
    "has_grammar",
    "identifiers",
    "imports",
    "is_comment",
    "multiline_strings",
    "outline",
    "parse",
]

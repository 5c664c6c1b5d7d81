"""Queries over a tree: compiled once per language, kept for the life of the process."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from glm_lsp.syntax.languages import language as language_row
from glm_lsp.syntax.parse import Tree, grammar
from glm_lsp.syntax.patterns import PATTERNS, Patterns

if TYPE_CHECKING:
    import tree_sitter

    Match = tuple[int, dict[str, list[tree_sitter.Node]]]
    """The row of a query that matched, counted from 0, and what it captured."""


def patterns(language: str) -> Patterns:
    """What to look for in texts of `language`; nothing, for one we have no row for."""
    row = language_row(language)
    return PATTERNS.get(row.patterns or row.name) or Patterns()


@cache
def rows_capturing(source: str, captures: frozenset[str]) -> str:
    """Those rows of a query that capture one of `captures`."""
    rows, depth, start = [], 0, 0
    for at, character in enumerate(source):
        depth += (character in "([") - (character in ")]")
        # A row ends where a line ends outside of everything: its own capture stands on the line of its last bracket.
        if character == "\n" and depth == 0:
            rows.append(source[start:at])
            start = at
    return "\n".join(row for row in [*rows, source[start:]] if captures & set(_CAPTURE.findall(row)))


_CAPTURE = re.compile(r"@(\w+)")


@cache
def _compiled(language: str, source: str) -> tree_sitter.Query | None:
    from tree_sitter import Query

    known = grammar(language)
    return Query(known, source) if known is not None and source else None


def matches(tree: Tree, source: str, lines: tuple[int, int] | None = None) -> list[Match]:
    """Every match that touches `lines` (first, and the last not included; None for all)."""
    query = _compiled(tree.language, source)
    if query is None:
        return []
    from tree_sitter import QueryCursor

    cursor = QueryCursor(query)
    if lines is not None:
        cursor.set_point_range((lines[0], 0), (lines[1], 0))
    return cursor.matches(tree.parsed.root_node)


def captures(tree: Tree, source: str, lines: tuple[int, int] | None = None) -> list[tree_sitter.Node]:
    """Every node captured that touches `lines`, in no order."""
    query = _compiled(tree.language, source)
    if query is None:
        return []
    from tree_sitter import QueryCursor

    cursor = QueryCursor(query)
    if lines is not None:
        cursor.set_point_range((lines[0], 0), (lines[1], 0))
    return [node for nodes in cursor.captures(tree.parsed.root_node).values() for node in nodes]


def source(tree: Tree, node: tree_sitter.Node) -> bytes:
    """The bytes of a node: of the text, not as the grammar was shown them (`parse` has stand-ins for some)."""
    return tree.source[node.start_byte : node.end_byte]


def string(tree: Tree, node: tree_sitter.Node | None) -> str:
    """The text of a node; empty for none."""
    return source(tree, node).decode("utf-8", "replace") if node is not None else ""


def first(found: dict[str, list[tree_sitter.Node]], name: str) -> tree_sitter.Node | None:
    """The first node captured under `name`."""
    nodes = found.get(name)
    return nodes[0] if nodes else None


def one_line(source: bytes) -> str:
    """`source` with every run of white space as one space."""
    return " ".join(source.decode("utf-8", "replace").split())


def last_line(node: tree_sitter.Node) -> int:
    """The line after the last one `node` stands in."""
    row, column = node.end_point
    return row if column == 0 and row > node.start_point.row else row + 1

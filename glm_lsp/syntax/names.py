"""The names a text uses, what it imports, and where its strings span lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from glm_lsp.syntax.parse import Tree, length
from glm_lsp.syntax.query import captures, first, matches, one_line, patterns, source, string

if TYPE_CHECKING:
    import tree_sitter

    from glm_lsp.syntax.query import Match


class Import(NamedTuple):
    """`module` as written (Python: with its leading dots). `name` is what is taken from it: empty for the module
    itself, `*` for everything. `alias` is the name it has here, where that is another. `line` from 0."""

    module: str
    name: str
    alias: str
    line: int


class Name(NamedTuple):
    """A name that is used. `column` in code points. `receiver` is what stands before its dot, as written; empty for a
    name on its own."""

    name: str
    line: int
    column: int
    receiver: str


def imports(tree: Tree, matched: Iterable[Match] | None = None) -> tuple[Import, ...]:
    """What the text takes from elsewhere, in its order. `matched`: the matches, where they are at hand."""
    found = []
    for _, captured in matches(tree, patterns(tree.language).imports) if matched is None else matched:
        module, name = first(captured, "source"), first(captured, "name")
        if module is None:
            continue
        taken = "*" if "star" in captured else string(tree, name)
        entry = Import(
            string(tree, module).strip("<>\"'"), taken, string(tree, first(captured, "alias")), module.start_point.row
        )
        found.append(((module.start_byte, name.start_byte if name else 0), entry))
    return tuple(entry for _, entry in sorted(found))


def identifiers(tree: Tree, first: int, last: int) -> tuple[Name, ...]:
    """The names that occur in the lines `first` to `last` (not included), in their order, with repeats."""
    query = " ".join(f"({kind}) @name" for kind in patterns(tree.language).names)
    found = []
    for node in sorted(captures(tree, query, (first, last)), key=lambda node: node.start_byte):
        row, byte = node.start_point
        if first <= row < last and node.end_point.row == row:
            name = string(tree, node)
            found.append(Name(name, row, _column(tree.text.lines[row], byte), _receiver(tree, node)))
    return tuple(found)


def multiline_strings(tree: Tree) -> frozenset[int]:
    """The lines that begin inside a string, a heredoc or a template: their indentation is text, not layout."""
    inside: set[int] = set()
    for node in captures(tree, patterns(tree.language).strings):
        inside.update(range(node.start_point.row + 1, node.end_point.row + 1))
    return frozenset(line for line in inside if line < len(tree.text.lines))


def is_comment(tree: Tree, line: int) -> bool:
    """Whether what `line` begins with, blanks aside, is a comment."""
    text = tree.text.lines[line]
    column = length(text) - length(text.lstrip())
    node = tree.parsed.root_node.descendant_for_point_range((line, column), (line, column + 1))
    while node is not None and "comment" not in node.type:
        node = node.parent
    return node is not None


def errors(tree: Tree) -> int:
    """How many ERROR and MISSING nodes the tree has: 0 for a text without a mistake in its syntax."""
    return len(captures(tree, "(ERROR) @error (MISSING) @missing")) if tree.parsed.root_node.has_error else 0


_MEMBERS = frozenset(
    {
        "attribute",
        "member_expression",
        "selector_expression",
        "field_expression",
        "field_access",
        "method_invocation",
        "member_access_expression",
        "member_call_expression",
        "scoped_call_expression",
        "class_constant_access_expression",
        "call",
        "dot_index_expression",
        "method_index_expression",
        "scoped_identifier",
        "qualified_identifier",
        "qualified_name",
        "qualified_type",
    }
)
"""Nodes of a member of something, in one language or another: their first child is what it is a member of."""


def _receiver(tree: Tree, node: tree_sitter.Node) -> str:
    parent = node.parent
    if parent is None or parent.type not in _MEMBERS:
        return ""
    before = parent.named_child(0)
    if before is None or before.start_byte == node.start_byte:
        return ""
    return one_line(source(tree, before))


def _column(line: str, byte: int) -> int:
    return byte if line.isascii() else len(line.encode("utf-8", "surrogatepass")[:byte].decode("utf-8", "replace"))

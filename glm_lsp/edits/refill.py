"""Text the model left out, put back where the syntax tree leaves one place for it.

A placeholder between two parts of a class or a body stands for the parts that lie between the same two in the old text.
It is filled only if both neighbours are in the old text, once and in the same body, and nothing that is put back stands
elsewhere in the answer.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from glm_lsp.reply.blocks import Lines
from glm_lsp.text.lines import Text

if TYPE_CHECKING:
    import tree_sitter

    from glm_lsp.syntax.tree import Tree


def refilled(answer: Lines, old: Sequence[str], rows: Sequence[int], language: str) -> Lines | None:
    """`answer` with the lines of `old` its placeholders at `rows` stand for, or None if that is not certain of all."""
    from glm_lsp.syntax.tree import errors, parse

    after, before = (parse(Text.of(textwrap.dedent("\n".join(lines))), language) for lines in (answer, old))
    if after is None or before is None or errors(before):
        return None
    pieces: dict[int, Sequence[str]] = {}
    for row in rows:
        span = _left_out(after, before, row)
        if span is None:
            return None
        first, last = span
        while first < last and not old[first].strip():
            first += 1
        while first < last and not old[last - 1].strip():
            last -= 1
        if first == last:
            return None
        pieces[row] = old[first:last]
    filled: list[str] = []
    for row, line in enumerate(answer):
        filled += pieces.get(row, [line])
    return tuple(filled)


def _left_out(after: Tree, before: Tree, row: int) -> tuple[int, int] | None:
    """The lines of the old text between the parts that stand on either side of the placeholder at `row`."""
    new, old = after.parsed.root_node, before.parsed.root_node
    while True:
        around = next((child for child in new.named_children if _holds(child, row)), None)
        if around is None or "comment" in around.type:
            break
        kind = _kind(after, around)
        twins = [child for child in old.named_children if _kind(before, child) == kind]
        if len(twins) != 1 or sum(_kind(after, child) == kind for child in new.named_children) != 1:
            return None
        new, old = around, twins[0]
    if around is None:
        return None
    parts = [child for child in new.named_children if "comment" not in child.type]
    there = [child for child in old.named_children if "comment" not in child.type]
    keys, keys_there = [_key(after, child) for child in parts], [_key(before, child) for child in there]
    count, count_there = Counter(keys), Counter(keys_there)
    above = sum(child.start_byte < around.start_byte for child in parts)
    edges = []
    for at in (above - 1, above):
        if not 0 <= at < len(parts):
            edges.append(-1 if at < 0 else len(there))
        elif count[keys[at]] == 1 == count_there[keys[at]]:
            edges.append(keys_there.index(keys[at]))
        else:
            return None
    first, last = edges
    if last - first < 2 or any(count[key] for key in keys_there[first + 1 : last]):
        return None
    start = there[first].end_point.row + 1 if first >= 0 else there[0].start_point.row
    stop = there[last].start_point.row if last < len(there) else there[-1].end_point.row + 1
    return (start, stop) if start < stop else None


def _holds(node: tree_sitter.Node, row: int) -> bool:
    return node.start_point.row <= row <= node.end_point.row and not (
        node.end_point.row == row and node.end_point.column == 0
    )


def _kind(tree: Tree, node: tree_sitter.Node) -> tuple[str, bytes]:
    return node.type, _name(tree, node)


def _key(tree: Tree, node: tree_sitter.Node) -> tuple[str, bytes]:
    """What makes a part the same in both texts: its kind and name, or, without a name, its very text."""
    return node.type, _name(tree, node) or tree.source[node.start_byte : node.end_byte]


def _name(tree: Tree, node: tree_sitter.Node) -> bytes:
    definition = node.child_by_field_name("definition") or node.child_by_field_name("declaration") or node
    name = definition.child_by_field_name("name")
    return tree.source[name.start_byte : name.end_byte] if name is not None else b""

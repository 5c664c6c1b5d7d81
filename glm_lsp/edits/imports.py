"""The lines of a text that take something from elsewhere, and where one more may stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from glm_lsp.edits.refusal import unusable
from glm_lsp.edits.source import Placed, Source
from glm_lsp.reply.blocks import Lines
from glm_lsp.text.lines import Text

if TYPE_CHECKING:
    from glm_lsp.syntax.tree import Tree

_STATEMENT = re.compile(r"import|include|^use_|using|require|extern_crate")
_HEAD = re.compile(r"package|^php_tag$|hash_bang|shebang")


def import_lines(text: Text, language: str) -> frozenset[int]:
    """The lines of import statements at the top level; none without a grammar."""
    return frozenset(line for first, last in _statements(text, language) for line in range(first, last))


def merged(given: Lines, source: Source, language: str, first: int, last: int) -> list[Placed]:
    """Where the import statements of `given` that the file does not have yet are put in, outside the region's lines
    `first` to `last`. Lines that are there are never changed.

    Errors: ReplyUnusable if `given` is not imports alone, or there is no grammar to tell.
    """
    text = Text.of("\n".join(given))
    statements = _statements(text, language)
    lines = {line for start, stop in statements for line in range(start, stop)}
    if not statements or any(line.strip() and row not in lines for row, line in enumerate(given)):
        raise unusable(
            "its second piece of code is not import statements",
            "Give the region's new text in the first fence and only import statements in the second.",
        )
    there = _statements(source.text, language)
    have = {tuple(line.strip() for line in source.bodies[start:stop]) for start, stop in there}
    offered = [given[start:stop] for start, stop in statements]
    wanted = [statement for statement in offered if tuple(line.strip() for line in statement) not in have]
    future = [line for statement in wanted for line in statement if statement[0].startswith("from __future__")]
    others = [line for statement in wanted for line in statement if not statement[0].startswith("from __future__")]
    start, end, blank = _place(source, there, language)
    placed = []
    if future:
        placed.append(Placed(start, start, tuple(future)))
    if others:
        placed.append(Placed(end, end, (*others, "") if blank else tuple(others)))
    if any(first < place.first < last for place in placed):
        raise unusable(
            "its imports belong inside the region",
            "Put the imports into the region's own text and give one fence only.",
        )
    return placed


def _statements(text: Text, language: str) -> list[tuple[int, int]]:
    """The lines of each import statement at the top level."""
    from glm_lsp.syntax.tree import imports, parse

    tree = parse(text, language)
    if tree is None:
        return []
    rows = {found.line for found in imports(tree)}
    return [
        (first, last)
        for kind, first, last in _top(tree)
        if kind == "future_import_statement"
        or (any(first <= row < last for row in rows) and (_STATEMENT.search(kind) or last == first + 1))
    ]


def _top(tree: Tree) -> Iterator[tuple[str, int, int]]:
    """The kind and the lines (half-open) of everything at the top level."""
    for node in tree.parsed.root_node.named_children:
        first, (row, column) = node.start_point.row, node.end_point
        yield node.type, first, row if column == 0 and row > first else row + 1


def _place(source: Source, statements: Sequence[tuple[int, int]], language: str) -> tuple[int, int, bool]:
    """The line before which the first of the import `statements` stands, the one after the last of the leading ones,
    and whether a blank line must follow because there was none."""
    from glm_lsp.syntax.tree import parse

    if statements:
        return statements[0][0], _leading(statements, source.bodies), False
    tree = parse(source.text, language)
    at = 0
    for kind, first, last in _top(tree) if tree is not None else ():
        docstring = language == "python" and kind == "expression_statement" and source.bodies[first][:1] in ('"', "'")
        alone = last >= len(source.bodies) or not source.bodies[last].strip()
        if not (docstring or _HEAD.search(kind) or ("comment" in kind and (alone or first == 0))):
            break
        at = last
    while 0 < at < len(source.bodies) and not source.bodies[at].strip():
        at += 1
    return at, at, True


def _leading(statements: Sequence[tuple[int, int]], bodies: Sequence[str]) -> int:
    """The end of the last import before other code begins: a blank line or a comment between imports is none."""
    end = statements[0][1]
    for first, last in statements[1:]:
        if any(
            line.strip() and not line.lstrip().startswith(("#", "//", "/*", "*", "--")) for line in bodies[end:first]
        ):
            break
        end = last
    return end

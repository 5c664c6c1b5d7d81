"""What a text defines, read from its tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from glm_lsp.syntax.parse import Tree, length
from glm_lsp.syntax.patterns import Patterns
from glm_lsp.syntax.query import first as first_of
from glm_lsp.syntax.query import last_line, matches, one_line, patterns, rows_capturing, string
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import is_blank

if TYPE_CHECKING:
    import tree_sitter

    from glm_lsp.syntax.query import Match

KINDS = frozenset(
    {"class", "function", "method", "property", "variable", "attribute", "type", "module", "impl", "key", "rule"}
)
ENCLOSING = frozenset({"function", "method", "property", "class", "impl", "rule"})
"""What a region may be."""
_HOLDERS = ENCLOSING | {"module", "type"}
_FUNCTIONS = frozenset({"function", "method", "property"})
_CLASSES = frozenset({"class", "impl", "type"})

SIGNATURE_LENGTH = 400
"""Characters of a signature that are kept."""
DOCSTRING_LENGTH = 600


class Definition(NamedTuple):
    """Something that has a name. `first` to `last` (not included) are its lines with its decorators and the comments
    right above it. `signature` is one line. `docstring` is its documentation without comment marks. `parent` is the
    qualified name of what it stands in. `line` is the line of the name. `type` is as written: a variable's or
    attribute's annotation, a function's return type, a class's bases; `value` what a variable is set to."""

    name: str
    qualified: str
    kind: str
    first: int
    last: int
    signature: str
    docstring: str
    parent: str
    line: int
    type: str = ""
    value: str = ""


def outline(tree: Tree, matched: Iterable[Match] | None = None, docstrings: bool = True) -> tuple[Definition, ...]:
    """What the text defines, in its order: not the variables of functions, and an attribute once. `matched`: the
    matches, where they are at hand."""
    found: dict[tuple[str, str], Definition] = {}
    kept: list[tuple[str, str]] = []
    if matched is None:
        matched = matches(tree, patterns(tree.language).definitions)
    for definition in _definitions(tree, matched, docstrings):
        key = (definition.qualified, "attribute" if definition.kind in ("attribute", "variable") else str(len(kept)))
        before = found.get(key)
        if before is None:
            kept.append(key)
            found[key] = definition
        elif not before.type and (definition.type or before.value in _NOTHING):
            # Set again where more is known of it: the place stays the first one.
            found[key] = before._replace(type=definition.type, value=definition.value)
    return tuple(found[key] for key in kept)


def enclosing(tree: Tree, first: int, last: int, kinds: frozenset[str] = ENCLOSING) -> LineSpan | None:
    """The smallest definition of `kinds` (function, method, property or class) whose lines hold `first` to `last` (not
    included)."""
    stop = max(last, _definition_below(tree, first))
    best: LineSpan | None = None
    # Only these rows: one that begins at the root of the tree is looked for in all of it, whatever the range.
    rows = rows_capturing(patterns(tree.language).definitions, kinds)
    for found in _definitions(tree, matches(tree, rows, (first, stop))):
        span = LineSpan(found.first, found.last)
        fits = found.kind in kinds and span.holds(first, last)
        if fits and (best is None or span.last - span.first <= best.last - best.first):
            best = span
    return best


_NOTHING = frozenset({"", "None", "null", "nil", "undefined", "[]", "{}"})


def _definitions(tree: Tree, matched: Iterable[Match], docstrings: bool = False) -> Iterator[Definition]:
    """The definitions among the matches, in the order of the text."""
    known = patterns(tree.language)
    best: dict[int, tuple[int, str, dict[str, list[tree_sitter.Node]]]] = {}
    kinds: dict[int, str] = {}
    for row, captures in matched:
        kind = kinds.get(row) or kinds.setdefault(row, next(key for key in captures if key in KINDS))
        place = captures["name" if "name" in captures else kind][0].start_byte
        # One name is one definition: where two rows found it, the earlier row describes it better.
        if place not in best or row < best[place][0]:
            best[place] = (row, kind, captures)
    found = sorted(
        ((captures[kind][0], kind, captures) for _, kind, captures in best.values()),
        key=lambda item: (item[0].start_byte, -item[0].end_byte),
    )
    holders: list[tuple[int, str, str]] = []  # (end byte, qualified name, kind) of what is open here
    for node, kind, captures in found:
        while holders and holders[-1][0] <= node.start_byte:
            holders.pop()
        inside = holders[-1][2] if holders else ""
        parent = holders[-1][1] if holders else ""
        if inside in _FUNCTIONS and kind in ("variable", "key"):
            continue
        if inside in _FUNCTIONS and kind == "attribute":
            # `self.x = …` in a method belongs to the class around it.
            parent = next((name for _, name, held in reversed(holders) if held in _CLASSES), "")
            if not parent:
                continue
        definition = _definition(tree, node, kind, inside, parent, captures, known, docstrings)
        yield definition
        if kind in _HOLDERS and (kind in _CLASSES or "body" in captures):
            holders.append((node.end_byte, definition.qualified, definition.kind))


def _definition(
    tree: Tree,
    node: tree_sitter.Node,
    kind: str,
    inside: str,
    parent: str,
    captures: dict[str, list[tree_sitter.Node]],
    known: Patterns,
    docstrings: bool,
) -> Definition:
    body, name_node = first_of(captures, "body"), first_of(captures, "name")
    annotation, value = first_of(captures, "annotation"), first_of(captures, "value")
    # What is set in a method stands by itself: nothing above it and nothing around it is its own.
    alone = kind == "attribute" and inside in _FUNCTIONS
    whole = node if alone else _whole(node, known)
    row = node.start_point.row
    start = row if whole is node else whole.start_point.row
    signature = _signature(tree, whole if start == row else node, node, body)
    name = string(tree, name_node).strip("\"'").lstrip(":$") if name_node is not None else signature
    if kind == "method":
        scope, _, name = name.rpartition("::")
        parent = parent or _bare(f"{string(tree, first_of(captures, 'receiver'))}::{scope}")
    first, comments = (row, []) if alone else _above(whole, start, known)
    docstring = ""
    if docstrings and tree.language == "python" and body is not None:
        docstring = _python_docstring(tree, body)
    elif docstrings:
        docstring = "\n".join(_uncommented(string(tree, comment)) for comment in comments)
    if inside in _CLASSES and kind in ("function", "variable"):
        kind = "method" if kind == "function" else "attribute"
    if kind == "method" and tree.language == "python" and _is_property(tree, whole):
        kind = "property"
    return Definition(
        name,
        # An `impl` bears the name of the type it is for, so that its methods are the type's.
        f"{parent}.{name}" if parent and kind != "impl" else name,
        kind,
        first,
        _last(tree, whole, start),
        signature,
        docstring[:DOCSTRING_LENGTH],
        parent,
        (name_node or node).start_point.row,
        one_line(_beginning(tree, annotation)).lstrip(":->( ").rstrip(") ") if annotation is not None else "",
        one_line(_beginning(tree, value))[:SIGNATURE_LENGTH] if value is not None else "",
    )


def _last(tree: Tree, whole: tree_sitter.Node, start: int) -> int:
    last = last_line(whole)
    while last - 1 > start and is_blank(tree.text.lines[last - 1]):
        last -= 1
    return last


def _signature(tree: Tree, start: tree_sitter.Node, node: tree_sitter.Node, body: tree_sitter.Node | None) -> str:
    stop = node.end_byte
    while body is not None:
        stop = body.start_byte
        body = body.prev_sibling
        if body is None or "comment" not in body.type:
            break
    source = tree.source[start.start_byte : min(stop, start.start_byte + 4 * SIGNATURE_LENGTH)]
    return one_line(source).rstrip("{ =").rstrip()[:SIGNATURE_LENGTH]


def _beginning(tree: Tree, node: tree_sitter.Node) -> bytes:
    return tree.source[node.start_byte : min(node.end_byte, node.start_byte + 4 * SIGNATURE_LENGTH)]


def _whole(node: tree_sitter.Node, known: Patterns) -> tree_sitter.Node:
    """`node` with the decorators, the `export`, the statement it is."""
    parent = node.parent
    while parent is not None and parent.type in known.wrappers:
        last = parent.named_child(parent.named_child_count - 1)
        # One of several that are declared together is not the whole statement.
        if last is not None and last.end_byte != node.end_byte:
            break
        node, parent = parent, parent.parent
    return node


def _above(node: tree_sitter.Node, first: int, known: Patterns) -> tuple[int, list[tree_sitter.Node]]:
    """The line `first` of `node`, or the first of what stands right above it and belongs to it; and the comments among
    that."""
    comments: list[tree_sitter.Node] = []
    before = node.prev_sibling
    while before is not None and before.type in known.before and last_line(before) == first:
        earlier = before.prev_sibling
        if earlier is not None and last_line(earlier) > before.start_point.row:
            break  # it stands at the end of a line of code
        first = before.start_point.row
        if "comment" in before.type:
            comments.insert(0, before)
        before = earlier
    return first, comments


def _uncommented(comment: str) -> str:
    comment = re.sub(r"^<!--|-->$|\*+/$", "", comment.strip())
    return "\n".join(line.strip().lstrip("/*!#-; \t").rstrip() for line in comment.split("\n")).strip()


def _python_docstring(tree: Tree, body: tree_sitter.Node) -> str:
    literal = body
    for kind in ("expression_statement", "string"):
        inner = literal.named_child(0) if literal.named_child_count else None
        if inner is None or inner.type != kind:
            return ""
        literal = inner
    content = next((child for child in literal.named_children if child.type == "string_content"), None)
    return "\n".join(line.strip() for line in string(tree, content).strip().split("\n"))


def _is_property(tree: Tree, whole: tree_sitter.Node) -> bool:
    if whole.type != "decorated_definition":
        return False
    decorators = (string(tree, node) for node in whole.named_children if node.type == "decorator")
    return any(
        text.split("(")[0].strip().endswith("property") or text.endswith((".setter", ".getter", ".deleter"))
        for text in decorators
    )


def _bare(receiver: str) -> str:
    """The name of a receiver's type: `*T` and `T[K]` are `T`, `A.prototype` is `A`, `a::B` is `a.B`."""
    return re.split(r"[\[<]", receiver)[0].strip("*&: ").removesuffix(".prototype").replace("::", ".")


def _definition_below(tree: Tree, line: int) -> int:
    """If `line` is one of a decorator or a comment: the line after what it stands above, which it may belong to."""
    text = tree.text.lines[line]
    point = (line, length(text) - length(text.lstrip()))
    above = patterns(tree.language).before | {"decorator"}
    node = tree.parsed.root_node.named_descendant_for_point_range(point, point)
    while node is not None and node.type not in above:
        node = node.parent
    while node is not None and node.type in above:
        node = node.next_named_sibling
    return last_line(node) if node is not None else 0

"""The last look at an edit before it is offered: what must not get worse."""

from __future__ import annotations

import ast
import json
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from glm_lsp.edits.alignment import gaps
from glm_lsp.edits.proposal import Replacement
from glm_lsp.edits.refusal import unusable
from glm_lsp.text.encoding import ENCODINGS, column_of, unit_of
from glm_lsp.text.lines import Text, body

if TYPE_CHECKING:
    import tree_sitter

    from glm_lsp.syntax.tree import Definition, Tree

_NAMED = frozenset({"function", "method", "property", "class", "type", "module", "impl"})


def check_syntax(base: Text, intended: Text, language: str, quoted: Callable[[int], bool]) -> None:
    """Errors must not become more, nor a definition vanish whose line the reply did not quote (`quoted` says so of a
    line of `base`).

    Errors: ReplyUnusable.
    """
    from glm_lsp.syntax.tree import errors, parse

    before, after = parse(base, language), parse(intended, language)
    if before is None:
        return
    faults = errors(before)
    # No tree where there was one: the parser gave up on the new text.
    worse = after is None or (errors(after) > faults and not (faults and _noise(before, base, intended)))
    broken = {"python": _broken_python, "json": _broken_json}.get(language)
    if worse or (broken is not None and broken(intended) and not broken(base)):
        raise unusable(
            "the file would have syntax errors",
            "With your edit the file no longer parses: it has syntax errors it did not have before. Check brackets, "
            "quotes and indentation, and give the complete text again.",
        )
    if faults or after is None:
        return
    names, was = Counter(found.name for found in _defined(after)), _defined(before)
    for name, count in Counter(found.name for found in was).items():
        missing = count - names[name]
        if missing > sum(found.name == name and quoted(found.line) for found in was):
            raise unusable(
                f"`{name}` would silently vanish from the file",
                f"With your edit `{name}`, which you did not quote, is no longer defined in the file. "
                "Keep everything you "
                "were not asked to change, and give the complete text again.",
            )


def _noise(before: Tree, base: Text, intended: Text) -> bool:
    """Whether more errors mean nothing: all that changes lies in text the grammar could not read before (macros, say),
    where any change makes errors come and go, and brackets and quotes still balance as they did."""
    unread = list(_error_rows(before.parsed.root_node))
    changed = gaps(base.lines, intended.lines)
    if not all(any(a <= gap.old_first and gap.old_last <= b for a, b in unread) for gap in changed):
        return False
    old = "".join(line for gap in changed for line in base.lines[gap.old_first : gap.old_last])
    new = "".join(line for gap in changed for line in intended.lines[gap.new_first : gap.new_last])
    return all(old.count(a) - old.count(b) == new.count(a) - new.count(b) for a, b in ("()", "[]", "{}")) and all(
        old.count(quote) % 2 == new.count(quote) % 2 for quote in "\"'`"
    )


def _error_rows(node: tree_sitter.Node) -> Iterator[tuple[int, int]]:
    """The lines (half-open) of each outermost stretch that could not be read."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if node.is_error:
            yield node.start_point.row, node.end_point.row + 1
        elif node.has_error:
            waiting += reversed(node.children)


def definitions(text: Text, language: str) -> list[Definition]:
    """The functions, classes and types `text` defines; none without a grammar."""
    from glm_lsp.syntax.tree import parse

    tree = parse(text, language)
    return _defined(tree) if tree is not None else []


def _defined(tree: Tree) -> list[Definition]:
    from glm_lsp.syntax.tree import outline

    return [found for found in outline(tree) if found.kind in _NAMED]


def exact(base: Text, intended: Text, edits: Sequence[Replacement]) -> bool:
    """Whether `edits`, taken to each encoding a client may speak and back, give exactly the intended text."""
    if base.replaced((edit.range, edit.new) for edit in edits).string != intended.string:
        return False
    return all(
        column_of(base.lines[line], unit_of(base.lines[line], column, encoding), encoding) == column
        for edit in edits
        for line, column in edit.range
        if not body(base.lines[line]).isascii()
        for encoding in ENCODINGS
    )


def _broken_python(text: Text) -> bool:
    """What tree-sitter lets pass and Python does not: indentation, and a `try` with nothing behind it. Nothing else
    counts: the file may be of a newer Python than the one that runs here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text.string.removeprefix("\ufeff"))
        except IndentationError:
            return True
        except SyntaxError as error:
            return error.msg.startswith("expected 'except' or 'finally'")
        except (ValueError, RecursionError, MemoryError):
            return False
    return False


def _broken_json(text: Text) -> bool:
    """JSON with comments is another language, though the grammar takes both."""
    try:
        json.loads(text.string.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return True
    return False

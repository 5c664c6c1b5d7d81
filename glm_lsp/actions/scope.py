"""Which lines an action works on (the product contract, "Region")."""

from __future__ import annotations

from collections.abc import Sequence

from glm_lsp.actions.action import Action
from glm_lsp.syntax import indent, tree
from glm_lsp.syntax.region import region
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import Range, Text, clamp

FUNCTIONS = frozenset({"function", "method", "property"})


def lines_of(
    action: Action, text: Text, span: Range, findings: Sequence[Range], language: str, current: tree.Tree | None
) -> LineSpan:
    """The region of `action` at `span`. `findings`: where the diagnostics are that it is asked about. Read from
    `current` if that is the tree of this very text, else from the indentation."""
    if action.scope == "file":
        return whole(text)
    if current is not None and current.text != text:
        current = None
    if action.scope == "diagnostic" and findings:
        around = [_function_around(text, _lines(text, one), language, current) for one in findings]
        return LineSpan(min(one.first for one in around), max(one.last for one in around))
    if action.needs_selection:
        return _function_around(text, _lines(text, span), language, current)
    return region(text, span, language, current)


def whole(text: Text) -> LineSpan:
    """All lines; what stands behind the last line ending is one only if it is not empty."""
    return LineSpan(0, max(1, len(text.lines) - (not text.lines[-1])))


def _lines(text: Text, span: Range) -> LineSpan:
    """The whole lines `span` touches; one that ends at the start of a line does not touch that line."""
    start, end = sorted((clamp(text.lines, span.start), clamp(text.lines, span.end)))
    return LineSpan(start.line, max(start.line + 1, end.line + (end.column > 0)))


def _function_around(text: Text, lines: LineSpan, language: str, current: tree.Tree | None) -> LineSpan:
    """The smallest function around `lines`, else `lines`."""
    if current is not None:
        around = tree.enclosing(current, *lines, FUNCTIONS)
    else:
        around = indent.enclosing(text.lines, *lines, language)
    return around or lines

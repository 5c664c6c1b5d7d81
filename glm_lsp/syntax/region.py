"""What a selection means: the lines an action works on (the product contract, "Region")."""

from __future__ import annotations

from glm_lsp.syntax import indent, tree
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import Range, Text, clamp, is_blank


def region(text: Text, span: Range, language: str, current: tree.Tree | None) -> LineSpan:
    """The lines `span` means.

    A selection is widened to whole lines; one that ends at the start of a line does not include that line. An empty one
    is the smallest function, method or class around it, read from `current` if that is the tree of this very text, else
    from the indentation; without one it is the paragraph. An empty selection in a blank line is that line, which means
    "insert here".
    """
    lines = text.lines
    start, end = sorted((clamp(lines, span.start), clamp(lines, span.end)))
    if start != end:
        return LineSpan(start.line, end.line if end.column == 0 else end.line + 1)
    line = start.line
    if is_blank(lines[line]):
        return LineSpan(line, line + 1)
    around: LineSpan | None
    if current is not None and current.text == text:
        around = tree.enclosing(current, line, line + 1)
    else:
        around = indent.enclosing(lines, line, line + 1, language)
    return around or indent.paragraph(lines, line)

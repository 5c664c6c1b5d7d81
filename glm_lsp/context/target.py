"""Where a question points: the lines it is about, and the words written there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from glm_lsp.actions.action import Action
from glm_lsp.actions.scope import lines_of
from glm_lsp.syntax.comments import instruction as instruction_at
from glm_lsp.syntax.region import region as region_at
from glm_lsp.syntax.span import LineSpan
from glm_lsp.syntax.tree import Tree
from glm_lsp.text.lines import Range, clamp, with_newlines
from glm_lsp.workspace.documents import OpenDocument, tree_of
from glm_lsp.workspace.snapshot import Diagnostic


@dataclass(frozen=True, slots=True)
class Target:
    """Where the question points: whole `lines` of a document, and the instruction written there in a `glm: …` comment,
    if there is one. The comment's lines, `comment`, belong to `lines`: an edit takes them away. `part` is the part of
    the region the question is about, where that is less. `focus`: lines around which the region is shown where there is
    no room for all of it; without any it is shown whole. `tree` is that of the document, if its language has a
    grammar."""

    document: OpenDocument
    lines: LineSpan
    instruction: str = ""
    comment: LineSpan | None = None
    part: Range | None = None
    focus: tuple[int, ...] = ()
    tree: Tree | None = field(default=None, compare=False, repr=False)


def target_of(document: OpenDocument, span: Range, *, with_comment: bool) -> Target:
    """The region `span` means. `with_comment`: an instruction written at or above it belongs to it."""
    tree = tree_of(document)
    target = Target(document, region_at(document.text, span, document.language, tree), tree=tree)
    return _with_comment(target) if with_comment else target


def _with_comment(target: Target) -> Target:
    """`target`, with the instruction that is written at or above it."""
    document, lines = target.document, target.lines
    found = instruction_at(document.text.lines, lines.first, lines.last, document.language)
    if found is None:
        return target
    comment, words = found
    both = LineSpan(min(lines.first, comment.first), max(lines.last, comment.last))
    return replace(target, lines=both, instruction=words, comment=comment)


def target_for(
    action: Action, document: OpenDocument, span: Range, diagnostics: Sequence[Diagnostic], *, with_comment: bool
) -> Target:
    """The region of `action` at `span`, about `diagnostics`. `with_comment`: see `target_of`."""
    tree = tree_of(document)
    found = tuple(one.range for one in diagnostics)
    lines = lines_of(action, document.text, span, found, document.language, tree)
    target = Target(document, lines, tree=tree)
    if with_comment:
        target = _with_comment(target)
    if action.needs_selection:
        return replace(target, part=Range(*sorted(clamp(document.text.lines, point) for point in span)))
    if action.scope == "file" and (action.mode == "explain" or action.in_blocks):
        # Its answer does not take the region's place, so not all of it need be seen.
        lines_at = sorted({0, span.start.line, *(one.start.line for one in found)})
        return replace(target, focus=tuple(min(line, lines.last - 1) for line in lines_at))
    return target


def region_text(target: Target) -> str:
    """The region's lines, without those of the instruction comment, ended by `\\n`."""
    lines = target.document.text.lines
    first, last = target.lines
    skipped = range(*target.comment) if target.comment else range(0)
    return with_newlines("".join(lines[number] for number in range(first, last) if number not in skipped))

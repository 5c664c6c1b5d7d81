"""What the model should know to answer one question, taken from the frozen snapshot.

So far: the file around the region, whole when it fits the budget, else as many lines around the region as do; and the
diagnostics the question is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from glm_lsp.context.receipt import LeftOut
from glm_lsp.context.tokens import estimate
from glm_lsp.syntax.comments import instruction as instruction_at
from glm_lsp.syntax.region import region as region_at
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import Range, Text
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.snapshot import Diagnostic


@dataclass(frozen=True, slots=True)
class Target:
    """Where the question points: whole `lines` of a document, and the instruction written there in a `glm: …` comment,
    if there is one. The comment's lines, `comment`, belong to `lines`: an edit takes them away."""

    document: OpenDocument
    lines: LineSpan
    instruction: str = ""
    comment: LineSpan | None = None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The document around the region, lines ended by `\\n`. `above` and `below` count the lines that are not shown."""

    before: str
    region: str
    after: str
    above: int = 0
    below: int = 0


@dataclass(frozen=True, slots=True)
class Context:
    target: Target
    excerpt: Excerpt
    diagnostics: tuple[Diagnostic, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def target_of(document: OpenDocument, span: Range, *, with_comment: bool) -> Target:
    """The region `span` means. `with_comment`: an instruction written at or above it belongs to it."""
    lines = region_at(document.text, span, document.language, None)
    found = instruction_at(document.text.lines, lines.first, lines.last, document.language) if with_comment else None
    if found is None:
        return Target(document, lines)
    comment, words = found
    whole = LineSpan(min(lines.first, comment.first), max(lines.last, comment.last))
    return Target(document, whole, words, comment)


def whole_file(document: OpenDocument) -> Target:
    """The whole document as the region."""
    lines = document.text.lines
    last = len(lines) - (not lines[-1])
    return Target(document, LineSpan(0, max(last, 1)))


def gather(target: Target, diagnostics: Sequence[Diagnostic], budget: int) -> Context:
    """The context of a question about `target` in about `budget` tokens."""
    excerpt, left_out = _excerpt(target, budget)
    return Context(target, excerpt, tuple(diagnostics), left_out)


def region_text(target: Target) -> str:
    """The region's lines, without those of the instruction comment, ended by `\\n`."""
    lines = target.document.text.lines
    first, last = target.lines
    skipped = range(*target.comment) if target.comment else range(0)
    return _with_newlines(lines[number] for number in range(first, last) if number not in skipped)


def _excerpt(target: Target, budget: int) -> tuple[Excerpt, tuple[LeftOut, ...]]:
    lines = target.document.text.lines
    whole = Excerpt(
        before=_with_newlines(lines[: target.lines.first]),
        region=region_text(target),
        after=_with_newlines(lines[target.lines.last :]),
    )
    if estimate(whole.before) + estimate(whole.region) + estimate(whole.after) <= budget:
        return whole, ()
    above, below = _fitting(target.document.text, target.lines, budget - estimate(whole.region))
    shown = replace(
        whole,
        before=_with_newlines(lines[above : target.lines.first]),
        after=_with_newlines(lines[target.lines.last : below]),
        above=above,
        below=len(lines) - below,
    )
    return shown, (LeftOut("lines far from the region", target.document.uri, "The file is larger than the budget."),)


def _fitting(text: Text, region: LineSpan, budget: int) -> tuple[int, int]:
    """First and last line (not included) of as many lines around `region`, taken in turn, as `budget` tokens allow."""
    first, last = region
    while budget > 0 and (first > 0 or last < len(text.lines)):
        if first > 0:
            first -= 1
            budget -= estimate(text.lines[first])
        if last < len(text.lines):
            budget -= estimate(text.lines[last])
            last += 1
    return first, last


def _with_newlines(lines: Iterable[str]) -> str:
    return "".join(lines).replace("\r\n", "\n").replace("\r", "\n")

"""What the model should know to answer one question, taken from the frozen snapshot and the index.

The file around the region, whole when it is small, else its outline and as many lines around the region as fit; the
diagnostics the question is about; and what stands beyond the file (`context.beyond`). Without an index, and while it is
not ready, there is less of that, and nothing fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from glm_lsp.context.beyond import beyond
from glm_lsp.context.nearby import Also
from glm_lsp.context.outline import whole_outline
from glm_lsp.context.project import opened
from glm_lsp.context.receipt import LeftOut
from glm_lsp.context.snippet import Snippet
from glm_lsp.context.tokens import MARGIN, estimate
from glm_lsp.syntax.comments import instruction as instruction_at
from glm_lsp.syntax.region import region as region_at
from glm_lsp.syntax.span import LineSpan
from glm_lsp.syntax.tree import Tree, parse
from glm_lsp.text.lines import Range, Text
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.snapshot import Diagnostic, Snapshot

BEYOND = 16_000
"""Tokens for what stands beyond the file, at most: more is noise, and noise costs quality."""
REPLY = 8_192
"""Tokens of the window that are kept free of context, for our own words and the reply."""
RESERVED = 4
"""The part of the budget that a large file leaves for what stands beyond it: one in so many."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the question points: whole `lines` of a document, and the instruction written there in a `glm: …` comment,
    if there is one. The comment's lines, `comment`, belong to `lines`: an edit takes them away. `tree` is that of the
    document, if its language has a grammar."""

    document: OpenDocument
    lines: LineSpan
    instruction: str = ""
    comment: LineSpan | None = None
    tree: Tree | None = field(default=None, compare=False, repr=False)


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
    """`snippets`: what stands beyond the file. `left_out`: what there was no room for."""

    target: Target
    excerpt: Excerpt
    diagnostics: tuple[Diagnostic, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    snippets: tuple[Snippet, ...] = ()


def target_of(document: OpenDocument, span: Range, *, with_comment: bool) -> Target:
    """The region `span` means. `with_comment`: an instruction written at or above it belongs to it."""
    tree = parse(document.text, document.language)
    lines = region_at(document.text, span, document.language, tree)
    found = instruction_at(document.text.lines, lines.first, lines.last, document.language) if with_comment else None
    if found is None:
        return Target(document, lines, tree=tree)
    comment, words = found
    whole = LineSpan(min(lines.first, comment.first), max(lines.last, comment.last))
    return Target(document, whole, words, comment, tree)


def whole_file(document: OpenDocument) -> Target:
    """The whole document as the region."""
    lines = document.text.lines
    last = len(lines) - (not lines[-1])
    return Target(document, LineSpan(0, max(last, 1)), tree=parse(document.text, document.language))


def budget_of(budget: int, window: int, factor: float = 1.0) -> int:
    """The tokens, as we estimate them, that the context may have: `budget`, or less in a small `window`. `factor`: the
    server's tokens for one of ours (`context.calibration`)."""
    return max(0, min(int(budget / factor), int((window - REPLY) * MARGIN)))


def gather(
    target: Target,
    diagnostics: Sequence[Diagnostic],
    budget: int,
    snapshot: Snapshot | None = None,
    state: Path | None = None,
    also: Sequence[Also] = (),
) -> Context:
    """The context of a question about `target` in about `budget` tokens.

    `snapshot` is where it was asked, `state` the directory that holds the indexes and what is trusted, `also` what the
    user wants to go along. Without a snapshot there is only the file. It reads files: not for the event loop.
    """
    excerpt, left_out = _excerpt(target, budget, 0 if snapshot is None else budget // RESERVED)
    if snapshot is None:
        return Context(target, excerpt, tuple(diagnostics), left_out)
    uri = target.document.uri
    rest = budget - sum(map(estimate, (excerpt.before, excerpt.region, excerpt.after)))
    snippets: tuple[Snippet, ...] = ()
    if left_out and target.tree is not None and (found := whole_outline(target.tree, uri, rest // 2)):
        snippets = (found,)
        rest -= found.tokens
    with opened(state, snapshot, uri) as project:
        found_beyond, without = beyond(
            uri, target.lines, target.tree, diagnostics, snapshot, project, state, also, min(rest, BEYOND)
        )
    return Context(target, excerpt, tuple(diagnostics), (*left_out, *without), (*snippets, *found_beyond))


def region_text(target: Target) -> str:
    """The region's lines, without those of the instruction comment, ended by `\\n`."""
    lines = target.document.text.lines
    first, last = target.lines
    skipped = range(*target.comment) if target.comment else range(0)
    return _with_newlines(lines[number] for number in range(first, last) if number not in skipped)


def _excerpt(target: Target, budget: int, reserved: int) -> tuple[Excerpt, tuple[LeftOut, ...]]:
    """What is shown of the file. One that is not shown whole leaves `reserved` tokens of the budget."""
    lines = target.document.text.lines
    whole = Excerpt(
        before=_with_newlines(lines[: target.lines.first]),
        region=region_text(target),
        after=_with_newlines(lines[target.lines.last :]),
    )
    if estimate(whole.before) + estimate(whole.region) + estimate(whole.after) <= budget - reserved:
        return whole, ()
    above, below = _fitting(target.document.text, target.lines, budget - reserved - estimate(whole.region))
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

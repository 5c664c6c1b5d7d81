"""What the model should know to answer one question, taken from the frozen snapshot and the index.

The file around the region, whole when it is small, else its outline and as many lines around the region as fit; the
diagnostics the question is about; and what stands beyond the file (`context.beyond`). Without an index, and while it is
not ready, there is less of that, and nothing fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from glm_lsp.context.beyond import beyond
from glm_lsp.context.nearby import Also
from glm_lsp.context.outline import whole_outline
from glm_lsp.context.project import opened
from glm_lsp.context.receipt import LeftOut
from glm_lsp.context.snippet import Snippet
from glm_lsp.context.target import Target, region_text
from glm_lsp.context.tokens import MARGIN, estimate
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import Text, with_newlines
from glm_lsp.workspace.snapshot import Diagnostic, Snapshot

BEYOND = 16_000
"""Tokens for what stands beyond the file, at most: more is noise, and noise costs quality."""
REPLY = 8_192
"""Tokens of the window that are kept free of context, for our own words and the reply."""
RESERVED = 4
"""The part of the budget that a large file leaves for what stands beyond it: one in so many."""
FEWEST = 8
"""Lines above and below a line of the focus that are shown at least."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The document around the region, lines ended by `\\n`. `above` and `below` count the lines that are not shown.
    `parts`: the lines that are shown of a region that is not shown whole; `region` is their text."""

    before: str
    region: str
    after: str
    above: int = 0
    below: int = 0
    parts: tuple[LineSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """`snippets`: what stands beyond the file. `left_out`: what there was no room for. `advice`: where the answer
    belongs, in our own words, where that is known."""

    target: Target
    excerpt: Excerpt
    diagnostics: tuple[Diagnostic, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    snippets: tuple[Snippet, ...] = ()
    advice: str = ""


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
    config: Path | None = None,
) -> Context:
    """The context of a question about `target` in about `budget` tokens.

    `snapshot` is where it was asked, `state` the directory that holds the indexes and what is trusted, `also` what the
    user wants to go along, `config` his config directory. Without a snapshot there is only the file. It reads files:
    not for the event loop.
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
            uri, target.lines, target.tree, diagnostics, snapshot, project, state, also, min(rest, BEYOND), config
        )
    return Context(target, excerpt, tuple(diagnostics), (*left_out, *without), (*snippets, *found_beyond))


def lines_between(text: Text, first: int, last: int) -> str:
    """The lines `first` to `last` (not included), ended by `\\n`."""
    return with_newlines("".join(text.lines[first:last]))


def _excerpt(target: Target, budget: int, reserved: int) -> tuple[Excerpt, tuple[LeftOut, ...]]:
    """What is shown of the file. One that is not shown whole leaves `reserved` tokens of the budget."""
    text = target.document.text
    count = len(text.lines)
    whole = Excerpt(
        before=lines_between(text, 0, target.lines.first),
        region=region_text(target),
        after=lines_between(text, target.lines.last, count),
    )
    if estimate(whole.before) + estimate(whole.region) + estimate(whole.after) <= budget - reserved:
        return whole, ()
    far = LeftOut("lines far from the region", target.document.uri, "The file is larger than the budget.")
    if target.focus:
        return _parts(target, budget - reserved), (replace(far, title="parts of the file"),)
    above, below = _fitting(text, target.lines, budget - reserved - estimate(whole.region))
    shown = replace(
        whole,
        before=lines_between(text, above, target.lines.first),
        after=lines_between(text, target.lines.last, below),
        above=above,
        below=count - below,
    )
    return shown, (far,)


def _parts(target: Target, budget: int) -> Excerpt:
    """What fits of a region of which not all need be seen: as many lines around each line of its focus as around the
    others, and of the first ones only where not even a few lines around each fit."""
    lines = target.document.text.lines
    focus, around = target.focus, FEWEST
    while len(focus) > 1 and _cost(lines, _around(focus, around, target.lines)) > budget:
        focus = focus[:-1]
    while _cost(lines, wider := _around(focus, 2 * around, target.lines)) <= budget and wider != (target.lines,):
        around *= 2
    parts = _around(focus, around, target.lines)
    shown = "".join(lines_between(target.document.text, *part) for part in parts)
    return Excerpt("", shown, "", target.lines.first, len(lines) - target.lines.last, parts)


def _around(focus: Sequence[int], count: int, within: LineSpan) -> tuple[LineSpan, ...]:
    """`count` lines above each line of `focus` and as many from it on, together where they meet."""
    parts: list[LineSpan] = []
    for line in focus:
        first, last = max(within.first, line - count), min(within.last, line + count)
        if parts and first <= parts[-1].last:
            parts[-1] = LineSpan(parts[-1].first, max(last, parts[-1].last))
        else:
            parts.append(LineSpan(first, last))
    return tuple(parts)


def _cost(lines: Sequence[str], parts: Sequence[LineSpan]) -> int:
    return sum(estimate("".join(lines[part.first : part.last])) for part in parts)


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

"""A whole reply → what it says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from glm_lsp.reply import diff, patch, search, tags
from glm_lsp.reply.blocks import Reply
from glm_lsp.reply.fence import Span, fence, spans, widest
from glm_lsp.reply.thinking import answer
from glm_lsp.text.lines import body, split

_CANNOT = re.compile(r"[ \t]*(?:[>*_#`-]+[ \t]*)?CANNOT[*_`]*:[*_`]*[ \t]*(.*)")
_UNCLOSED = "The last fence is never closed."


def parse(reply: str) -> Reply:
    """What `reply` says. Never raises: what makes it unusable stands in `problem`."""
    lines = answer([body(line) for line in split(reply)])
    if lines is None:
        return Reply("prose", problem="The reply ends while still thinking.", cut=True)
    fenced = spans(lines)
    reason = _refusal(lines, fenced)
    if reason is not None:
        return Reply("prose", cannot=reason)
    lines = search.outdented(lines, fenced)
    if search.found(lines):
        return search.parse(lines)
    if patch.found(lines):
        return patch.parse(lines)
    if tags.found(lines):
        return tags.parse(lines)
    if diff.found(lines, fenced):
        return diff.parse(lines, fenced)
    return _fences(lines, fenced)


def _refusal(lines: Sequence[str], fenced: Sequence[Span]) -> str | None:
    """The model's own no: on a line outside every fence, or all that a fence holds."""
    row = 0
    for span in (*fenced, None):
        stop = span.opening.row if span else len(lines)
        for line in lines[row:stop]:
            if found := _CANNOT.fullmatch(line):
                return found[1].strip(" *_`")
        if span is None:
            break
        inside = [line for line in lines[span.opening.row + 1 : span.last] if line.strip()]
        if len(inside) == 1 and (found := _CANNOT.fullmatch(inside[0])):
            return found[1].strip(" *_`")
        row = span.last + 1
    return None


def _fences(lines: Sequence[str], fenced: Sequence[Span]) -> Reply:
    found = tuple(fence(lines, span) for span in fenced)
    if not found:
        return Reply("prose")
    if not found[-1].closed:
        return Reply("fences", fences=found, problem=_UNCLOSED, cut=True)
    outer = widest(lines)
    whole = fence(lines, outer) if outer is not None and outer.last != fenced[0].last else None
    return Reply("fences", fences=found, widest=whole)

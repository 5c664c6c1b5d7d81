"""A model's thoughts that stand in its reply: left out before anything is read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from glm_lsp.reply.fence import Span, spans

_OPEN, _CLOSE = re.compile(r"[ \t]*<(think|thinking|thought|reasoning)>"), re.compile(r"</think(?:ing)?>")


def answer(lines: Sequence[str]) -> list[str] | None:
    """The lines after the thoughts, or None if the reply ended while thinking.

    A closing tag counts outside fences at either end of a line, or at the start of one in a fence that holds no opening
    tag before it (a fence that was opened in thought); a reply that begins with the opening tag thinks up to the first
    closing one.
    """
    first = next((row for row, line in enumerate(lines) if line.strip()), len(lines))
    if begins := _OPEN.match(lines[first]) if first < len(lines) else None:
        closing = f"</{begins[1]}>"
        for row in range(first, len(lines)):
            if closing in lines[row]:
                return [lines[row].partition(closing)[2], *lines[row + 1 :]]
        return None
    fenced: Sequence[Span] | None = None
    for row in range(len(lines) - 1, -1, -1):
        closes = _CLOSE.search(lines[row])
        if closes is None:
            continue
        fenced = spans(lines) if fenced is None else fenced
        around = next((span for span in fenced if span.opening.row < row < span.last), None)
        starts, ends = closes.start() == 0, not lines[row][closes.end() :].strip()
        within = lines[around.opening.row : row] if around is not None else [lines[row]]
        if (starts or (ends and around is None)) and not any("<think" in line for line in within):
            return [lines[row][closes.end() :], *lines[row + 1 :]]
    return list(lines)

"""A model's thoughts that stand in its reply: left out before anything is read."""

from __future__ import annotations

from collections.abc import Sequence

from glm_lsp.reply.fence import spans

_OPEN, _CLOSE = "<think>", "</think>"


def answer(lines: Sequence[str]) -> list[str] | None:
    """The lines after the thoughts, or None if the reply ended while thinking.

    A closing tag counts at the start of a line and outside fences, or inside one that holds no opening tag before it (a
    fence that was opened in thought); a reply that begins with the opening tag thinks up to the first closing one.
    """
    first = next((row for row, line in enumerate(lines) if line.strip()), len(lines))
    begins = first < len(lines) and lines[first].lstrip().startswith(_OPEN)
    if begins:
        for row in range(first, len(lines)):
            if _CLOSE in lines[row]:
                return [lines[row].partition(_CLOSE)[2], *lines[row + 1 :]]
        return None
    if not any(line.startswith(_CLOSE) for line in lines):
        return list(lines)
    fenced = spans(lines)
    for row in range(len(lines) - 1, -1, -1):
        if not lines[row].startswith(_CLOSE):
            continue
        around = next((span for span in fenced if span.opening.row < row < span.last), None)
        if around is None or not any(_OPEN in line for line in lines[around.opening.row : row]):
            return [lines[row].removeprefix(_CLOSE), *lines[row + 1 :]]
    return list(lines)

"""One place of several, when there is evidence for it that is not a guess: the user's region, a line the reply gives, a
definition it stands in."""

from __future__ import annotations

from collections.abc import Sequence

from glm_lsp.edits.source import Placed
from glm_lsp.reply.blocks import Block, Lines
from glm_lsp.text.lines import indentation

NEAR = 200
"""Lines a hint may be away from what it hints at."""


def resolved(found: Sequence[Placed], block: Block, lines: Lines, region: tuple[int, int] | None) -> list[Placed]:
    """The one place that is meant, or all of `found` if that is not certain. `region`: the user's lines in this
    file."""
    if len(found) < 2:
        return list(found)
    if region is not None:
        inside = [place for place in found if region[0] <= place.first and place.last <= region[1]]
        if len(inside) == 1:
            return inside
    if block.at_end:
        last = [place for place in found if not any(line.strip() for line in lines[place.last :])]
        if len(last) == 1:
            return last
    if block.line is not None:
        distance = sorted((abs(place.first - block.line), place.first) for place in found)
        (near, first), (next_, _) = distance[:2]
        if near <= NEAR and near < next_ and 2 * near <= next_:
            return [place for place in found if place.first == first]
    if block.anchors:
        under = [place for place in found if _stands_under(place, block.anchors, lines)]
        if len(under) == 1:
            return under
    return list(found)


def _stands_under(place: Placed, anchors: Lines, lines: Lines) -> bool:
    """Whether the lines that hold `place`, by indentation, are `anchors` in their order."""
    wanted = [anchor.strip() for anchor in anchors]
    depth = min((len(indentation(line)) for line in lines[place.first : place.last] if line.strip()), default=0)
    for row in range(place.first - 1, -1, -1):
        if not wanted:
            return True
        line = lines[row]
        if not line.strip() or len(indentation(line)) > depth:
            continue
        if _says(line, wanted[-1]):
            wanted.pop()
        elif len(indentation(line)) == depth:
            continue
        depth = len(indentation(line))
    return not wanted


def _says(line: str, anchor: str) -> bool:
    text = line.strip()
    return text == anchor or (len(anchor) >= 3 and text.startswith(anchor))

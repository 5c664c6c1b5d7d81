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
    by_line = _by_line(found, block)
    under = [place for place in found if block.anchors and _stands_under(place, block.anchors, lines)]
    if by_line is not None:
        return [by_line] if len(under) != 1 or under == [by_line] else list(found)
    return under if len(under) == 1 else list(found)


def _by_line(found: Sequence[Placed], block: Block) -> Placed | None:
    """The place that is clearly the nearest to the line the reply gives; in a diff, the one at that very line."""
    if block.line is None:
        return None
    given = block.line
    nearest, second = sorted(found, key=lambda place: abs(place.first - given))[:2]
    near, next_ = abs(nearest.first - given), abs(second.first - given)
    certain = near == 0 if block.counted else near <= NEAR and 2 * near <= next_
    return nearest if certain and near < next_ else None


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

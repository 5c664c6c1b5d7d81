"""A file as lines to be matched and replaced, and the text that comes of it with the file's own line endings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from glm_lsp.edits.alignment import gaps
from glm_lsp.reply.blocks import Lines
from glm_lsp.text.lines import Text, body, ending

BOM = "\ufeff"


def trimmed(lines: Lines) -> Lines:
    """`lines` without blank ones at its edges."""
    filled = [row for row, line in enumerate(lines) if line.strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else ()


class Placed(NamedTuple):
    """The lines `first` to `last` (half-open) of a source become `new`."""

    first: int
    last: int
    new: Lines


@dataclass(frozen=True)
class Source:
    """A text without its byte order mark and its line endings. What stands behind the last ending is a line only if it
    is not empty."""

    text: Text

    @cached_property
    def bom(self) -> str:
        return BOM if self.text.lines[0].startswith(BOM) else ""

    @cached_property
    def raw(self) -> Lines:
        """The lines with their endings, without byte order mark."""
        lines = self.text.lines
        lines = (lines[0][len(self.bom) :], *lines[1:])
        return lines if lines[-1] else lines[:-1]

    @cached_property
    def bodies(self) -> Lines:
        return tuple(body(line) for line in self.raw)

    @cached_property
    def ends_with_newline(self) -> bool:
        return not self.raw or bool(ending(self.raw[-1]))

    def replaced(self, placed: Sequence[Placed]) -> Text:
        """The text with `placed`, which do not overlap and are in order, put in. Lines that stay keep their bytes, new
        ones get the ending of the line they replace, else of their surroundings; the end of the file keeps its form."""
        pieces: list[str] = []
        at = 0
        for place in placed:
            pieces += self.raw[at : place.first]
            if place.new and place.first == len(self.raw) and pieces and not ending(pieces[-1]):
                pieces[-1] += self.text.eol
            pieces += self._ended(place)
            at = place.last
        pieces += self.raw[at:]
        return Text.of(self.bom + "".join(pieces))

    def _ended(self, place: Placed) -> list[str]:
        old = self.raw[place.first : place.last]
        bodies = self.bodies[place.first : place.last]
        near = ending(self.raw[place.first - 1]) if 0 < place.first < len(self.raw) else ""
        ended: list[str] = []
        at = 0
        for gap in gaps(bodies, place.new):
            ended += old[at : gap.old_first]
            endings = [ending(line) for line in old[gap.old_first : gap.old_last]]
            for number, line in enumerate(place.new[gap.new_first : gap.new_last]):
                near = (endings[number] if number < len(endings) else "") or near or self.text.eol
                ended.append(line + near)
            at = gap.old_last
        ended += old[at:]
        if ended and place.last == len(self.raw):
            ended = [line if ending(line) else line + self.text.eol for line in ended]
            if not self.ends_with_newline:
                ended[-1] = body(ended[-1])
        return ended

"""A piece of the project that goes along with a question, besides the file it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from glm_lsp.context.tokens import estimate
from glm_lsp.text.lines import Range

Kind = Literal["rules", "attached", "related", "definitions", "edits", "callers", "tests", "testing", "outline", "map"]

STABLE: frozenset[Kind] = frozenset({"map", "attached", "outline"})
"""What is the same for every region of a file. It stands before the file, so that a provider that keeps prompts reads
it once; all else but the rules stands after it, for it depends on the region."""

FRAME = 40
"""Tokens of the two lines around a snippet that say where it comes from."""


def excerpt(lines: Sequence[str], numbers: Iterable[int], above: int | None = None) -> str:
    """The lines `numbers`, which are in order, ended by `\\n`, with a mark where some between them are left out.
    `above`: the number of a line that is shown above them already."""
    shown = []
    for number in numbers:
        if above is not None and number > above + 1:
            shown.append("…\n")
        shown.append(lines[number].rstrip("\r\n") + "\n")
        above = number
    return "".join(shown)


@dataclass(frozen=True, slots=True)
class Snippet:
    """`text` is whole lines, ended by `\\n`, of the file or project `name` names in the prompt. `range`, if it has one,
    goes from its first line in `uri` to its last; lines between may be left out."""

    kind: Kind
    title: str
    uri: str
    name: str
    language: str
    text: str
    range: Range | None = None

    @property
    def tokens(self) -> int:
        """About how many tokens it takes, frame included."""
        return estimate(self.text) + (0 if self.kind == "map" else FRAME)

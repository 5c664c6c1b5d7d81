"""FILE[:A[-B]]: a file, and which of its lines are meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from glm_lsp.errors import BadInput
from glm_lsp.text.lines import Point, Range, Text

_LINES = re.compile(r"(?P<file>.+):(?P<first>[0-9]{1,9})(-(?P<last>[0-9]{1,9}))?", re.DOTALL | re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """`first` and `last` count from 1, `last` included. Only `first`: the cursor stands on that line. Neither: the
    whole file."""

    file: Path
    first: int | None = None
    last: int | None = None

    def span(self, text: Text) -> Range:
        """The place in `text`, as an editor would select it. Errors: BadInput if the lines are not there."""
        count = len(text.lines) - (not text.lines[-1])
        if self.first is None:
            return Range(Point(0, 0), text.end)
        last = self.last or self.first
        if last > max(count, 1):
            raise BadInput(f"{self.file} has {count} lines; there is no line {last}.")
        start = Point(self.first - 1, 0)
        if self.last is None:
            return Range(start, start)
        return Range(start, Point(last, 0) if last < len(text.lines) else text.end)


def parse(written: str) -> Place:
    """A file whose own name ends like lines (`notes:12`) is taken as that file if it exists.

    Errors: BadInput for lines that cannot be.
    """
    match = _LINES.fullmatch(written)
    if match is None or Path(written).exists():
        return Place(Path(written))
    first, last = int(match["first"]), int(match["last"]) if match["last"] else None
    if first == 0:
        raise BadInput(f"“{written}”: lines count from 1.")
    if last is not None and last < first:
        raise BadInput(f"“{written}”: line {last} comes before line {first}.")
    return Place(Path(match["file"]), first, last)

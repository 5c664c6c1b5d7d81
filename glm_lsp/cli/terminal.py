"""What may be printed. Text from a model, a server or a project could move the cursor, rename the window or fill the
clipboard (ECMA-48 escape sequences), so the characters that begin or carry such orders are taken out first."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """`text` without control characters, tabs and line feeds excepted, and without marks that turn the reading order.
    What was an escape sequence stays as harmless letters, so text may be cut anywhere and cleaned piece by piece."""
    return _CONTROLS.sub("", text)


def say(text: str, *, end: str = "\n") -> None:
    """Print text from outside."""
    print(plain(text), end=end, flush=True)


def say_exactly(text: str) -> None:
    """Print text that another program will read as it is (a diff, with its carriage returns and form feeds), cleaned
    only where a person looks at it."""
    if sys.stdout.isatty():
        say(text, end="")
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()


def warn(text: str) -> None:
    """A line on stderr, beside the result."""
    print(f"glm-lsp: {plain(text)}", file=sys.stderr, flush=True)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, right: frozenset[int] = frozenset()) -> str:
    """Columns as wide as their widest cell; those in `right` (from 0) end at the same place, as numbers should."""
    cells = [list(head), *([plain(cell).replace("\n", " ") for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = []
    for row in cells:
        padded = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)

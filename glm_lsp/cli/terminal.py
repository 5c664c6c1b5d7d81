"""What is printed, and how. Text from a model, a server or a project is made harmless first."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from glm_lsp.errors import Failed
from glm_lsp.plain import harmless


def say(text: str, *, end: str = "\n") -> None:
    """Print text from outside. Errors: those of `written`."""
    with written():
        print(harmless(text), end=end, flush=True)


def say_exactly(text: str) -> None:
    """Print text that another program will read as it is (a diff, with its carriage returns and form feeds), cleaned
    only where a person looks at it."""
    if sys.stdout.isatty():
        say(text, end="")
    else:
        with written():
            sys.stdout.flush()
            sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
            sys.stdout.buffer.flush()


@contextmanager
def written() -> Iterator[None]:
    """Around what is written to stdout. Errors: Failed if it cannot be, as on a full disk; BrokenPipeError if nobody
    reads it any more."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_output()
        raise Failed(f"The output could not be written: {error.strerror}.") from error


def drop_output() -> None:
    """Nothing more goes to stdout: the interpreter flushes it once more at its end, and would complain there."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def warn(text: str) -> None:
    """A line on stderr, beside the result."""
    print(f"glm-lsp: {harmless(text)}", file=sys.stderr, flush=True)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, right: frozenset[int] = frozenset()) -> str:
    """Columns as wide as their widest cell; those in `right` (from 0) end at the same place, as numbers should."""
    cells = [list(head), *([harmless(cell).replace("\n", " ") for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = []
    for row in cells:
        padded = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)

"""Patterns in gitignore's language (gitignore(5)), matched without git."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "digit": "0-9",
    "lower": "a-z",
    "space": r" \t\r\n\f\v",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


class Line(NamedTuple):
    """A pattern and where it stands: `number` counts from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of one `source` (a file's path or a settings key); the last that matches decides. `bad` are the
    lines that are no pattern and were skipped. `fold`: letter case makes no difference."""

    source: str
    lines: tuple[tuple[Line, GitIgnoreSpecPattern], ...] = ()
    bad: tuple[Line, ...] = ()
    fold: bool = False

    def decides(self, parts: Sequence[str], folder: bool) -> tuple[bool, Line] | None:
        """What they say of this very path (True: ignored) and which line says it; None if nothing does.

        `parts` are its names below the folder the patterns are anchored in; `folder`: it is one. What holds for a path
        because of a folder above it is `ignores`."""
        path = "/".join(parts) + "/" * folder
        path = path.casefold() if self.fold else path
        for line, pattern in reversed(self.lines):
            if _matches(pattern, path):
                return bool(pattern.include), line
        return None

    def ignores(self, parts: Sequence[str]) -> Line | None:
        """The line that makes the file ignored: what is below an ignored folder cannot be taken back."""
        for depth in range(1, len(parts) + 1):
            decided = self.decides(parts[:depth], folder=depth < len(parts))
            if decided and decided[0]:
                return decided[1]
        return None


def patterns(source: str, lines: Iterable[str], *, fold: bool = False) -> Patterns:
    """`lines` without their ends. `fold`: letter case makes no difference."""
    from pathspec.patterns.gitignore.base import (
        GitIgnorePatternError,
    )  # heavy, and only wanted where there are patterns
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    good: list[tuple[Line, GitIgnoreSpecPattern]] = []
    bad: list[Line] = []
    for number, text in enumerate(lines, 1):
        line = Line(number, text.removesuffix("\r"))
        if number == 1:
            line = line._replace(text=line.text.removeprefix("\ufeff"))
        try:
            pattern = GitIgnoreSpecPattern(_plain(line.text.casefold() if fold else line.text))
        except (GitIgnorePatternError, re.error):
            bad.append(line)
        else:
            if pattern.include is not None:
                good.append((line, pattern))
    return Patterns(source, tuple(good), tuple(bad), fold)


def _plain(line: str) -> str:
    """As pathspec reads it: named character classes, which it does not know, spelled out, and the blanks that are part
    of the end each in a class of its own. git takes away spaces there, unless a backslash stands before them."""
    for name, members in _CLASSES.items():
        line = line.replace(f"[:{name}:]", members)
    start = line.rstrip()
    blanks = line[len(start) :]
    escaped = blanks and (len(start) - len(start.rstrip("\\"))) % 2
    kept = blanks[:1] + blanks[1:].rstrip(" ") if escaped else blanks.rstrip(" ")
    return start[: len(start) - bool(escaped)] + "".join(f"[{blank}]" for blank in kept)


def _matches(pattern: GitIgnoreSpecPattern, path: str) -> bool:
    """Whether the pattern means this path itself and not only a folder above it: where pathspec's expression went on
    below a folder, its one group holds the separator it went past."""
    found = pattern.regex.finditer(path) if pattern.regex else ()
    return any(match.lastindex is None or match.end(match.lastindex) == len(path) for match in found)

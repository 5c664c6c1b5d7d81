"""Patterns in gitignore's language (gitignore(5)), matched without git.

A project brings such patterns, so no path and no pattern may make matching slow. A star with text behind it takes the
first place where that text stands, and never another (an atomic group): what comes after has most room then, so nothing
is missed, and a row of stars costs no more than one.

One difference from git is meant: `?` and brackets stand for a character, where git counts its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import NamedTuple

LONGEST = 4_096
"""Characters of a line; no path has more (PATH_MAX)."""

_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t\r\n\f\v",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
_RANGE = r"(?:-(?:\\.|[^\\\]]))?+"
_PART = re.compile(
    rf"\*+|\?|\[([!^]?+)((?:\]{_RANGE})?+(?:\[:[^\]]*:\]|(?:\\.|[^\\\]]){_RANGE})*+)\]|\\?(.)", re.DOTALL
)
"""Stars, a question mark, brackets (what negates them; what is in them) or a character, escaped or not."""
_IN_BRACKETS = re.compile(r"\[:([^\]]*):\]|\\?(.)(?:-\\?(.))?", re.DOTALL)
"""A class by its name, or a character, or the first and the last of a range."""


class Line(NamedTuple):
    """A pattern and where it stands: `number` counts from 1."""

    number: int
    text: str


class Pattern(NamedTuple):
    """`ignores`: False if what it matches is taken back. `name_only`: it speaks of a name, wherever it stands, and not
    of a path; `folders_only`: of folders alone."""

    ignores: bool
    name_only: bool
    folders_only: bool
    expression: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of one `source` (a file's path or a settings key); the last that matches decides. `bad` are the
    lines that are no pattern and were skipped. `fold`: letter case makes no difference."""

    source: str
    lines: tuple[tuple[Line, Pattern], ...] = ()
    bad: tuple[Line, ...] = ()
    fold: bool = False

    def decides(self, parts: Sequence[str], folder: bool) -> tuple[bool, Line] | None:
        """What they say of this very path (True: ignored) and which line says it; None if nothing does.

        `parts` are its names below the folder the patterns are anchored in; `folder`: it is one. What holds for a path
        because of a folder above it is `ignores`."""
        path = "/".join(parts)
        path = path.casefold() if self.fold else path
        name = path.rpartition("/")[2]
        for line, pattern in reversed(self.lines):
            if (folder or not pattern.folders_only) and pattern.expression.fullmatch(
                name if pattern.name_only else path
            ):
                return pattern.ignores, line
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
    good: list[tuple[Line, Pattern]] = []
    bad: list[Line] = []
    for number, text in enumerate(lines, 1):
        line = Line(number, (text.removeprefix("\ufeff") if number == 1 else text).removesuffix("\r"))
        said = _without_blanks(line.text.casefold() if fold else line.text)
        if not said or said.startswith("#"):
            continue
        pattern = _pattern(said, re.IGNORECASE if fold else re.NOFLAG)
        if pattern is None or len(said) > LONGEST:
            bad.append(line)
        else:
            good.append((line, pattern))
    return Patterns(source, tuple(good), tuple(bad), fold)


def _without_blanks(line: str) -> str:
    """Without the spaces at its end, unless a backslash stands before them: then one of them is meant."""
    start = line.rstrip(" ")
    escaped = len(start) < len(line) and (len(start) - len(start.rstrip("\\"))) % 2
    return start + " " * escaped


def _pattern(said: str, flags: re.RegexFlag) -> Pattern | None:
    """None if it is none."""
    rest = said.removeprefix("!")
    path = rest.removesuffix("/")
    if not rest:
        return None
    try:
        expression = _path(_names(path.removeprefix("/"))) if "/" in path else _name(path)
        compiled = re.compile(expression, flags | re.DOTALL)
    except (ValueError, re.error):
        return None
    return Pattern(not said.startswith("!"), "/" not in path, path != rest, compiled)


def _names(path: str) -> list[str]:
    """What stands between its slashes: one in brackets, or escaped, parts nothing."""
    cuts = (found.start() for found in _PART.finditer(path) if found[0] == "/")
    return [path[before + 1 : cut] for before, cut in pairwise((-1, *cuts, len(path)))]


def _path(names: Sequence[str]) -> str:
    """Any number of folders for each `**`, also none. At the end it is what is in a folder, and not the folder. More
    stars are two."""
    runs = [(stars, [*run]) for stars, run in groupby(names, lambda name: len(name) > 1 and not name.strip("*"))]
    parts: list[str] = []
    anywhere = False
    for stars, run in runs[:-1]:
        if not stars:
            found = "/".join(map(_name, run)) + "/"
            parts.append(f"(?>(?:.*?/)??{found})" if anywhere else found)
        anywhere = stars
    stars, run = runs[-1]
    last = ".+" if stars else "/".join(map(_name, run))
    return "".join(parts) + ("(?:.*/)?" if anywhere else "") + last


def _name(glob: str) -> str:
    """Errors: ValueError for brackets or a backslash without what belongs to them, which match nothing in git."""
    parts = ["".join(run) if not star else "*" for star, run in groupby(_parts(glob), lambda part: part == "*")]
    starred, expression = False, ""
    for at, part in enumerate(parts):
        if part == "*":
            starred = True
        elif starred and at < len(parts) - 1:
            expression, starred = f"{expression}(?>[^/]*?{part})", False
        else:
            expression, starred = expression + "[^/]*" * starred + part, False
    return expression + "[^/]*" * starred


def _parts(glob: str) -> Iterator[str]:
    """An expression for each character it wants; `*` for stars."""
    for found in _PART.finditer(glob):
        if found[0][0] == "*":
            yield "*"
        elif found[0] == "?":
            yield "[^/]"
        elif found[2] is not None:
            yield rf"(?!/)[{'^' * bool(found[1])}{''.join(_members(found[2]))}]"
        elif found[0] in ("\\", "["):
            raise ValueError(glob)
        else:
            yield re.escape(found[3])


def _members(brackets: str) -> Iterator[str]:
    for found in _IN_BRACKETS.finditer(brackets):
        if found[2] is None:
            if found[1] not in _CLASSES:
                raise ValueError(brackets)
            yield _CLASSES[found[1]]
        elif found[3] is None or found[3] < found[2]:
            yield re.escape(found[2])
        else:
            yield f"{re.escape(found[2])}-{re.escape(found[3])}"

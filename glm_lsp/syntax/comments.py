"""Comments: prose rendered as one, and instructions found in one."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from functools import cache

from glm_lsp.errors import BadInput
from glm_lsp.syntax.languages import LANGUAGES, Language
from glm_lsp.syntax.languages import language as language_row
from glm_lsp.syntax.span import LineSpan

WIDTH = 88
"""Columns a comment's lines are wrapped at."""
ABOVE = 40
"""Lines above a region that are searched for an instruction."""
WITHIN = 5_000
"""Lines of a region that are searched for one: the menu asks, and has milliseconds."""


def has_comments(language: str) -> bool:
    """Whether the language has comments at all (JSON has none)."""
    row = language_row(language)
    return bool(row.line or row.block)


def comment(text: str, language: str, indent: str = "") -> str:
    """`text` as a comment, each line indented by `indent` and ended by `\\n`. What would end the comment early,
    or make the line after it part of it, is defused.

    Errors: BadInput if the language has no comments.
    """
    row = language_row(language)
    # str.splitlines is meant here: U+2028 ends a line comment in JavaScript, \\x85 in C#, a form feed in others.
    lines = [wrapped for line in text.strip().splitlines() for wrapped in _wrap(_defused(line, row), indent)]
    if row.line:
        return "".join(f"{indent}{row.line} {line}".rstrip() + "\n" for line in lines)
    if row.block is None:
        raise BadInput(f"{row.name or language} has no comments.", "Read the explanation as a document instead.")
    opening, closing = row.block
    if len(lines) == 1:
        return f"{indent}{opening} {lines[0]} {closing}\n"
    inner = "".join(f"{indent}{line}".rstrip() + "\n" for line in lines)
    return f"{indent}{opening}\n{inner}{indent}{closing}\n"


def instruction(lines: Sequence[str], first: int, last: int, language: str) -> tuple[LineSpan, str] | None:
    """The instruction `glm: …` in a comment in the lines `first` to `last` (not included) or right above them, with
    the lines of that comment. A comment at the end of a line of code is none: its line could not be taken away."""
    row = language_row(language)
    line = first - 1
    while line >= max(0, first - ABOVE) and _is_comment_line(lines, line, row):
        if found := _instruction_at(lines, line, row):
            return found
        line -= 1
    for line in range(max(first, 0), min(last, first + WITHIN, len(lines))):
        if found := _instruction_at(lines, line, row):
            return found
    return None


def _wrap(line: str, indent: str) -> list[str]:
    if not line.strip():
        return [""]
    lead = line[: len(line) - len(line.lstrip())]
    hanging = re.match(r"\s*(?:[-*+]|\d+[.)])\s+", line)
    return textwrap.wrap(
        line,
        max(40, WIDTH - len(indent.expandtabs())),
        subsequent_indent=" " * len(hanging[0]) if hanging else lead,
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
        drop_whitespace=True,
    )


def _defused(line: str, row: Language) -> str:
    line = line.expandtabs(4).rstrip()
    if row.block and not row.line:
        closing = row.block[1]
        # XML forbids two hyphens anywhere in a comment, not only before its end.
        mark = "--" if closing == "-->" else closing
        line = re.sub(rf"{re.escape(mark[0])}(?={re.escape(mark[1:])})", f"{mark[0]} ", line)
    if row.name == "php":
        line = line.replace("?>", "? >")  # it leaves PHP, even in a comment
    if row.line == "//":
        # A backslash at its end makes the next line of C part of the comment; wrapping may put any there.
        line = re.sub(r"\\(?=\s|$)", "/", line)
    if row.name in ("java", "kotlin", "scala", "groovy"):
        line = line.replace("\\u", "\\ u")  # read as a character even in a comment, and an error if it is none
    return line


@cache
def _marks(row: Language) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns of a line that begins with a comment, and of one that begins with an instruction in one. Of a language
    we do not know, any style counts."""
    rows = (row,) if row.name else LANGUAGES
    openings = {mark for known in rows for mark in (known.line, known.block[0] if known.block else "") if mark}
    if any(known.block == ("/*", "*/") for known in rows):
        openings.add("*")
    if row.line == "#" or not row.name:
        openings.add("//")
    marks = "|".join(re.escape(mark) for mark in sorted(openings, key=len, reverse=True)) or r"(?!)"
    start = rf"\s*+(?:{marks})[/!*#;\-%]*+"
    return re.compile(start), re.compile(rf"{start}\s*+glm:", re.IGNORECASE)


def _is_comment_line(lines: Sequence[str], line: int, row: Language) -> bool:
    start, _ = _marks(row)
    text = lines[line].strip()
    return bool(text) and (start.match(text) is not None or text.endswith(_closings(row)))


def _closings(row: Language) -> tuple[str, ...]:
    rows = (row,) if row.name else LANGUAGES
    return tuple({known.block[1] for known in rows if known.block}) or ("\0",)


def _instruction_at(lines: Sequence[str], line: int, row: Language) -> tuple[LineSpan, str] | None:
    _, pattern = _marks(row)
    match = pattern.match(lines[line])
    if match is None:
        return None
    text = lines[line][match.end() :].strip()
    opening = next(
        (
            known.block
            for known in ((row,) if row.name else LANGUAGES)
            if known.block and lines[line].lstrip().startswith(known.block[0])
        ),
        None,
    )
    if opening is None:
        return (LineSpan(line, line + 1), text) if text else None
    return _block(lines, line, text, opening[1])


def _block(lines: Sequence[str], line: int, text: str, closing: str) -> tuple[LineSpan, str] | None:
    """An instruction in a block comment, up to `closing`, which must end its line."""
    parts = []
    for last in range(line, min(len(lines), line + ABOVE)):
        part = text if last == line else lines[last].strip()
        before, found, after = part.partition(closing)
        parts.append(before.strip().lstrip("*").strip() if last > line else before.strip())
        if found:
            whole = " ".join(part for part in parts if part)
            return (LineSpan(line, last + 1), whole) if whole and not after.strip() else None
    return None

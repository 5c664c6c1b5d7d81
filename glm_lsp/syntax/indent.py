"""Blocks as the indentation shows them: for languages without a grammar, and for the menu while no tree is current.

Every scan is bounded in lines and characters, and every pattern reads its line once, so it takes milliseconds at
most in a file of any length and kind. It reads lines, not syntax, and so may be wrong where a text is not indented as
its language is usually written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from glm_lsp.syntax.languages import Language
from glm_lsp.syntax.languages import language as language_row
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import is_blank

BOUND = 2_000
"""Lines that are looked at, each way."""
LONGEST = 500
"""Characters of a line that are looked at. Data and minified code have longer ones."""
DEEPEST = 12
"""Blocks around a place that are followed to their ends, from the innermost."""
TAB = 8
"""Columns of a tab, where tabs and spaces are mixed."""

# No two neighbours in these patterns can match the same character, so none of them tries a line in more than one way.
_MODIFIERS = (
    r"(?:(?:export|default|declare|pub(?:\([^)]*\))?|public|private|protected|internal|static|abstract|final|sealed|partial"
    r"|async|unsafe|const|virtual|override|inline|extern(?:\s+\"[^\"]*\")?|local|open|data|suspend"
    r"|template\s*<(?:[^<>]|<[^<>]*>)*>)\s+)*+"
)
_WORDS = (
    r"(?:def|defp|defmodule|class|struct|interface|trait|impl|enum|union|record|object|protocol|extension|function|func|fun"
    r"|fn|sub|method|proc|actor|type\s+\w+(?:\[[^\]]*\])?\s+(?:struct|interface))"
)
_HEADER = re.compile(rf"\s*+(?:@\w+\s+)?{_MODIFIERS}{_WORDS}\b(?!\s*[=.,)])")
_NOT_A_FUNCTION = (
    r"(?:if|for|foreach|while|switch|catch|return|else|do|try|with|using|lock|match|elif|elsif|until|unless|var|let|const"
    r"|import|new|throw|await|yield|assert|defer|go|case|when|and|or|not|in)"
)
_CALL = re.compile(rf"\s*+(?!{_NOT_A_FUNCTION}\b)[^\s({{}}\[\"'#/*][^;=]*\(")
_NAMED_FUNCTION = re.compile(r"\s*+[\w$.\[\]\"']++\s*+[:=]\s*+function\b")
_FUNCTION_VALUE = re.compile(r"=\s*+(?:async\s+)?function\b")
_MODULE = re.compile(r"\s*module\b|[^#\-]*=\s*+function\b")
_CLOSERS = ")]}{"
"""A line that begins with one of these belongs to a statement that began above it."""


def enclosing(lines: Sequence[str], first: int, last: int, language: str) -> LineSpan | None:
    """The smallest function, method or class that holds the lines `first` to `last` (not included), with its decorators
    and the comments right above it. None if there is none within reach, or its end is not to be seen."""
    row = language_row(language)
    if row.blocks == "none" or not 0 <= first < last <= len(lines):
        return None
    start = _step_down(lines, first, row)
    level = _level(lines, start, max(last, start + 1))
    if level is None:
        return None
    followed = 0
    for line in range(start, max(-1, start - BOUND), -1):
        text = lines[line].strip()
        here = _width(lines[line])
        if not text or here > level or (here == level and line != start):
            continue
        level = here
        if _is_header(lines, line, row):
            if followed == DEEPEST:
                return None
            followed += 1
            end = _end(lines, line, row)
            if end is not None and end >= last:
                return LineSpan(_above(lines, line, row), end)
        if text[0] in _CLOSERS or _is_end(text, row):
            level = here + 1
        elif here == 0 and line != start:
            return None
    return None


def begins_definition(lines: Sequence[str], line: int, language: str) -> bool:
    """Whether a function, method or class seems to begin at `line`."""
    return _is_header(lines, line, language_row(language))


def paragraph(lines: Sequence[str], line: int) -> LineSpan:
    """The lines around `line` up to the next blank ones; a blank line is a paragraph of its own."""
    if is_blank(lines[line]):
        return LineSpan(line, line + 1)
    first, last = line, line + 1
    while first > max(0, line - BOUND) and not is_blank(lines[first - 1]):
        first -= 1
    while last < min(len(lines), line + BOUND) and not is_blank(lines[last]):
        last += 1
    return LineSpan(first, last)


def _width(line: str) -> int:
    line = line[:LONGEST]
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    return len(indent.expandtabs(TAB))


def _level(lines: Sequence[str], first: int, last: int) -> int | None:
    """The least indentation of the lines that hold something; of blank ones, that of what stands above."""
    widths = [_width(line) for line in lines[first : min(last, first + BOUND)] if not is_blank(line)]
    if widths:
        return min(widths)
    for line in range(first - 1, max(-1, first - BOUND), -1):
        if not is_blank(lines[line]):
            # A blank line inside a body: as deep as the body, and never its header.
            return _width(lines[line]) + (1 if lines[line].rstrip().endswith((":", "{")) else 0)
    return None


def _is_header(lines: Sequence[str], line: int, row: Language) -> bool:
    text = lines[line].rstrip()
    if text.endswith((";", ",")) and row.blocks != "indent":
        return False
    text = text[:LONGEST]
    if row.blocks == "indent":
        return bool(_HEADER.match(text))
    if _HEADER.match(text) or _gives_function(text):
        return True
    if row.blocks == "end":
        return bool(_MODULE.match(text))
    return bool(_CALL.match(text)) and _opens(lines, line)


def _gives_function(text: str) -> bool:
    """Whether a function that is a value begins at the line's end: `=> {`, `= function (…) {`, `name: function`."""
    before = text.removesuffix("{").rstrip()
    if ";" not in before and (before.endswith("=>") or _FUNCTION_VALUE.search(before, before.rfind("{") + 1)):
        return True
    return bool(_NAMED_FUNCTION.match(text))


def _opens(lines: Sequence[str], line: int) -> bool:
    """Whether the statement that starts at `line` comes to a brace before it ends."""
    for text in lines[line : line + 12]:
        text = text.strip()
        if "{" in text:
            return True
        if not text or text.endswith(";") or text[0] == "}":
            return False
    return False


def _end(lines: Sequence[str], header: int, row: Language) -> int | None:
    """The line after the block whose header is `header`; None if it is not closed within reach."""
    return _indented_end(lines, header) if row.blocks == "indent" else _closed_end(lines, header, row)


def _indented_end(lines: Sequence[str], header: int) -> int:
    level = _width(lines[header])
    last = header + 1
    quoted = False
    for line in range(header, min(len(lines), header + BOUND)):
        text = lines[line].strip()
        # Text in a string of several lines may stand at any column.
        inside, quoted = quoted, quoted != bool((text.count('"""') + text.count("'''")) % 2)
        if not text or line == header:
            continue
        if not inside and _width(lines[line]) <= level and text[0] not in ")]}":
            break
        last = line + 1
    return last


def _closed_end(lines: Sequence[str], header: int, row: Language) -> int | None:
    level = _width(lines[header])
    text = lines[header].rstrip()
    if row.blocks == "brace" and "{" in text and text.count("{") <= text.count("}"):
        return header + 1
    if row.blocks == "end" and re.search(r"\bend\W*+$", text[-LONGEST:]):
        return header + 1
    for line in range(header + 1, min(len(lines), header + BOUND)):
        text = lines[line].strip()
        # Directives, labels and the text of strings may stand further left, so only what is meant as a close counts.
        if not text or _width(lines[line]) > level:
            continue
        if _width(lines[line]) == level and (
            _is_end(text, row) if row.blocks == "end" else text[0] == "}" and not text.endswith("{")
        ):
            return line + 1
        if _is_header(lines, line, row) and not text.startswith("{"):
            return None
    return None


def _is_end(text: str, row: Language) -> bool:
    return row.blocks == "end" and re.match(r"end\b", text, re.IGNORECASE) is not None


def _is_comment(text: str, row: Language) -> bool:
    marks = tuple(mark for mark in (row.line, *(row.block or ())) if mark)
    return text.startswith(marks) or (row.block == ("/*", "*/") and text.startswith("*"))


def _is_above(text: str, row: Language) -> bool:
    """Whether a line that stands above a definition belongs to it: a comment, a decorator, an attribute."""
    return _is_comment(text, row) or text.startswith(("@", "#[")) or (text.startswith("[") and text.endswith("]"))


def _above(lines: Sequence[str], header: int, row: Language) -> int:
    """The first line of what belongs to the definition whose header is `header`."""
    level = _width(lines[header])
    first = header
    for line in range(header - 1, max(-1, header - BOUND), -1):
        text = lines[line].strip()
        if not text or _width(lines[line]) < level:
            break
        if _is_above(text, row) and _width(lines[line]) <= level + 1:
            first = line
        elif first - line > 30 or not (_width(lines[line]) > level or text[0] in ")]"):
            break  # neither within a decorator of several lines, nor its end
    return first


def _step_down(lines: Sequence[str], line: int, row: Language) -> int:
    """From a decorator or a comment to the definition it stands above, if there is one; else `line`."""
    if not _is_above(lines[line].strip(), row):
        return line
    level = _width(lines[line])
    for below in range(line + 1, min(len(lines), line + BOUND)):
        text = lines[below].strip()
        if not text:
            break
        if _width(lines[below]) <= level and not _is_above(text, row) and text[0] not in _CLOSERS:
            return below if _is_header(lines, below, row) else line
    return line

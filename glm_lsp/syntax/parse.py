"""Parsing, whole or only what changed.

tree-sitter and each grammar are imported when a text of that language is first parsed. Rows of the tree are lines of
the text: a lone `\\r`, which ends a line in LSP but not in tree-sitter, is parsed as `\\n`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from glm_lsp.syntax.languages import language as language_row
from glm_lsp.syntax.span import LineSpan

if TYPE_CHECKING:
    import tree_sitter

    from glm_lsp.text.change import Change
    from glm_lsp.text.lines import Text


@dataclass(frozen=True, eq=False, slots=True)
class Tree:
    """The tree of `text`. `source` is what was parsed: UTF-8, one byte string."""

    language: str
    text: Text
    source: bytes
    parsed: tree_sitter.Tree


@cache
def _load(reference: str) -> tree_sitter.Language | None:
    from tree_sitter import Language

    module, _, function = reference.partition(":")
    try:
        return Language(getattr(import_module(module), function)())
    except ImportError:
        return None


def grammar(id_: str) -> tree_sitter.Language | None:
    reference = language_row(id_).grammar
    return _load(reference) if reference else None


def has_grammar(language: str) -> bool:
    """Whether texts of this language can be parsed here."""
    return grammar(language) is not None


def parse(text: Text, language: str, old: Tree | None = None, changes: Sequence[Change] = ()) -> Tree | None:
    """The tree of `text`, or None if there is no grammar for `language`.

    With `old`, the tree of an earlier version of the same document, only what changed is parsed. `changes` lead from
    `old.text` to `text`; without them (or if they do not lead there) the lines are compared.
    """
    known = grammar(language)
    if known is None:
        return None
    from tree_sitter import Parser

    source = _source(text.lines)
    readable = source.translate(_ASCII) if language_row(language).grammar.startswith(_CRASHING) else source
    if old is None or language_row(old.language) is not language_row(language):
        return Tree(language, text, source, Parser(known).parse(readable))
    edited = old.parsed.copy()
    # From the last to the first, so that the places of those still to come are not moved.
    for before, after in reversed(_hunks(old.text.lines, text.lines, changes)):
        start, end = _place(old.text.lines, before.first), _place(old.text.lines, before.last)
        length, end_point = _extent(text.lines[after.first : after.last], before.first)
        start_byte = len(_source(old.text.lines[: before.first]))
        edited.edit(
            start_byte=start_byte,
            old_end_byte=start_byte + len(_source(old.text.lines[before.first : before.last])),
            new_end_byte=start_byte + length,
            start_point=start,
            old_end_point=end,
            new_end_point=end_point,
        )
    return Tree(language, text, source, Parser(known).parse(readable, edited))


_CRASHING = "tree_sitter_bash"
"""tree-sitter-bash 0.25.1 looks characters up in the C library's table of 256, and crashes the process on others."""
_ASCII = bytes(range(128)) + b"x" * 128
"""Each byte of a character outside ASCII becomes a letter, so that all places stay where they are."""


def _source(lines: Sequence[str]) -> bytes:
    text = "".join(lines)
    if "\r" in text:
        text = "".join(line[:-1] + "\n" if line.endswith("\r") else line for line in lines)
    return text.encode("utf-8", "surrogatepass")


def length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _place(lines: Sequence[str], line: int) -> tuple[int, int]:
    """Where `line` starts, as tree-sitter's row and byte; past the last line, where the text ends."""
    return (line, 0) if line < len(lines) else (len(lines) - 1, length(lines[-1]))


def _extent(lines: Sequence[str], first: int) -> tuple[int, tuple[int, int]]:
    """How many bytes `lines` are, and where they end when they start at line `first`."""
    source = _source(lines)
    if not lines or source.endswith(b"\n"):
        return len(source), (first + len(lines), 0)
    return len(source), (first + len(lines) - 1, length(lines[-1]))


def _hunks(old: Sequence[str], new: Sequence[str], changes: Sequence[Change]) -> list[tuple[LineSpan, LineSpan]]:
    """Which lines of `old` became which lines of `new`."""
    kept: list[int | None] = list(range(len(old)))
    for change in changes:
        first = change.old.start.line
        kept[first : change.old.end.line + 1] = [None] * (change.new_end.line - first + 1)
    if not changes or len(kept) != len(new):
        kept = _common(old, new)
    hunks, at, to = [], 0, 0
    for line, origin in enumerate([*kept, len(old)]):
        if origin is None or (origin < len(old) and old[origin] != new[line]):
            continue
        if origin > at or line > to:
            hunks.append((LineSpan(at, origin), LineSpan(to, line)))
        at, to = origin + 1, line + 1
    return hunks


def _common(old: Sequence[str], new: Sequence[str]) -> list[int | None]:
    """For each line of `new` the line of `old` it is, as far as they agree from the start and from the end."""
    most = min(len(old), len(new))
    head = 0
    while head < most and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < most - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return [*range(head), *[None] * (len(new) - head - tail), *range(len(old) - tail, len(old))]

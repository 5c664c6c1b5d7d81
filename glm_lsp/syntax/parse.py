"""Parsing: always the whole text.

tree-sitter can start from the tree of an earlier version, but what it then makes of a text with mistakes in it is now
and then another tree than that of the text alone; and a region must not depend on how the text was typed.

tree-sitter and each grammar are imported when a text of that language is first parsed. Rows of the tree are lines of
the text: a lone `\\r`, which ends a line in LSP but not in tree-sitter, is parsed as `\\n`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from time import sleep
from typing import TYPE_CHECKING

from glm_lsp.syntax.languages import language as language_row

if TYPE_CHECKING:
    import tree_sitter

    from glm_lsp.text.lines import Text


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
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


def parse(text: Text, language: str, *, in_pieces: bool = True) -> Tree | None:
    """The tree of `text`, or None if there is no grammar for `language`. Other threads can run meanwhile, unless it is
    not parsed `in_pieces`, which is a little faster."""
    known = grammar(language)
    if known is None:
        return None
    from tree_sitter import Parser

    source = _source(text.lines)
    readable = source.translate(_ASCII) if language_row(language).grammar.startswith(_CRASHING) else source
    parser = Parser(known)
    if not in_pieces or len(readable) <= PIECE:
        return Tree(language, text, source, parser.parse(readable))

    def piece(start: int, _: object) -> bytes:
        # The parser lets no other thread run, and by itself Python would let one only every five milliseconds.
        sleep(0)
        return readable[start : start + PIECE]

    # A tree made from pieces does not know its own text. The second pass finds that nothing has changed since the
    # first, and takes a hundredth of the time.
    return Tree(language, text, source, parser.parse(readable, parser.parse(piece)))


PIECE = 8_192
"""Bytes that are parsed at a time: about a millisecond. Never less than a character has."""
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

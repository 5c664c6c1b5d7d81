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


def parse(text: Text, language: str, *, in_pieces: bool = True, patience: float = 1.0) -> Tree | None:
    """The tree of `text`, or None if there is no grammar for `language`, or no use in it: some texts take time that
    grows with the square of their length, to parse (`x()()()…`) or to go through (`((((…`). Other threads can run
    meanwhile, unless it is not parsed `in_pieces`, which is a little faster. `patience`: how many times longer than
    usual it may take."""
    known = grammar(language)
    if known is None:
        return None
    from tree_sitter import Parser

    source = _source(text.lines)
    readable = source.translate(_ASCII) if language_row(language).grammar.startswith(_CRASHING) else source
    # The parser's way to be told while it works, by a callback, crashes the process in this version.
    parser = Parser(known, timeout_micros=int(patience * (LEAST + len(readable) * EACH)))

    def piece(start: int, _: object) -> bytes:
        # The parser lets no other thread run, and by itself Python would let one only every five milliseconds.
        sleep(0)
        return readable[start : start + PIECE]

    try:
        # A tree made from pieces does not know its own text. The second pass finds that nothing has changed since the
        # first, and takes a hundredth of the time.
        first = (parser.parse(piece),) if in_pieces and len(readable) > PIECE else ()
        parsed = parser.parse(readable, *first)
    except ValueError:  # it took too long
        return None
    return None if _is_slow(parsed) else Tree(language, text, source, parsed)


def _is_slow(parsed: tree_sitter.Tree) -> bool:
    """Whether going through the tree takes time that grows with the square of its size: it is deep in many places, or a
    mistake in it holds more than can be meant. Every `STEP` nodes one is looked at."""
    cursor = parsed.walk()
    above = 0
    for index in range(0, parsed.root_node.descendant_count, STEP):
        cursor.goto_descendant(index)
        above += STEP * cursor.depth
        if above > MOST_ABOVE:
            return True
        while parsed.root_node.has_error and (node := cursor.node) is not None:
            if node.is_error and node.child_count > WIDEST:
                return True
            if not cursor.goto_parent():
                break
    return False


LEAST, EACH = 1_000_000, 5
"""Microseconds that a text may take, and those for each byte: ten and more times what the slowest honest one needs."""
STEP = 250
MOST_ABOVE = 100_000_000
"""For all nodes together, the nodes above each: a query goes up from each, and takes half a second for so many. Honest
files of a million characters have a tenth of it, the worst of Python's library would have a third."""
WIDEST = 4_000
"""Nodes right below one that is a mistake: what the parser could make nothing of."""
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

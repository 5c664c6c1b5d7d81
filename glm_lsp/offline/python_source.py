"""A piece of Python as its syntax tree and its tokens, with places in the piece as offsets in characters."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from glm_lsp.text.lines import indentation, is_blank, split

LONGEST = 100_000
"""Characters beyond which nothing is parsed: it would take a second, and hold up all the rest of the process."""

_SHELTER = "if 1:\n"


@dataclass(frozen=True, slots=True)
class Edit:
    """The characters `start` to `end` of the piece become `new`."""

    start: int
    end: int
    new: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """`text` with the edits made, the first of any that overlap."""
    done, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if edit.start >= at:
            done += [text[at : edit.start], edit.new]
            at = edit.end
    return "".join([*done, text[at:]])


@dataclass(frozen=True)
class Source:
    """A piece that parses. Lines are numbered from 1 as in `ast`, in `sheltered`: an indented piece (a method's body)
    stands there under one added line."""

    text: str
    sheltered: str
    tree: ast.Module
    tokens: tuple[tokenize.TokenInfo, ...]

    @classmethod
    def of(cls, text: str) -> Source | None:
        """`text` parsed, or None if it is not Python on its own (or is too long, or holds a lone carriage return)."""
        if len(text) > LONGEST or "\r" in text or is_blank(text):
            return None
        sheltered = _sheltered(text)
        tree = parsed(sheltered)
        tokens = _tokens(sheltered) if tree else None
        return None if tree is None or tokens is None else cls(text, sheltered, tree, tokens)

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """The outermost statements of the piece itself."""
        if self._shift and isinstance(self.tree.body[0], ast.If):
            return [*self.tree.body[0].body, *self.tree.body[1:]]
        return self.tree.body

    @cached_property
    def lines(self) -> list[str]:
        return split(self.sheltered)

    @cached_property
    def string_tokens(self) -> frozenset[str]:
        """The string literals as written, each with its prefix and quotes; of literals side by side, each one."""
        return frozenset(token.string for token in self.tokens if token.type == tokenize.STRING)

    @cached_property
    def inside_strings(self) -> frozenset[int]:
        """The lines that begin inside a string, whose indentation is text and not layout."""
        inside: set[int] = set()
        opened: list[int] = []
        start, end = getattr(tokenize, "FSTRING_START", -1), getattr(tokenize, "FSTRING_END", -1)  # from Python 3.12
        for token in self.tokens:
            if token.type == tokenize.STRING:
                inside.update(range(token.start[0] + 1, token.end[0] + 1))
            elif token.type == start:
                opened.append(token.start[0])
            elif token.type == end:
                inside.update(range(opened.pop() + 1, token.end[0] + 1))
        return frozenset(inside)

    def nodes(self) -> Iterator[ast.AST]:
        for statement in self.statements:
            yield from ast.walk(statement)

    def start(self, node: ast.expr | ast.stmt) -> int:
        return self._offset_in_bytes(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt) -> int:
        assert node.end_lineno is not None  # noqa: S101 - the parser sets both
        assert node.end_col_offset is not None  # noqa: S101
        return self._offset_in_bytes(node.end_lineno, node.end_col_offset)

    def segment(self, node: ast.expr | ast.stmt) -> str:
        return self.text[self.start(node) : self.end(node)]

    def offset(self, line: int, column: int) -> int:
        """The offset in the piece of a line and a column in characters."""
        return self._starts[line - 1] + column - self._shift

    def _offset_in_bytes(self, line: int, column: int) -> int:
        text = self.lines[line - 1]
        return self.offset(line, column if text.isascii() else len(text.encode()[:column].decode()))

    @cached_property
    def _shift(self) -> int:
        return len(self.sheltered) - len(self.text)

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [], 0
        for line in self.lines:
            starts.append(at)
            at += len(line)
        return starts


def same_program(one: str, other: str) -> bool:
    """Whether both texts parse to the same tree, but for places and comments."""
    first, second = parsed(one), parsed(other)
    return first is not None and second is not None and ast.dump(first) == ast.dump(second)


def parsed_piece(text: str) -> ast.Module | None:
    """The tree of a piece that may be indented, or None if it does not parse."""
    return None if is_blank(text) else parsed(_sheltered(text))


def parsed(text: str) -> ast.Module | None:
    """The tree of `text`, or None if it does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape in the user's code is not ours to print
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _sheltered(text: str) -> str:
    first = next(line for line in split(text) if not is_blank(line))
    return _SHELTER + text if indentation(first) else text


def _tokens(text: str) -> tuple[tokenize.TokenInfo, ...] | None:
    try:
        return tuple(tokenize.generate_tokens(io.StringIO(text, newline="").readline))
    except (SyntaxError, tokenize.TokenError):
        return None

"""What a reply says, whatever form it came in: the one intermediate form between the parsers and `edits`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Lines = tuple[str, ...]
"""Lines without their endings."""

Form = Literal["blocks", "patch", "diff", "tags", "fences", "prose"]


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced piece of the reply. `info` is what stands behind the opening run, `names` what the lines before it may
    name as its file, nearest first. `closed` is False if the reply ended inside."""

    info: str
    lines: Lines
    names: Lines = ()
    closed: bool = True

    @property
    def language(self) -> str:
        """The info string's first word, in lower case."""
        return self.info.split(maxsplit=1)[0].lower() if self.info else ""


@dataclass(frozen=True, slots=True)
class Block:
    """One change to one file.

    `names` are what the reply may name as its file, nearest first; none if it names none. It may then be the file of
    the blocks before it, whose names are `inherited`. `replace` puts `new` where `old` stands; `create` makes a file of
    `new`; `delete` and `rename` (to `new_name`) are what they say.

    `verbatim` is `old` and `new` of a hunk read as if no line that stays had its space. `problem` says, to the model,
    why that is the only way to read it. `splits` are all the ways to part a body with several dividers into old and new
    lines, if there is more than one. `line` is the line (from 0) the reply says `old` starts at (`counted`: in a diff,
    where it is right or worthless), `anchors` lines that stand before it in the file, outermost first, `at_end` that it
    ends the file. `row` is the row (from 0) of the reply the block starts at.
    """

    kind: Literal["replace", "create", "delete", "rename"]
    names: Lines = ()
    old: Lines = ()
    new: Lines = ()
    new_name: str = ""
    inherited: Lines = ()
    verbatim: tuple[Lines, Lines] = ((), ())
    problem: str = ""
    splits: tuple[tuple[Lines, Lines], ...] = ()
    line: int | None = None
    counted: bool = False
    anchors: Lines = ()
    at_end: bool = False
    row: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """`problem` says, to the model, what makes the reply unusable as a whole ("" = nothing); `cut` that it ended before
    it was finished; `cannot` is the model's own no. `fences` are those of the form `fences`, or those that stand beside
    blocks or diffs. `widest`, in the form `fences` only, is what stands between the first opening and the last closing
    run, if that differs from the first fence."""

    form: Form
    blocks: tuple[Block, ...] = ()
    fences: tuple[Fence, ...] = ()
    widest: Fence | None = None
    cannot: str | None = None
    problem: str = ""
    cut: bool = False

"""An explanation made inert: Markdown that fetches nothing, leads nowhere and runs nothing, whatever shows it.

The text is a model's, and the model has read files that may be an attacker's: an image is a request to his server with
whatever the model was told to put into its address, a link is one click away from one, and some editors run `command:`
links.

Nothing is parsed here and then trusted: renderers differ. Outside of code every character that could begin an image, a
link, a reference, HTML, an entity or mathematics is escaped, wherever it stands, and an address becomes a code span.
Code stays as it is, and is written such that all renderers see the same code: a fence as CommonMark 0.31 §4.5 reads it,
in one container from its first line to its last, and code spans (§6.1) within one line and one cell of a table. What
another renderer could take for something else is text.

    inert(markdown) -> str        the same text, inert; again: no change

While an explanation streams, call it with all that has come so far: each prefix is inert by itself, and takes time in
proportion to its length. A fence that is still open is closed at the end, so what follows is not drawn into it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from glm_lsp.plain import harmless
from glm_lsp.text.lines import with_newlines

_CONTAINERS = r"[ \t]*+(?:(?:>|[-*+](?=[ \t])|[0-9]{1,9}[.)](?=[ \t]))[ \t]*+)*+"
"""Where a line of a block quote or a list item begins; any nesting."""
_FENCE = re.compile(rf"({_CONTAINERS})(`{{3,}}(?=[^`]*$)|~{{3,}})(.*)")
_REFERENCE = re.compile(rf"({_CONTAINERS})\[(?![ xX]\][ \t])")
"""Only a `[` that begins a line can begin the definition of a link; the box of a task is none."""
_DEEPEST = 60
"""Columns before a fence. Each of its lines is indented by as much."""
_DELIMITERS = "-+*>|:.)0123456789 \t"
"""All that stands in the line below the head of a table, in whatever containers."""
_EDGE = re.compile(r"(?<!\\)\||(?<=\\\\)\|")
"""Where a table's row may be cut, code span or not: not at `\\|`."""
_IN_ADDRESS = r"[^\s<>()\[\]`\\|\"]"
_DOMAINS = "[a-z]{2}|aero|asia|biz|com|coop|edu|gov|info|museum|name|net|org|pro|shop|web|xn--[\\w-]*|xxx|рф"
_ADDRESS = (
    r"(?:(?<![\w.+-])|(?<=\\[_.+-]))(?:"
    rf"[\w.+-]*?(?:://|//(?=\S)|www\.)(?:{_IN_ADDRESS}|\({_IN_ADDRESS}*\))*"
    rf"|(?:[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[\w.-]*(?<=[^\s.(`])\.(?:{_DOMAINS})(?![^\W_]|-)){_IN_ADDRESS[:-1]}',;*]*"
    r")"
)
"""What renderers make links of unasked: `https://…`, `www.…`, `me@…`, and `name.com` (which `main.py` is, too)."""
_SPECIAL = (
    r"(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<ticks>`+)"
    r"|(?P<target>\]\(<?(?P<to>[a-z][a-z0-9+.-]*:[^\s()<>`|]*)>?(?:[ \t]+(?:\"[^\"`|]*\"|'[^'`|]*'))?\))"
    r"|(?P<bracket>\][(\[:])"
    r"|(?P<mark><(?![=-]?(?:\s|$))|\[(?=\[)|&(?=\#?[0-9A-Za-z]{1,32};)|\$|~(?=~~)|:(?=::))"
)
_WITHOUT_ADDRESS = re.compile(_SPECIAL, re.IGNORECASE)
_WITH_ADDRESS = re.compile(rf"{_SPECIAL}|(?P<address>{_ADDRESS})", re.IGNORECASE)
_MAY_HOLD_ADDRESS = re.compile(r"//|[.@]\w")
_CODE_OR_EMPHASIS = re.compile(r"(\\.|(`+)[^`].*?(?<!`)\2(?!`))|([*_~])")
_HIDING = re.compile(r"<[^<>`]*`[^<>]*>|\[[^\[\]`]*`[^\[\]]*\]\(")
"""What marked takes for HTML or a link before it looks for code."""
_EMPHASIS = re.compile(r"[*_~]")
_GRAVE = "ˋ"
"""U+02CB looks like a backtick and is none: for those that belong to no code span."""
_AFTER_ADDRESS = ".,:;!?'*_~"
"""What ends a sentence or an emphasis, not an address."""


class _Opening(NamedTuple):
    """The first line of a fence: its prefix of containers, tabs expanded; the marks; the info string."""

    prefix: str
    marks: str
    info: str

    @property
    def within(self) -> str:
        """The prefix of the lines that follow: list markers are given once."""
        return re.sub(r"[^>]", " ", self.prefix)

    def opens_below(self, line: str) -> bool:
        """Whether this begins a fence right below `line`, and cannot be taken for more of the same paragraph."""
        if not line.strip(" \t"):
            return True
        return not re.search(r"[^ >]| {4}", self.prefix) and line.startswith(self.prefix.rstrip(" "))


def inert(markdown: str) -> str:
    """`markdown` without anything that fetches, leads or runs. Code spans, fences and the words stay; links and images
    become their own source text, readable and dead."""
    text = harmless(with_newlines(markdown))
    lines = text.split("\n")
    if lines[0].startswith("---"):
        lines.insert(0, "")  # else some take what follows for front matter, and show none of it
    return "\n".join(_inert_lines(lines))


def _inert_lines(lines: Sequence[str]) -> Iterator[str]:
    at = 0
    before = ""
    while at < len(lines):
        opening = _opening(lines[at])
        if opening is not None:
            if not opening.opens_below(before):
                yield ""
            code, at = _fence(opening, lines, at)
            yield from code
            before = code[-1]
            continue
        last = at + 1
        while last < len(lines) and lines[last].strip(" \t") and _opening(lines[last]) is None:
            last += 1
        block = lines[at:last]
        tabular = any("-" in line and not line.strip(_DELIMITERS) for line in block)
        yield from _without_loose_emphasis([_inert_line(line, tabular) for line in block])
        before = block[-1]
        at = last


def _opening(line: str) -> _Opening | None:
    if "```" not in line and "~~~" not in line:
        return None
    found = _FENCE.match(line)
    if found is None:
        return None
    prefix = found[1].expandtabs(4)
    if len(prefix) > _DEEPEST:
        return None
    # For some, a first line with a `|` can be the head of a table.
    return _Opening(prefix + " " * prefix.endswith(">"), found[2], found[3].partition("|")[0].strip(" \t"))


def _fence(opening: _Opening, lines: Sequence[str], at: int) -> tuple[list[str], int]:
    """The fence that begins at line `at`, and the line after it."""
    within = opening.within
    code: list[str] = []
    at += 1
    while at < len(lines):
        line = _content(lines[at], within)
        if line is None:
            break
        at += 1
        if _closes(line, opening.marks):
            break
        code.append(line)
    else:
        if code and not code[-1]:
            at -= 1  # what follows the last line's end
            code.pop()
    # Longer than any of its like inside: some renderers end a fence at less than CommonMark asks for.
    inner = (_run(line, opening.marks[0]) for line in code)
    longest = max((run for run in inner if run >= len(opening.marks)), default=0)
    marks = opening.marks if not longest else opening.marks[0] * (longest + 1)
    bare = within if ">" in within else ""
    return [
        f"{opening.prefix}{marks}{' ' * opening.info.startswith(marks[0])}{opening.info}",
        *(within + line if line.strip(" \t") else (bare + line).rstrip(" \t") for line in code),
        within + marks,
    ], at


def _content(line: str, within: str) -> str | None:
    """What `line` holds inside the containers `within`; None if it stands outside of a quote that is one of them."""
    if line.startswith(within):
        return line[len(within) :]
    if quotes := within.count(">"):
        found = re.match(rf"(?:[ \t]*+>){{{quotes}}} ?", line)
        if found is None:
            return None
        line = line[found.end() :]
        within = within.rpartition(">")[2][1:]
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    return indent.expandtabs(4)[len(within) :] + line[len(indent) :]


def _closes(line: str, marks: str) -> bool:
    """Whether `line` of a fence's content ends it."""
    return (
        not line.expandtabs(4).startswith("    ")
        and _run(line, marks[0]) >= len(marks)
        and not line.strip(" \t").strip(marks[0])
    )


def _run(line: str, mark: str) -> int:
    """How many `mark`s the line begins with, blanks aside."""
    text = line.lstrip(" \t")
    return len(text) - len(text.lstrip(mark))


def _inert_line(line: str, tabular: bool) -> str:
    """One line of text. `tabular`: it may be a row of a table, in which cells come before code spans."""
    found = _REFERENCE.match(line)
    head = ""
    if found is not None:
        head, line = found[1] + "\\[", line[found.end() :]
    if not tabular:
        return head + _inert_text(line)
    pieces: list[str] = []
    at = 0
    for edge in _EDGE.finditer(line):
        pieces += _inert_text(line[at : edge.start()]), "|"
        at = edge.end()
    return head + "".join((*pieces, _inert_text(line[at:])))


def _inert_text(text: str) -> str:
    """A line or a cell."""
    runs: dict[int, list[int]] = {}
    for run in re.finditer("`+", text):
        runs.setdefault(len(run[0]), []).append(run.start())
    special = _WITH_ADDRESS if _MAY_HOLD_ADDRESS.search(text) else _WITHOUT_ADDRESS
    pieces: list[str] = []
    at = 0
    while found := special.search(text, at):
        if found.start() > at:
            pieces.append(text[at : found.start()])
        at = found.end()
        match found.lastgroup:
            case "escape":
                piece = _GRAVE if found[0] == "\\`" else found[0]
            case "target":
                piece = f"] (`{found['to']}`)"
            case "address":
                address = found[0].rstrip(_AFTER_ADDRESS) or found[0]
                at = found.start() + len(address)
                piece = f"`{address}`"
            case "ticks":
                # A code span ends at the next run of as many backticks (CommonMark 0.31 §6.1).
                width = len(found[0])
                ends = runs.get(width, [])
                place = bisect_left(ends, at)
                code = _code(text[at : ends[place]], width) if place < len(ends) else ""
                at = ends[place] + width if code else at
                piece = code or _GRAVE * width
            case "bracket":
                piece = "]\\" + found[0][1]
            case _:
                piece = "\\" + found[0]
        if piece.startswith("`") and pieces and pieces[-1].endswith(("`", "\\", "~")):
            pieces.append(" ")  # or two code spans run together, a backslash takes one away, or a `~` (in marked)
        pieces.append(piece)
    pieces.append(text[at:])
    return "".join(pieces)


def _without_loose_emphasis(block: list[str]) -> list[str]:
    """`block`, whose lines are inert. marked looks for the end of an emphasis inside code spans too, if brackets hide
    from it where they begin. Where that could cut a code span that must stay one, nothing is emphasised."""
    text = "\n".join(block)
    if not _HIDING.search(text) or not any(found[3] for found in _CODE_OR_EMPHASIS.finditer(text)):
        return block
    plain = []
    for line in block:
        start = re.match(_CONTAINERS, line)
        head = start[0] if start else ""
        plain.append(head + _CODE_OR_EMPHASIS.sub(lambda found: found[1] or "\\" + found[0], line[len(head) :]))
    return plain


def _code(content: str, width: int) -> str:
    """A code span of `content`, which stood between `width` backticks; "" if it is not safe as one: marked does not see
    where code between several backticks ends."""
    if "`" not in content:
        return f"`{content}`"
    parts = content.replace("`", "")
    return "" if _WITH_ADDRESS.search(parts) or _EMPHASIS.search(parts) else "`" * width + content + "`" * width

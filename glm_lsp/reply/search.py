"""SEARCH/REPLACE blocks, in the spellings models give them.

A block begins with `<<<<<<< SEARCH` (five to nine marks, `SEARCH>`, Cline's `------- SEARCH`), parts at `=======` and
ends with `>>>>>>> REPLACE`. Marks count only at the start of a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from glm_lsp.reply.blocks import Block, Lines, Reply
from glm_lsp.reply.fence import MOST_NAMES, Span, fence, mark, names, spans

_HEAD = re.compile(r"(<{5,9}|-{5,9})[ \t]*(?:SEARCH|ORIGINAL)>?:?(?:[ \t]+(.*))?")
_TAIL = re.compile(r"(?:>{5,9}|\+{5,9})[ \t]*(?:REPLACE|UPDATED)>?[ \t]*")
_DIVIDER = re.compile(r"(={5,9})[ \t]*")
_HINT = re.compile(r"[\[(]?(?:line|start_line)[ \t]*[=:][ \t]*(\d+)[\])]?")
_ROO_HINT = re.compile(r":(start|end)_line:[ \t]*(\d+)[ \t]*")
_ROO_RULE = re.compile(r"-{5,9}[ \t]*")
_ESCAPED = re.compile(r"\\(?=<{5,9}|>{5,9}|={5,9}|-{5,9}|\+{5,9}|:(?:start|end)_line:)")
_DIVIDERS = 8
"""More ways to part one body than this are not tried."""


def found(lines: Sequence[str]) -> bool:
    """Whether a line begins or ends a block."""
    return any(_begins(line) or _ends(line) for line in lines)


def outdented(lines: list[str], fenced: Sequence[Span]) -> list[str]:
    """`lines`, with a fence that is indented as a whole (in a list, say) moved to the margin if it holds a block and no
    block stands at the margin already."""
    if found(lines):
        return lines
    moved = list(lines)
    for span in fenced:
        indent, rows = span.opening.indent, range(span.opening.row, min(span.last + 1, len(lines)))
        if indent and all(lines[row].startswith(indent) or not lines[row].strip() for row in rows):
            inside = [lines[row].removeprefix(indent) for row in rows]
            if found(inside):
                moved[rows.start : rows.stop] = inside
    return moved


def parse(lines: Sequence[str]) -> Reply:
    """All blocks of `lines` and the fences beside them; with `problem` if a block is unpaired, nested or not ended."""
    blocks: list[Block] = []
    outside: list[str] = []
    taken: list[int] = []
    before: Lines = ()
    row = floor = 0
    while row < len(lines):
        if _ends(lines[row]):
            return _malformed(f"Row {row + 1}: `{lines[row].strip()}` ends a block that was never begun.")
        head = _begins(lines[row])
        if head is None:
            outside.append(lines[row])
            row += 1
            continue
        end = _end(lines, row + 1)
        if end is None:
            problem = f"The block that begins at row {row + 1} is never ended."
            return Reply("blocks", tuple(blocks), problem=problem, cut=True)
        stop, after = end
        if stop < len(lines) and _begins(lines[stop]):
            return _malformed(f"Row {stop + 1}: a block begins before the one at row {row + 1} has ended.")
        block = _block(lines, row, stop, head, names(lines, row, floor, fenced=True), before)
        if block is None:
            return _malformed(f"The block at row {row + 1} has no `=======` line, or too many.")
        before = (*block.names, *before)[:MOST_NAMES]
        blocks.append(block)
        taken.append(len(outside))
        row = floor = after
    around = spans(outside)
    if any(not span.closed for span in around):
        return Reply("blocks", tuple(blocks), problem="The last fence is never closed.", cut=True)
    beside = [span for span in around if not any(span.opening.row < row <= span.last for row in taken)]
    return Reply("blocks", tuple(blocks), tuple(fence(outside, span) for span in beside))


def _malformed(problem: str) -> Reply:
    return Reply("blocks", problem=f"{problem} Give every block whole: SEARCH, =======, REPLACE.")


def _begins(line: str) -> re.Match[str] | None:
    return _HEAD.fullmatch(line) if line[:1] in ("<", "-") else None


def _ends(line: str) -> re.Match[str] | None:
    return _TAIL.fullmatch(line) if line[:1] in (">", "+") else None


def _end(lines: Sequence[str], row: int) -> tuple[int, int] | None:
    """The row at which the body that begins at `row` stops, and the one after the block; None if it never does.

    A second divider right before the end of the fence is taken for the end mark, as some models write it.
    """
    dividers = []
    for at in range(row, len(lines)):
        line = lines[at]
        if _ends(line):
            return at, at + 1
        if _begins(line):
            return at, at
        if _DIVIDER.fullmatch(line):
            dividers.append(at)
        elif len(dividers) == 2 and dividers[1] == at - 1 and (closing := mark(line)) and not closing.info:
            following = next((each for each in lines[at:] if _begins(each) or _ends(each)), None)
            if following is None or _begins(following):
                return at - 1, at
    return None


def _block(lines: Sequence[str], row: int, stop: int, head: re.Match[str], above: Lines, before: Lines) -> Block | None:
    """The block whose mark stands at `row` and whose body ends before `stop`; None if nothing parts it."""
    start, hint, rest = row + 1, None, (head[2] or "").strip()
    if given := _HINT.search(rest):
        hint, rest = int(given[1]) - 1, (rest[: given.start()] + rest[given.end() :]).strip()
    while start < stop and (given := _ROO_HINT.fullmatch(lines[start])):
        hint = int(given[2]) - 1 if given[1] == "start" else hint
        start += 1
    if start > row + 1 and start < stop and _ROO_RULE.fullmatch(lines[start]):
        start += 1
    body = lines[start:stop]
    dividers = [at for at, line in enumerate(body) if _DIVIDER.fullmatch(line)]
    # A heading's underline is seldom exactly as long as the marks.
    dividers = [at for at in dividers if len(body[at].strip()) == len(head[1])] or dividers
    if not 0 < len(dividers) <= _DIVIDERS:
        return None
    splits = tuple((_plain(body[:at]), _plain(body[at + 1 :])) for at in dividers)
    old, new = splits[0]
    return Block(
        "replace" if len(splits) > 1 or any(line.strip() for line in old) else "create",
        ((rest,) if rest else ()) + above,
        old,
        new,
        inherited=before,
        splits=splits if len(splits) > 1 else (),
        line=hint,
        row=row,
    )


def _plain(lines: Sequence[str]) -> Lines:
    """Without the backslash that keeps a mark in the text from being one."""
    return tuple(_ESCAPED.sub("", line, count=1) if line.startswith("\\") else line for line in lines)

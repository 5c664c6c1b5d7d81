"""`*** Begin Patch` … `*** End Patch`: files added, deleted, moved, and updated by hunks without line numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from glm_lsp.reply.blocks import Block, Reply
from glm_lsp.reply.fence import mark

_BEGIN, _END, _END_OF_FILE = "*** Begin Patch", "*** End Patch", "*** End of File"
_FILE = re.compile(r"\*\*\* (Add|Update|Delete) File:(.+)")
_MOVE = re.compile(r"\*\*\* Move to:(.+)")
_HUNK = re.compile(r"@@(?:[ \t](.*))?")


def found(lines: Sequence[str]) -> bool:
    """Whether a line begins a patch or one of its files."""
    return any(line.startswith("*** ") and (line.strip() == _BEGIN or _FILE.fullmatch(line)) for line in lines)


def parse(lines: Sequence[str]) -> Reply:
    """All files of all patches in `lines`; `cut` if a patch has no end."""
    blocks: list[Block] = []
    row, enveloped, ended = 0, False, False
    while row < len(lines):
        line = lines[row]
        if line.strip() == _BEGIN:
            enveloped, ended = True, False
        elif line.strip() == _END:
            ended = True
        elif header := _FILE.fullmatch(line):
            ended = False
            stop = _stop(lines, row + 1)
            part = _file(header[1], header[2].strip(), lines[row + 1 : stop], row)
            if isinstance(part, str):
                return Reply("patch", problem=part)
            blocks += part
            row = stop
            # Without the envelope, a fence's end says that nothing is missing.
            if not enveloped and row < len(lines) and (closing := mark(lines[row])) and not closing.info:
                ended = True
            continue
        elif enveloped and not ended and line.strip():
            return Reply("patch", problem=f"Row {row + 1}: `{line.strip()}` belongs to no file of the patch.")
        row += 1
    if not ended:
        return Reply("patch", tuple(blocks), problem="The patch has no `*** End Patch` line.", cut=True)
    return Reply("patch", tuple(blocks))


def _stop(lines: Sequence[str], row: int) -> int:
    """The row after the body that begins at `row`."""
    for at in range(row, len(lines)):
        line = lines[at]
        if line.strip() == _END or _FILE.fullmatch(line) or line.strip() == _BEGIN:
            return at
        closing = mark(line)
        if closing is not None and not closing.indent and not closing.info:
            return at
    return len(lines)


def _file(verb: str, name: str, body: Sequence[str], row: int) -> list[Block] | str:
    while body and not body[-1]:
        body = body[:-1]
    if verb == "Delete":
        return [Block("delete", (name,), row=row)] if not body else f"`{name}` is deleted and has a body."
    if verb == "Add":
        if any(not line.startswith("+") for line in body):
            return f"Every line of the new file `{name}` must begin with `+`."
        return [Block("create", (name,), new=tuple(line[1:] for line in body), row=row)]
    blocks = []
    move = _MOVE.fullmatch(body[0]) if body else None
    if move:
        body = body[1:]
        blocks.append(Block("rename", (name,), new_name=move[1].strip(), row=row))
    hunks = _hunks(body, name, row)
    if not isinstance(hunks, str) and not hunks and not move:
        return f"The patch of `{name}` has no hunk."
    return hunks if isinstance(hunks, str) else blocks + hunks


def _hunks(body: Sequence[str], name: str, row: int) -> list[Block] | str:
    blocks: list[Block] = []
    anchors: list[str] = []
    old: list[str] = []
    new: list[str] = []

    def close(*, at_end: bool) -> None:
        nonlocal anchors, old, new
        if old or new:
            blocks.append(_hunk(name, old, new, anchors, row, at_end=at_end))
            anchors, old, new = [], [], []

    for line in body:
        if header := _HUNK.fullmatch(line):
            close(at_end=False)
            if anchor := (header[1] or "").strip().removesuffix("@@").rstrip():
                anchors.append(anchor)
        elif line.strip() == _END_OF_FILE:
            close(at_end=True)
        elif line[:1] == "-":
            old.append(line[1:])
        elif line[:1] == "+":
            new.append(line[1:])
        elif line[:1] in (" ", ""):
            old.append(line[1:])
            new.append(line[1:])
        else:
            return f"Every line of the hunks of `{name}` must begin with a space, `-` or `+`; one is `{line}`."
    close(at_end=False)
    return blocks


def _hunk(
    name: str, old: Sequence[str], new: Sequence[str], anchors: Sequence[str], row: int, *, at_end: bool
) -> Block:
    return Block("replace", (name,), tuple(old), tuple(new), anchors=tuple(anchors), at_end=at_end, row=row)

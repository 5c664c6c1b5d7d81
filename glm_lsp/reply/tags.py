"""`<old_text line=N>…</old_text><new_text>…</new_text>` and its kin. Swapped closing tags are taken as meant."""

from __future__ import annotations

import re
from collections.abc import Sequence

from glm_lsp.reply.blocks import Block, Lines, Reply
from glm_lsp.reply.fence import MOST_NAMES, names

_OPEN = re.compile(r"^[ \t]*<(old|new)_(?:text|str|string)((?:[ \t]+[^>\n]*)?)>", re.MULTILINE)
_CLOSE = re.compile(r"</(?:old|new)_(?:text|str|string)>")
_AFTER = re.compile(r"\s*<(new)_(?:text|str|string)((?:[ \t]+[^>\n]*)?)>")
_LINE = re.compile(r"line[ \t]*=[ \t]*[\"']?(\d+)")
_PATH = re.compile(r"(?:path|file)[ \t]*=[ \t]*[\"']([^\"']+)[\"']")


def found(lines: Sequence[str]) -> bool:
    """Whether a line begins with an opening tag of the old text."""
    return any((opening := _OPEN.match(line)) and opening[1] == "old" for line in lines)


def parse(lines: Sequence[str]) -> Reply:
    """Every pair as a block; with `problem` if a tag has no partner."""
    text = "\n".join(lines)
    blocks: list[Block] = []
    at = floor = 0
    before: Lines = ()
    while opening := _OPEN.search(text, at):
        row = text.count("\n", 0, opening.start())
        if opening[1] == "new":
            return Reply("tags", problem=f"Row {row + 1}: a new_text without an old_text before it.")
        closing = _CLOSE.search(text, opening.end())
        second = _AFTER.match(text, closing.end()) if closing else None
        if closing is not None and second is None and text[closing.end() :].strip():
            return Reply("tags", problem=f"Row {row + 1}: no new_text follows this old_text.")
        end = _CLOSE.search(text, second.end()) if second else None
        if closing is None or second is None or end is None:
            return Reply("tags", tuple(blocks), problem=f"The edit at row {row + 1} is never ended.", cut=True)
        if _OPEN.search(text, second.end(), end.start()) or _OPEN.search(text, opening.end(), closing.start()):
            return Reply("tags", problem=f"Row {row + 1}: a tag is opened before the one before it is closed.")
        above = names(lines, row, floor, fenced=True)
        path = _PATH.search(opening[2])
        own = ((path[1],) if path else ()) + above
        old, new = (
            _inside(text[start:stop]) for start, stop in ((opening.end(), closing.start()), (second.end(), end.start()))
        )
        hint = _LINE.search(opening[2])
        blocks.append(
            Block(
                "replace" if any(line.strip() for line in old) else "create",
                own,
                old,
                new,
                inherited=before,
                line=int(hint[1]) - 1 if hint else None,
                row=row,
            )
        )
        before = (*own, *before)[:MOST_NAMES]
        at = end.end()
        floor = text.count("\n", 0, at) + 1
    return Reply("tags", tuple(blocks))


def _inside(text: str) -> Lines:
    """The lines between two tags, without the line ends that belong to the tags."""
    text = text.removeprefix("\n")
    if not text:
        return ()
    return tuple(text.removesuffix("\n").split("\n"))

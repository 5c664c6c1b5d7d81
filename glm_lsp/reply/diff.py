"""Unified diffs, with or without line numbers, in a fence or not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from glm_lsp.reply.blocks import Block, Lines, Reply
from glm_lsp.reply.fence import Span, mark, names

_HUNK = re.compile(r"@@+(?:[ \t]*-(\d+)(?:,(\d+))?[ \t]+\+\d+(?:,(\d+))?[ \t]*@@+)?(.*)")
_OLD, _NEW = re.compile(r"---[ \t]+(.+)"), re.compile(r"\+\+\+[ \t]+(.+)")
_GIT = re.compile(r"diff --git (?:a/)?(.+?) (?:b/)?(.+)")
_NOWHERE = "/dev/null"
_LANGUAGES = frozenset({"diff", "patch", "udiff"})
_META = ("index ", "old mode", "new mode", "new file", "deleted file", "similarity", "dissimilarity", "Binary files")


@dataclass(slots=True)
class _File:
    """One file's part of a diff while it is read."""

    names: Lines
    row: int
    kind: str = "replace"
    new_name: str = ""
    hunks: list[Block] = field(default_factory=list)


def found(lines: Sequence[str], fenced: Sequence[Span]) -> bool:
    """Whether a fence says it is a diff and holds a hunk, or the reply has a diff's headers outside a longer story."""
    for span in fenced:
        inside = lines[span.opening.row + 1 : span.last]
        if span.opening.info.lower().split(" ")[0] in _LANGUAGES and any(_is_change(line) for line in inside):
            return True
    return any(_starts_file(lines, row) for row in range(len(lines)))


def parse(lines: Sequence[str], fenced: Sequence[Span]) -> Reply:
    """Every hunk as a block. `line` is the number its header gives; `anchors` what stands behind the header."""
    files: list[_File] = []
    pieces = [span for span in fenced if _is_diff(lines, span)]
    cut = False
    if pieces:
        for span in pieces:
            if not span.closed:
                return Reply("diff", problem="The last diff is not ended.", cut=True)
            problem, _ = _read(
                lines, span.opening.row + 1, span.last, names(lines, span.opening.row), files, fenced=True
            )
            if problem:
                return Reply("diff", problem=problem)
    else:
        problem, cut = _read(lines, 0, len(lines), (), files, fenced=False)
        if problem or cut:
            return Reply("diff", problem=problem or "The last hunk has fewer lines than its header says.", cut=cut)
    blocks = [block for file in files for block in _blocks(file)]
    return Reply("diff", tuple(blocks), problem="" if blocks else "The diff holds no change.")


def _is_diff(lines: Sequence[str], span: Span) -> bool:
    inside = range(span.opening.row + 1, span.last)
    if span.opening.info.lower().split(" ")[0] in _LANGUAGES:
        return any(_is_change(lines[row]) for row in inside)
    return any(_starts_file(lines, row) for row in inside)


def _is_change(line: str) -> bool:
    return line[:1] in ("+", "-") or line.startswith(("@@", "rename ", "diff --git"))


def _starts_file(lines: Sequence[str], row: int) -> bool:
    return (
        lines[row].startswith("--- ")
        and row + 2 < len(lines)
        and lines[row + 1].startswith("+++ ")
        and lines[row + 2].startswith("@@")
    ) or (lines[row].startswith("diff --git ") and _GIT.fullmatch(lines[row]) is not None)


def _read(
    lines: Sequence[str], row: int, stop: int, above: Lines, files: list[_File], *, fenced: bool
) -> tuple[str, bool]:
    """Reads the rows up to `stop` into `files`. Returns what is wrong, and whether the last hunk ends too early."""
    file: _File | None = None
    in_hunk, missing = False, False
    # Changes without any header, as in a short fence marked `diff`.
    bare = not any(line.startswith(("@@", "--- ", "diff --git ")) for line in lines[row:stop])
    while row < stop:
        line = lines[row]
        old_name, new_name = _OLD.fullmatch(line), _NEW.fullmatch(lines[row + 1]) if row + 1 < stop else None
        if old_name and new_name and (row + 2 >= stop or lines[row + 2].startswith("@@")):
            opened = _opened(old_name[1], new_name[1], row)
            if file is not None and not file.hunks:  # git's own header came first
                files.pop()
                if file.kind == "rename":
                    opened = _File(file.names, file.row, "rename", file.new_name)
            file = opened
            files.append(file)
            row, in_hunk = row + 2, False
        elif git := _GIT.fullmatch(line):
            file = _File((git[1],), row)
            files.append(file)
            row, in_hunk = row + 1, False
        elif file is not None and not in_hunk and line.startswith("rename to "):
            file.kind, file.new_name = "rename", line.removeprefix("rename to ").strip()
            row += 1
        elif file is not None and not in_hunk and line.startswith("deleted file"):
            file.kind = "delete"
            row += 1
        elif header := _HUNK.fullmatch(line):
            if file is None:
                file = _File(above, row)
                files.append(file)
            row, block, missing, problem = _hunk(lines, row, stop, header, file, fenced=fenced)
            if problem:
                return problem, False
            file.hunks.append(block)
            in_hunk = True
        elif bare and line.strip():
            file = _File(above, row)
            files.append(file)
            row, block, missing, problem = _hunk(lines, row - 1, stop, None, file, fenced=fenced)
            if problem:
                return problem, False
            file.hunks.append(block)
            bare = False
        elif (fenced or file is not None) and line[:1] in ("+", "-"):
            return f"Row {row + 1}: a changed line stands outside a hunk; every hunk begins with `@@`.", False
        else:
            row += 1
    return "", missing


def _opened(old: str, new: str, row: int) -> _File:
    old, new = (name.split("\t")[0].strip().strip('"') for name in (old, new))
    if old.startswith("a/") and (new.startswith("b/") or new == _NOWHERE):
        old = old[2:]
    if new.startswith("b/") and (old == _NOWHERE or new[2:] == old):
        new = new[2:]
    if old == _NOWHERE:
        return _File((new,), row, "create")
    if new == _NOWHERE:
        return _File((old,), row, "delete")
    return _File((old,) if new == old else (old, new), row)


def _hunk(
    lines: Sequence[str], row: int, stop: int, header: re.Match[str] | None, file: _File, *, fenced: bool
) -> tuple[int, Block, bool, str]:
    """The row after the hunk whose header stands at `row`, the hunk, whether it is shorter than its header says, and
    what is wrong with it."""
    start, old_count, new_count, section = header.groups() if header else (None, None, None, "")
    old: list[str] = []
    new: list[str] = []
    at = row + 1
    while at < stop:
        line = lines[at]
        if line.startswith("@@") or _GIT.fullmatch(line) or _starts_file(lines, at):
            break
        if line.startswith("\\"):
            pass  # "\ No newline at end of file"
        elif line[:1] == "-":
            old.append(line[1:])
        elif line[:1] == "+":
            new.append(line[1:])
        elif not line:
            filled = next((row for row in range(at, stop) if lines[row]), stop)
            if not _goes_on(lines, filled, stop):
                break
            old += [""] * (filled - at)
            new += [""] * (filled - at)
            at = filled
            continue
        elif line[:1] in (" ", "\t"):
            text = line[1:] if line[:1] == " " else line
            old.append(text)
            new.append(text)
        elif line.startswith(_META) or mark(line):
            break
        else:
            whole = start is not None and len(old) >= int(old_count or 1) and len(new) >= int(new_count or 1)
            if whole and not fenced:
                break  # what follows the diff in the reply
            return at, Block("replace"), False, f"Row {at + 1}: lines of a hunk begin with a space, `-` or `+`."
        at += 1
    missing = start is not None and (len(old) < int(old_count or 1) or len(new) < int(new_count or 1))
    anchor = section.rpartition("@@")[2].strip(" .…")
    block = Block(
        "replace",
        file.names,
        tuple(old),
        tuple(new),
        line=max(int(start) - 1, 0) if start is not None else None,
        anchors=(anchor,) if anchor else (),
        row=row,
    )
    return at, block, missing, ""


def _goes_on(lines: Sequence[str], row: int, stop: int) -> bool:
    """Whether after blank lines the hunk goes on at `row`: blank lines at its end are the reply's, not the file's."""
    return row < stop and lines[row][0] in " +-\t\\" and not _starts_file(lines, row)


def _blocks(file: _File) -> list[Block]:
    if file.kind == "create":
        return [Block("create", file.names, new=tuple(line for hunk in file.hunks for line in hunk.new), row=file.row)]
    if file.kind == "delete":
        old = tuple(line for hunk in file.hunks for line in hunk.old)
        return [Block("delete", file.names, old=old, row=file.row)]
    if file.kind == "rename":
        return [Block("rename", file.names, new_name=file.new_name, row=file.row), *file.hunks]
    return file.hunks

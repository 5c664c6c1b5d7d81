"""Unified diffs, with or without line numbers, in a fence or not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from glm_lsp.reply.blocks import Block, Lines, Reply
from glm_lsp.reply.fence import Span, fence, mark, names

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


@dataclass(slots=True)
class _HunkLines:
    """What a hunk takes away and puts in. `whole` is both with the lines that stay as they stand in the reply: some
    models leave out the space before all of them."""

    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    whole: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))

    def add(self, line: str) -> None:
        sign, text = (line[0], line[1:]) if line[:1] in ("-", "+") else (" ", line.removeprefix(" "))
        whole = line if sign == " " else text
        if sign != "+":
            self.old.append(text)
            self.whole[0].append(whole)
        if sign != "-":
            self.new.append(text)
            self.whole[1].append(whole)


def found(lines: Sequence[str], fenced: Sequence[Span]) -> bool:
    """Whether a fence says it is a diff and holds a hunk, or the reply has a diff's headers outside a longer story."""
    return any(_is_diff(lines, span) for span in fenced) or any(_starts_file(lines, row) for row in range(len(lines)))


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
    for file in files:
        if file.kind != "replace" and (problem := next((hunk.problem for hunk in file.hunks if hunk.problem), "")):
            return Reply("diff", problem=problem)
    blocks = [block for file in files for block in _blocks(file)]
    beside = tuple(fence(lines, span) for span in fenced if pieces and span not in pieces)
    return Reply("diff", tuple(blocks), beside, problem="" if blocks else "The diff holds no change.")


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
    in_hunk, missing, end = False, False, row
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
        elif (header := _HUNK.fullmatch(line)) or (bare and line.strip()):
            if file is None:
                file = _File(above, row)
                files.append(file)
            # Without a header the hunk's lines begin at this very row.
            row, block, missing = _hunk(lines, row if header else row - 1, stop, header, file, fenced=fenced)
            end = row
            file.hunks.append(block)
            in_hunk, bare = True, False
        elif (fenced or file is not None) and line[:1] in ("+", "-"):
            return f"Row {row + 1}: a changed line stands outside a hunk; every hunk begins with `@@`.", False
        else:
            row += 1
    return "", missing and not any(line.strip() for line in lines[end:stop])


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
) -> tuple[int, Block, bool]:
    """The row after the hunk whose header stands at `row`, the hunk, and whether it is shorter than its header
    says."""
    start, old_count, new_count, section = header.groups() if header else (None, None, None, "")
    hunk = _HunkLines()
    problem = ""
    at = row + 1
    while at < stop:
        line = lines[at]
        if _ends_hunk(lines, at):
            break
        if line.startswith("\\"):
            pass  # "\ No newline at end of file"
        elif not line:
            filled = next((row for row in range(at, stop) if lines[row]), stop)
            if not _goes_on(lines, filled, stop, fenced=fenced):
                break
            for _ in range(at, filled):
                hunk.add("")
            at = filled
            continue
        elif line[0] in " \t-+":
            hunk.add(line)
        elif line.startswith(_META) or mark(line):
            break
        elif not fenced and start is not None and _enough(hunk, old_count, new_count):
            break  # what follows the diff in the reply
        else:
            problem = problem or f"Row {at + 1}: lines of a hunk begin with a space, `-` or `+`."
            hunk.add(line)
        at += 1
    anchor = section.rpartition("@@")[2].strip(" .…")
    block = Block(
        "replace",
        file.names,
        tuple(hunk.old),
        tuple(hunk.new),
        verbatim=(tuple(hunk.whole[0]), tuple(hunk.whole[1])) if problem or hunk.whole[0] != hunk.old else ((), ()),
        problem=problem,
        line=max(int(start) - 1, 0) if start is not None else None,
        counted=start is not None,
        anchors=(anchor,) if anchor else (),
        row=row,
    )
    return at, block, start is not None and not _enough(hunk, old_count, new_count)


def _ends_hunk(lines: Sequence[str], row: int) -> bool:
    return lines[row].startswith("@@") or _GIT.fullmatch(lines[row]) is not None or _starts_file(lines, row)


def _enough(hunk: _HunkLines, old_count: str | None, new_count: str | None) -> bool:
    """Whether `hunk` has as many lines as its header says."""
    return len(hunk.old) >= int(old_count or 1) and len(hunk.new) >= int(new_count or 1)


def _goes_on(lines: Sequence[str], row: int, stop: int, *, fenced: bool) -> bool:
    """Whether after blank lines the hunk goes on at `row`: blank lines at its end are the reply's, not the file's."""
    if row >= stop or _ends_hunk(lines, row):
        return False
    if lines[row][0] in " +-\t\\":
        return True
    # A line without a mark: of the hunk only if a change comes after it.
    after = next((at for at in range(row, stop) if _ends_hunk(lines, at) or lines[at][:1] in ("+", "-")), stop)
    return fenced and after < stop and not _ends_hunk(lines, after)


def _blocks(file: _File) -> list[Block]:
    if file.kind == "create":
        return [Block("create", file.names, new=tuple(line for hunk in file.hunks for line in hunk.new), row=file.row)]
    if file.kind == "delete":
        old = tuple(line for hunk in file.hunks for line in hunk.old)
        return [Block("delete", file.names, old=old, row=file.row)]
    if file.kind == "rename":
        return [Block("rename", file.names, new_name=file.new_name, row=file.row), *file.hunks]
    return file.hunks

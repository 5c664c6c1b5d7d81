"""A region's new text, as the model gave it → as it stands in the file."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence

from glm_lsp.edits.elision import emptied, placeholders
from glm_lsp.edits.indent import rebased
from glm_lsp.edits.match import keeping, numbered
from glm_lsp.edits.refill import refilled
from glm_lsp.edits.refusal import unusable
from glm_lsp.edits.source import BOM, Source, trimmed
from glm_lsp.errors import ReplyUnusable
from glm_lsp.reply.blocks import Lines
from glm_lsp.reply.fence import mark
from glm_lsp.reply.sentinels import REGION_MARK, STRAY_MARK

DISTINCTIVE = 8
"""Characters, spaces left out, a line must have to be evidence on its own."""


def rewritten(answer: Lines, source: Source, first: int, last: int, language: str) -> Lines:
    """The new text of the lines `first` to `last` (half-open) of `source`, from what stood in the fence.

    The marks of the region and lines from around it are dropped, indentation and blank edges are the region's, and a
    line that is the same but for trailing space or Unicode normal form keeps the file's bytes.

    Errors: ReplyUnusable if text was left out, or what belongs to the region is not certain.
    """
    old = source.bodies[first:last]
    answer = _without_marks(tuple(answer), old)
    if answer and answer[0].startswith(BOM):
        answer = (answer[0].removeprefix(BOM), *answer[1:])
    _check_numbers(answer, old)
    answer = _without_echo(trimmed(answer), source.bodies, first, last)
    answer = rebased(answer, old, source.bodies, language)
    if rows := placeholders(answer, old, language):
        answer = refilled(answer, old, rows, language) or answer
    check_complete(answer, old, language)
    check_marks(answer, old, language)
    return keeping(_with_edges(answer, old), old, old, _key)


def check_complete(new: Sequence[str], old: Sequence[str], language: str) -> None:
    """Errors: ReplyUnusable if `new` leaves out code that stood in `old`."""
    rows = placeholders(new, old, language)
    if rows or (language == "python" and emptied(new, old)):
        shown = new[rows[0]].strip() if rows else "..."
        raise unusable(
            "it leaves out parts of the text",
            f"Your answer leaves text out (`{shown}`). Give the complete text, with nothing left out.",
        )


def check_marks(new: Sequence[str], old: Sequence[str], language: str) -> None:
    """Errors: ReplyUnusable if a mark of the reply's own form, or a fence at an edge, would get into the file."""
    edges = [line for line in new if line.strip()]
    for line in {*edges[:1], *edges[-1:]}:
        if language != "markdown" and mark(line) is not None and line not in old:
            raise unusable(
                "where its code begins and ends is not certain",
                "Put the text in exactly one fence, closed by the same run of backticks that opens it.",
            )
    there = Counter(old)
    for line, count in Counter(line for line in new if STRAY_MARK.fullmatch(line)).items():
        if count > there[line]:
            raise unusable(
                "a mark stands in its code", f"`{line.strip()}` stands in the new text. Leave such marks out."
            )


def _check_numbers(answer: Lines, old: Lines) -> None:
    """Errors: ReplyUnusable if each line of the answer has a number before it, and one is a line of `old` without."""
    filled = [numbered(line) for line in answer if line.strip()]
    if len(filled) < 2 or None in filled:
        return
    there = {line.strip() for line in old}
    if any(line is not None and line.strip() in there for line in filled):
        raise unusable("its lines are numbered", "Give the text without line numbers.")


def _key(line: str) -> str:
    """What a line is but for trailing space and normal form."""
    line = line.rstrip()
    return line if line.isascii() else unicodedata.normalize("NFC", line)


def _with_edges(lines: Lines, old: Sequence[str]) -> Lines:
    """`lines` with the blank lines `old` begins and ends with."""
    filled = [row for row, line in enumerate(old) if line.strip()]
    if not filled or not lines:
        return lines
    return (*old[: filled[0]], *lines, *old[filled[-1] + 1 :])


def _without_marks(answer: Lines, old: Sequence[str]) -> Lines:
    """What stands between the marks of the region, if the answer repeats them."""
    if any(REGION_MARK.fullmatch(line) for line in old):
        return answer
    marks = [(row, found[1]) for row, line in enumerate(answer) if (found := REGION_MARK.fullmatch(line))]
    if not marks:
        return answer
    if [kind for _, kind in marks] == ["START", "END"]:
        return answer[marks[0][0] + 1 : marks[1][0]]
    edges = {"START": not trimmed(answer[: marks[0][0]]), "END": not trimmed(answer[marks[0][0] + 1 :])}
    if len(marks) == 1 and edges[marks[0][1]]:
        return tuple(line for row, line in enumerate(answer) if row != marks[0][0])
    raise unusable(
        "it repeats the marks around the region in the wrong places",
        "Give only the new text of the region, without the GLM_REGION lines.",
    )


def _without_echo(answer: Lines, file: Sequence[str], first: int, last: int) -> Lines:
    """`answer` without lines that stand right before and after the region in the file, if the model gave them too."""
    old = file[first:last]
    if not answer or not any(line.strip() for line in old):
        return answer
    answer = _cut(answer, file[:first], old, file)
    return _cut(answer[::-1], file[last:][::-1], old[::-1], file)[::-1]


def _cut(answer: Lines, outside: Sequence[str], old: Sequence[str], file: Sequence[str]) -> Lines:
    """`answer` without the longest beginning that is the end of `outside`, where the region's own first line comes
    next.

    Errors: ReplyUnusable if something else comes next, and the beginning is too much to be there by chance; so too if
    the answer begins as the whole file does.
    """
    text, around = [line.strip() for line in answer], [line.strip() for line in outside]
    own = [line.strip() for line in old if line.strip()]
    for length in range(min(len(text), len(around)), 0, -1):
        if text[:length] != around[len(around) - length :]:
            continue
        filled, rest = [line for line in text[:length] if line], [line for line in text[length:] if line]
        if not filled or own[: len(filled)] == filled:
            return answer  # the region itself begins like what stands before it
        telling = len(filled) >= 2 or _distinctive(filled[0], file)
        if rest and rest[0] == own[0] and (telling or filled[0] != own[0]):
            return answer[length:]
        if not telling or filled[0] == own[0]:
            return answer
        raise _echoes()
    top, begins = [line for line in around if line][:2], [line for line in text if line][:2]
    if top and begins and begins[0] == top[0] != own[0] and (begins == top or _distinctive(top[0], file)):
        raise _echoes()
    return answer


def _echoes() -> ReplyUnusable:
    return unusable(
        "it repeats lines from around the region",
        "Your answer repeats lines that stand outside the region. Give the new text of the region alone.",
    )


def _distinctive(line: str, file: Sequence[str]) -> bool:
    return len("".join(line.split())) >= DISTINCTIVE and Counter(each.strip() for each in file)[line] == 1

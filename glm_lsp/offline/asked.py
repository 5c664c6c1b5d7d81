"""What is asked: a region of a file, the text around it, and what to do with it, read back from the messages.

Only the region's sentinels are relied on. Without the boundary lines of the file, the region is all there is of it;
without the headings before the task and the user's words, all that follows the file is the task.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from glm_lsp.reply.sentinels import CANNOT, REGION_MARK, SHORTEST_FENCE, region_end, region_start
from glm_lsp.text.lines import body, split

_LANGUAGE = re.compile(r"\(([\w+#.-]+)\)[^()\w]*$")
"""At the end of the boundary above the file."""
_OMISSION = re.compile(r"\[[0-9]+ lines are not shown\]")
_TASK = "# Task"
_USER = "The user's instruction:"


class Turn(NamedTuple):
    """One message: `role` is system, user, assistant or tool."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """`region` stands in the file between `before` and `after`, all in whole lines. `language` is an LSP language id,
    empty where it is not known. `task` is what is to be done, in the words of the action; `words` those the user has
    added, often none. `wants_edit`: by a new text of the region, not by an explanation."""

    region: str
    before: str
    after: str
    language: str
    task: str
    words: str
    wants_edit: bool

    def with_region(self, region: str) -> str:
        """The file with another text in the region's place."""
        return self.before + region + self.after


def read(turns: Sequence[Turn]) -> Asked | None:
    """What the last user message with a region asks for, and what the user said after it; None if none holds one."""
    for index in reversed(range(len(turns))):
        if turns[index].role == "user" and (found := _marked(turns[index].text)) is not None:
            break
    else:
        return None
    lines, start, end, nonce = found
    bounds = [number for number, line in enumerate(lines) if f"GLM_DATA_{nonce} " in line]
    opening = max((number for number in bounds if number < start), default=None)
    closing = min((number for number in bounds if number > end), default=end + 1)
    before = lines[start if opening is None else opening + 1 : start]
    after = lines[end + 1 : closing]
    if before and _OMISSION.fullmatch(body(before[0])):
        before = before[1:]
    if after and _OMISSION.fullmatch(body(after[-1])):
        after = after[:-1]
    language = None if opening is None else _LANGUAGE.search(lines[opening])
    rest = "".join(lines[max([end, *bounds]) + 1 :])
    task, _, words = (rest.partition(f"{_TASK}\n")[2] or rest).partition(_USER)
    later = [turn.text for turn in turns[index + 1 :] if turn.role == "user"]
    return Asked(
        region="".join(lines[start + 1 : end]),
        before="".join(before),
        after="".join(after),
        language=language[1] if language else "",
        task=task.strip(),
        words="\n".join([words, *later]).strip(),
        # What an edit may answer is said with it: a fence, or no.
        wants_edit=CANNOT in rest or "`" * SHORTEST_FENCE in rest,
    )


def _marked(text: str) -> tuple[list[str], int, int, str] | None:
    """The lines of `text`, the numbers of the two that mark the region, and their nonce."""
    lines = split(text)
    marks = [number for number, line in enumerate(lines) if REGION_MARK.fullmatch(body(line))]
    for start in reversed(marks):
        nonce = body(lines[start]).rpartition("_")[2].strip("> \t")
        for end in marks:
            if start < end and [body(lines[at]).strip() for at in (start, end)] == [
                region_start(nonce),
                region_end(nonce),
            ]:
                return lines, start, end, nonce
    return None

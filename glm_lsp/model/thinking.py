"""Thoughts that arrive in the content: between `<think>` tags, or before an orphan `</think>`.

GLM's template may put `<think>` into the prompt, so that the reply holds the closing tag only; tags also come doubled
and cut in two. Special tokens of the template that leak (`<|user|>`) are dropped. A tag that is quoted or stands in a
code fence is text: somebody may be editing a program about tags.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

OPEN = "<think>"
CLOSE = "</think>"
_TOKENS = ("<|user|>", "<|assistant|>", "<|observation|>", "<|system|>", "<|endoftext|>")
_TAG = re.compile("|".join(re.escape(tag) for tag in (OPEN, CLOSE, *_TOKENS)))
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})(.*)")
_BLANK_LIMIT = 4_096


class Piece(NamedTuple):
    """A piece of content. `retract`: the text so far was thought."""

    kind: Literal["text", "thought", "retract"]
    text: str


class CodeFences:
    """Follows a text as it comes, to say whether its end is quoted or in a fence (CommonMark §4.5, any indentation)."""

    def __init__(self) -> None:
        self._unread: list[str] = []
        self._line = ""
        self._fence = ""

    def say(self, text: str) -> None:
        self._unread.append(text)

    def is_code_at_end(self) -> bool:
        lines = (self._line + "".join(self._unread)).split("\n")
        self._unread.clear()
        self._line = lines.pop()
        for line in lines:
            self._fence = _fence_after(self._fence, line)
        return self._line[-1:] in ("`", '"', "'") or bool(_fence_after(self._fence, self._line))

    def is_line_start(self) -> bool:
        """Whether the end, as of the last `is_code_at_end`, has only blanks before it on its line."""
        return not self._line.strip()


def _fence_after(fence: str, line: str) -> str:
    """The marks of the fence that is open after `line`, if `fence` was open before it."""
    match = _FENCE.match(line)
    if match is None:
        return fence
    marks, info = match.groups()
    if not fence:
        # An info string with a backtick makes it inline code.
        return "" if "`" in info and marks[0] == "`" else marks
    return "" if marks[0] == fence[0] and len(marks) >= len(fence) and not info.strip() else fence


def held_back(text: str, tags: tuple[str, ...]) -> int:
    """How many characters at the end of `text` may be the beginning of one of `tags`."""
    at = text.rfind("<")  # the last one: no tag holds a second
    if at < 0:
        return 0
    tail = text[at:]
    return len(tail) if any(tag.startswith(tail) for tag in tags) else 0


class ContentFilter:
    """Tells text from thoughts in the pieces of one reply's content."""

    def __init__(self) -> None:
        self._state: Literal["start", "thought", "text"] = "start"
        self._held = ""
        self._fences = CodeFences()
        self._has_said = False
        self._seen_tag = False

    def separated(self) -> None:
        """The server sends thoughts in a field of their own, so content is not one."""
        self._seen_tag = True

    def passes(self, content: str) -> bool:
        """Whether `content` is text as it stands; then it need not be fed. Nearly every piece is."""
        if self._state != "text" or self._held or "<" in content:
            return False
        self._has_said = True
        self._fences.say(content)
        return True

    def feed(self, content: str) -> list[Piece]:
        pieces: list[Piece] = []
        rest = self._held + content
        self._held = ""
        while rest:
            if self._state == "start":
                rest = self._at_start(rest)
            elif self._state == "thought":
                rest = self._in_thought(rest, pieces)
            else:
                rest = self._in_text(rest, pieces)
        return pieces

    def end(self) -> list[Piece]:
        """What was held back because it might have become a tag."""
        rest, self._held = self._held, ""
        if not rest:
            return []
        return [Piece("thought" if self._state == "thought" else "text", rest)]

    def _at_start(self, rest: str) -> str:
        body = rest.lstrip()
        for tag in (OPEN, CLOSE):
            if body.startswith(tag):
                self._seen_tag = True
                self._state = "thought" if tag == OPEN else "start"
                return body[len(tag) :]
        if len(rest) < _BLANK_LIMIT and held_back(body, (OPEN, CLOSE)) == len(body):
            self._held = rest
            return ""
        self._state = "text"
        # The empty lines between a closing tag and the reply belong to neither; an indentation belongs to the reply.
        return re.sub(r"^(?:[ \t]*\r?\n)+", "", rest) if self._seen_tag else rest

    def _in_thought(self, rest: str, pieces: list[Piece]) -> str:
        thought, tag, after = rest.partition(CLOSE)
        if tag:
            self._state = "start"
        else:
            held = held_back(rest, (CLOSE,))
            thought, self._held = rest[: len(rest) - held], rest[len(rest) - held :]
        if thought:
            pieces.append(Piece("thought", thought))
        return after

    def _in_text(self, rest: str, pieces: list[Piece]) -> str:
        match = _TAG.search(rest)
        if match is None:
            held = held_back(rest, (OPEN, CLOSE, *_TOKENS))
            self._held = rest[len(rest) - held :]
            self._say(rest[: len(rest) - held], pieces)
            return ""
        before, tag, after = rest[: match.start()], match[0], rest[match.end() :]
        had_said = self._has_said
        self._say(before, pieces)
        if self._fences.is_code_at_end() or (tag == OPEN and not self._fences.is_line_start()):
            self._say(tag, pieces)
        elif tag == OPEN:
            self._state, self._seen_tag = "thought", True
        elif tag == CLOSE and not self._seen_tag:
            if before:
                pieces.pop()
            if had_said:
                pieces.append(Piece("retract", ""))
            if before:
                pieces.append(Piece("thought", before))
            self._fences, self._has_said = CodeFences(), False
            self._state, self._seen_tag = "start", True
        return after

    def _say(self, text: str, pieces: list[Piece]) -> None:
        if text:
            self._has_said = True
            self._fences.say(text)
            pieces.append(Piece("text", text))

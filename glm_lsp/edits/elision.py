"""Placeholders for code the model left out: `# ... rest of the code unchanged ...` and its kin."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_COMMENT = re.compile(r"(?:\{?/\*+|<!--+|//+|#+|--+|;+|%+|\*)[ \t]*(.*?)[ \t]*(?:\*+/\}?|--+>)?[ \t]*,?")
_DOTS = r"(?:\.\.\.+|…)"
_WORDS = (
    r"(?:existing|rest|remainder|unchanged|remain(?:s|ing)?|same|previous|omitted|original|as[ ]before|no[ ]changes?|"
    r"keep|others?|more|code[ ]here|abbreviated|truncated|elided)"
)
_LEADING = re.compile(rf"[\[({{<]?[ ]*{_DOTS}.*\b{_WORDS}\b.*", re.IGNORECASE)
_TRAILING = re.compile(
    rf"[\[({{<]?[ ]*(?:the[ ]|your[ ]|all[ ]|keep[ ])*{_WORDS}\b[^.…]*{_DOTS}[ ]*[\])}}>]?", re.IGNORECASE
)
_NOUNS = (
    r"(?:code|lines?|file|functions?|methods?|class(?:es)?|implementations?|body|imports?|module|content|logic|fields?|"
    r"tests?|cases?|members?|propert(?:y|ies)|definitions?|statements?|attributes?|routes?|handlers?|styles?|rules?)"
)
_STATE = (
    r"(?:[ ](?:is[ ]|are[ ]|remains?[ ]|stays?[ ])?"
    r"(?:unchanged|omitted|the[ ]same|as[ ]before|here|goes[ ]here|follows))*"
)
_PLAIN = re.compile(
    rf"(?:the[ ])?(?:rest|remainder)[ ]of[ ](?:the[ ]|this[ ]|your[ ])?(?:\w+[ ])?{_NOUNS}{_STATE}"
    rf"|(?:the[ ])?(?:existing|previous|remaining|original|other|unchanged)[ ](?:\w+[ ])?{_NOUNS}{_STATE}"
    r"|unchanged|omitted|same[ ]as[ ](?:before|above|original)|no[ ]changes?(?:[ ]here)?|omitted[ ]for[ ]brevity"
    r"|keep[ ]existing[ ].*",
    re.IGNORECASE,
)
LONGEST = 200
"""Characters a placeholder has at most."""

_BARE_IS_TEXT = frozenset({"python", "yaml", "markdown", "plaintext", "restructuredtext", "latex", "c", "cpp", ""})
"""Languages in which a line of three dots alone means something."""


def is_placeholder(line: str, language: str = "") -> bool:
    """Whether the line stands for code that was left out."""
    text = line.strip()
    if len(text) > LONGEST:
        return False
    if text in ("...", "…"):
        return language not in _BARE_IS_TEXT
    comment = _COMMENT.fullmatch(text)
    if comment is None:
        return bool(_LEADING.fullmatch(text) or (text[:1] in "([{<" and _TRAILING.fullmatch(text)))
    inner = comment[1].strip()
    return bool(
        re.fullmatch(_DOTS, inner) or _LEADING.fullmatch(inner) or _TRAILING.fullmatch(inner) or _PLAIN.fullmatch(inner)
    )


def placeholders(new: Sequence[str], old: Sequence[str], language: str) -> list[int]:
    """The rows of `new` that are placeholders and did not stand, in that number, in `old`."""
    there = Counter(line.strip() for line in old)
    found = []
    for row, line in enumerate(new):
        if is_placeholder(line, language):
            if there[line.strip()] > 0:
                there[line.strip()] -= 1
            else:
                found.append(row)
    return found


def emptied(new: Sequence[str], old: Sequence[str]) -> bool:
    """Whether bodies gave way to Python's `...`: more of them than before in a text that got shorter."""
    count = sum(line.strip() == "..." for line in new) - sum(line.strip() == "..." for line in old)
    return count > 0 and len(old) - len(new) >= 3

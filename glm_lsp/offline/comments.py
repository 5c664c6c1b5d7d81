"""A comment above a region, in the language's own style: the one edit there is for every language that has comments."""

from __future__ import annotations

import re

from glm_lsp.offline.asked import Asked
from glm_lsp.offline.python_source import LONGEST, same_program
from glm_lsp.syntax import tree
from glm_lsp.syntax.comments import comment
from glm_lsp.syntax.languages import language
from glm_lsp.text.lines import Text, indentation, is_blank, split

_NAMED = re.compile(
    r"^\s*(?:(?:export|default|public|private|protected|internal|static|abstract|final|async|pub|local|unsafe)\s+)*"
    r"(?:def|func|function|fn|fun|sub|class|struct|interface|trait|enum|impl|module|type|table|view)\s+([^\W\d]\w*)",
    re.MULTILINE,
)
"""A definition at the start of a line, in the words most languages have for it."""
# Where a line of one of these may be text or markup, a comment would be content.
_NOT_HERE = frozenset({"yaml", "php", "latex", "ini", "makefile"})
_OPENERS = ("<<", "`", '"""', "'''", "[[", "/*", "=begin", "=pod", "=head", "{-", "#=", "<#", "(*", "#|", "q{")
"""What can open a string or a comment over several lines in a language we have no grammar of."""


def commented(asked: Asked) -> str | None:
    """The region with a comment above its first line, or None where that may not be a comment."""
    lines = split(asked.region)
    at = next((number for number, line in enumerate(lines) if not is_blank(line)), None)
    row = language(asked.language)
    if at is None or not row.name or not row.line or row.name in _NOT_HERE:
        return None
    made = comment(_words(asked), asked.language, indentation(lines[at]))
    if lines[at] == made:
        return None
    region = "".join([*lines[:at], made, *lines[at:]])
    return region if _is_comment(asked, region, at) else None


def _words(asked: Asked) -> str:
    """What the comment says: true of any code, and a place to say more."""
    if name := _NAMED.search(asked.region):
        return f"{name[1]}: to be described."
    count = sum(not is_blank(line) for line in split(asked.region))
    return f"To be described: the next {count} lines." if count > 1 else "To be described: the next line."


def _is_comment(asked: Asked, region: str, at: int) -> bool:
    """Whether the line added at line `at` of the region is a comment to the language, as far as can be told."""
    before, after = asked.with_region(asked.region), asked.with_region(region)
    if len(after) > LONGEST:
        return False
    if asked.language == "python":
        return same_program(before, after)
    number = len(split(asked.before)) - 1 + at
    above = "".join(split(before)[:number])
    if above.rstrip("\r\n").endswith("\\") or asked.region.lstrip().startswith("<"):
        return False
    old, new = tree.parse(Text.of(before), asked.language), tree.parse(Text.of(after), asked.language)
    if old is None or new is None:
        return not any(opener in above for opener in _OPENERS)
    return tree.errors(new) <= tree.errors(old) and number not in tree.multiline_strings(old)

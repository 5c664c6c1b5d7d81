"""What the lines of a region give away at a glance: signs that call for an action.

Read from the lines alone, never from a tree: so the menu is the same before and after the file is parsed. Each is a
guess that decides only whether an item is worth a place in the menu, so a wrong one costs a line there. At most
`SCANNED` lines are looked at, and `LONGEST` characters of each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from glm_lsp.syntax.indent import begins_definition
from glm_lsp.syntax.languages import language as language_row
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import indentation, is_blank

Sign = Literal[
    "code",
    "function",
    "gap",
    "foreign",
    "undocumented",
    "untyped",
    "branches",
    "fallible",
    "loops",
    "dated",
    "terse",
]
"""`code`: there is any; `function`: one begins there; `gap`: something is still to be written; `foreign`: a comment has
letters beyond ASCII; `undocumented`, `untyped`: of its first definition; `branches`: several; `fallible`: calls that
fail, and nothing that minds it; `loops`: one inside another; `dated`: ways of writing that have better successors;
`terse`: several names of one letter."""

SCANNED = 400
LONGEST = 300
HEADER = 12
"""Lines a definition's head may have."""

_TYPE = re.compile(r"\b(?:class|struct|interface|trait|impl|enum|union|module|defmodule|namespace|type)\b")
_TODO = re.compile(r"\b(?:TODO|FIXME)\b")
_UNWRITTEN = re.compile(
    r"raise NotImplementedError|\btodo!\(|\bunimplemented!\("
    r"|(?:panic|Error|Exception)\(\s*[\"'](?:not implemented|TODO)",
    re.IGNORECASE,
)
_DECLARED = re.compile(r"@(?:\w+\.)?(?:overload|abstractmethod)\b")
_WORD = re.compile(r"[^\W\d_]{2,}")
_BRANCH = re.compile(r"\s*+\}?\s*+(?:if|elif|elsif|else|switch|case|match|unless)\b")
_LOOP = re.compile(r"\s*+(?:async\s+)?(?:for|foreach|while|until|loop)\b")
_FALLIBLE = re.compile(
    r"\b(?:open|fetch|urlopen|readFile\w*|writeFile\w*|requests\.\w+|subprocess\.\w+|json\.loads?|JSON\.parse"
    r"|os\.(?:Open|ReadFile|remove|rename)|http\.(?:Get|Post)|connect|execute|unwrap|expect)\s*+\("
)
_MINDED = re.compile(r"\s*+\}?\s*+(?:try|except|catch|rescue|recover)\b|\bif\s+err\b|\.catch\(|\)\?")
_DATED: Mapping[str, re.Pattern[str]] = {
    "python": re.compile(
        r"[\"'] %|\.format\(|\bos\.path\.|\bOptional\[|\bUnion\[|\b(?:List|Dict|Set|Tuple)\[|super\(\w+, |[!=]= None"
        r"|\bclass \w+\(object\)"
    ),
    "javascript": re.compile(r"\bvar\s|\.then\(|\brequire\(|\.prototype\.|\barguments\["),
    "go": re.compile(r"\binterface\{\}|\bioutil\."),
    "rust": re.compile(r"\btry!\(|\bextern crate\b"),
    "java": re.compile(r"\bnew (?:Vector|Hashtable|Date|StringBuffer)\b|\.equals\(\"\"\)"),
    "csharp": re.compile(r"\bstring\.Format\(|\bArrayList\b|[!=]= null"),
    "cpp": re.compile(r"\bNULL\b|\btypedef\b|\bauto_ptr\b"),
}
_TERSE = re.compile(r"\s*+(?:(?:let|const|var|auto|mut)\s+)*+[a-zA-Z]\d?\s*+(?::?=)(?!=)")
_QUOTES = re.compile(r"[rRbBuUfF]{0,2}[\"']")
_PARAMETER_OF_PHP = re.compile(r"[(,]\s*+&?\$\w")


def signs(lines: Sequence[str], region: LineSpan, language: str) -> frozenset[Sign]:
    """The signs in the lines `region` of a text in `language`."""
    first, last = region.first, min(region.last, region.first + SCANNED, len(lines))
    shown = [lines[number][:LONGEST] for number in range(first, last)]
    return frozenset(_found(lines, shown, first, language))


def _found(lines: Sequence[str], shown: Sequence[str], first: int, language: str) -> Iterator[Sign]:
    row = language_row(language)
    family = _family(language)
    if not all(map(is_blank, shown)):
        yield "code"
    if row.blocks == "none":
        if _foreign(shown, language):
            yield "foreign"
        return
    heads = [number for number, line in enumerate(shown) if begins_definition(shown, number, language)]
    functions = [number for number in heads if not _TYPE.search(shown[number].partition("(")[0])]
    if functions:
        yield "function"
    if _gap(shown, functions, language):
        yield "gap"
    if _foreign(shown, language):
        yield "foreign"
    if heads and not _documented(lines, first, shown, heads[0], language):
        yield "undocumented"
    if functions and _untyped(_head(shown, functions[0]), family):
        yield "untyped"
    if sum(_BRANCH.match(line) is not None for line in shown) > 1:
        yield "branches"
    if any(map(_FALLIBLE.search, shown)) and not any(map(_MINDED.search, shown)):
        yield "fallible"
    if _nested_loops(shown):
        yield "loops"
    if family in _DATED and any(map(_DATED[family].search, shown)):
        yield "dated"
    if sum(_TERSE.match(line) is not None for line in shown) > 1:
        yield "terse"


def _family(language: str) -> str:
    """The language, or the one whose ways it shares."""
    name = language_row(language).name
    return "javascript" if name in ("typescript", "typescriptreact") else name


def _comment(line: str, language: str) -> str:
    """The comment in `line`, or what looks like one."""
    row = language_row(language)
    text = line.strip()
    marks = [mark for mark in (row.line, *(row.block or ())[:1]) if mark]
    if row.block == ("/*", "*/") and text.startswith("*"):
        return text
    return next((text[text.index(mark) :] for mark in marks if mark in text), "")


def _foreign(shown: Sequence[str], language: str) -> bool:
    return any(
        not word.isascii() for line in shown if not line.isascii() for word in _WORD.findall(_comment(line, language))
    )


def _gap(shown: Sequence[str], functions: Sequence[int], language: str) -> bool:
    if any(_TODO.search(_comment(line, language)) or _UNWRITTEN.search(line) for line in shown):
        return True
    if any(map(_DECLARED.search, shown)):
        return False
    return any(_empty(shown, number, language) for number in functions)


def _empty(shown: Sequence[str], head: int, language: str) -> bool:
    """Whether the function that begins at `head` has a body without anything in it."""
    row = language_row(language)
    end = _end(shown, head, row.blocks)
    below = [line.strip() for line in shown[end + 1 : end + 1 + HEADER] if not is_blank(line)]
    text = shown[end].rstrip() if end < len(shown) else ""
    if row.blocks == "brace":
        return text.endswith("{}") or (text.endswith("{") and below[:1] == ["}"])
    if row.blocks == "end":
        return below[:1] == ["end"]
    stub = next((line for line in below if not _QUOTES.match(line)), "")
    return stub in ("pass", "...") or text.endswith((": pass", ": ..."))


def _end(shown: Sequence[str], head: int, blocks: str) -> int:
    """The last line of the head of the definition that begins at `head`."""
    for number in range(head, min(len(shown), head + HEADER)):
        text = shown[number].rstrip()
        if blocks == "end" or (blocks == "brace" and "{" in text) or (blocks == "indent" and _closes(text)):
            return number
    return head


def _closes(text: str) -> bool:
    code = text.partition("  #")[0].rstrip()
    return code.endswith((":", ": pass", ": ...")) or "): " in code


def _head(shown: Sequence[str], head: int) -> str:
    """The head of the function that begins at `head`, as one line."""
    text = ""
    for line in shown[head : head + HEADER]:
        text += line.strip() + " "
        if "(" in text and text.count("(") <= text.count(")"):
            break
    return text


def _documented(lines: Sequence[str], first: int, shown: Sequence[str], head: int, language: str) -> bool:
    if language_row(language).blocks == "indent":
        below = shown[_end(shown, head, "indent") + 1 :]
        return _QUOTES.match(next((line.strip() for line in below if not is_blank(line)), "")) is not None
    number = first + head - 1
    while number >= max(0, first - HEADER) and lines[number].strip().startswith(("@", "#[")):
        number -= 1
    above = lines[number].strip() if number >= 0 else ""
    row = language_row(language)
    return above.startswith(row.line or "\0") or above.endswith("*/") or (above == "=end" and row.name == "ruby")


def _untyped(head: str, family: str) -> bool:
    if family == "php":
        return _PARAMETER_OF_PHP.search(head) is not None
    if family not in ("python", "javascript") or "(" not in head:
        return False
    bare = [one for one in _parameters(head) if ":" not in one.partition("=")[0] and not _needs_no_type(one)]
    if family == "python":
        return bool(bare) or ("->" not in head and "def __init__" not in head)
    return bool(bare) or re.search(r":\s*any\b", head) is not None


def _needs_no_type(parameter: str) -> bool:
    return parameter.partition("=")[0].strip() in ("", "self", "cls", "*", "/", "this")


def _parameters(head: str) -> Iterator[str]:
    """The parameters in the first brackets of `head`, without what stands in brackets inside them."""
    depth, current = 1, ""
    for character in head.partition("(")[2].replace("=>", "  "):
        depth -= character in ")]}>"
        if depth == 0:
            break
        if depth == 1 and character == ",":
            yield current
            current = ""
        elif depth == 1:
            current += character
        depth += character in "([{<"
    yield current


def _nested_loops(shown: Sequence[str]) -> bool:
    outer: int | None = None
    for line in shown:
        if is_blank(line):
            continue
        depth = len(indentation(line).expandtabs(4))
        if outer is not None and depth <= outer:
            outer = None
        if _LOOP.match(line):
            if outer is not None:
                return True
            outer = depth
    return False

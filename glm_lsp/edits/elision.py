"""Placeholders for code the model left out: `# ... rest of the code unchanged ...` and its kin.

What is taken for one is refused, or filled from the old text where there is one way to (`refill`, `match`): a comment
that only reads like one costs the user an answer, one that is missed costs him code. A comment counts if it has dots
and words, or if its words can mean nothing else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_COMMENT = re.compile(r"(?:\{?/\*+|<!--+|//+|#+|--+|;+|%+|\*)[ \t]*(.*?)[ \t]*(?:\*+/\}?|--+>)?[ \t]*,?")
"""A line that is a comment and nothing else, in any language: what it says."""
_DOTS = r"(?:\.\.\.+|…+)"
_WORDS = (
    r"(?:existing|rest|remainder|unchanged|remain(?:s|ing)?|same|previous|omitted|original|as[ ]before|no[ ]changes?|"
    r"keep|others?|more|code[ ]here|abbreviated|truncated|elided)"
)
_LEADING = re.compile(rf"[\[({{<]?[ ]*{_DOTS}.*\b{_WORDS}\b.*", re.IGNORECASE)
"""`... the rest of it`"""
_TRAILING = re.compile(
    rf"[\[({{<]?[ ]*(?:the[ ]|your[ ]|all[ ]|keep[ ])*{_WORDS}\b[^.…]*{_DOTS}[ ]*[\])}}>]?", re.IGNORECASE
)
"""`[existing imports ...]`"""
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
"""Without dots, and yet nothing else: `rest of the class unchanged`, `existing methods here`, `no changes`."""
_DOTTED = re.compile(_DOTS)
_STATED = re.compile(
    rf".*[(\[<](?:{_PLAIN.pattern}|existing[ ]code|not[ ]shown|snip(?:ped)?)[)\]>]|snip(?:ped)?", re.IGNORECASE
)
"""`sub, mul (unchanged)`, `[existing functions]`, `<snip>`."""
_HAN_NOUN = r"(?:代码|部分|内容|方法|函数|逻辑|实现|导入|配置|样式|字段|属性|测试)"
_HAN_STATE = r"(?:都|均|全部)?(?:(?:保持|维持)?不变|(?:已)?省略|保持原样|保持一致|同上|相同)"
_HAN_REST = (
    r"(?:其余|剩余|余下|现有|原有|已有|原来|之前|其他|其它|后续|后面|前面|以上|以下|上面|下面|此处|这里|中间|部分)的?"
)
_HAN = re.compile(
    rf"[（(\[]?(?:(?:其余|剩余|余下|现有|原有|已有)的?(?:所有|全部)?{_HAN_NOUN}|{_HAN_REST}(?:所有|全部)?{_HAN_NOUN}?{_HAN_STATE}"
    rf"|{_HAN_NOUN}?(?:保持不变|省略|同上)|(?:保留|保持)(?:原有|现有|其余|其他)的?{_HAN_NOUN}(?:不变)?"
    r"|(?:以下|以降|途中|中)?省略|以下同じ|変更なし|(?:残り|既存|その他)の(?:コード|部分|処理|関数|メソッド|実装)\w{0,10}"
    r"|(?:나머지|기존)[ ](?:코드|부분|함수|메서드)\w?(?:[ ]\w{1,6}){0,2}|(?:이하[ ])?생략)[）)\]]?"
)
"""The rest of the code, or that it stays or is left out, in Chinese, Japanese and Korean."""
_FOREIGN = re.compile(
    rf"{_DOTS}.*(?:\b(?:rest[oe]|restantes?|restlich\w*|übrige\w*|unverändert|existentes?|existantes?|inchangée?s?|"
    r"остальн\w*|без[ ]изменений|sin[ ]cambios|sem[ ]alterações)\b|省略|不变|変更なし|생략).*",
    re.IGNORECASE,
)
"""With dots before it, in the other languages that models answer in."""
_BETWEEN = re.compile(rf"{_DOTS}(?:[ ]?[^.…\s].*)?{_DOTS}")
"""`... the loop ...`, and `... ...`"""
_INSIDE = re.compile(r"/\*[ \t]*(.*?)[ \t]*\*/")
"""A comment between other code: `{ /* ... */ }`."""
_BEHIND = re.compile(r"[^\"'`]*?[^\"'`\s:][ \t]*(?://|#)[ \t]*(.+)")
"""One behind code that holds no string, in which it might stand, nor the `://` of an address."""
LONGEST = 200
"""Characters a placeholder has at most."""

_PROSE = frozenset({"markdown", "plaintext", "restructuredtext", "latex"})
_BARE_IS_TEXT = _PROSE | {"python", "yaml", "c", "cpp", ""}
"""Languages in which a line of three dots alone means something."""


def is_placeholder(line: str, language: str = "") -> bool:
    """Whether the line stands for code that was left out."""
    text = line.strip()
    if len(text) > LONGEST:
        return False
    if text in ("...", "…"):
        return language not in _BARE_IS_TEXT
    comment = commented(text)
    if comment is None:
        bracketed = text[:1] in "([{<" and _TRAILING.fullmatch(text)
        return bool(_LEADING.fullmatch(text) or bracketed or (language not in _PROSE and _partly(text)))
    forms = (_PLAIN, _HAN) if text.startswith("*") else (_PLAIN, _HAN, _STATED)
    return _says(comment) or any(form.fullmatch(comment) for form in forms)


def commented(line: str) -> str | None:
    """What a line that is a comment and nothing else says."""
    comment = _COMMENT.fullmatch(line.strip())
    return comment[1].strip() if comment else None


def _says(comment: str) -> bool:
    """Whether a comment with dots stands for what was left out."""
    return any(form.fullmatch(comment) for form in (_DOTTED, _LEADING, _TRAILING, _FOREIGN, _BETWEEN))


def _partly(text: str) -> bool:
    """Whether a comment inside or behind code does: `{ /* ... */ }`, `pass  # ... the rest`."""
    inside = [found for found in _INSIDE.findall(text) if _says(found)]
    behind = _BEHIND.fullmatch(text)
    return bool(inside) or (behind is not None and _says(behind[1].strip()))


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

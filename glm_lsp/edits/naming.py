"""What a line of a reply may name as a file: a path alone, with a label or a remark, in a heading, a tag, a sentence.

Only words are read here. Which file they mean, if they mean one, is decided by `paths`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from glm_lsp.syntax.languages import of_suffix

LONGEST = 1000
"""Characters a line that names a path has at most."""

_LABEL = re.compile(
    r"(?:file(?:name|path| name| path)?|path|update|create|new file|in|(?:新建|新增|修改|更新)?文件(?:名|路径)?|路径)"
    r"[ ]*[:=：][ ]*|title=|filename=",
    re.IGNORECASE,
)
"""`File: `, `path = `, `文件：`: what says that a path follows."""
_DECORATION = re.compile(r"^(?:[#>*\-+/]+[ \t]+|\d+[.)][ \t]+|/\*[ \t]*|<!--[ \t]*)+")
"""What begins a heading, a quote, an item of a list or a comment."""
_COMMENT_END = re.compile(r"[ \t]*(?:\*/|-->)$")
_KEY = r"(?:path|file|file_?path|file_?name|name|target_?file)"
_TAG = re.compile(
    rf"<[\w.-]+[ \t](?:[^<>]*[ \t])?{_KEY}[ \t]*=[ \t]*[\"']([^\"'<>]+)[\"'][^<>]*>|<{_KEY}>([^<>]+)</{_KEY}>",
    re.IGNORECASE,
)
"""`<edit path="a.py">`, `<file>a.py</file>`."""
_LINK = re.compile(r"\[`?([^\[\]`]+)`?\]\([^()]*\)")
"""`[a.py](a.py)`: a link of Markdown."""
_REMARK = re.compile(r"(.*\S)[ \t]*(?:[ \t]\([^()/\\]*\)|（[^（）/\\]*）|:\d+(?:[-–:]\d+)?|#L\d+(?:-L?\d+)?)")
"""A path with words in brackets behind it, or with lines: `a.py (new)`, `a.py:10-20`, `a.py#L10`."""
_WHOLE = re.compile(
    r"\b(?:new|updated?|modified|changed|revised|edited|full|complete)\b|新|修改|更新|完整", re.IGNORECASE
)
"""What a remark says of a file that is given, and not of one that is only spoken of (`a.py (line 3)`)."""
_EMPHASISED = re.compile(r"(_{1,3})([^_\s](?:.*[^_\s])?)\1")
"""Underscores belong to a name (`__init__.py`, `_config.yml`) unless they stand around the whole of it."""
_LANGUAGE = re.compile(r"[\w+#-]+")
_ATTRIBUTE = re.compile(r"^(?:title|filename|path)=")
"""In an info string, before the path: `python title="a.py"`."""
_QUOTED = re.compile(r"`([^`]+)`")
_WORDS = re.compile(r"[A-Za-z0-9_@+./\\-]*[A-Za-z0-9_]")
"""The words of a sentence that could be paths; a full stop at its end belongs to none."""

_PATH_LIKE = re.compile(r"[^\s`'\"<>|*?,;]+")
_SUFFIXED = re.compile(r"\w\.[A-Za-z][A-Za-z0-9_+-]{0,11}$")
_DOTTED_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")
"""`asyncio.gather`"""
_PLAIN_NAMES = frozenset(
    {"makefile", "dockerfile", "license", "gemfile", "rakefile", "jenkinsfile", "procfile", "vagrantfile"}
)

_PRESENTS = re.compile(
    r"(?:\b(?:updated|new|complete|full|whole|entire|modified|revised|final|rewritten|refactored|fixed|corrected|"
    r"improved|contents?)(?:[ ](?:version|code|contents?|file|source|text|of|for|the))*|\bhere(?:[ ]is|[’']s)"
    r"|(?:更新后|修改后|完善后|重构后|修正后|完整|新|最终)的?(?:代码|文件|内容|版本)?|以下是|下面是)[ ]?[*_]*`[^`]+`",
    re.IGNORECASE,
)
"""What stands before a path in backticks when the text below is that file: ``the updated version of `a.py` ``."""
_MAKES = re.compile(r"\b(?:create|creating|new[ ](?:\w+[ ])?file)\b|新建|创建|新增", re.IGNORECASE)
"""What a sentence says that makes a file."""


def candidates(line: str) -> Iterator[tuple[str, bool]]:
    """What in a line may be a path; True with those that stand alone, not in a sentence."""
    if tag := _TAG.search(line):
        yield (tag[1] or tag[2]).strip(), True
    words = _COMMENT_END.sub("", _DECORATION.sub("", line.strip()).strip())
    words = _without_label(words.strip("* \t"))
    bare = words.strip("`*'\" \t:：").strip()
    if emphasised := _EMPHASISED.fullmatch(bare):
        bare = emphasised[2]
    before, colon, rest = bare.partition(":")
    if colon and len(before) > 1 and _LANGUAGE.fullmatch(before) and not rest.startswith("/"):
        yield rest.strip(), True  # an info string: the language, then the path
    elif colon and re.fullmatch("[A-Za-z]", before):
        yield rest.strip(), False  # of C, or on a drive
    if link := _LINK.fullmatch(bare):
        yield link[1].strip(), True
    if remark := _REMARK.fullmatch(bare):
        yield remark[1].strip("`*'\" \t"), _WHOLE.search(bare[remark.end(1) :]) is not None
    yield bare, True
    if len(quotations := _QUOTED.findall(words)) == 1:
        yield quotations[0], False
    parts = bare.split()
    if len(parts) == 2 and "." not in parts[0]:
        yield _ATTRIBUTE.sub("", parts[1]).strip("\"'"), True


def mentioned(line: str) -> str | None:
    """The one path among the words of a sentence, if there is one."""
    found = {word for word in _WORDS.findall(line) if is_path(word)} if len(line) <= LONGEST else set()
    return found.pop() if len(found) == 1 else None


def quoted(line: str) -> str | None:
    """The one path in backticks, of a kind that is no piece of code (`shop.cart`), if there is one."""
    found = set(_QUOTED.findall(line)) if len(line) <= LONGEST else set()
    path = found.pop() if len(found) == 1 else ""
    return path if is_path(path) and ("/" in path or of_suffix(PurePosixPath(path).suffix)) else None


def introduces(line: str) -> bool:
    """Whether the sentence that mentions a path ends in a colon: what comes next is for that file."""
    path = mentioned(line)
    return path is not None and re.search(rf"{re.escape(path)}[^.!?。！？]*[:：]$", line) is not None


def presents(line: str) -> bool:
    """Whether the sentence says of a path in backticks that the text below is that file."""
    return _PRESENTS.search(line) is not None


def makes(line: str) -> bool:
    """Whether the sentence speaks of a file that is made."""
    return _MAKES.search(line) is not None


def is_label(text: str, path: str) -> bool:
    """Whether `text` is `path` or the end of it, maybe called a path, and nothing else."""
    words = _without_label(text).strip("` ").removeprefix("./")
    return bool(words) and (words == path or path.endswith("/" + words))


def is_path(text: str) -> bool:
    """Whether `text` can only be a path: it has a folder, a suffix, or a name that only files have."""
    if not _PATH_LIKE.fullmatch(text) or "://" in text or text.endswith((".", "()", ")")):
        return False
    return "/" in text or "\\" in text or has_file_name(text)


def has_file_name(path: str) -> bool:
    """Whether `path` has a suffix or a name that only files have, or a dot begins a part of it."""
    parts = re.split(r"[/\\]", path)
    return (
        _SUFFIXED.search(parts[-1]) is not None
        or parts[-1].casefold() in _PLAIN_NAMES
        or any(part.startswith(".") and len(part) > 3 for part in parts)
    )


def may_be_code(path: str) -> bool:
    """Whether `path` may as well be a name of the program: it has dots, and no suffix that we know."""
    return _DOTTED_NAME.fullmatch(path) is not None and not of_suffix(PurePosixPath(path).suffix)


def marked(line: str, path: str) -> bool:
    """Whether the line sets `path` off as one: in quotes, in a tag, behind a label."""
    words = _DECORATION.sub("", line.strip()).strip("* \t")
    return re.search(rf"[`\"'>]{re.escape(path)}[`\"'<]", line) is not None or _LABEL.match(words) is not None


def _without_label(text: str) -> str:
    label = _LABEL.match(text)
    return text[label.end() :] if label else text

"""Which file a reply means. The model's words are never a path on their own: they pick one of the files that were sent,
or name a new one by rules that hold on every system.

The caller still compares the real path (links resolved) of a new file with the workspace folder before it writes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from glm_lsp.context.receipt import LOOKALIKE
from glm_lsp.edits.invisible import added
from glm_lsp.edits.protected import of_git
from glm_lsp.edits.request import EditRequest
from glm_lsp.edits.verify import unusable
from glm_lsp.syntax.languages import of_suffix

_LABEL = re.compile(
    r"(?:file(?:name|path| name| path)?|path|update|create|new file|in|(?:新建|新增|修改|更新)?文件(?:名|路径)?|路径)"
    r"[ ]*[:=：][ ]*|title=|filename=",
    re.I,
)
_DECORATION = re.compile(r"^(?:[#>*\-+/]+[ \t]+|\d+[.)][ \t]+|/\*[ \t]*|<!--[ \t]*)+")
_QUOTED = re.compile(r"`([^`]+)`")
_PATH_LIKE = re.compile(r"[^\s`'\"<>|*?,;]+")
_WORDS = re.compile(r"[A-Za-z0-9_@+./\\-]*[A-Za-z0-9_]")
_KEY = r"(?:path|file|file_?path|file_?name|name|target_?file)"
_TAG = re.compile(
    rf"<[\w.-]+[ \t](?:[^<>]*[ \t])?{_KEY}[ \t]*=[ \t]*[\"']([^\"'<>]+)[\"'][^<>]*>|<{_KEY}>([^<>]+)</{_KEY}>", re.I
)
_LINK = re.compile(r"\[`?([^\[\]`]+)`?\]\([^()]*\)")
_REMARK = re.compile(r"(.*\S)[ \t]*(?:[ \t]\([^()/\\]*\)|（[^（）/\\]*）|:\d+(?:[-–:]\d+)?|#L\d+(?:-L?\d+)?)")
LONGEST = 1000
"""Characters a line that names a path has at most."""

_PLAIN_NAMES = frozenset(
    {"makefile", "dockerfile", "license", "gemfile", "rakefile", "jenkinsfile", "procfile", "vagrantfile"}
)
_RESERVED = frozenset({"con", "prn", "aux", "nul", "clock$", "conin$", "conout$"})
_RESERVED_NUMBERED = re.compile(r"(?:com|lpt)[0-9¹²³]")


def known(names: Iterable[str], ask: EditRequest) -> str | None:
    """The URI of the sent file that `names` (as written, nearest first) mean; None if they name no file at all.

    Errors: ReplyUnusable if they name one that was not sent, or might be several.
    """
    path = meant(names, ask)
    if path is None:
        return None
    uris = matching(path, ask)
    if len(uris) == 1:
        return uris[0]
    if uris:
        shown = ", ".join(sorted(sent(ask)[uri] for uri in uris))
        raise unusable("it names a file that may be several", f"`{path}` may be any of {shown}. Give the whole path.")
    shown = ", ".join(sorted(sent(ask).values())[:20])
    raise unusable(
        "it changes a file that was not given to the model",
        f"`{path}` is not one of the files you were given. You may change: {shown or 'the region only'}.",
    )


def meant(names: Iterable[str], ask: EditRequest) -> str | None:
    """The path `names` say, or, if they say none, the one of our files that they mention."""
    names = tuple(names)
    return named(names, ask) or next((word for word in map(_mentioned, names) if word and matching(word, ask)), None)


def named(names: Iterable[str], ask: EditRequest) -> str | None:
    """The path the reply names, as written: the nearest that is one of our files, or that can only be a path."""
    for name in (name for name in names if len(name) <= LONGEST):
        for candidate, plain in _candidates(name):
            if matching(candidate, ask) or (plain and _is_path(candidate)):
                return candidate
    return None


def titled(line: str, ask: EditRequest) -> str | None:
    """The path that the line above a whole text gives that text: the line is the path, or presents the file. A file
    that a sentence mentions is not the one that is written (`use it from main.py like this:`)."""
    path = named((line,), ask)
    if path is None and _MAKES.search(line):
        return _quoted(line)
    if path is None or _PRESENTS.search(line) or any(path == each for each, plain in _candidates(line) if plain):
        return path
    return None


def sent(ask: EditRequest) -> dict[str, str]:
    """The paths of the files the reply may edit, by URI."""
    ours = {uri: path for uri, path in ask.paths.items() if uri in ask.receipt.files and uri in ask.documents}
    if ask.region is not None and ask.region.uri not in ours:
        uri = ask.region.uri
        ours[uri] = ask.paths.get(uri) or unquote(urlsplit(uri).path).lstrip("/")
    return ours


def matching(path: str, ask: EditRequest) -> list[str]:
    """The sent files `path` means: the one it names, else those it is the end of, else those that are its end."""
    wanted = path.replace("\\", "/").removeprefix("./")
    if not wanted or wanted.startswith("/") or ":" in wanted or ".." in wanted.split("/"):
        return []
    ours = sent(ask)
    exact = [uri for uri, given in ours.items() if given == wanted]
    ends = [uri for uri, given in ours.items() if given.endswith("/" + wanted)]
    return exact or ends or [uri for uri, given in ours.items() if "/" in given and wanted.endswith("/" + given)]


def introduces(line: str) -> bool:
    """Whether the sentence that mentions a path ends in a colon: what comes next is for that file."""
    path = _mentioned(line)
    return path is not None and re.search(rf"{re.escape(path)}[^.!?。！？]*[:：]$", line) is not None


def is_path(text: str, path: str) -> bool:
    """Whether `text`, maybe with a label, is `path` or the end of it."""
    label = _LABEL.match(text)
    words = (text[label.end() :] if label else text).strip("` ").removeprefix("./")
    return bool(words) and (words == path or path.endswith("/" + words))


def created(names: Iterable[str], ask: EditRequest) -> str:
    """The path, checked, of the new file `names` mean. Errors: ReplyUnusable if there is none, or it may not be
    made."""
    names = tuple(names)
    path = named(names, ask) or next(filter(None, map(_quoted, names)), None)
    if path is None:
        raise unusable(
            "it makes a new file and does not name it", "Put the new file's path on the line before its fence."
        )
    return checked(path, ask)


def checked(path: str, ask: EditRequest) -> str:
    """`path` as one that may be created below the workspace folder.

    Errors: ReplyUnusable for one that leaves the folder, that some system reads otherwise, or that exists in any
    spelling."""
    if not ask.folder:
        raise unusable("it makes a new file where none can be made", "Change only the files you were given.")
    clean = path.removeprefix("./")
    parts = clean.split("/")
    if (
        not clean
        or LOOKALIKE.search(clean)
        or clean.startswith(("/", "~", "\\"))
        or "\\" in clean
        or any(character in ':<>"|?*' or ord(character) < 32 or ord(character) == 127 for character in clean)
        or any(
            part in ("", ".", "..") or part != part.strip() or part.endswith(".") or _reserved(part) for part in parts
        )
        or added("", clean)
        or of_git(clean)
        or len(clean) > LONGEST
        or any(len(part.encode("utf-8", "surrogatepass")) > 255 for part in parts)
    ):
        raise unusable(
            "it names a file in a place that is not allowed", f"`{path}` is not a plain path below the project."
        )
    key = spelling(clean)
    for there in (*ask.paths.values(), *ask.taken):
        other = spelling(there)
        if key == other or key.startswith(other + "/"):
            raise unusable(
                "it would overwrite a file that exists", f"`{there}` exists already. Change it by SEARCH/REPLACE."
            )
    return clean


def spelling(path: str) -> str:
    """What two paths share that some file system takes for the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def uri_of(path: str, ask: EditRequest) -> str:
    """The URI of the new file `path`."""
    return f"{ask.folder.rstrip('/')}/{quote(path)}"


def _reserved(part: str) -> bool:
    """Whether the name is a device's on some system."""
    stem = part.split(".")[0].strip().casefold()
    return stem in _RESERVED or _RESERVED_NUMBERED.fullmatch(stem) is not None


_PRESENTS = re.compile(
    r"(?:\b(?:updated|new|complete|full|whole|entire|modified|revised|final|rewritten|refactored|fixed|corrected|"
    r"improved|contents?)(?:[ ](?:version|code|contents?|file|source|text|of|for|the))*|\bhere(?:[ ]is|[’']s)"
    r"|(?:更新后|修改后|完善后|重构后|修正后|完整|新|最终)的?(?:代码|文件|内容|版本)?|以下是|下面是)[ ]?[*_]*`[^`]+`",
    re.IGNORECASE,
)
"""What stands before a path in backticks when the text below is that file."""
_MAKES = re.compile(r"\b(?:create|creating|new[ ](?:\w+[ ])?file)\b|新建|创建|新增", re.IGNORECASE)
_WHOLE = re.compile(
    r"\b(?:new|updated?|modified|changed|revised|edited|full|complete)\b|新|修改|更新|完整", re.IGNORECASE
)
_EMPHASISED = re.compile(r"(_{1,3})([^_\s](?:.*[^_\s])?)\1")
"""Underscores belong to a name (`__init__.py`, `_config.yml`) unless they stand around the whole of it."""


def _candidates(name: str) -> Iterator[tuple[str, bool]]:
    """What in a line may be a path; True with those that stand alone, not in a sentence."""
    if tag := _TAG.search(name):
        yield (tag[1] or tag[2]).strip(), True
    line = _DECORATION.sub("", name.strip()).strip()
    line = re.sub(r"[ \t]*(?:\*/|-->)$", "", line)
    line = _LABEL.sub("", line.strip("* \t"), count=1) if _LABEL.match(line.strip("* \t")) else line
    bare = line.strip("`*'\" \t:：").strip()
    if emphasised := _EMPHASISED.fullmatch(bare):
        bare = emphasised[2]
    language, colon, rest = bare.partition(":")
    if colon and len(language) > 1 and re.fullmatch(r"[\w+#-]+", language) and not rest.startswith("/"):
        yield rest.strip(), True  # an info string: the language, then the path
    elif colon and re.fullmatch("[A-Za-z]", language):
        yield rest.strip(), False  # of C, or on a drive
    if link := _LINK.fullmatch(bare):
        yield link[1].strip(), True
    if remark := _REMARK.fullmatch(bare):
        yield remark[1].strip("`*'\" \t"), _WHOLE.search(bare[remark.end(1) :]) is not None
    yield bare, True
    if len(quoted := _QUOTED.findall(line)) == 1:
        yield quoted[0], False
    words = bare.split()
    if len(words) == 2 and "." not in words[0]:
        yield words[1].removeprefix("title=").removeprefix("filename=").removeprefix("path=").strip("\"'"), True


def _quoted(line: str) -> str | None:
    """The one path in backticks, of a kind that is no piece of code (`shop.cart`), if there is one."""
    found = set(_QUOTED.findall(line)) if len(line) <= LONGEST else set()
    path = found.pop() if len(found) == 1 else ""
    return path if _is_path(path) and ("/" in path or of_suffix(PurePosixPath(path).suffix)) else None


def _mentioned(line: str) -> str | None:
    """The one path among the words of a sentence, if there is one."""
    if len(line) > LONGEST:
        return None
    found = {word for word in _WORDS.findall(line) if _is_path(word)}
    return found.pop() if len(found) == 1 else None


def _is_path(text: str) -> bool:
    if not _PATH_LIKE.fullmatch(text) or "://" in text or text.endswith((".", "()", ")")):
        return False
    last = re.split(r"[/\\]", text)[-1]
    return (
        ("/" in text or "\\" in text)
        or re.search(r"\w\.[A-Za-z][A-Za-z0-9_+-]{0,11}$", last) is not None
        or (last.startswith(".") and len(last) > 3)
        or last.casefold() in _PLAIN_NAMES
    )

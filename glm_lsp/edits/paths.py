"""Which file a reply means. The model's words are never a path on their own: they pick one of the files that were sent,
or name a new one by rules that hold on every system.

The caller still compares the real path (links resolved) of a new file with the workspace folder before it writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

from glm_lsp.context.receipt import LOOKALIKE
from glm_lsp.edits.invisible import added
from glm_lsp.edits.naming import (
    LONGEST,
    candidates,
    has_file_name,
    is_path,
    makes,
    marked,
    may_be_code,
    mentioned,
    presents,
    quoted,
)
from glm_lsp.edits.protected import of_git
from glm_lsp.edits.refusal import unusable
from glm_lsp.edits.request import EditRequest
from glm_lsp.workspace.paths import spelling

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
    return named(names, ask) or next((word for word in map(mentioned, names) if word and matching(word, ask)), None)


def named(names: Iterable[str], ask: EditRequest) -> str | None:
    """The path the reply names, as written: the nearest that is one of our files, or that can only be a path."""
    for name in (name for name in names if len(name) <= LONGEST):
        for candidate, alone in candidates(name):
            if matching(candidate, ask) or (alone and is_path(candidate)):
                return candidate
    return None


def titled(line: str, ask: EditRequest) -> str | None:
    """The path that the line above a whole text gives that text: the line is the path, or presents the file. A file
    that a sentence mentions is not the one that is written (`use it from main.py like this:`)."""
    path = named((line,), ask)
    if path is None and makes(line):
        return quoted(line)
    if path is not None and (is_heading(line, path, ask) or _is_name(path, ask)):
        return None
    if path is None or presents(line) or any(path == each for each, alone in candidates(line) if alone):
        return path
    return None


def is_heading(line: str, path: str, ask: EditRequest) -> bool:
    """Whether `path` is only a heading with a slash in it (`Before/After`)."""
    return not (matching(path, ask) or has_file_name(path) or marked(line, path))


def _is_name(path: str, ask: EditRequest) -> bool:
    """Whether `path` may be a name of the program above the region's new text (`Using asyncio.gather:`), and so makes
    no file."""
    return ask.asked == "region" and not matching(path, ask) and may_be_code(path)


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


def may_be_another(path: str, uri: str, ask: EditRequest, *, made: bool) -> bool:
    """Whether `path`, which matches the sent file `uri`, may be another one all the same: it has more folders before it
    than our folder's own, or fewer than that file and the reply says that it is `made`."""
    given, wanted = sent(ask)[uri], path.replace("\\", "/").removeprefix("./")
    if wanted == given:
        return False
    if given.endswith("/" + wanted):
        return made
    above = wanted.removesuffix("/" + given)
    return not unquote(ask.folder).rstrip("/").endswith("/" + above)


def created(names: Iterable[str], ask: EditRequest) -> str:
    """The path, checked, of the new file `names` mean. Errors: ReplyUnusable if there is none, or it may not be
    made."""
    names = tuple(names)
    path = named(names, ask) or next(filter(None, map(quoted, names)), None)
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


def uri_of(path: str, ask: EditRequest) -> str:
    """The URI of the new file `path`."""
    return f"{ask.folder.rstrip('/')}/{quote(path)}"


def _reserved(part: str) -> bool:
    """Whether the name is a device's on some system."""
    stem = part.split(".")[0].strip().casefold()
    return stem in _RESERVED or _RESERVED_NUMBERED.fullmatch(stem) is not None

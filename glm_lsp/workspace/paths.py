"""URIs and paths (LSP 3.18 §uri, RFC 8089).

Nothing here trusts a string for what it names: where it matters, links are followed first.

    path_of(uri) -> Path | None          the file a `file:` URI names
    place_of(uri) -> PurePath | None     where any document lives, for rules that go by path
    uri_of(path) -> str
    inside(path, folders) -> Path | None  the folder that really holds the path
    without_links(path, folder) -> bool   whether no link is between them
    folder_of(uri, folders) -> Path | None  the folder that really holds the document
    shown(path, folders) -> str           the path as a person reads it
    name_of(uri, folders) -> str          the same of any document
    spelling(name) -> str                 what names share that some file system takes for one
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePath, PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from glm_lsp.plain import printable

_DRIVE = re.compile(r"/?([A-Za-z])[:|](?=/|\\|$)")


def path_of(uri: str) -> Path | None:
    """The path a `file:` URI names, or None for anything else: `untitled:`, another scheme, another host, a NUL.

    Percent-encoded bytes that are not UTF-8 become what the operating system's own calls use (surrogate escapes). A
    drive (`file:///c%3A/x`) stands as `C:/x`; on a system without drives such a path simply names nothing.
    """
    parts = _parts(uri)
    if parts is None or parts[0] != "file" or parts[1] not in ("", "localhost"):
        return None
    return Path(_plain(parts[2])) if parts[2].startswith("/") else None


def place_of(uri: str) -> PurePath | None:
    """Where the document lives, as far as its URI tells: a notebook's cell lives in its notebook
    (`vscode-notebook-cell:/w/a.ipynb#W0`), an unsaved document under its name alone. None if the URI has no path."""
    parts = _parts(uri)
    if parts is None or not parts[2].strip("/"):
        return None
    path = _plain(parts[2])
    return path_of(uri) or (Path(path) if parts[2].startswith("/") else PurePosixPath(path))


def uri_of(path: Path) -> str:
    """The `file:` URI of an absolute path, spelled as VS Code spells it (`c%3A` for a drive, no host)."""
    drive, _, rest = path.as_posix().partition(":") if _DRIVE.match(path.as_posix()) else ("", "", path.as_posix())
    name = f"/{drive.lower()}:{rest}" if drive else rest
    return "file://" + quote(os.fsencode(name), safe="/-._~")


def inside(path: Path, folders: Iterable[Path]) -> Path | None:
    """The innermost of `folders` that holds `path` once every link in both is followed, else None.

    A path that does not exist yet is judged by its deepest existing parent, so a link in the middle of it counts, also
    one that leads nowhere. A folder holds itself.
    """
    real = os.path.realpath(path)
    holding = [folder for folder in folders if _holds(os.path.realpath(folder), real)]
    return max(holding, key=lambda folder: len(os.path.realpath(folder)), default=None)


def without_links(path: Path, folder: Path) -> bool:
    """Whether `path` is below `folder` and no name from there on is a link."""
    if not path.is_relative_to(folder):
        return False
    return Path(os.path.realpath(path)) == Path(os.path.realpath(folder), path.relative_to(folder))


def folder_of(uri: str, folders: Iterable[Path]) -> Path | None:
    """The innermost of `folders` that really holds the file `uri`; None for what is no file."""
    path = path_of(uri)
    return inside(path, folders) if path is not None else None


def shown(path: PurePath, folders: Iterable[Path]) -> str:
    """The path relative to the innermost folder that holds it as written, else whole; with `/`, without control
    characters."""
    names = [path.relative_to(folder).as_posix() for folder in folders if path.is_relative_to(folder)]
    name = min(names, key=len, default=path.as_posix())
    return printable(name)


def name_of(uri: str, folders: Iterable[Path]) -> str:
    """What a document is called, in a prompt or a diff: its path as `shown`, or the name of what is not saved yet."""
    path, place = path_of(uri), place_of(uri)
    return shown(path, folders) if path is not None else place.name if place is not None else "untitled"


def spelling(name: str) -> str:
    """What two names or paths share that some file system takes for the same: letter case and Unicode form make no
    difference."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _parts(uri: str) -> tuple[str, str, str] | None:
    """Scheme, host and decoded path; None if the URI cannot be read or its path cannot be one."""
    try:
        split = urlsplit(uri)
        path = unquote(split.path, errors="surrogateescape")
        os.fsencode(path)
    except ValueError:
        return None
    return None if "\0" in path else (split.scheme, split.netloc, path)


def _plain(path: str) -> str:
    found = _DRIVE.match(path)
    return f"{found[1].upper()}:{path[found.end() :]}" if found else path


def _holds(folder: str, path: str) -> bool:
    """Compared with the separator, so that `/ws` does not hold `/ws-evil`."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)

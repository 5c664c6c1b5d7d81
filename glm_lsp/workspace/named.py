"""The files a reply names, found below a folder and read; and whether a new one may be made where it says.

A reply's words open no file: they are compared with the names of the files there are, and only what is really below
the folder, and not ignored, is read (users-and-security D15). All calls block.

    listed(folder) -> Iterator[str]                     the files below it that git does not ignore
    named(lines, folder, rules) -> Named                those among them that the lines may mean, read
    obstacle(path, folders) -> str                      why no file can be made there, "" if one can
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from glm_lsp.errors import BadInput
from glm_lsp.syntax.languages import of_suffix
from glm_lsp.text.lines import Text
from glm_lsp.workspace import files, listing, paths
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.ignore import Rules
from glm_lsp.workspace.ignore_git import ignored

MOST_LISTED = 500_000
MOST_READ = 500
"""Files of one reply that are read. More can only be many files of one name, which is no certain place anyway."""
LONGEST_LINE = 1_000
"""A line of more characters names no file."""
ON_DISK = -1
"""The version of a document that no editor has open."""


@dataclass(frozen=True, slots=True)
class Named:
    """`documents` by URI, and their `paths` below the folder, with `/`; `unread`: path → a sentence that says why that
    file, which is there, was not read."""

    documents: dict[str, OpenDocument]
    paths: dict[str, str]
    unread: dict[str, str]


def named(lines: Collection[str], folder: Path, rules: Rules) -> Named:
    """The files below `folder` that one of `lines` may mean: by their path, or by its end.

    Too many rather than too few, so that a name that could mean two files is seen to.
    """
    found = Named({}, {}, {})
    lines = {line.replace("\\", "/") for line in lines if line.strip() and len(line) <= LONGEST_LINE}
    text = "\n".join(lines)
    if not text:
        return found
    meant = [path for path in listed(folder) if path.rpartition("/")[2] in text]
    meant = [path for path in meant if any(may_mean(line, path) for line in lines)]
    # First those whose whole path is there: nothing else can be meant by it.
    meant = sorted(meant, key=lambda path: path not in text)[:MOST_READ]
    withheld = _withheld([folder / path for path in meant], folder, rules)
    for path in meant:
        place = folder / path
        if place in withheld:
            found.unread[path] = withheld[place]
        elif paths.inside(place, (folder,)) is None:
            found.unread[path] = f"`{path}` leads out of the folder."
        else:
            try:
                uri = paths.uri_of(place)
                found.documents[uri] = document_at(place)
                found.paths[uri] = path
            except BadInput as error:
                found.unread[path] = str(error)
    return found


def document_at(path: Path, limit: int = files.MAX_BYTES) -> OpenDocument:
    """The file as an editor would have opened it. Errors: BadInput, see `files.read`."""
    text = Text.of(files.read(path, limit))
    return OpenDocument(paths.uri_of(path), of_suffix(PurePosixPath(path).suffix), ON_DISK, text)


def may_mean(line: str, path: str) -> bool:
    """Whether some part of `line` is `path`, the end of it in whole names, or a longer path that ends with it."""
    *folders, name = path.split("/")
    start = line.find(name)
    while start >= 0:
        before = line[:start]
        for folder in reversed(folders):
            if not before.endswith("/") or before.endswith("./"):
                return True
            before = before[:-1]
            if not before.endswith(folder):
                break
            before = before.removesuffix(folder)
        else:
            return True
        start = line.find(name, start + 1)
    return False


def listed(folder: Path) -> Iterator[str]:
    """The files below `folder`, relative to it, with `/`: those git knows or would add; without git, all.

    Links to folders are not followed. At most `MOST_LISTED`.
    """
    yield from islice(listing.listed(folder, lambda name: name not in (".git", "node_modules")), MOST_LISTED)


def obstacle(path: Path, folders: Collection[Path]) -> str:
    """Why no new file can be made at `path`, as the end of a sentence that begins with its name; "" if one can.

    It has to be below one of `folders` with all links followed, and nothing may be there, not even under a name that
    differs in letter case or Unicode form only: another system takes the two for one.
    """
    folder = paths.inside(path.parent, folders)
    if folder is None or paths.inside(path, folders) is None:
        return "is not below the project's folder"
    here = Path(os.path.realpath(folder))
    *above, name = (Path(os.path.realpath(path.parent)) / path.name).relative_to(here).parts
    try:
        for part in above:
            if not (here / part).is_dir():
                file = next((there for there in _twins(here, part) if not (here / there).is_dir()), "")
                return f"would be below `{file}`, which is a file" if file else ""
            here /= part
        return "exists already" if any(_twins(here, name)) else ""
    except OSError:
        return "is in a folder that cannot be read"


def _twins(folder: Path, name: str) -> Iterator[str]:
    """The names in `folder` that some system takes for `name`."""
    key = paths.spelling(name)
    return (there for there in os.listdir(folder) if paths.spelling(there) == key)


def _withheld(places: list[Path], folder: Path, rules: Rules) -> dict[Path, str]:
    """Why a place is not read, by the rules. Where a repository around the folder ignores it as a whole, only what its
    own `.gitignore` files say counts."""
    reasons = rules.judge(places)
    why = {place: reasons[place].sentence for place in places if place in reasons}
    if (own := rules.withheld(folder)) is not None and own.kind == ".gitignore":
        whole = [place for place in why if reasons[place].kind == ".gitignore"]
        inside = ignored(folder, whole, None)
        why = {place: sentence for place, sentence in why.items() if place not in whole or place in inside}
    return why

"""The folder a question is about, as one request sees it: its index, and its files as they are now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from glm_lsp.errors import BadInput
from glm_lsp.index.files import indexed_language
from glm_lsp.index.modules import files_of
from glm_lsp.index.query import Index
from glm_lsp.index.store import database
from glm_lsp.syntax.contents import contents
from glm_lsp.syntax.definitions import Definition
from glm_lsp.syntax.languages import of_suffix
from glm_lsp.text.lines import Text
from glm_lsp.workspace import files, paths
from glm_lsp.workspace.documents import tree_of
from glm_lsp.workspace.snapshot import Snapshot

MAX_BYTES = 1_000_000
"""Of a file that is read for a few lines of it; of an open document, characters."""
_TOP = frozenset({"class", "function", "type", "module"})


class Project:
    """What is asked once is kept. `path` is the document the question is about; paths are relative to the folder."""

    def __init__(self, index: Index, path: str, snapshot: Snapshot) -> None:
        self.index = index
        self.path = path
        # By path, for clients spell the URI of one file in several ways.
        self._open = {
            relative(place, index.folder): document
            for uri, document in snapshot.documents.items()
            if (place := paths.path_of(uri)) is not None and paths.inside(place, (index.folder,)) is not None
        }
        self._texts: dict[str, Text | None] = {}
        self._outlines: dict[str, tuple[Definition, ...]] = {}
        self._references: dict[str, Counter[str]] = {}

    def uri(self, path: str) -> str:
        return paths.uri_of(self.index.folder / path)

    def text(self, path: str) -> Text | None:
        """The text of a file: the open document's, else the disk's; None if it cannot be read."""
        if path not in self._texts:
            document = self._open.get(path)
            self._texts[path] = document.text if document else self._readable(path)
        return self._texts[path]

    def _readable(self, path: str) -> Text | None:
        try:
            return Text.of(self.index.text(path))
        except BadInput:
            return None

    def outline(self, path: str) -> tuple[Definition, ...]:
        """What a file defines now: of an open document what it says, saved or not."""
        if path not in self._outlines:
            document = self._open.get(path)
            small = document is not None and sum(map(len, document.text.lines)) <= MAX_BYTES
            tree = tree_of(document) if document is not None and small else None
            self._outlines[path] = contents(tree)[0] if tree else self.index.outline(path)
        return self._outlines[path]

    def names(self, path: str) -> tuple[str, ...]:
        """The names a file defines at its top for others: of classes, functions, types and modules."""
        if path in self._open:
            every = tuple(one.name for one in self.outline(path) if not one.parent and one.kind in _TOP)
        else:
            every = self.index.names(path)  # a fraction of its outline
        return tuple(dict.fromkeys(name for name in every if not name.startswith("_")))

    def language(self, path: str) -> str:
        return indexed_language(path)

    def open_paths(self) -> tuple[str, ...]:
        """The other documents that are open, of this folder."""
        return tuple(path for path in self._open if path and path != self.path and indexed_language(path))

    def references(self, path: str) -> Mapping[str, float]:
        """The files a file imports from, and how many names it takes of each."""
        if path not in self._references:
            taken: dict[str, set[str]] = {}
            for entry in self.index.imports(path):
                taken.setdefault(entry.module, set()).add(entry.name)
            found: Counter[str] = Counter()
            for module, names in taken.items():
                for file in files_of(self.index, module, path)[:1]:
                    found[file] += len(names)
                if not module.strip("."):  # what is taken from the package itself are its modules
                    found.update(file for name in names for file in files_of(self.index, module + name, path)[:1])
            del found[path]
            self._references[path] = found
        return self._references[path]


@contextmanager
def opened(state: Path | None, snapshot: Snapshot, uri: str) -> Iterator[Project | None]:
    """The project of the document `uri`; None where it lies in no workspace folder, or no state is kept.

    An index that is not there, or not ready, is an empty one.
    """
    path = paths.path_of(uri)
    folder = paths.inside(path, snapshot.folders) if path is not None else None
    name = relative(path, folder)
    if state is None or folder is None or not name:
        yield None
        return
    index = Index.open(database(state, folder), folder)
    try:
        yield Project(index, name, snapshot)
    finally:
        index.close()


def relative(path: Path | None, folder: Path | None) -> str:
    """`path` below `folder`, with `/`; empty if it is not there."""
    if path is None or folder is None or not path.is_relative_to(folder):
        return ""
    return path.relative_to(folder).as_posix()


def read(path: Path) -> Text:
    """The text of a file on disk. Errors: BadInput if it cannot be read."""
    return Text.of(files.read(path, MAX_BYTES))


def language_of(path: Path) -> str:
    """The `languageId` of a file, by its name."""
    return of_suffix(path.suffix)

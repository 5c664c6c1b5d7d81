"""Reading the index. An index that is not there, not ready or broken answers with less, never with an error.

    Index.open(database, folder) -> Index
    index.definitions_of(names) -> tuple[Located, ...]
    index.mentioning(name) -> tuple[str, ...]
    index.outline(path) -> tuple[Definition, ...]
    index.imports(path) -> tuple[Import, ...]
    index.files() -> tuple[str, ...]
    index.text(path) -> str

Paths are relative to the folder, with `/`. One `Index` belongs to one thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from glm_lsp.errors import BadInput
from glm_lsp.index.files import MAX_BYTES
from glm_lsp.index.store import VERSION, tail
from glm_lsp.syntax.definitions import Definition
from glm_lsp.syntax.names import Import
from glm_lsp.workspace import files
from glm_lsp.workspace.paths import without_links

if TYPE_CHECKING:
    import sqlite3

MAX_FILES = 64
"""Files that are read to find where a name is used."""
_COLUMNS = "name, qualified, kind, first, last, signature, '', parent, line, type, value"


class Located(NamedTuple):
    """A definition and the file it stands in."""

    path: str
    definition: Definition


class Index:
    """The index of one folder, for reading. What was asked once is kept: open a new one for each request."""

    def __init__(self, folder: Path, connection: sqlite3.Connection | None) -> None:
        self.folder = folder
        self._connection = connection
        self._outlines: dict[str, tuple[Definition, ...]] = {}
        self._imports: dict[str, tuple[Import, ...]] = {}
        self._tails: dict[str, tuple[str, ...]] = {}

    @classmethod
    def open(cls, database: Path, folder: Path) -> Index:
        """The index in `database`; an empty one if there is none that can be read."""
        import sqlite3

        if not database.is_file():
            return cls(folder, None)
        try:
            connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=0.05)
            if connection.execute("PRAGMA user_version").fetchone() == (VERSION,):
                return cls(folder, connection)
            connection.close()
        except sqlite3.Error:
            pass
        return cls(folder, None)

    def text(self, path: str) -> str:
        """What a file says now. Errors: BadInput, also if a link has come to lead to it: what is at its end may be
        anything the user has."""
        place = self.folder / path
        if not without_links(place, self.folder):
            raise BadInput(f"A link leads to {place}.")
        return files.read(place, MAX_BYTES)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def complete(self) -> bool:
        """Whether every file was read once; until then the answers are poorer."""
        return bool(self._rows("SELECT 1 FROM state WHERE name = 'complete'"))

    def files(self) -> tuple[str, ...]:
        return tuple(path for (path,) in self._rows("SELECT path FROM files ORDER BY path"))

    def has(self, path: str) -> bool:
        return path in self.with_tail(tail(path))

    def with_tail(self, name: str) -> tuple[str, ...]:
        """The files that are a module of that last name: `a/name.py`, `b/name/__init__.py`."""
        if name not in self._tails:
            rows = self._rows("SELECT path FROM files WHERE tail = ? ORDER BY path", (name,))
            self._tails[name] = tuple(path for (path,) in rows)
        return self._tails[name]

    def in_folder(self, folder: str) -> tuple[str, ...]:
        """The files right in a folder."""
        low = f"{folder}/" if folder else ""
        rows = self._rows(
            "SELECT path FROM files WHERE path >= ? AND path < ? ORDER BY path", (low, f"{low}\U0010ffff")
        )
        return tuple(path for (path,) in rows if "/" not in path[len(low) :])

    def outline(self, path: str) -> tuple[Definition, ...]:
        """What a file defines, without docstrings; nothing for one that is not in the index."""
        if path not in self._outlines:
            sql = (
                f"SELECT {_COLUMNS} FROM definitions WHERE file = (SELECT id FROM files WHERE path = ?) ORDER BY rowid"  # noqa: S608 - constants
            )
            self._outlines[path] = tuple(Definition(*row) for row in self._rows(sql, (path,)))
        return self._outlines[path]

    def names(self, path: str) -> tuple[str, ...]:
        """The names of the classes, functions, types and modules at the top of a file."""
        sql = (
            "SELECT name FROM definitions WHERE file = (SELECT id FROM files WHERE path = ?) AND parent = ''"
            " AND kind IN ('class', 'function', 'type', 'module') ORDER BY rowid"
        )
        return tuple(name for (name,) in self._rows(sql, (path,)))

    def imports(self, path: str) -> tuple[Import, ...]:
        if path not in self._imports:
            sql = (
                "SELECT module, name, alias, line FROM imports"
                " WHERE file = (SELECT id FROM files WHERE path = ?) ORDER BY rowid"
            )
            self._imports[path] = tuple(Import(*row) for row in self._rows(sql, (path,)))
        return self._imports[path]

    def definitions_of(self, names: Iterable[str], most: int = 50) -> tuple[Located, ...]:
        """What is defined under these names, anywhere; at most `most` of each name."""
        found = []
        columns = ", ".join("''" if column == "''" else f"d.{column}" for column in _COLUMNS.split(", "))
        sql = f"SELECT f.path, {columns} FROM definitions d JOIN files f ON f.id = d.file WHERE d.name = ? LIMIT ?"  # noqa: S608 - constants
        for name in dict.fromkeys(names):
            found += [Located(row[0], Definition(*row[1:])) for row in self._rows(sql, (name, most))]
        return tuple(found)

    def mentioning(self, name: str, most: int = MAX_FILES) -> tuple[str, ...]:
        """Files that hold the word `name`, in any case of its letters."""
        if not re.fullmatch(r"[\w$]+", name):
            return ()
        sql = "SELECT path FROM files WHERE id IN (SELECT rowid FROM words WHERE words MATCH ?) ORDER BY path LIMIT ?"
        return tuple(path for (path,) in self._rows(sql, (f'"{name}"', most)))

    def _rows(self, sql: str, values: tuple[object, ...] = ()) -> list[Any]:
        if self._connection is None:
            return []
        import sqlite3

        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error:
            # It is being made, or rebuilt, or it is broken; the builder sees to it.
            return []

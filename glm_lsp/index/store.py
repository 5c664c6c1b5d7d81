"""The database: one per workspace folder, shared by every server that has the folder open.

Write-ahead logging lets readers go on while one process writes; who writes is settled by `writing`. Paths are relative
to the folder, with `/`. A database of another version, or a broken one, is thrown away and built again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3

    from glm_lsp.syntax.definitions import Definition
    from glm_lsp.syntax.names import Import

VERSION = 1
_SCHEMA = """
CREATE TABLE files (
  id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE, tail TEXT NOT NULL, language TEXT NOT NULL,
  modified INTEGER NOT NULL, size INTEGER NOT NULL
);
CREATE TABLE definitions (
  file INTEGER NOT NULL, name TEXT NOT NULL, qualified TEXT NOT NULL, kind TEXT NOT NULL, first INTEGER NOT NULL,
  last INTEGER NOT NULL, signature TEXT NOT NULL, parent TEXT NOT NULL, line INTEGER NOT NULL, type TEXT NOT NULL,
  value TEXT NOT NULL
);
CREATE TABLE imports (
  file INTEGER NOT NULL, module TEXT NOT NULL, name TEXT NOT NULL, alias TEXT NOT NULL, line INTEGER NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5 (text, content = '', detail = none, tokenize = "unicode61 tokenchars '_$'");
CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX files_tail ON files (tail);
CREATE INDEX definitions_name ON definitions (name);
CREATE INDEX definitions_file ON definitions (file);
CREATE INDEX imports_file ON imports (file);
"""


class Contents(NamedTuple):
    """What is kept of one file. Of its `text` only which words it holds, also in comments: where a name may be used."""

    path: str
    language: str
    modified: int
    size: int
    definitions: tuple[Definition, ...]
    imports: tuple[Import, ...]
    text: str


def database(state: Path, folder: Path) -> Path:
    """Where the index of `folder` is kept below the state directory."""
    name = hashlib.sha256(os.fsencode(os.path.realpath(folder))).hexdigest()[:24]
    return state / "index" / f"{name}.sqlite"


@contextlib.contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, for the one process that may write now; waits for its turn. Made if it is not there yet."""
    import fcntl
    import sqlite3

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            connection = _opened(path)
        except sqlite3.DatabaseError:
            _remove(path)
            connection = _opened(path)
        try:
            yield connection
        finally:
            connection.close()
    finally:
        os.close(descriptor)


def _opened(path: Path) -> sqlite3.Connection:
    import sqlite3

    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, timeout=5, isolation_level=None)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            raise sqlite3.DatabaseError("another version")
        connection.execute("PRAGMA journal_mode = WAL")
        # A power cut may lose the last commits, never the database; what is lost is read again.
        connection.execute("PRAGMA synchronous = NORMAL")
        if version == 0:
            connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _remove(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def known(connection: sqlite3.Connection) -> dict[str, tuple[int, int]]:
    """Path → time of change (nanoseconds) and size of every file in the index."""
    rows = connection.execute("SELECT path, modified, size FROM files")
    return {path: (modified, size) for path, modified, size in rows}


def put(connection: sqlite3.Connection, files: Iterable[Contents]) -> None:
    """Write the contents of `files`, in place of what was known of them, as one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for file in files:
            _put(connection, file)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _put(connection: sqlite3.Connection, file: Contents) -> None:
    _forget(connection, file.path)
    id_ = connection.execute(
        "INSERT INTO files (path, tail, language, modified, size) VALUES (?, ?, ?, ?, ?)",
        (file.path, tail(file.path), file.language, file.modified, file.size),
    ).lastrowid
    connection.executemany(
        "INSERT INTO definitions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (id_, d.name, d.qualified, d.kind, d.first, d.last, d.signature, d.parent, d.line, d.type, d.value)
            for d in file.definitions
        ),
    )
    connection.executemany("INSERT INTO imports VALUES (?, ?, ?, ?, ?)", ((id_, *entry) for entry in file.imports))
    # Words are never taken out again, for that needs the old text; the number of a file that is gone is not used again.
    connection.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (id_, file.text))


def forget(connection: sqlite3.Connection, paths: Iterable[str]) -> None:
    """Take files out that are no longer there."""
    connection.execute("BEGIN IMMEDIATE")
    for path in paths:
        _forget(connection, path)
    connection.execute("COMMIT")


def _forget(connection: sqlite3.Connection, path: str) -> None:
    row = connection.execute("SELECT id FROM files WHERE path = ?", (path,)).fetchone()
    if row is None:
        return
    connection.execute("DELETE FROM definitions WHERE file = ?", row)
    connection.execute("DELETE FROM imports WHERE file = ?", row)
    connection.execute("DELETE FROM files WHERE id = ?", row)


def tail(path: str) -> str:
    """The last part of the module a file is: its name without the suffix, for a package's own file the package's."""
    folder, _, name = path.rpartition("/")
    stem = name.partition(".")[0]
    return folder.rpartition("/")[2] if stem in PACKAGE_FILES and folder else stem


PACKAGE_FILES: Mapping[str, str] = {"__init__": "python", "index": "javascript", "mod": "rust"}
"""Files that stand for the folder they are in."""


def worn(connection: sqlite3.Connection) -> bool:
    """Whether most of the words are those of files that are gone or were read again since."""
    last, count = connection.execute("SELECT coalesce(max(id), 0), count(*) FROM files").fetchone()
    return bool(last > 4 * count + 10_000)


def clear(connection: sqlite3.Connection) -> None:
    """Forget everything."""
    connection.executescript(
        "BEGIN IMMEDIATE; INSERT INTO words (words) VALUES ('delete-all'); DELETE FROM definitions;"
        " DELETE FROM imports; DELETE FROM files; DELETE FROM state; DELETE FROM sqlite_sequence; COMMIT;"
    )


def set_state(connection: sqlite3.Connection, name: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))

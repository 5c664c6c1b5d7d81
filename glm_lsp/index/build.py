"""Building and renewing the index of a folder. Synchronous and slow: it runs in a process of its own."""

from __future__ import annotations

import os
import posixpath
import stat
import time
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from glm_lsp.errors import BadInput
from glm_lsp.index import store
from glm_lsp.index.files import MAX_BYTES, chosen, indexed_language, listed
from glm_lsp.syntax.contents import contents
from glm_lsp.syntax.tree import parse
from glm_lsp.text.lines import Text
from glm_lsp.workspace import files
from glm_lsp.workspace.paths import without_links

BATCH = 0.5
"""Seconds of work per transaction: what a crash may cost, and how soon new files can be found."""

PATIENCE = 10.0
"""Times longer than elsewhere a file may take to parse: this process gets what nobody else wants."""


def build(database: Path, folder: Path) -> int:
    """Bring the index up to date with every file of `folder`; how many files were read. What an interrupted build has
    written is kept and not read again."""
    with store.writing(database) as connection:
        if store.worn(connection):
            store.clear(connection)
        known = store.known(connection)
        direct = cache(lambda above: without_links(folder / above, folder))
        found: dict[str, tuple[int, int]] = {}
        for path in listed(folder):
            if indexed_language(path) and direct(posixpath.dirname(path)) and (place := _place(folder / path)):
                found[path] = place
        gone = [path for path in known if path not in found]
        changed = [path for path, place in found.items() if known.get(path) != place]
        if gone:
            store.forget(connection, gone)
        for batch in _batches(folder, changed):
            store.put(connection, batch)
        store.set_state(connection, "complete", "1")
        return len(changed)


def update(database: Path, folder: Path, paths: Iterable[str]) -> int:
    """Read the files `paths` (relative to `folder`) again where they changed, or take them out; how many were read. A
    file that is not in the index and would not be listed stays out of it."""
    with store.writing(database) as connection:
        known = store.known(connection)
        wanted = {path: _direct_place(folder, path) for path in paths if indexed_language(path)}
        gone = [path for path, place in wanted.items() if place is None and path in known]
        changed = [path for path, place in wanted.items() if place is not None and known.get(path) != place]
        if new := [path for path in changed if path not in known]:
            stays_out = set(new) - chosen(folder, new)
            changed = [path for path in changed if path not in stays_out]
        if gone:
            store.forget(connection, gone)
        for batch in _batches(folder, changed):
            store.put(connection, batch)
        return len(changed)


def _place(path: Path) -> tuple[int, int] | None:
    """When a file was changed (nanoseconds) and its size; None if it is not one to index."""
    try:
        status = os.stat(path, follow_symlinks=False)
    except (OSError, ValueError):
        return None
    indexed = stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES
    return (status.st_mtime_ns, status.st_size) if indexed else None


def _direct_place(folder: Path, path: str) -> tuple[int, int] | None:
    """The same of a file below `folder`; None also if a link leads to it. git lists what a commit held where a link
    stands now, which may lead to anything the user has."""
    return _place(folder / path) if without_links(folder / posixpath.dirname(path), folder) else None


def _batches(folder: Path, paths: Iterable[str]) -> Iterator[list[store.Contents]]:
    batch: list[store.Contents] = []
    started = time.monotonic()
    for path in paths:
        if file := read(folder, path):
            batch.append(file)
        if batch and time.monotonic() - started > BATCH:
            yield batch
            batch, started = [], time.monotonic()
    if batch:
        yield batch


def read(folder: Path, path: str) -> store.Contents | None:
    """What the index keeps of one file; None if it is gone. Of a file that is not text only that it is there."""
    place = _direct_place(folder, path)
    if place is None:
        return None
    language = indexed_language(path)
    try:
        source = files.read_bytes(folder / path, MAX_BYTES)
    except (OSError, BadInput):
        return None
    empty = store.Contents(path, language, *place, (), (), "")
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError:
        return empty
    tree = parse(Text.of(text), language, in_pieces=False, patience=PATIENCE) if "\0" not in text else None
    if tree is None:
        return empty
    definitions, imports = contents(tree)
    return store.Contents(path, language, *place, definitions, imports, text)

"""The indexes of the workspace folders: one process for each keeps it up to date (`index.builder`).

The process starts when the first source file of the folder is opened, so a folder that is only passed through costs
nothing; it is told of what is saved and what the client sees change, and ends with the session. A home directory, or
what is above one, is not indexed: it is no project. Questions do without an index where there is none.

What starts and feeds the processes may wait for the disk, so it runs in a thread, never two at a time.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from glm_lsp.errors import Failed
from glm_lsp.workspace.paths import path_of

if TYPE_CHECKING:
    from glm_lsp.index.builder import Builder
    from glm_lsp.lsp.session import Session

_log = logging.getLogger(__name__)


class Indexing:
    """Which folders are indexed. Changed only on the event loop; `_builders` and `_hopeless` belong to the thread at
    work."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._begun = False
        self._watching = False
        self._wanted: set[Path] = set()
        self._changed: list[str] = []
        self._builders: dict[Path, Builder] = {}
        self._hopeless: set[Path] = set()
        """Folders whose process could not be started: not tried again at each save."""
        self._working: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """The client is ready: what is open already counts."""
        self._begun = True
        self.follow()

    def follow(self) -> None:
        """The workspace folders are others now."""
        gone = self._wanted - set(self._session.folders)
        self._wanted -= gone
        for document in self._session.documents:
            self.opened(document.uri)
        if gone:
            self._work()

    def opened(self, uri: str) -> None:
        """A document was opened: from now on the folders it lies in are indexed."""
        path = path_of(uri)
        if not self._begun or path is None or not _is_source(path):
            return
        new = {folder for folder in self._session.folders if path.is_relative_to(folder)} - self._wanted
        if new:
            self._wanted |= new
            self._watch()
            self._work()

    def changed(self, uris: Iterable[str]) -> None:
        """Files were saved, made, changed or removed."""
        if self._wanted:
            self._changed += uris
            self._work()

    async def close(self) -> None:
        """Ends all processes."""
        self._begun = False
        self._wanted.clear()
        if self._working is not None:
            self._work()
            await asyncio.shield(self._working)

    def _watch(self) -> None:
        """Asks the client, where it can, to tell of source files that others change."""
        if self._watching or not self._session.editor.client.dynamic_watched_files:
            return
        self._watching = True
        from glm_lsp.index.files import indexed_suffixes

        pattern = f"**/*.{{{','.join(suffix.removeprefix('.') for suffix in indexed_suffixes())}}}"
        options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(pattern)])
        registration = types.Registration("glm-index", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        self._session.server.keep(asyncio.ensure_future(self._session.editor.register([registration])))

    def _work(self) -> None:
        if self._working is None or self._working.done():
            self._working = asyncio.ensure_future(self._serve())
            self._session.server.keep(self._working)

    async def _serve(self) -> None:
        """Brings the processes in line with what is wanted, until nothing has changed meanwhile."""
        done: set[Path] | None = None
        while done != self._wanted or self._changed:
            done = set(self._wanted)
            changed, self._changed = self._changed, []
            await asyncio.to_thread(self._align, done, changed)

    def _align(self, wanted: Collection[Path], changed: Iterable[str]) -> None:
        """In a thread."""
        paths = [path for path in map(path_of, changed) if path is not None and _is_source(path)]
        for folder in [*self._builders]:
            if folder not in wanted:
                self._builders.pop(folder).close()
        self._hopeless &= set(wanted)
        for folder in set(wanted) - self._hopeless:
            try:
                if folder in self._builders:
                    self._builders[folder].changed(paths)
                elif is_project(folder):
                    self._builders[folder] = _builder(folder)
            except (OSError, Failed) as error:
                self._hopeless.add(folder)
                _log.warning("%s is not indexed: %s", folder, error)


def _is_source(path: Path) -> bool:
    from glm_lsp.index.files import indexed_language

    return bool(indexed_language(path.name))


def is_project(folder: Path) -> bool:
    """Whether the folder is one, and not a home directory or above one."""
    home = os.path.realpath(os.path.expanduser("~"))
    return folder.is_dir() and not Path(home).is_relative_to(os.path.realpath(folder))


def _builder(folder: Path) -> Builder:
    """Errors: OSError if the process cannot be started; Failed if there is no place for the index."""
    from glm_lsp.index.builder import Builder
    from glm_lsp.index.store import database
    from glm_lsp.state import place

    builder = Builder(database(place.root(os.environ), folder), folder)
    builder.start()
    return builder

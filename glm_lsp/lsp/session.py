"""What one connection to an editor holds: its documents, settings, jobs, and the desk the questions are answered at."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from glm_lsp.lsp.indexing import Indexing
from glm_lsp.lsp.jobs import Jobs
from glm_lsp.lsp.offers import Offers
from glm_lsp.lsp.prompts import Prompts
from glm_lsp.lsp.suggestions import Suggestions
from glm_lsp.lsp.trees import Trees
from glm_lsp.workspace.snapshot import Diagnostic, Snapshot

if TYPE_CHECKING:
    from glm_lsp.actions.action import Action
    from glm_lsp.desk import Desk
    from glm_lsp.lsp.editor import Editor
    from glm_lsp.lsp.explanations import Explanations
    from glm_lsp.lsp.protocol import GlmServer
    from glm_lsp.offline.server import Server as OfflineServer
    from glm_lsp.settings import Loaded, Settings
    from glm_lsp.workspace.documents import Document


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about settings: `--config` and each `--set`."""

    config: Path | None = None
    set: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """The diagnostics of the last code action request for a document, and the version they were of."""

    version: int
    diagnostics: tuple[Diagnostic, ...]


class Session:
    """Changed only on the event loop, by handlers. What takes time gets `snapshot()`."""

    def __init__(self, server: GlmServer, options: Options) -> None:
        self.server = server
        self.documents = server.documents
        self.trees = Trees(server.documents, server.keep)
        self.indexing = Indexing(self)
        self.jobs = Jobs()
        self.offers = Offers(self)
        self.suggestions = Suggestions(self.documents)
        self.folders: tuple[Path, ...] = ()
        self.asked: dict[str, Asked] = {}
        self.built_in: Mapping[str, Action] = {}
        """The built-in actions; those that may be used on a document are `prompts.catalogue`."""
        self.prompts = Prompts(self)
        self.configured = asyncio.Event()
        """Set once the client's configuration has come, or will not come: jobs wait for it."""
        self._options = options
        self._initial: object = None
        self._configuration: object = None
        self._loaded: Loaded | None = None
        self._told: tuple[object, ...] = ()
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._edits: dict[str, int] = {}
        self._count = itertools.count(1)
        self._editor: Editor | None = None
        self._explanations: Explanations | None = None
        self._desk: Desk | None = None
        self._offline: asyncio.Future[OfflineServer] | None = None

    def begin(self, editor: Editor, explanations: Explanations, folders: tuple[Path, ...], sent: object) -> None:
        """The client has introduced itself. `sent` are its `initializationOptions`."""
        self._editor = editor
        self._explanations = explanations
        self.folders = folders
        self._initial = sent

    @property
    def editor(self) -> Editor:
        assert self._editor is not None  # noqa: S101 - the protocol serves nothing before `initialize`
        return self._editor

    @property
    def explanations(self) -> Explanations:
        assert self._explanations is not None  # noqa: S101 - as above
        return self._explanations

    @property
    def settings(self) -> Settings:
        return (self._loaded or self.configure()).settings

    def configure(self, configuration: object = None) -> Loaded:
        """Reads the settings again; `configuration` is what the client's configuration says now, None for nothing new.
        It goes over the `initializationOptions`. Problems make one message, again only when they change."""
        from glm_lsp import settings

        if configuration is not None:
            self._configuration = configuration
        loaded = settings.load(
            file=self._options.config,
            lsp=(self._initial, self._configuration),
            environ=os.environ,
            argv=self._options.set,
        )
        self._loaded = loaded
        if loaded.problems and loaded.problems != self._told:
            self.editor.show("warning", settings.render(loaded.problems))
        self._told = loaded.problems
        return loaded

    def snapshot(self) -> Snapshot:
        """Everything as it is now. The documents stand in the order of their last changes."""
        documents = sorted(self.documents, key=lambda document: self._edits.get(document.uri, 0))
        frozen = {document.uri: document.frozen(self.trees.current(document)) for document in documents}
        return Snapshot(frozen, self.folders, self.settings)

    def opened(self, document: Document) -> None:
        self.trees.touched(document)
        self.indexing.opened(document.uri)
        self._touch(document.uri)

    def edited(self, document: Document) -> None:
        self._edits[document.uri] = next(self._count)
        self.trees.touched(document)
        self._touch(document.uri)

    def closed(self, uri: str) -> None:
        self._edits.pop(uri, None)
        self.asked.pop(uri, None)
        self.trees.forget(uri)
        self._touch(uri)

    def changed(self, uri: str) -> asyncio.Future[None]:
        """A future, shared and never to be cancelled, that is done when `uri` changes, opens or closes next."""
        if uri not in self._waiting:
            self._waiting[uri] = asyncio.get_running_loop().create_future()
        return self._waiting[uri]

    def _touch(self, uri: str) -> None:
        waiting = self._waiting.pop(uri, None)
        if waiting is not None:
            waiting.set_result(None)

    @property
    def desk(self) -> Desk:
        """The desk questions are answered at: made at the first one, since it needs what start-up should not."""
        if self._desk is None:
            from glm_lsp.desk import Desk

            self._desk = Desk(os.environ, lasting=True)
        return self._desk

    async def settings_to_send(self) -> Settings:
        """The settings for a request, with the stand-in's address if that was asked for by name; it is started at the
        first question.

        Errors: BadSettings if nothing may be sent with them.
        """
        from glm_lsp.settings import OFFLINE

        loaded = self._loaded or self.configure()
        if not loaded.safe:
            loaded = self.configure()  # What is wrong may have been mended.
        loaded.check_safe()
        settings = loaded.settings
        if settings.endpoint.base_url != OFFLINE:
            return settings
        if self._offline is None:
            from glm_lsp.offline import server

            self._offline = asyncio.ensure_future(server.start())
        stand_in = await asyncio.shield(self._offline)
        endpoint = settings.endpoint.model_copy(update={"base_url": stand_in.url})
        return settings.model_copy(update={"endpoint": endpoint})

    async def close(self) -> None:
        """Ends what is running. The editor goes away."""
        running = [job.task for job in self.jobs.running() if job.task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, self.indexing.close(), return_exceptions=True)
        if self._desk is not None:
            await self._desk.close()
        if self._offline is not None:
            await (await self._offline).close()

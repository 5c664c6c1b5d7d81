"""The server: which methods it serves, and what it advertises.

Handlers here are plain functions, so they see the documents as they were when the client asked; what takes time becomes
a job (`run`). Nothing is imported here that start-up does not need.
"""

from __future__ import annotations

import asyncio
from functools import partial
from importlib import import_module
from pathlib import Path

from lsprotocol import types

from glm_lsp.actions.action import KINDS
from glm_lsp.actions.catalogue import built_in
from glm_lsp.lsp import commands, menu
from glm_lsp.lsp.editor import REOPEN_SECONDS, Editor
from glm_lsp.lsp.explanations import SCHEME, Explanations
from glm_lsp.lsp.prompts import WATCHED_PROMPTS
from glm_lsp.lsp.protocol import GlmServer, Token
from glm_lsp.lsp.report import job_of
from glm_lsp.lsp.session import Options, Session
from glm_lsp.lsp.transport import serve_stdio, serve_tcp
from glm_lsp.workspace.documents import Document
from glm_lsp.workspace.paths import path_of


class Server(GlmServer):
    """One connection to one editor."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.session = Session(self, options)
        self._closing: dict[str, asyncio.TimerHandle] = {}
        self.add_feature(types.INITIALIZED, self._initialized)
        self.add_feature(
            types.TEXT_DOCUMENT_CODE_ACTION,
            lambda params: menu.code_actions(self.session, params),
        )
        self.add_feature(types.CODE_ACTION_RESOLVE, lambda item: item)
        self.add_feature(types.TEXT_DOCUMENT_HOVER, self._hover)
        self.add_feature(types.WORKSPACE_TEXT_DOCUMENT_CONTENT, self._content)
        self.add_feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION, self._configuration_changed)
        self.add_feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, self._folders_changed)
        self.add_feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self._files_changed)
        self.add_feature(types.TEXT_DOCUMENT_DID_SAVE, self._saved)
        for name, command in commands.COMMANDS.items():
            self.add_command(name, partial(command, self.session))

    def on_initialize(self, params: types.InitializeParams) -> None:
        editor = Editor(self, self.client)
        # An empty list is what a client sends that knows of such folders and has none; it may have a root all the same.
        uris = [folder.uri for folder in params.workspace_folders or ()]
        if not uris and params.root_uri:
            uris = [params.root_uri]
        self.session.built_in = built_in()
        self.session.begin(editor, Explanations(editor), _folders(uris), params.initialization_options)

    def capabilities(self, result: types.InitializeResult) -> None:
        offered = result.capabilities
        # We serve `codeAction/resolve`, for clients that ask without being told to, and do not ask for it.
        kinds = types.CodeActionOptions(code_action_kinds=list(KINDS))
        offered.code_action_provider = kinds if self.client.action_literals else True
        workspace = offered.workspace or types.WorkspaceOptions()
        workspace.workspace_folders = types.WorkspaceFoldersServerCapabilities(
            supported=True, change_notifications=True
        )
        if self.client.text_document_content:
            workspace.text_document_content = types.TextDocumentContentOptions([SCHEME])
        offered.workspace = workspace

    def on_open(self, document: Document) -> None:
        self.session.opened(document)
        self.session.offers.touched(document.uri)
        self.session.suggestions.touched(document.uri)
        if (closing := self._closing.pop(document.uri, None)) is not None:
            closing.cancel()

    def on_change(self, document: Document) -> None:
        self.session.edited(document)
        self.session.offers.touched(document.uri)
        self.session.suggestions.touched(document.uri)

    def on_close(self, uri: str) -> None:
        self.session.closed(uri)
        loop = asyncio.get_running_loop()
        self._closing[uri] = loop.call_later(REOPEN_SECONDS, self._closed_for_good, uri)

    def on_progress_cancel(self, token: Token) -> None:
        job = job_of(token, self.session.jobs)
        if job is not None:
            self.session.jobs.cancel(job)

    async def on_stop(self) -> None:
        await self.session.close()

    def _closed_for_good(self, uri: str) -> None:
        self._closing.pop(uri, None)
        self.session.jobs.cancel_edits_of(uri)
        self.session.suggestions.forget(uri)

    async def _initialized(self, _: types.InitializedParams) -> None:
        self.session.configure()
        self.session.prompts.look_again()
        if self.client.dynamic_configuration:
            registration = types.Registration(
                "glm-configuration", types.WORKSPACE_DID_CHANGE_CONFIGURATION, {"section": "glm"}
            )
            self.keep(asyncio.ensure_future(self.session.editor.register([registration])))
        if self.client.dynamic_watched_files:
            self.keep(asyncio.ensure_future(self.session.editor.register([WATCHED_PROMPTS])))
        self.session.configure(await self.session.editor.configuration())
        self.session.configured.set()
        # The first question needs the pipeline, which takes a tenth of a second to import: not while the user waits.
        await asyncio.to_thread(import_module, "glm_lsp.ask")
        self.session.indexing.begin()

    async def _configuration_changed(self, params: types.DidChangeConfigurationParams) -> None:
        """The client says its settings changed, and either sends them or expects to be asked."""
        asked = await self.session.editor.configuration()
        sent = params.settings.get("glm") if isinstance(params.settings, dict) else None
        self.session.configure(asked if asked or sent is None else sent)

    def _folders_changed(self, params: types.DidChangeWorkspaceFoldersParams) -> None:
        gone = _folders([folder.uri for folder in params.event.removed])
        added = _folders([folder.uri for folder in params.event.added])
        kept = [folder for folder in self.session.folders if folder not in gone]
        self.session.folders = tuple(dict.fromkeys((*kept, *added)))
        self.session.indexing.follow()
        self.session.prompts.look_again()

    def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        self.session.prompts.saved(params.text_document.uri)
        self.session.indexing.changed([params.text_document.uri])

    def _files_changed(self, params: types.DidChangeWatchedFilesParams) -> None:
        uris = [change.uri for change in params.changes]
        self.session.prompts.saved(*uris)
        self.session.indexing.changed(uris)

    def _hover(self, params: types.HoverParams) -> types.Hover | None:
        document = self.documents.find(params.text_document.uri)
        if document is None:
            return None
        found = self.session.explanations.hover(document.frozen(), params.position.line)
        if found is None:
            return None
        markdown = types.MarkupKind.Markdown.value in self.client.hover_formats
        kind = types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
        return types.Hover(types.MarkupContent(kind, found))

    def _content(self, params: types.TextDocumentContentParams) -> types.TextDocumentContentResult:
        return types.TextDocumentContentResult(self.session.explanations.content(params.uri))


def _folders(uris: list[str]) -> tuple[Path, ...]:
    """Those that are folders of this machine."""
    return tuple(path for path in map(path_of, uris) if path is not None)


def run_stdio(options: Options) -> int:
    """Serves the editor at stdin and stdout; the exit code."""
    return serve_stdio(Server(options))


def run_tcp(host: str, port: int, options: Options) -> int:
    """Serves the first editor that connects to `host`:`port`; the exit code."""

    async def serve() -> int:
        return await serve_tcp(Server(options), host, port)

    return asyncio.run(serve())

"""The user's own actions and a project's prompts in the editor: held in memory for the menu.

Files are read in a thread: when the client has started, when folders or files of `.glm` change, and at the start of
each job. The person is asked once a session about each state of a project's prompts, at the first job in it, never on
opening it. A job goes on meanwhile with the built-in prompts; only one whose action is itself of those prompts waits
for the answer. Source: users-and-security D4.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from glm_lsp.actions.action import Action
from glm_lsp.actions.catalogue import find
from glm_lsp.actions.custom import Found, Project, own, project
from glm_lsp.errors import GlmError, Refused
from glm_lsp.lsp.trust import answer, remember
from glm_lsp.state import place, trust
from glm_lsp.workspace import paths

if TYPE_CHECKING:
    from glm_lsp.ask import AskRequest
    from glm_lsp.lsp.session import Session

WATCHED_PROMPTS = types.Registration(
    "glm-prompts",
    types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
    types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/.glm/**")]),
)


class Prompts:
    """The user's own actions and those of the workspace folders, as last read. Changed only on the event loop."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._own = Found()
        self._projects: Mapping[Path, Project] = {}
        self._roots: tuple[tuple[Path, Path], ...] = ()
        self._reading = asyncio.Lock()
        self.read = asyncio.Event()
        """Set once they have been read, or could not be."""
        self._asked: dict[tuple[Path, str], asyncio.Future[None]] = {}
        self._told: tuple[str, ...] = ()

    def catalogue(self, uri: str) -> Mapping[str, Action]:
        """The actions that may be used on the document `uri`. From memory: it is what the menu offers."""
        found = self._project(uri)
        return {**self._session.built_in, **self._own.actions, **(found.actions if found else {})}

    def known(self, uri: str) -> Mapping[str, Action]:
        """Those, and the actions of its project that are not trusted; a job of one of these asks first."""
        found = self._project(uri)
        return {**self._session.built_in, **self._own.actions, **(found.found.actions if found else {})}

    async def look(self) -> None:
        """Reads the files again. What is wrong with those in use makes one message, again only when it changes.

        Errors: Failed if the state directory cannot be used.
        """
        async with self._reading:
            folders = self._session.folders
            read = await asyncio.to_thread(_read, folders, self._session.built_in)
            self._own, self._projects, self._roots = read
        complaints = (*self._own.complaints, *(one for each in self._projects.values() for one in each.complaints))
        if complaints and complaints != self._told:
            lines = "\n".join(f"- {line}" for line in complaints)
            self._session.editor.show("warning", f"Some GLM prompts cannot be used:\n{lines}")
        self._told = complaints

    def look_again(self) -> None:
        """Reads them again in the background. An action that cannot be read now is read by the job that needs it."""

        async def looking() -> None:
            try:
                with suppress(GlmError):
                    await self.look()
            finally:
                self.read.set()

        self._session.server.keep(asyncio.ensure_future(looking()))

    def saved(self, *uris: str) -> None:
        """These files were saved, or changed on disk."""
        named = (paths.place_of(uri) for uri in uris)
        if any(path is not None and ".glm" in path.parts for path in named):
            self.look_again()

    async def settled(self, request: AskRequest) -> AskRequest:
        """`request` with its action as its file says now; the person is asked about his project's prompts if need be.

        Errors: Refused if the action may not be used, or is not what was picked any more; Failed.
        """
        await self.look()
        action, found = request.action, self._project(request.uri)
        question = self._question(found) if found is not None and found.undecided else None
        if action.id in self._session.built_in or action.source == "built-in":
            return request
        if question is not None and found is not None and action.id in found.found.actions:
            await asyncio.shield(question)
            found = self._project(request.uri)
        if found is not None and action.id in found.found.actions and not found.actions:
            raise Refused(
                f"“{action.title}” comes from the project, whose prompts you have not trusted.",
                f"Run `glm-lsp trust {found.folder}`, or the command glm.trust, if you do.",
            )
        now = find(action.id, self.catalogue(request.uri))
        if (now.mode, now.reach, now.scope) != (action.mode, action.reach, action.scope):
            raise Refused(f"“{action.title}” has changed since it was picked.", "Open the menu again.")
        return replace(request, action=now)

    async def decide(self, folder: Path, *, trusted: bool) -> None:
        """What the person says of the prompts of `folder` as they are now. Errors: BadInput; Refused; Failed."""
        await asyncio.to_thread(remember, folder, None, trusted)
        await self.look()

    def _project(self, uri: str) -> Project | None:
        """The project the document belongs to, by its path as written: following links would have to read."""
        path = paths.path_of(uri)
        holding = [root for root in self._roots if path is not None and path.is_relative_to(root[0])]
        innermost = max(holding, key=lambda root: len(root[0].parts), default=None)
        return self._projects.get(innermost[1]) if innermost is not None else None

    def _question(self, found: Project) -> asyncio.Future[None]:
        """The question about these very prompts: asked now, or already."""
        key = (found.folder, trust.fingerprint(found.files))
        if key not in self._asked:
            self._asked[key] = asyncio.ensure_future(self._ask(found))
            self._session.server.keep(self._asked[key])
        return self._asked[key]

    async def _ask(self, found: Project) -> None:
        trusted = await answer(self._session, found)
        if trusted is None:
            return
        try:
            await asyncio.to_thread(remember, found.folder, found.files, trusted)
            await self.look()
        except GlmError as error:
            self._session.editor.show(error.level, f"GLM: {error}")


def _read(
    folders: tuple[Path, ...], built_in: Mapping[str, Action]
) -> tuple[Found, Mapping[Path, Project], tuple[tuple[Path, Path], ...]]:
    """The user's actions; each folder's prompts; and the paths, links followed and not, by which the folders go."""
    from glm_lsp.settings import config_file

    mine = own(config_file(os.environ).parent, folders, built_in)
    state = place.root(os.environ)
    taken = {**built_in, **mine.actions}
    roots = [(name, folder) for folder in folders for name in (folder, Path(os.path.realpath(folder)))]
    return mine, {folder: project(state, folder, taken) for folder in folders}, tuple(roots)

"""A project's own prompts in the editor: held in memory for the menu, and the question whether they may be used.

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
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from glm_lsp.actions.action import Action
from glm_lsp.actions.catalogue import find
from glm_lsp.actions.custom import Found, Project, own, project
from glm_lsp.errors import BadInput, GlmError, Refused
from glm_lsp.plain import plain
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
TRUST, SHOW, LATER, NEVER = "Trust", "Show", "Not now", "Never"
NAMED = 3
"""Actions that the question names."""


class Prompts:
    """The user's own actions and those of the workspace folders, as last read. Changed only on the event loop."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._own = Found()
        self._projects: Mapping[Path, Project] = {}
        self._roots: tuple[tuple[Path, Path], ...] = ()
        self._reading = asyncio.Lock()
        self._asked: dict[tuple[Path, str], asyncio.Future[None]] = {}
        self._told: tuple[str, ...] = ()

    def catalogue(self, uri: str) -> Mapping[str, Action]:
        """The actions that may be used on the document `uri`. From memory: it is what the menu offers."""
        found = self._project(uri)
        return {**self._session.catalogue, **self._own.actions, **(found.actions if found else {})}

    def known(self, uri: str) -> Mapping[str, Action]:
        """Those, and the actions of its project that are not trusted; a job of one of these asks first."""
        found = self._project(uri)
        return {**self._session.catalogue, **self._own.actions, **(found.found.actions if found else {})}

    async def look(self) -> None:
        """Reads the files again. What is wrong with those in use makes one message, again only when it changes.

        Errors: Failed if the state directory cannot be used.
        """
        async with self._reading:
            folders = self._session.folders
            read = await asyncio.to_thread(_read, folders, self._session.catalogue)
            self._own, self._projects, self._roots = read
        complaints = (*self._own.complaints, *(one for each in self._projects.values() for one in each.complaints))
        if complaints and complaints != self._told:
            lines = "\n".join(f"- {line}" for line in complaints)
            self._session.editor.show("warning", f"Some GLM prompts cannot be used:\n{lines}")
        self._told = complaints

    def look_again(self) -> None:
        """Reads them again in the background. An action that cannot be read now is read by the job that needs it."""

        async def looking() -> None:
            with suppress(GlmError):
                await self.look()

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
        if action.id in self._session.catalogue or action.source == "built-in":
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
        await asyncio.to_thread(_remember, folder, None, trusted)
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
        """No answer is no trust, and the question comes again in another session."""
        editor = self._session.editor
        words = question(found)
        if not editor.client.show_message_request:
            editor.show("info", f"{words} If so, run `glm-lsp trust {plain(str(found.folder))}`.")
            return
        choice, where = SHOW, ""
        while choice == SHOW:
            choice = await editor.choose("info", words + where, (TRUST, SHOW, LATER, NEVER)) or LATER
            if choice == SHOW:
                path = await self._session.desk.keep_explanation("prompts", shown(found))
                where = "" if await editor.show_document(path.as_uri()) else f" They are shown in {path}."
        if choice == LATER:
            return
        try:
            await asyncio.to_thread(_remember, found.folder, found.files, choice == TRUST)
            await self.look()
        except GlmError as error:
            editor.show(error.level, f"GLM: {error}")


def question(found: Project) -> str:
    """What the person is asked about the project's prompts."""
    titles = [f"“{action.title}”" for action in found.found.actions.values()]
    count = sum(name != "rules.md" for name in found.files)
    more = "" if len(titles) <= NAMED else ", …"
    actions = f"{count} action{'s' if count > 1 else ''}" if count else ""
    actions += f" ({', '.join(titles[:NAMED])}{more})" if titles else ""
    parts = " and ".join(part for part in ("rules" if "rules.md" in found.files else "", actions) if part)
    begin = "brings its own prompts for GLM" if found.standing == "new" else "has changed its own prompts for GLM"
    hidden = [plain(name) for name, data in found.files.items() if _hidden(data)]
    warning = f" Beware: {', '.join(hidden[:NAMED])} holds characters that cannot be seen." if hidden else ""
    return f"The project {plain(found.folder.name, 80)} {begin}: {parts}. Use them?{warning}"


def shown(found: Project) -> str:
    """The prompts that the question is about, as Markdown; characters that cannot be seen stand as `\\u202e`."""
    from glm_lsp.reply.markdown import inert
    from glm_lsp.reply.sentinels import fence_for

    parts = [f"# The prompts of {plain(str(found.folder))}\n"]
    for name, data in found.files.items():
        text = "".join(
            character if character in "\n\t" or character.isprintable() else character.encode("unicode_escape").decode()
            for character in data.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
        )
        fence = fence_for(text)
        parts.append(f"## .glm/{plain(name)}\n\n{fence}markdown\n{text.rstrip()}\n{fence}\n")
    return inert("\n".join(parts))


def trust_folder(session: Session, argument: Mapping[str, Any]) -> Any:
    """`glm.trust {folder, trust}` → null: whether the prompts of a workspace folder, as they are now, may be used.

    `folder` is its URI, or its path. Errors: BadInput for another folder, or one without prompts; Refused; Failed.
    """
    named, trusted = argument.get("folder"), argument.get("trust")
    path = (paths.path_of(named) if "://" in named else Path(named)) if isinstance(named, str) else None
    if path is None or not isinstance(trusted, bool):
        raise BadInput("`folder` must be a folder's URI or path, and `trust` true or false.")
    folder = next((one for one in session.folders if os.path.normpath(one) == os.path.normpath(path)), None)
    if folder is None:
        raise BadInput(f"{plain(str(path))} is not a workspace folder of this editor.", "Run `glm-lsp trust DIR`.")
    return session.prompts.decide(folder, trusted=trusted)


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


def _remember(folder: Path, files: Mapping[str, bytes] | None, trusted: bool) -> None:
    """Remember the answer about `files`; without them, about the prompts that `folder` has now."""
    state = place.root(os.environ)
    if files is None and not trusted:
        trust.revoke(state, folder)
        return
    files = trust.prompts(folder) if files is None else files
    if not files:
        raise BadInput(f"There are no prompts in {folder / '.glm'}, so there is nothing to trust.")
    trust.decide(state, folder, files, trusted=trusted)


def _hidden(data: bytes) -> str:
    """The first kind of character in it that cannot be seen."""
    from glm_lsp.edits.invisible import added

    return added("", data.decode("utf-8-sig", "replace"))

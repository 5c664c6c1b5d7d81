"""Everything we ever send to the editor unasked, each behind the capability that allows it.

Requests carry a timeout: some clients declare a capability and never answer (reference: ALE and `applyEdit`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from lsprotocol import types

from glm_lsp.errors import GlmError

if TYPE_CHECKING:
    from glm_lsp.lsp.client import Client
    from glm_lsp.lsp.protocol import GlmServer

ANSWER_SECONDS = 5.0
"""How long a request that needs no person may take."""
REOPEN_SECONDS = 1.0
"""A document closed for longer takes its running edits with it; editors close and reopen when they reload a file."""
EDIT_SECONDS = 60.0
"""How long an edit may take: some editors ask the person first."""

_LEVELS = {
    "error": types.MessageType.Error,
    "warning": types.MessageType.Warning,
    "info": types.MessageType.Info,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the editor says of an edit. Not to be believed without proof: Neovim says `applied` of one it skipped."""

    applied: bool
    reason: str = ""


class Editor:
    """The client at the other end."""

    def __init__(self, server: GlmServer, client: Client) -> None:
        self._server = server
        self.client = client

    def show(self, level: Literal["error", "warning", "info"], text: str) -> None:
        self._server.notify(types.WINDOW_SHOW_MESSAGE, types.ShowMessageParams(_LEVELS[level], text))

    async def choose(self, level: Literal["warning", "info"], text: str, choices: Sequence[str]) -> str | None:
        """The person's choice; None if he dismissed the question, or cannot be asked, which is never a yes. Waits as
        long as he does."""
        if not self.client.show_message_request:
            return None
        try:
            item = await self._server.request(
                types.WINDOW_SHOW_MESSAGE_REQUEST,
                types.ShowMessageRequestParams(
                    _LEVELS[level], text, [types.MessageActionItem(choice) for choice in choices]
                ),
                timeout=None,
            )
        except GlmError:
            return None
        return item.title if isinstance(item, types.MessageActionItem) and item.title in choices else None

    async def apply(self, label: str, changes: list[Any]) -> Answer | None:
        """`workspace/applyEdit` of `documentChanges`. None: no answer came.

        Cancelling does not take the request back; the caller has to look at the text.
        """
        params = types.ApplyWorkspaceEditParams(types.WorkspaceEdit(document_changes=changes), label)
        try:
            result = await self._server.request(types.WORKSPACE_APPLY_EDIT, params, timeout=EDIT_SECONDS)
        except TimeoutError:
            return None
        except GlmError as error:
            return Answer(False, str(error))
        return Answer(bool(result.applied), result.failure_reason or "")

    async def apply_by_client(self, params: Mapping[str, Any]) -> Answer | None:
        """`glm/apply`, for clients of ours: they compare the old text and their own tick, and answer truthfully."""
        try:
            result = await self._server.request("glm/apply", params, timeout=EDIT_SECONDS)
        except TimeoutError:
            return None
        except GlmError as error:
            return Answer(False, str(error))
        applied = _field(result, "applied")
        return Answer(applied is True, str(_field(result, "reason") or ""))

    async def show_document(self, uri: str) -> bool:
        """Whether the client shows the document, as far as it says. The focus stays where it is."""
        if not self.client.show_document:
            return False
        focus = self.client.quirks.unfocused
        try:
            result = await self._server.request(
                types.WINDOW_SHOW_DOCUMENT, types.ShowDocumentParams(uri, take_focus=focus), timeout=ANSWER_SECONDS
            )
        except (TimeoutError, GlmError):
            return False
        return bool(result.success)

    def refresh_content(self, uri: str) -> None:
        """Tells the client that the text of the virtual document `uri` has changed; its answer does not matter."""
        self._in_background(types.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH, types.TextDocumentContentRefreshParams(uri))

    async def configuration(self) -> object:
        """Section `glm` of the client's configuration, empty if there is none; None if the client cannot be asked or
        does not answer."""
        if not self.client.configuration:
            return None
        params = types.ConfigurationParams([types.ConfigurationItem(section="glm")])
        try:
            found = await self._server.request(types.WORKSPACE_CONFIGURATION, params, timeout=ANSWER_SECONDS)
        except (TimeoutError, GlmError):
            return None
        said = found[0] if isinstance(found, (list, tuple)) and found else None
        return {} if said is None else said

    async def register(self, registrations: list[types.Registration]) -> None:
        try:
            await self._server.request(
                types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams(registrations), timeout=ANSWER_SECONDS
            )
        except (TimeoutError, GlmError):
            return

    async def create_progress(self, token: str) -> bool:
        if not self.client.work_done_progress:
            return False
        try:
            await self._server.request(
                types.WINDOW_WORK_DONE_PROGRESS_CREATE,
                types.WorkDoneProgressCreateParams(token),
                timeout=ANSWER_SECONDS,
            )
        except (TimeoutError, GlmError):
            return False
        return True

    def progress(
        self,
        token: str,
        value: types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd,
    ) -> None:
        self._server.notify(types.PROGRESS, types.ProgressParams(token, value))

    def job(self, view: Mapping[str, Any]) -> None:
        """`glm/job`, for clients of ours."""
        self._server.notify("glm/job", view)

    def _in_background(self, method: str, params: object) -> None:
        async def send() -> None:
            try:
                await self._server.request(method, params, timeout=ANSWER_SECONDS)
            except (TimeoutError, GlmError):
                return

        self._server.keep(asyncio.ensure_future(send()))


def _field(value: object, name: str) -> object:
    """A field of an answer to a method of our own, whatever the converter made of it."""
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)

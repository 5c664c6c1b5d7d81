"""Handing an edit to the editor, and seeing that it arrived.

What editors say of an edit cannot be believed. Neovim 0.12 answers `applied: true` to one it refused, ALE does not
answer at all, and some apply an edit to newer text than it was made for. So: versions and texts are compared here right
before sending, an edit that the user has outrun is rebased, and the job is done when the hunks are seen in the text.

Several files are decided before the first write and written one by one, each proved before the next; if a later one
fails, those written and untouched since are taken back.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from glm_lsp.edits import rebase
from glm_lsp.edits.arrival import nearer, stands
from glm_lsp.edits.proposal import FileEdit, Proposal
from glm_lsp.errors import BadInput, GlmError, NotApplied, TextChanged
from glm_lsp.lsp import operations
from glm_lsp.lsp.editor import REOPEN_SECONDS
from glm_lsp.text.lines import Text
from glm_lsp.workspace import files, paths

if TYPE_CHECKING:
    from glm_lsp.lsp.editor import Answer, Editor
    from glm_lsp.workspace.documents import Documents, OpenDocument

PROOF_SECONDS = 5.0
"""How long after the editor's yes the hunks may take to be seen."""
DISK_SECONDS = 0.05
"""How often a file that is not open is looked at."""
QUIET_SECONDS = 0.2
"""How long the user must have stopped typing before an edit is offered again: longer than Neovim's debounce, 150 ms."""
LONGEST_REST = 10.0
"""How long an edit waits for a user who types on and on before it is tried all the same."""
ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Placed:
    """A file's edit and the opening its `version` counts in; None if the file was not open."""

    file: FileEdit
    opening: int | None


@dataclass(frozen=True, slots=True)
class Written:
    """A file as it was written: `file.base` is what stood there before. `seen` is the document in which the edit was
    seen, which may hold what the user has typed meanwhile too; None: the file is not open."""

    file: FileEdit
    seen: OpenDocument | None


class Delivery:
    """Delivers the files of one proposal to one editor."""

    def __init__(
        self,
        job: str,
        editor: Editor,
        documents: Documents,
        changed: Callable[[str], asyncio.Future[None]],
        stopped: Callable[[], bool],
        sending: Callable[[], None],
    ) -> None:
        """`changed(uri)` gives a future, shared and so never to be cancelled, that is done at the next change, opening
        or closing of `uri`. `stopped()`: the user has cancelled; what can still be left undone is. `sending()` is
        called right before an edit goes to the editor."""
        self._job = job
        self._editor = editor
        self._documents = documents
        self._changed = changed
        self._stopped = stopped
        self._sending = sending

    async def deliver(self, proposal: Proposal, openings: Mapping[str, int], label: str) -> tuple[Written, ...]:
        """Writes all of `proposal`, or nothing. `openings`: of the documents its versions count in, by URI.

        Errors: TextChanged before anything was written; NotApplied with what was and was not written; CancelledError
        if the user cancelled and nothing is written (any more).
        """
        return await self._deliver([Placed(file, openings.get(file.uri)) for file in proposal.files], label)

    async def take_back(self, written: Sequence[Written], label: str) -> None:
        """Writes the inverse of what was written, in all files or none.

        Errors: TextChanged if one of the places was touched since.
        """
        await self._deliver([self._inverse(one) for one in reversed(written)], label)

    async def _deliver(self, wanted: Sequence[Placed], label: str) -> tuple[Written, ...]:
        decided = [await self._current(placed) for placed in wanted]
        openings = {placed.file.uri: placed.opening for placed in decided}
        steps = [Placed(file, openings.get(file.uri)) for file in operations.steps(placed.file for placed in decided)]
        written: list[Written] = []
        for placed in steps:
            file = placed.file
            try:
                written.append(await self._write(placed, label))
                moved = file.kind == "rename" and placed.opening is not None
                if moved and self._documents.find(file.new_uri) is None:
                    # The editor closes the document and opens it again under its new name.
                    await asyncio.wait({self._changed(file.new_uri)}, timeout=REOPEN_SECONDS)
            except asyncio.CancelledError:
                if kept := await self._taken_back(written, label):
                    raise NotApplied(f"Cancelled too late: {', '.join(kept)} had been changed already.") from None
                raise
            except GlmError as error:
                if not written:
                    raise
                kept = await self._taken_back(written, label)
                left = [name for name in dict.fromkeys(name_of(one.file.uri) for one in steps) if name not in kept]
                back = (
                    f"Changed: {', '.join(kept)}. Not changed: {', '.join(left)}." if kept else "No file was changed."
                )
                raise NotApplied(f"{name_of(file.uri)} could not be changed: {error}", back) from error
        return tuple(written)

    async def _current(self, placed: Placed) -> Placed:
        """The edit, rebased to the text there is now.

        Errors: TextChanged if the user changed the same place; CancelledError if he closed the document.
        """
        file = placed.file
        document = await self._opened(placed)
        new = file.new_uri if file.kind == "rename" else file.uri if file.kind == "create" else ""
        if new and (self._documents.find(new) is not None or await asyncio.to_thread(_exists, new)):
            raise TextChanged(f"{name_of(new)} exists already; it is not overwritten.", "Run the action again.")
        if file.kind == "create" or (file.kind == "rename" and not file.hunks):
            return placed
        if document is not None:
            return Placed(_rebased(placed, document), document.opening)
        path = paths.path_of(file.uri)
        if path is None:
            raise TextChanged(f"{name_of(file.uri)} is not open any more.", "Open it and run the action again.")
        try:
            text = Text.of(await asyncio.to_thread(files.read, path))
        except BadInput as error:
            raise TextChanged(f"{name_of(file.uri)} cannot be read any more.", "Run the action again.") from error
        if file.kind == "delete" and not text.string:
            return placed  # Its text was never saved, or is gone already.
        return Placed(rebase.rebase(file, text, None, None), None)

    async def _opened(self, placed: Placed) -> OpenDocument | None:
        """The document, if it is open. One that was open is waited for: editors close and open to reload a file."""
        uri = placed.file.uri
        document = self._documents.find(uri)
        if document is None and placed.opening is not None:
            await asyncio.wait({self._changed(uri)}, timeout=REOPEN_SECONDS)
            document = self._documents.find(uri)
            if document is None:
                raise asyncio.CancelledError
        return document.frozen() if document is not None else None

    async def _write(self, placed: Placed, label: str, *, stoppable: bool = True) -> Written:
        """Sends one file's edit until it is seen in the text."""
        uri = placed.file.uri
        for _ in range(ATTEMPTS):
            if self._editor.client.rests:
                await self._quiet(uri)
            if stoppable and self._stopped():
                raise asyncio.CancelledError
            placed = await self._current(placed)
            file = placed.file
            if not file.hunks and file.kind == "edit":
                return Written(file, self._frozen(uri))  # The user has typed the same meanwhile.
            answer, seen = await self._send(file, label, stoppable=stoppable)
            if seen:
                return Written(file, self._frozen(uri))
            document = self._documents.find(uri)
            if document is None or (document.opening, document.version) == (placed.opening, file.version):
                raise _not_applied(uri, answer)
            if self._editor.client.overruns and answer is not None and answer.applied:
                raise NotApplied(
                    f"The edit met what you were just typing in {name_of(uri)}, and may stand in the wrong place.",
                    "Undo it there, and run the action again.",
                )
            # The user typed while the edit was on its way, and the editor rightly refused it: once he rests, again.
            await self._quiet(uri)
            if self._seen(file, answer):
                return Written(file, self._frozen(uri))
        raise NotApplied(
            f"{name_of(uri)} keeps changing, so the edit could not be applied.", "Pause and run the action again."
        )

    async def _send(self, file: FileEdit, label: str, *, stoppable: bool) -> tuple[Answer | None, bool]:
        """Sends `file` once. The editor's answer, and whether the hunks were seen in the text.

        Ends when they are, or when the editor said no, or when the proof did not come in time.
        """
        answering = asyncio.ensure_future(self._ask_editor(file, label, stoppable=stoppable))
        try:
            while True:
                change = self._changed(file.uri)
                if self._stands(file):
                    return (answering.result() if answering.done() else None), True
                if answering.done():
                    break
                waiting: set[asyncio.Future[Any]] = {answering, change}
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            answer = answering.result()
            if answer is None:
                return None, self._seen(file, None)
            return answer, await self._proved(file, answer, PROOF_SECONDS if answer.applied else QUIET_SECONDS)
        finally:
            answering.cancel()

    async def _proved(self, file: FileEdit, answer: Answer, seconds: float) -> bool:
        """Waits until the hunks of `file` are seen, or the text went another way, or `seconds` are over."""
        deadline = asyncio.get_running_loop().time() + seconds
        on_disk = file.kind != "edit" or file.version is None
        truthful = answer.applied and self._editor.client.glm_apply
        while not self._seen(file, answer):
            document = self._documents.find(file.uri)
            gone = document is None or file.kind in ("edit", "create")
            if on_disk and gone and await asyncio.to_thread(operations.done_on_disk, file, answer):
                return True
            if not (on_disk or truthful) and document is not None and document.version != file.version:
                return False
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return truthful  # The user has typed into it at once: a client of ours is believed all the same.
            # Nobody tells of what happens on the disk.
            await asyncio.wait({self._changed(file.uri)}, timeout=min(left, DISK_SECONDS) if on_disk else left)
        return True

    async def _quiet(self, uri: str) -> None:
        """Waits until `uri` has not changed for a moment, but not for ever."""
        deadline = asyncio.get_running_loop().time() + LONGEST_REST
        changed = True
        while changed and asyncio.get_running_loop().time() < deadline:
            changed = bool((await asyncio.wait({self._changed(uri)}, timeout=QUIET_SECONDS))[0])

    def _stands(self, file: FileEdit) -> bool:
        """Whether each hunk of `file` stands in the text."""
        document = self._documents.find(file.uri)
        return file.kind in ("edit", "create") and document is not None and stands(file, document.text)

    def _seen(self, file: FileEdit, answer: Answer | None) -> bool:
        """Whether the edit has arrived, as far as the text and the editor's answer tell. A no is believed unless the
        hunks stand there all the same."""
        if self._stands(file):
            return True
        denied = file.kind != "edit" or (answer is not None and not answer.applied)
        document = self._documents.find(file.uri)
        return not denied and document is not None and nearer(file, document.text)

    def _frozen(self, uri: str) -> OpenDocument | None:
        document = self._documents.find(uri)
        return document.frozen() if document is not None else None

    def _inverse(self, written: Written) -> Placed:
        """The edit that takes `written` back, in the text it was seen in.

        Errors: TextChanged if the user has typed into it.
        """
        file, seen = written.file, written.seen
        back = operations.inverse(file)
        if seen is None or file.kind != "edit":
            return Placed(back, None)
        back = rebase.rebase(back, seen.text, seen.version, None)
        return Placed(back, seen.opening if self._documents.find(file.uri) is not None else None)

    async def _ask_editor(self, file: FileEdit, label: str, *, stoppable: bool) -> Answer | None:
        # Here and not earlier: a cancel may have come since this was scheduled.
        if stoppable and self._stopped():
            raise asyncio.CancelledError
        self._sending()
        client = self._editor.client
        if client.glm_apply:
            file_of_ours = operations.for_our_client(file, client.encoding)
            return await self._editor.apply_by_client({"job": self._job, "label": label, "files": [file_of_ours]})
        return await self._editor.apply(label, operations.document_changes(file, client))

    async def _taken_back(self, written: Sequence[Written], label: str) -> list[str]:
        """Takes back what was written; the names of the files that could not be restored."""
        kept = []
        for one in reversed(written):
            try:
                await self._write(await self._current(self._inverse(one)), f"{label} (taken back)", stoppable=False)
            except (GlmError, asyncio.CancelledError):
                kept.append(name_of(one.file.uri))
        return kept


def _rebased(placed: Placed, document: OpenDocument) -> FileEdit:
    """The change log decides if it speaks of the very text the edit was made for; else the texts are compared."""
    file = placed.file
    same = placed.opening == document.opening and file.version is not None
    if same and file.version == document.version and file.base.lines == document.text.lines:
        return file
    changes = document.since(file.version) if same and file.version is not None else None
    return rebase.rebase(file, document.text, document.version, changes or None)


def _exists(uri: str) -> bool:
    path = paths.path_of(uri)
    return path is not None and os.path.lexists(path)


def _not_applied(uri: str, answer: Answer | None) -> NotApplied:
    name = name_of(uri)
    if answer is None:
        return NotApplied(f"The editor did not say whether it changed {name}.", f"Look at {name}.")
    if answer.applied:
        return NotApplied(f"The editor said it applied the edit, but {name} did not change.", "Run the action again.")
    reason = f": {answer.reason.rstrip('.')}" if answer.reason else ""
    return NotApplied(f"The editor did not apply the edit to {name}{reason}.", "Run the action again.")


def name_of(uri: str) -> str:
    """What a message calls the document."""
    place = paths.place_of(uri)
    return place.name if place is not None else uri

"""Handing an edit to the editor, and seeing that it arrived.

What editors say of an edit cannot be believed. Neovim 0.12 answers `applied: true` to one it refused, ALE does not
answer at all, and some apply an edit to newer text than it was made for. So: versions and texts are compared here right
before sending, an edit that the user has outrun is rebased, and the job is done when the hunks are seen in the text.

Several files are decided before the first write and written one by one, each proved before the next; if a later one
fails, those written and untouched since are taken back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from glm_lsp.edits import hunks, rebase
from glm_lsp.edits.proposal import FileEdit, Proposal
from glm_lsp.errors import BadInput, GlmError, NotApplied, TextChanged
from glm_lsp.lsp import convert
from glm_lsp.text.lines import Text
from glm_lsp.workspace import files, paths

if TYPE_CHECKING:
    from glm_lsp.edits.proposal import Replacement
    from glm_lsp.lsp.editor import Answer, Editor
    from glm_lsp.text.encoding import Encoding
    from glm_lsp.workspace.documents import Documents, OpenDocument

PROOF_SECONDS = 5.0
"""How long after the editor's yes the hunks may take to be seen."""
QUIET_SECONDS = 0.2
"""How long the user must have stopped typing before an edit is offered again: longer than Neovim's debounce, 150 ms."""
ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Written:
    """A file as it was written: `file.base` is what stood there before, `version` the editor's after it (None: the
    file is not open)."""

    file: FileEdit
    version: int | None


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

    async def deliver(self, proposal: Proposal, label: str) -> tuple[Written, ...]:
        """Writes all of `proposal`, or nothing.

        Errors: TextChanged before anything was written; NotApplied with what was and was not written; CancelledError
        if the user cancelled and nothing is written (any more).
        """
        decided = [await self._current(file) for file in proposal.files]
        written: list[Written] = []
        for file in decided:
            try:
                written.append(await self._write(file, label))
            except asyncio.CancelledError:
                if kept := await self._taken_back(written, label):
                    raise NotApplied(f"Cancelled too late: {', '.join(kept)} had been changed already.") from None
                raise
            except GlmError as error:
                if not written:
                    raise
                kept = await self._taken_back(written, label)
                back = f"Only {', '.join(kept)} was changed." if kept else "The other files were restored."
                raise NotApplied(f"{name_of(file.uri)} could not be changed: {error} {back}") from error
        return tuple(written)

    async def take_back(self, written: Sequence[Written], label: str) -> None:
        """Writes the inverse of what was written, in all files or none.

        Errors: TextChanged if one of the places was touched since.
        """
        await self.deliver(Proposal(tuple(_inverse(one) for one in written)), label)

    async def _current(self, file: FileEdit) -> FileEdit:
        """`file`, rebased to the text there is now.

        Errors: TextChanged if the user changed the same place.
        """
        document = self._documents.find(file.uri)
        if document is not None:
            return _rebased(file, document.frozen())
        if file.kind == "create":
            return file
        path = paths.path_of(file.uri)
        if path is None:
            raise TextChanged(f"{name_of(file.uri)} is not open any more.", "Open it and run the action again.")
        text = await asyncio.to_thread(files.read, path)
        return rebase.rebase(file, Text.of(text), None, None)

    async def _write(self, file: FileEdit, label: str, *, stoppable: bool = True) -> Written:
        """Sends one file's edit until it is seen in the text."""
        uri = file.uri
        for _ in range(ATTEMPTS):
            if self._editor.client.rests:
                await self._quiet(uri)
            if stoppable and self._stopped():
                raise asyncio.CancelledError
            file = await self._current(file)
            if not file.hunks and file.kind == "edit":
                return Written(file, file.version)  # The user has typed the same meanwhile.
            answer, seen = await self._send(file, label)
            if seen:
                return Written(file, self._version(uri))
            document = self._documents.find(uri)
            if document is None or document.version == file.version:
                raise _not_applied(uri, answer)
            # The user typed while the edit was on its way, and the editor rightly refused it: once he rests, again.
            await self._quiet(uri)
            if self._seen(file):
                return Written(file, self._version(uri))
        raise NotApplied(
            f"{name_of(uri)} keeps changing, so the edit could not be applied.", "Pause and run the action again."
        )

    async def _send(self, file: FileEdit, label: str) -> tuple[Answer | None, bool]:
        """Sends `file` once. The editor's answer, and whether the hunks were seen in the text.

        Ends when they are, or when the editor said no, or when the proof did not come in time.
        """
        self._sending()
        answering = asyncio.ensure_future(self._ask_editor(file, label))
        try:
            while True:
                change = self._changed(file.uri)
                if self._seen(file):
                    return (answering.result() if answering.done() else None), True
                if answering.done():
                    break
                waiting: set[asyncio.Future[Any]] = {answering, change}
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            answer = answering.result()
            if answer is not None and not answer.applied:
                return answer, await self._proved(file, QUIET_SECONDS)
            if answer is None:
                return None, self._seen(file)
            return answer, await self._proved(file, PROOF_SECONDS)
        finally:
            answering.cancel()

    async def _proved(self, file: FileEdit, seconds: float) -> bool:
        """Waits until the hunks of `file` are seen, or the text went another way, or `seconds` are over."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not self._seen(file):
            document = self._documents.find(file.uri)
            if document is not None and document.version != file.version:
                return False
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return await asyncio.to_thread(_on_disk, file)
            await asyncio.wait({self._changed(file.uri)}, timeout=left)
        return True

    async def _quiet(self, uri: str) -> None:
        """Waits until `uri` has not changed for a moment."""
        changed = True
        while changed:
            changed = bool((await asyncio.wait({self._changed(uri)}, timeout=QUIET_SECONDS))[0])

    def _seen(self, file: FileEdit) -> bool:
        document = self._documents.find(file.uri)
        return document is not None and shows(file, document.text)

    def _version(self, uri: str) -> int | None:
        document = self._documents.find(uri)
        return None if document is None else document.version

    async def _ask_editor(self, file: FileEdit, label: str) -> Answer | None:
        client = self._editor.client
        replacements = hunks.replacements(file.hunks, file.base)
        if client.glm_apply:
            return await self._editor.apply_by_client(
                {"job": self._job, "label": label, "files": [_for_our_client(file, replacements, client.encoding)]}
            )
        version = client.sent_version(file.version) if file.version is not None else None
        identifier = types.OptionalVersionedTextDocumentIdentifier(file.uri, version)
        edits = convert.to_edits(file.base.lines, replacements, client.encoding)
        return await self._editor.apply(label, [types.TextDocumentEdit(identifier, edits)])

    async def _taken_back(self, written: Sequence[Written], label: str) -> list[str]:
        """Takes back what was written; the names of the files that could not be restored."""
        kept = []
        for one in reversed(written):
            try:
                await self._write(await self._current(_inverse(one)), f"{label} (taken back)", stoppable=False)
            except (GlmError, asyncio.CancelledError):
                kept.append(name_of(one.file.uri))
        return kept


def _for_our_client(file: FileEdit, replacements: Sequence[Replacement], encoding: Encoding) -> dict[str, object]:
    """One file of `glm/apply`: lines end with `\\n` there, and each edit says what it expects to replace."""
    return {
        "uri": file.uri,
        "version": file.version,
        "edits": [
            {
                "range": convert.to_range(file.base.lines, replacement.range, encoding),
                "newText": _with_newlines(replacement.new),
                "oldText": _with_newlines(file.base.slice(replacement.range)),
            }
            for replacement in replacements
        ],
    }


def _with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def shows(file: FileEdit, text: Text) -> bool:
    """Whether the hunks of `file` stand in `text`, whatever the user has typed elsewhere meanwhile.

    Where he typed into a hunk itself, the text counts as changed if it is nearer to the intended one than to the base;
    this only decides what is reported, never what is written.
    """
    if text.lines == file.intended.lines:
        return True
    if text.lines == file.base.lines:
        return False
    from rapidfuzz.distance import Indel

    lines: dict[str, int] = {}

    def numbered(one: Text) -> list[int]:
        return [lines.setdefault(line, len(lines)) for line in one.lines]

    now, before, after = numbered(text), numbered(file.base), numbered(file.intended)
    to_base, to_intended = Indel.distance(now, before), Indel.distance(now, after)
    if to_base == to_intended:
        to_base = Indel.distance(text.string, file.base.string)
        to_intended = Indel.distance(text.string, file.intended.string)
    return to_intended < to_base


def _rebased(file: FileEdit, document: OpenDocument) -> FileEdit:
    if file.version == document.version and file.base.lines == document.text.lines:
        return file
    changes = document.since(file.version) if file.version is not None else None
    return rebase.rebase(file, document.text, document.version, changes)


def _inverse(written: Written) -> FileEdit:
    """The edit that takes `written` back."""
    file = written.file
    return FileEdit(
        uri=file.uri,
        version=written.version,
        base=file.intended,
        intended=file.base,
        hunks=hunks.diff(file.intended, file.base),
    )


def _on_disk(file: FileEdit) -> bool:
    """Whether a file the editor has not opened was changed on disk."""
    path = paths.path_of(file.uri) if file.version is None else None
    try:
        return path is not None and files.read(path) == file.intended.string
    except BadInput:
        return False


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

"""Edits that are offered and wait for the person's word, hunk by hunk. They follow the text while he types.

Clients of ours draw the hunks of `glm/job`; elsewhere the diff is a document, and the menu at each hunk accepts it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from glm_lsp.errors import BadInput, GlmError
from glm_lsp.lsp.jobs import Job, Message
from glm_lsp.lsp.report import Report

if TYPE_CHECKING:
    from glm_lsp.edits.proposal import FileEdit, Hunk, Proposal
    from glm_lsp.lsp.delivery import Written
    from glm_lsp.lsp.session import Session
    from glm_lsp.text.lines import Range

INTERVAL = 0.1
"""Seconds between two looks at a text that changes under an offer."""


class Offers:
    """The jobs of a session that are `offered`. Changed on the event loop only."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._due: asyncio.TimerHandle | None = None

    def waiting(self) -> list[Job]:
        return [job for job in self._session.jobs if job.state == "offered" and job.proposal is not None]

    def touched(self, uri: str) -> None:
        """The document `uri` was opened or changed."""
        if self._due is None and any(uri in _uris(job) for job in self.waiting()):
            self._due = asyncio.get_running_loop().call_later(INTERVAL, self._follow_all)

    def follow(self, job: Job) -> None:
        """Brings the offer to the text there is now. Hunks that the user has touched, or made himself, are let go."""
        if job.state == "offered" and self._followed(job):
            self._tell(job)

    def at(self, uri: str, span: Range) -> list[tuple[Job, Hunk]]:
        """The offered hunks of `uri` that the lines of `span` touch."""
        found = []
        for job in self.waiting():
            self.follow(job)
            for hunk in (hunk for file in _files(job) if file.uri == uri for hunk in file.hunks):
                if span.start.line <= hunk.first + max(len(hunk.old) - 1, 0) and hunk.first <= span.end.line:
                    found.append((job, hunk))
        return found

    def accept(self, job: Job, hunk: int | None) -> None:
        """Writes the hunk, or all that is offered. Errors: BadInput if it is not offered."""
        from glm_lsp.lsp.run import keep

        self._check(job, hunk)
        keep(self._session, job, self._accept(job, hunk, job.task), Report(job, self._session.editor))

    def reject(self, job: Job, hunk: int | None) -> None:
        """Withdraws the hunk, or all that is offered. Errors: BadInput if it is not offered."""
        from glm_lsp.edits.pending import rejected

        self._check(job, hunk)
        left = [] if hunk is None else [rejected(file, (hunk,)) for file in _files(job)]
        self._keep(job, left)
        self._tell(job)

    def withdraw(self, job: Job) -> None:
        """Another job takes its place."""
        self._keep(job, ())
        self._tell(job)

    def _check(self, job: Job, hunk: int | None) -> None:
        if job.proposal is None or job.state not in ("offered", "delivering"):
            raise BadInput("Nothing of this job is offered.")
        self.follow(job)
        if hunk is not None and not any(hunk == one.id for file in _files(job) for one in file.hunks):
            raise BadInput("This change is not offered any more.")

    async def _accept(self, job: Job, id: int | None, earlier: asyncio.Task[None] | None) -> None:
        from glm_lsp.edits.proposal import Proposal
        from glm_lsp.lsp import run

        if earlier is not None:
            await asyncio.wait({earlier})  # One hunk after the other, as they were picked.
        self.follow(job)
        part = _part(job, id)
        if job.proposal is None or job.state != "offered" or not part:
            return
        report = Report(job, self._session.editor)
        job.stopped = job.committed = False
        report.state("delivering")
        wanted = Proposal(tuple(part), job.proposal.confirm, job.proposal.warnings)
        try:
            written = await run.write(self._session, job, wanted, asking=bool(wanted.confirm))
        except asyncio.CancelledError:
            report.end("offered")
        except GlmError as error:
            report.end("offered", Message(error.level, error.message, error.next))
        else:
            job.written += written
            self._keep(job, _left(_files(job), part, written))
            self._followed(job)
            self._tell(job)

    def _follow_all(self) -> None:
        self._due = None
        for job in self.waiting():
            self.follow(job)

    def _followed(self, job: Job) -> bool:
        """Whether the offer had to be brought to another text."""
        from glm_lsp.edits.pending import follow

        moved = False
        files: list[FileEdit] = []
        for file in _files(job):
            document = self._session.documents.find(file.uri)
            opening = job.openings.get(file.uri)
            if document is None:
                job.openings.pop(file.uri, None)
            elif file.kind == "edit":
                if (opening, file.version) != (document.opening, document.version):
                    known = opening == document.opening and file.version is not None
                    changes = document.frozen().since(file.version) if known and file.version is not None else None
                    file = follow(file, document.text, document.version, changes)
                    moved = True
                job.openings[file.uri] = document.opening
            files.append(file)
        self._keep(job, files)
        return moved

    def _keep(self, job: Job, files: Sequence[FileEdit]) -> None:
        if job.proposal is not None:
            left = tuple(file for file in files if file.hunks or file.kind != "edit")
            job.proposal = replace(job.proposal, files=left)

    def _tell(self, job: Job) -> None:
        """What is offered now, or how it ended."""
        report = Report(job, self._session.editor)
        if _files(job):
            report.end("offered")
        elif job.written:
            report.end("delivered")
        else:
            report.end("cancelled")


def numbered(proposal: Proposal) -> Proposal:
    """With ids that are unique over all its files."""
    files: list[FileEdit] = []
    count = 0
    for file in proposal.files:
        hunks = tuple(replace(hunk, id=count + number) for number, hunk in enumerate(file.hunks, 1))
        count += len(hunks)
        files.append(replace(file, hunks=hunks))
    return replace(proposal, files=tuple(files))


def _files(job: Job) -> tuple[FileEdit, ...]:
    return job.proposal.files if job.proposal is not None else ()


def _uris(job: Job) -> Collection[str]:
    return {file.uri for file in _files(job)}


def _part(job: Job, id: int | None) -> list[FileEdit]:
    """What is to be written for the hunk `id`, or for all."""
    from glm_lsp.edits.pending import accepted

    if id is None:
        return list(_files(job))
    return [accepted(file, (id,)) for file in _files(job) if any(hunk.id == id for hunk in file.hunks)]


def _left(files: Sequence[FileEdit], part: Sequence[FileEdit], written: Sequence[Written]) -> list[FileEdit]:
    """What is still offered. Open documents are followed; a file that is not open is as it was written."""
    from glm_lsp.edits.pending import follow

    done = {file.uri for file in part if file.kind != "edit"}
    now = {one.file.uri: one.file.intended for one in written if one.seen is None}
    return [
        follow(file, now[file.uri], None, None) if file.uri in now else file for file in files if file.uri not in done
    ]

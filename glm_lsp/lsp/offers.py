"""Edits that are offered and wait for the person's word: one, hunk by hunk, or several to choose from. They follow the
text while he types.

Clients of ours draw the hunks of `glm/job`; elsewhere the diff is a document, and the menu at each hunk accepts it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from glm_lsp.errors import BadInput, GlmError, TextChanged
from glm_lsp.lsp.jobs import Job, Message
from glm_lsp.lsp.report import Report

if TYPE_CHECKING:
    from glm_lsp.edits.proposal import FileEdit, Hunk, Proposal
    from glm_lsp.lsp.candidates import Candidate
    from glm_lsp.lsp.delivery import Written
    from glm_lsp.lsp.session import Session
    from glm_lsp.text.lines import Range

INTERVAL = 0.1
"""Seconds between two looks at a text that changes under an offer."""
MOST = 20
"""Offers that wait at a time. Each holds the texts it is about, so the oldest make way for more."""


class Offers:
    """The jobs of a session that are `offered`. Changed on the event loop only."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._due: asyncio.TimerHandle | None = None

    def waiting(self) -> list[Job]:
        return [job for job in self._session.jobs if job.state == "offered" and _proposals(job)]

    def touched(self, uri: str) -> None:
        """The document `uri` was opened or changed."""
        if self._due is None and any(uri in _uris(job) for job in self.waiting()):
            self._due = asyncio.get_running_loop().call_later(INTERVAL, self._follow_all)

    def place(self, job: Job) -> None:
        """What is about to be offered, brought to the text there is now. Errors: TextChanged if nothing of it fits."""
        self._followed(job)
        if not _proposals(job):
            raise TextChanged("The text GLM's edit belongs to changed meanwhile.", "Ask again.")
        for old in self.waiting()[: 1 - MOST]:
            self.withdraw(old)

    def follow(self, job: Job) -> None:
        """Brings the offer to the text there is now. Hunks that the user has touched, or made himself, are let go."""
        if job.state == "offered" and self._followed(job):
            self._tell(job)

    def at(self, uri: str, span: Range) -> tuple[Job, Hunk | None] | None:
        """What is offered on the lines of `span` of `uri`: a hunk that touches them, else a job they are about."""
        for job in self.waiting():
            self.follow(job)
            files = [file for proposal in _proposals(job) for file in proposal.files if file.uri == uri]
            for hunk in (hunk for file in files for hunk in file.hunks):
                if span.start.line <= hunk.first + max(len(hunk.old) - 1, 0) and hunk.first <= span.end.line:
                    return job, hunk
        return next(((job, None) for job in self.waiting() if self._is_about(job, uri, span)), None)

    def _is_about(self, job: Job, uri: str, span: Range) -> bool:
        from glm_lsp.lsp.follow import region_now

        document = self._session.documents.find(uri)
        if document is None or job.request.uri != uri:
            return False
        lines = region_now(job.lines, job.snapshot.document(uri), job.written, document.frozen())
        return lines is not None and span.start.line < lines.last and lines.first <= span.end.line

    def accept(self, job: Job, hunk: int | None, candidate: str | None = None) -> None:
        """Writes the hunk, or all that is offered; of several candidates the one that is named, and the others are let
        go once it is written. Errors: BadInput if it is not offered."""
        self._check(job, hunk, candidate)
        if candidate is None and hunk is None and len(_proposals(job)) > 1:
            raise BadInput("There are several candidates.", "Say which one.")
        self._in_turn(job, partial(self._accept, job, hunk, candidate))

    def reject(self, job: Job, hunk: int | None, candidate: str | None = None) -> None:
        """Withdraws the hunk, or the candidate, or all that is offered. Errors: BadInput if it is not offered."""
        self._check(job, hunk, candidate)
        if job.running:
            self._in_turn(job, partial(self._reject, job, hunk, candidate))
        else:
            self._rejected(job, hunk, candidate)

    def withdraw(self, job: Job) -> None:
        """Another job takes its place."""
        job.offered = ()
        self._tell(job)

    def _check(self, job: Job, hunk: int | None, candidate: str | None) -> None:
        if not _proposals(job) or job.state not in ("offered", "delivering"):
            raise BadInput("Nothing of this job is offered.")
        self.follow(job)
        if candidate is not None and not job.candidates:
            raise BadInput("This job has no candidates to choose from.")
        if candidate is not None and _candidate(job, hunk, candidate) is None:
            raise BadInput("This candidate is not offered any more.")
        if hunk is not None and not _holding(_proposals(job), hunk):
            raise BadInput("This change is not offered any more.")

    def _in_turn(self, job: Job, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Does `work` after what the person picked before it. A cancel ends all of it that is not written yet."""
        from glm_lsp.lsp.run import keep

        earlier = job.task if job.running else None
        if earlier is None:
            job.stopped = job.committed = False
        elif job.stopped:
            raise BadInput("This job is being cancelled.", "Wait until it has ended.")

        async def in_turn() -> None:
            if earlier is not None:
                try:
                    await asyncio.wait({earlier})
                except asyncio.CancelledError:
                    earlier.cancel()
                    await asyncio.wait({earlier})
                    raise
            if not job.stopped:
                await work()

        keep(self._session, job, in_turn(), Report(job, self._session.editor))

    async def _reject(self, job: Job, hunk: int | None, candidate: str | None) -> None:
        if job.state == "offered":
            self._rejected(job, hunk, candidate)

    def _rejected(self, job: Job, hunk: int | None, candidate: str | None) -> None:
        from glm_lsp.edits.pending import rejected

        if candidate is not None and hunk is None:
            job.offered = tuple(one for one in job.offered if one.id != candidate)
        elif hunk is None:
            job.offered = ()
        else:
            self._change(job, lambda file: rejected(file, (hunk,)))
        self._tell(job)

    async def _accept(self, job: Job, hunk: int | None, candidate: str | None) -> None:
        from glm_lsp.edits.proposal import Proposal
        from glm_lsp.lsp import outcomes

        self.follow(job)
        chosen = _candidate(job, hunk, candidate)
        if chosen is None or chosen.proposal is None or job.state != "offered":
            return
        offered = chosen.proposal
        part = _part(offered, hunk)
        report = Report(job, self._session.editor)
        job.committed = False
        report.state("delivering")
        wanted = Proposal(tuple(part), offered.confirm, offered.warnings)
        try:
            written = await outcomes.write(self._session, job, wanted, asking=bool(wanted.confirm))
        except asyncio.CancelledError:
            report.end("offered")
        except GlmError as error:
            report.end("offered", Message.of(error))
        else:
            job.written += written
            job.conversation = chosen.conversation or job.conversation
            left = _with(offered, _left(offered.files, part, written))
            job.offered = (replace(chosen, label="", proposal=left),)
            self._followed(job)
            self._tell(job)

    def _follow_all(self) -> None:
        self._due = None
        for job in self.waiting():
            self.follow(job)

    def _followed(self, job: Job) -> bool:
        """Whether the offer had to be brought to another text."""
        from glm_lsp.edits.pending import follow

        openings = dict(job.openings)
        moved = False

        def followed(file: FileEdit) -> FileEdit:
            nonlocal moved
            document = self._session.documents.find(file.uri)
            if document is None:
                openings.pop(file.uri, None)
                return file
            if file.kind != "edit":
                return file
            opening = job.openings.get(file.uri)
            openings[file.uri] = document.opening
            if (opening, file.version) == (document.opening, document.version):
                return file
            moved = True
            known = opening == document.opening and file.version is not None
            changes = document.frozen().since(file.version) if known and file.version is not None else None
            return follow(file, document.text, document.version, changes)

        self._change(job, followed)
        job.openings = openings
        return moved

    def _change(self, job: Job, change: Callable[[FileEdit], FileEdit]) -> None:
        """Each offered file becomes what `change` makes of it; what has nothing left to offer is let go."""
        kept = []
        for one in job.offered:
            if one.proposal is not None:
                one = replace(one, proposal=_with(one.proposal, map(change, one.proposal.files)))
            if one.proposal is None or one.proposal.files:
                kept.append(one)
        job.offered = tuple(kept)

    def _tell(self, job: Job) -> None:
        """What is offered now, or how it ended."""
        report = Report(job, self._session.editor)
        if _proposals(job):
            report.end("offered")
        elif job.written:
            report.end("delivered")
        else:
            report.end("cancelled")


def _proposals(job: Job) -> list[Proposal]:
    """What can be accepted."""
    return [one.proposal for one in job.offered if one.proposal is not None and one.proposal.files]


def _candidate(job: Job, hunk: int | None, id: str | None) -> Candidate | None:
    """The candidate that is meant: the one named, else the one with that hunk, else the only one."""
    able = [one for one in job.offered if one.proposal is not None]
    if id is not None:
        able = [one for one in able if one.id == id]
    if hunk is not None:
        able = [one for one in able if one.proposal is not None and _holding([one.proposal], hunk)]
    return able[0] if len(able) == 1 else None


def _holding(proposals: Sequence[Proposal], hunk: int) -> bool:
    return any(one.id == hunk for proposal in proposals for file in proposal.files for one in file.hunks)


def _with(proposal: Proposal, files: Iterable[FileEdit]) -> Proposal:
    """`proposal` with those of `files` that still change something."""
    return replace(proposal, files=tuple(file for file in files if file.changes))


def _uris(job: Job) -> Collection[str]:
    return {file.uri for proposal in _proposals(job) for file in proposal.files}


def _part(offered: Proposal, id: int | None) -> list[FileEdit]:
    """What is to be written for the hunk `id`, or for all."""
    from glm_lsp.edits.pending import accepted

    if id is None:
        return list(offered.files)
    return [accepted(file, (id,)) for file in offered.files if any(hunk.id == id for hunk in file.hunks)]


def _left(files: Sequence[FileEdit], part: Sequence[FileEdit], written: Sequence[Written]) -> list[FileEdit]:
    """What is still offered. Open documents are followed; a file that is not open is as it was written."""
    from glm_lsp.edits.pending import follow

    done = {file.uri for file in part if file.kind != "edit"}
    now = {one.file.uri: one.file.intended for one in written if one.seen is None}
    return [
        follow(file, now[file.uri], None, None) if file.uri in now else file for file in files if file.uri not in done
    ]

"""One job from its start to its end: ask, then deliver, and tell it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from glm_lsp import ask
from glm_lsp.edits.proposal import Proposal
from glm_lsp.edits.unified import unified
from glm_lsp.errors import GlmError, NotApplied, Refused
from glm_lsp.lsp.delivery import Delivery, name_of
from glm_lsp.lsp.explanations import Explained
from glm_lsp.lsp.jobs import Job, Message
from glm_lsp.lsp.report import Report
from glm_lsp.workspace import paths

if TYPE_CHECKING:
    from pathlib import Path

    from glm_lsp.lsp.session import Session

APPLY, DIFF, DISCARD = "Apply", "Show diff", "Discard"


def start(session: Session, job: Job) -> None:
    """Starts `job`; an earlier edit of an overlapping place makes way for it."""
    for earlier in session.jobs.superseded_by(job):
        session.jobs.cancel(earlier)
    report = Report(job, session.editor)
    report.start()
    job.task = asyncio.ensure_future(_run(session, job, report))
    job.task.add_done_callback(lambda task: _end(task, job, report))
    session.server.keep(job.task)


def _end(task: asyncio.Task[None], job: Job, report: Report) -> None:
    """A job always ends, even if it was cancelled before its first step, or for a fault of our own."""
    if job.over:
        return
    if task.cancelled():
        report.end("cancelled")
    else:
        report.end("failed", Message("error", "Something went wrong inside glm-lsp.", "Its log says where."))


async def _run(session: Session, job: Job, report: Report) -> None:
    async def question() -> Message | None:
        await session.configured.wait()
        settings = await session.with_address(session.settings)
        job.snapshot = replace(job.snapshot, settings=settings)
        outcome = await _answer(session, job, report)
        if isinstance(outcome, Proposal):
            return await _deliver_edit(session, job, outcome, report)
        await _deliver_explanation(session, job, outcome, report)
        return None

    await _told(report, question)


async def _told(report: Report, work: Callable[[], Awaitable[Message | None]]) -> None:
    """Does `work` and tells how it ended."""
    try:
        report.end("delivered", await work())
    except asyncio.CancelledError:
        report.end("cancelled")
    except Refused as error:
        report.end("refused", Message(error.level, error.message, error.next))
    except GlmError as error:
        report.end("failed", Message(error.level, error.message, error.next))


async def _answer(session: Session, job: Job, report: Report) -> ask.Outcome:
    """Asks, and tells how it goes."""
    explains = not job.edits and job.snapshot.settings.explain.delivery == "document"
    async with aclosing(ask.ask(job.request, job.snapshot, session.desk)) as events:
        async for event in events:
            match event:
                case ask.Phase(state):
                    if state == "waiting" and explains:
                        await session.explanations.begin(job.title)
                    report.state(state)
                case ask.Streamed(text, tokens, anew):
                    job.tokens = tokens
                    job.text = text if anew else job.text + text
                    report.text(text, anew=anew)
                    if explains:
                        session.explanations.append(text, anew=anew)
                case ask.Retrying(seconds):
                    job.retry_at = asyncio.get_running_loop().time() + seconds
                    report.changed()
                case ask.Notice(text):
                    session.editor.show("info", f"GLM: {text}")
                case Proposal() | ask.Explanation():
                    return event
    raise AssertionError("the last event of a question is its outcome")


async def _deliver_edit(session: Session, job: Job, proposal: Proposal, report: Report) -> Message | None:
    """Writes the edit, if need be after asking; the message a finished job still wants to say.

    Errors: Refused, with nothing written that the message does not name.
    """
    label = f"GLM: {job.title}"
    if not any(file.hunks or file.kind != "edit" for file in proposal.files):
        return Message("info", "Nothing to change.")
    if not session.editor.client.can_edit:
        path = await _diff(session, proposal)
        raise NotApplied("This editor does not let a server edit.", f"The change is kept in {path}.")
    report.state("delivering")
    if proposal.confirm or job.snapshot.settings.edit.delivery != "apply":
        await _confirm(session, job, proposal, label)
    job.written = await _delivery(session, job).deliver(proposal, label)
    return Message("warning", " ".join(proposal.warnings)) if proposal.warnings else None


def _delivery(session: Session, job: Job) -> Delivery:

    def sending() -> None:
        job.committed = True

    return Delivery(job.id, session.editor, session.documents, session.changed, lambda: job.stopped, sending)


async def _confirm(session: Session, job: Job, proposal: Proposal, label: str) -> None:
    """Asks the person. Silence is a no.

    Errors: CancelledError if he discards it.
    """
    names = ", ".join(dict.fromkeys(name_of(file.uri) for file in proposal.files))
    question = " ".join((f"{label}: change {names}?", *proposal.confirm))
    while True:
        choice = await session.editor.choose("warning", question, (APPLY, DIFF, DISCARD))
        if choice == APPLY:
            return
        if choice != DIFF:
            raise asyncio.CancelledError
        path = await _diff(session, proposal)
        if not await session.editor.show_document(path.as_uri()):
            question = f"{label}: change {names}? The diff is in {path}."


async def _diff(session: Session, proposal: Proposal) -> Path:
    """The proposal, kept as a diff for reading."""

    def name(uri: str) -> str:
        path = paths.path_of(uri)
        return paths.shown(path, session.folders) if path is not None else name_of(uri)

    return await session.desk.keep_diff(unified(proposal, name))


async def _deliver_explanation(session: Session, job: Job, explanation: ask.Explanation, report: Report) -> None:
    report.state("delivering")
    region = explanation.region
    path = await session.desk.keep_explanation(job.title, f"# {job.title}\n\n{explanation.markdown}")
    lines = job.snapshot.document(region.uri).text.lines[region.first : region.last]
    await session.explanations.finish(Explained(region.uri, lines, explanation.markdown), path)


def start_undo(session: Session, job: Job, earlier: Job) -> None:
    """Starts `job`, which takes back what `earlier` wrote."""
    report = Report(job, session.editor)
    report.start()
    job.task = asyncio.ensure_future(_undo(session, job, earlier, report))
    job.task.add_done_callback(lambda task: _end(task, job, report))
    session.server.keep(job.task)


async def _undo(session: Session, job: Job, earlier: Job, report: Report) -> None:
    async def take_back() -> Message | None:
        report.state("delivering")
        delivery = _delivery(session, job)
        await delivery.take_back(earlier.written, f"GLM: {job.title}")
        earlier.written = ()
        return None

    await _told(report, take_back)

"""One job from its start to its end: ask, then deliver, and tell it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from glm_lsp import ask
from glm_lsp.edits.proposal import Proposal
from glm_lsp.edits.unified import unified
from glm_lsp.errors import GlmError, NotApplied, Refused
from glm_lsp.lsp.delivery import Delivery, Written, name_of
from glm_lsp.lsp.explanations import Explained
from glm_lsp.lsp.jobs import Job, Message, State
from glm_lsp.lsp.offers import numbered
from glm_lsp.lsp.operations import unsupported
from glm_lsp.lsp.report import Report
from glm_lsp.reply.markdown import inert
from glm_lsp.workspace import paths

if TYPE_CHECKING:
    from pathlib import Path

    from glm_lsp.lsp.session import Session

Ended = tuple[State, Message | None]
"""The state a job ended in, and what is still to be said."""

APPLY, DIFF, DISCARD = "Apply", "Show diff", "Discard"


def start(session: Session, job: Job) -> None:
    """Starts `job`; an earlier edit of an overlapping place makes way for it."""
    for earlier in session.jobs.superseded_by(job):
        if earlier.state == "offered":
            session.offers.withdraw(earlier)
        else:
            session.jobs.cancel(earlier)
    report = Report(job, session.editor)
    report.start()
    keep(session, job, _run(session, job, report), report)


def keep(session: Session, job: Job, work: Coroutine[Any, Any, None], report: Report) -> None:
    """Makes `work` the job's task."""
    job.task = asyncio.ensure_future(work)
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
    async def question() -> Ended:
        await session.configured.wait()
        settings = await session.with_address(session.settings)
        job.snapshot = replace(job.snapshot, settings=settings)
        outcome = await _answer(session, job, report)
        if isinstance(outcome, Proposal):
            return await _deliver_edit(session, job, outcome, report)
        await _deliver_explanation(session, job, outcome, report)
        return "delivered", None

    await _told(report, question)


async def _told(report: Report, work: Callable[[], Awaitable[Ended]]) -> None:
    """Does `work` and tells how it ended."""
    try:
        report.end(*await work())
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
                        session.explanations.begin(job.id, job.title)
                    report.state(state)
                case ask.Streamed(text, tokens, anew):
                    job.tokens = tokens
                    job.text = text if anew else job.text + text
                    report.text(text, anew=anew)
                    if explains:
                        session.explanations.append(job.id, text, anew=anew)
                case ask.Retrying(seconds):
                    job.retry_at = asyncio.get_running_loop().time() + seconds
                    report.changed()
                case ask.Notice(text):
                    session.editor.show("info", f"GLM: {text}")
                case Proposal() | ask.Explanation():
                    return event
    raise AssertionError("the last event of a question is its outcome")


async def _deliver_edit(session: Session, job: Job, proposal: Proposal, report: Report) -> Ended:
    """Writes the edit, if need be after asking, or offers it; with the message a finished job still wants to say.

    Errors: Refused, with nothing written that the message does not name.
    """
    if not any(file.hunks or file.kind != "edit" for file in proposal.files):
        return "delivered", Message("info", "Nothing to change.")
    client = session.editor.client
    if not client.can_edit:
        path = await _diff(session, proposal)
        raise NotApplied("This editor does not let a server edit.", f"The change is kept in {path}.")
    if missing := unsupported(proposal, client):
        path = await _diff(session, proposal)
        raise NotApplied(f"This editor does not let a server {missing} files.", f"The change is kept in {path}.")
    job.openings = {uri: document.opening for uri, document in job.snapshot.documents.items()}
    delivery = job.snapshot.settings.edit.delivery
    if delivery == "preview":
        return await _offer(session, job, proposal)
    report.state("delivering")
    job.written = await write(session, job, proposal, asking=bool(proposal.confirm) or delivery == "confirm")
    return "delivered", Message("warning", " ".join(proposal.warnings)) if proposal.warnings else None


async def _offer(session: Session, job: Job, proposal: Proposal) -> Ended:
    """Leaves the edit to the person: see `offers`."""
    job.proposal = numbered(proposal)
    words = " ".join(proposal.warnings)
    if session.editor.client.glm_jobs:
        return "offered", Message("warning", words) if words else None
    path = await _diff(session, proposal)
    where = "" if await session.editor.show_document(path.as_uri()) else f" The diff is in {path}."
    return "offered", Message(
        "info", " ".join(("A change is offered.", words)).strip(), f"Its code actions accept or reject it.{where}"
    )


async def write(session: Session, job: Job, proposal: Proposal, *, asking: bool) -> tuple[Written, ...]:
    """Writes all of `proposal`, whose versions count in `job.openings`, or nothing. `asking`: after the person's yes.

    Errors: those of `Delivery.deliver`.
    """
    label = f"GLM: {job.title}"
    if asking:
        await _confirm(session, job, proposal, label)
    return await _delivery(session, job).deliver(proposal, job.openings, label)


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
    path = await session.desk.keep_explanation(job.title, inert(f"# {job.title}\n\n{explanation.markdown}"))
    document = job.snapshot.document(region.uri)
    explained = Explained(document, region.first, region.last, explanation.markdown)
    await session.explanations.finish(job.id, explained, path)


def start_undo(session: Session, job: Job, earlier: Job) -> None:
    """Starts `job`, which takes back what `earlier` wrote."""
    report = Report(job, session.editor)
    report.start()
    keep(session, job, _undo(session, job, earlier, report), report)


async def _undo(session: Session, job: Job, earlier: Job, report: Report) -> None:
    # Taken at once, so that a second undo finds nothing; given back if it fails.
    written, earlier.written = earlier.written, ()

    async def take_back() -> Ended:
        report.state("delivering")
        try:
            await _delivery(session, job).take_back(written, f"GLM: {job.title}")
        except BaseException:
            earlier.written = written
            raise
        return "delivered", None

    await _told(report, take_back)

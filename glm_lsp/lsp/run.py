"""One job from its start to its end: ask, then deliver, and tell it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from glm_lsp import ask
from glm_lsp.edits.pending import numbered
from glm_lsp.edits.proposal import Proposal
from glm_lsp.edits.unified import unified
from glm_lsp.errors import GlmError, NotApplied, Refused, TextChanged
from glm_lsp.lsp.again import again
from glm_lsp.lsp.candidates import price
from glm_lsp.lsp.compare import answers
from glm_lsp.lsp.delivery import Delivery, Written, name_of
from glm_lsp.lsp.explanations import Explained
from glm_lsp.lsp.jobs import Job, Message, State
from glm_lsp.lsp.operations import unsupported
from glm_lsp.lsp.report import Report
from glm_lsp.lsp.suggestions import result
from glm_lsp.reply.markdown import inert
from glm_lsp.workspace import paths

if TYPE_CHECKING:
    from pathlib import Path

    from glm_lsp.lsp.session import Session

Ended = tuple[State, Message | None]
"""The state a job ended in, and what is still to be said."""

APPLY, DIFF, DISCARD = "Apply", "Show diff", "Discard"


def start(session: Session, job: Job, *, instead_of: Job | None = None) -> None:
    """Starts `job`; an earlier edit of an overlapping place makes way for it. What `instead_of` wrote is taken back
    before anything is asked."""
    for earlier in session.jobs.superseded_by(job):
        if earlier.state == "offered":
            session.offers.withdraw(earlier)
        else:
            session.jobs.cancel(earlier)
    report = Report(job, session.editor)
    report.start()
    keep(session, job, _run(session, job, instead_of, report), report)


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
        message = Message("error", "Something went wrong inside glm-lsp.", "Its log says where.", "internal")
        report.end("failed", message)


async def _run(session: Session, job: Job, instead_of: Job | None, report: Report) -> None:
    async def question() -> Ended:
        await asyncio.sleep(session.editor.client.quirks.deaf)
        if instead_of is not None and instead_of.written:
            # What may no longer be asked is refused before its edit is taken back.
            await session.prompts.settled(instead_of.request)
            await _taken_back(session, job, instead_of, report)
            job.about(again(session, instead_of), session.snapshot())
        await session.configured.wait()
        settings = await session.with_address(session.settings)
        warm = ask.warmer(settings, job.request.action, job.retries)
        job.snapshot = replace(job.snapshot, settings=warm)
        job.request = await session.prompts.settled(job.request)
        if job.compare:
            return await _offer_candidates(session, job, report)
        outcome = await _answer(session, job, report)
        if isinstance(outcome, Proposal):
            return await _deliver_edit(session, job, outcome, report)
        if isinstance(outcome, ask.Suggestions):
            return _deliver_suggestions(session, job, outcome)
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
        report.end("refused", Message.of(error))
    except GlmError as error:
        report.end("failed", Message.of(error))


async def _answer(session: Session, job: Job, report: Report) -> ask.Outcome:
    """Asks, and tells how it goes."""
    explains = job.request.action.mode == "explain" and not job.edits
    async with aclosing(ask.ask(job.request, job.snapshot, session.desk)) as events:
        async for event in events:
            match event:
                case ask.Phase(state):
                    if state == "waiting" and explains:
                        session.explanations.begin(job.id, job.title)
                    report.state(state)
                case ask.Streamed(text, tokens, anew):
                    job.tokens = tokens
                    report.text(text, anew=anew)
                    if explains:
                        session.explanations.append(job.id, text, anew=anew)
                case ask.Retrying(seconds):
                    job.retry_at = asyncio.get_running_loop().time() + seconds
                    report.changed()
                case ask.Notice(text, level):
                    session.editor.show(level, f"GLM: {text}")
                case ask.Replied(conversation):
                    job.conversation = conversation
                case Proposal() | ask.Explanation() | ask.Suggestions():
                    return event
                case ask.Estimated():
                    job.estimate = event
                case ask.Spent():
                    pass
    raise AssertionError("the last event of a question is its outcome")


async def _deliver_edit(session: Session, job: Job, proposal: Proposal, report: Report) -> Ended:
    """Writes the edit, if need be after asking, or offers it; with the message a finished job still wants to say.

    Errors: Refused, with nothing written that the message does not name.
    """
    if not proposal.changes:
        return "delivered", Message("info", "Nothing to change.", reason="no-change")
    await _check_editor(session, proposal)
    job.openings = _openings(job)
    delivery = job.snapshot.settings.edit.delivery
    if delivery == "preview" or session.editor.client.overruns:
        return await _offer(session, job, proposal)
    report.state("delivering")
    job.written = await write(session, job, proposal, asking=bool(proposal.confirm) or delivery == "confirm")
    return "delivered", Message("warning", " ".join(proposal.warnings)) if proposal.warnings else None


def _openings(job: Job) -> dict[str, int]:
    return {uri: document.opening for uri, document in job.snapshot.documents.items()}


async def _check_editor(session: Session, proposal: Proposal) -> None:
    """Errors: NotApplied, the change kept for reading, if this editor cannot take it."""
    client = session.editor.client
    if not client.can_edit:
        path = await _diff(session, proposal)
        raise NotApplied("This editor does not let a server edit.", f"The change is kept in {path}.")
    if missing := unsupported(proposal, client):
        path = await _diff(session, proposal)
        raise NotApplied(f"This editor does not let a server {missing} files.", f"The change is kept in {path}.")
    if client.overruns and len(proposal.files) > 1:
        path = await _diff(session, proposal)
        raise NotApplied(
            "This editor tells what you type too late for a change of several files.", f"It is kept in {path}."
        )


async def _offer(session: Session, job: Job, proposal: Proposal) -> Ended:
    """Leaves the edit to the person: see `offers`."""
    job.proposal = numbered(proposal)
    words = " ".join(proposal.warnings)
    if session.editor.client.glm_jobs:
        session.offers.place(job)
        return "offered", Message("warning", words) if words else None
    path = await _diff(session, proposal)
    where = "" if await session.editor.show_document(path.as_uri()) else f" The diff is in {path}."
    session.offers.place(job)
    return "offered", Message(
        "info", " ".join(("A change is offered.", words)).strip(), f"Its code actions accept or reject it.{where}"
    )


async def _offer_candidates(session: Session, job: Job, report: Report) -> Ended:
    """Asks in all the ways, and leaves the choice to the person: see `offers`."""
    found = await answers(session, job, report)
    able = [one for one in found if one.proposal is not None]
    if not able:
        return "delivered", Message("info", "Nothing to change.", reason="no-change")
    job.openings = _openings(job)
    for one in able:
        if one.proposal is not None:
            await _check_editor(session, one.proposal)
    job.candidates = found
    if session.editor.client.glm_jobs:
        session.offers.place(job)
        return "offered", None
    words = [f"{one.id} ({one.label}; {price(one.tokens, one.cost)})" for one in able]
    words += [f"{one.id} ({one.label}): {one.message}" for one in found if one.proposal is None]
    diffs = [f"# Candidate {one.id}: {one.label}\n\n{_unified(session, one.proposal)}" for one in able if one.proposal]
    path = await session.desk.keep_diff("\n".join(diffs))
    where = "" if await session.editor.show_document(path.as_uri()) else f" The diffs are in {path}."
    session.offers.place(job)
    return "offered", Message(
        "info", f"Answers to choose from: {'; '.join(words)}.", f"The code actions there accept one.{where}"
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
    return await session.desk.keep_diff(_unified(session, proposal))


def _unified(session: Session, proposal: Proposal) -> str:
    return unified(proposal, lambda uri: paths.name_of(uri, session.folders))


async def _deliver_explanation(session: Session, job: Job, explanation: ask.Explanation, report: Report) -> None:
    report.state("delivering")
    region = explanation.region
    path = await session.desk.keep_explanation(job.title, inert(f"# {job.title}\n\n{explanation.markdown}"))
    document = job.snapshot.document(region.uri)
    explained = Explained(document, region.first, region.last, explanation.markdown)
    aside = session.editor.client.quirks.replaces and _gone_on(session, job)
    await session.explanations.finish(job.id, explained, path, aside=aside)


def _gone_on(session: Session, job: Job) -> bool:
    """Whether the user has typed since `job` began, or opened another file."""
    then = {uri: (document.opening, document.version) for uri, document in job.snapshot.documents.items()}
    return any(then.get(document.uri) != (document.opening, document.version) for document in session.documents)


def _deliver_suggestions(session: Session, job: Job, found: ask.Suggestions) -> Ended:
    """Puts them into the menu of their places. Clients of ours get them as the job's result too, and show them."""
    client = session.editor.client
    waiting = session.suggestions.keep(job.snapshot.document(job.request.uri), found.items)
    job.result = result(waiting, client.encoding)
    count = len(waiting.items)
    if not found.items:
        return "delivered", Message("info", "GLM has nothing to suggest here.", reason="no-suggestion")
    if not count:
        raise TextChanged("The text GLM made suggestions for changed meanwhile.", "Ask again.")
    if client.glm_jobs:
        return "delivered", None
    are = "1 suggestion is" if count == 1 else f"{count} suggestions are"
    return "delivered", Message("info", f"{are} in the code actions of this place.")


def start_undo(session: Session, job: Job, earlier: Job) -> None:
    """Starts `job`, which takes back what `earlier` wrote."""
    report = Report(job, session.editor)
    report.start()
    keep(session, job, _undo(session, job, earlier, report), report)


async def _undo(session: Session, job: Job, earlier: Job, report: Report) -> None:
    async def take_back() -> Ended:
        await _taken_back(session, job, earlier, report)
        return "delivered", None

    await _told(report, take_back)


async def _taken_back(session: Session, job: Job, earlier: Job, report: Report) -> None:
    """Takes back what `earlier` wrote, for `job`. Errors: TextChanged, nothing changed, if it was touched since."""
    # Taken at once, so that a second undo finds nothing; given back if it fails.
    written, earlier.written = earlier.written, ()
    report.state("delivering")
    try:
        await _delivery(session, job).take_back(written, f"GLM: {job.title}")
    except BaseException:
        earlier.written = written
        raise
    job.committed = False

"""What becomes of an outcome: an edit is written or offered, an explanation shown, suggestions go into the menu."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from glm_lsp import ask
from glm_lsp.edits.pending import numbered
from glm_lsp.edits.proposal import Proposal
from glm_lsp.edits.unified import unified
from glm_lsp.errors import Failed, NotApplied, TextChanged
from glm_lsp.lsp.candidates import Candidate, price
from glm_lsp.lsp.delivery import Delivery, Written, name_of
from glm_lsp.lsp.explanations import Explained
from glm_lsp.lsp.jobs import NOTHING, Ended, Job, Message
from glm_lsp.lsp.operations import unsupported
from glm_lsp.lsp.suggestions import result
from glm_lsp.reply.markdown import inert
from glm_lsp.workspace import paths

if TYPE_CHECKING:
    from pathlib import Path

    from glm_lsp.lsp.report import Report
    from glm_lsp.lsp.session import Session

APPLY, DIFF, DISCARD = "Apply", "Show diff", "Discard"


async def deliver(session: Session, job: Job, outcome: ask.Outcome, report: Report) -> Ended:
    """Errors: Refused, with nothing written that the message does not name; Failed."""
    match outcome:
        case Proposal():
            return await _deliver_edit(session, job, outcome, report)
        case ask.Suggestions():
            return _deliver_suggestions(session, job, outcome)
        case ask.Explanation():
            return await _deliver_explanation(session, job, outcome, report)


async def _deliver_edit(session: Session, job: Job, proposal: Proposal, report: Report) -> Ended:
    """Writes the edit, if need be after asking, or offers it; with the message a finished job still wants to say.

    Errors: Refused, with nothing written that the message does not name.
    """
    if not proposal.changes:
        return "delivered", NOTHING
    await _check_editor(session, proposal)
    job.openings = _openings(job)
    delivery = job.snapshot.settings.edit.delivery
    if delivery == "preview" or session.editor.client.overruns:
        return await _offer(session, job, proposal)
    report.state("delivering")
    job.written = await write(session, job, proposal, asking=bool(proposal.confirm) or delivery == "confirm")
    return "delivered", Message.of_warnings(proposal.warnings)


def _openings(job: Job) -> dict[str, int]:
    return {uri: document.opening for uri, document in job.snapshot.documents.items()}


async def _check_editor(session: Session, proposal: Proposal) -> None:
    """Errors: NotApplied, the change kept for reading, if this editor cannot take it."""
    client = session.editor.client
    if not client.can_edit:
        why = "This editor does not let a server edit."
    elif missing := unsupported(proposal, client):
        why = f"This editor does not let a server {missing} files."
    elif client.overruns and len(proposal.files) > 1:
        why = "This editor tells what you type too late for a change of several files."
    else:
        return
    path = await session.desk.keep_diff(_unified(session, proposal))
    raise NotApplied(why, f"The change is kept in {path}.")


async def _offer(session: Session, job: Job, proposal: Proposal) -> Ended:
    """Leaves the edit to the person: see `offers`."""
    job.offered = (Candidate(proposal=numbered(proposal)),)
    if session.editor.client.glm_jobs:
        session.offers.place(job)
        return "offered", Message.of_warnings(proposal.warnings)
    where = await _shown(session, _unified(session, proposal), "The diff is")
    session.offers.place(job)
    return "offered", Message(
        "info", " ".join(("A change is offered.", *proposal.warnings)), f"Its code actions accept or reject it.{where}"
    )


async def offer_candidates(session: Session, job: Job, found: tuple[Candidate, ...]) -> Ended:
    """Leaves the choice among the answers to the person: see `offers`.

    Errors: NotApplied, the change kept for reading, if this editor cannot take it.
    """
    able = [(one, one.proposal) for one in found if one.proposal is not None]
    if not able:
        return "delivered", NOTHING
    job.openings = _openings(job)
    for _, proposal in able:
        await _check_editor(session, proposal)
    job.offered = found
    if session.editor.client.glm_jobs:
        session.offers.place(job)
        return "offered", None
    words = [f"{one.id} ({one.label}; {price(one.tokens, one.cost)})" for one, _ in able]
    words += [f"{one.id} ({one.label}): {one.message}" for one in found if one.proposal is None]
    diffs = [f"# Candidate {one.id}: {one.label}\n\n{_unified(session, proposal)}" for one, proposal in able]
    where = await _shown(session, "\n".join(diffs), "The diffs are")
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


async def take_back(session: Session, job: Job, earlier: Job, report: Report) -> None:
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


def _delivery(session: Session, job: Job) -> Delivery:
    def sending() -> None:
        job.committed = True

    return Delivery(job.id, session.editor, session.documents, session.changed, lambda: job.stopped, sending)


async def _confirm(session: Session, job: Job, proposal: Proposal, label: str) -> None:
    """Asks the person. Silence is a no.

    Errors: CancelledError if he discards it; NotApplied, the change kept for reading, if he cannot be asked.
    """
    if not session.editor.client.show_message_request:
        path = await session.desk.keep_diff(_unified(session, proposal))
        raise NotApplied("This change waits for a yes, and this editor cannot ask for it.", f"It is kept in {path}.")
    changed = ", ".join(dict.fromkeys(name_of(file.uri) for file in proposal.files if file.kind == "edit"))
    asked = " ".join((f"{label}: change {changed}?" if changed else f"{label}?", *proposal.confirm))
    question = asked
    while True:
        choice = await session.editor.choose("warning", question, (APPLY, DIFF, DISCARD))
        if choice == APPLY:
            return
        if choice != DIFF:
            raise asyncio.CancelledError
        if where := await _shown(session, _unified(session, proposal), "The diff is"):
            question = f"{asked}{where}"


async def _shown(session: Session, diff: str, it_is: str) -> str:
    """Shows `diff`. What a message has to add if the editor cannot: where it is."""
    path = await session.desk.keep_diff(diff)
    return "" if await session.editor.show_document(path.as_uri()) else f" {it_is} in {path}."


def _unified(session: Session, proposal: Proposal) -> str:
    return unified(proposal, lambda uri: paths.name_of(uri, session.folders))


async def _deliver_explanation(session: Session, job: Job, explanation: ask.Explanation, report: Report) -> Ended:
    report.state("delivering")
    region = explanation.region
    kept: Path | Failed
    try:
        kept = await session.desk.keep_explanation(job.title, inert(f"# {job.title}\n\n{explanation.markdown}"))
    except Failed as error:
        kept = error
    document = job.snapshot.document(region.uri)
    explained = Explained(document, region.first, region.last, explanation.markdown)
    aside = session.editor.client.quirks.replaces and _gone_on(session, job)
    await session.explanations.finish(job.id, explained, kept, aside=aside)
    return "delivered", None


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
        return "delivered", Message("info", "There is nothing to suggest here.", reason="no-suggestion")
    if not count:
        raise TextChanged("The text GLM made suggestions for changed meanwhile.", "Ask again.")
    if client.glm_jobs:
        return "delivered", None
    are = "1 suggestion is" if count == 1 else f"{count} suggestions are"
    return "delivered", Message("info", f"{are} in the code actions of this place.")

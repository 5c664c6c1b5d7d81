"""One job from its start to its end: it asks, hands the outcome over (`outcomes`), and tells how it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from glm_lsp import ask
from glm_lsp.errors import GlmError, Refused
from glm_lsp.lsp import outcomes
from glm_lsp.lsp.again import again
from glm_lsp.lsp.asking import answer
from glm_lsp.lsp.compare import candidates
from glm_lsp.lsp.jobs import Ended, Job, Message
from glm_lsp.lsp.report import Report

if TYPE_CHECKING:
    from glm_lsp.lsp.session import Session


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
            await outcomes.take_back(session, job, instead_of, report)
            job.about(again(session, instead_of), session.snapshot())
        await session.configured.wait()
        settings = await session.settings_to_send()
        warm = ask.warmer(settings, job.request.action, job.retries)
        job.snapshot = replace(job.snapshot, settings=warm)
        job.request = await session.prompts.settled(job.request)
        if job.compare:
            return await outcomes.offer_candidates(session, job, await candidates(session, job, report))
        return await outcomes.deliver(session, job, await answer(session, job, report), report)

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


def start_undo(session: Session, job: Job, earlier: Job) -> None:
    """Starts `job`, which takes back what `earlier` wrote."""
    report = Report(job, session.editor)
    report.start()
    keep(session, job, _undo(session, job, earlier, report), report)


async def _undo(session: Session, job: Job, earlier: Job, report: Report) -> None:
    async def take_back() -> Ended:
        await outcomes.take_back(session, job, earlier, report)
        return "delivered", None

    await _told(report, take_back)

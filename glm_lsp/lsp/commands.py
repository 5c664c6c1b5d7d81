"""The commands. Each takes one object and answers at once; what takes time is a job, or one of `views`.

An error here is the JSON-RPC error of the request; once there is a job, its one message tells what went wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from glm_lsp import __version__
from glm_lsp.errors import BadInput
from glm_lsp.lsp import views
from glm_lsp.lsp.jobs import Job
from glm_lsp.lsp.question import asked, text
from glm_lsp.lsp.report import view

if TYPE_CHECKING:
    from glm_lsp.ask import AskRequest
    from glm_lsp.lsp.session import Session


def run(session: Session, argument: Mapping[str, Any]) -> dict[str, Any]:
    """`glm.run {action, uri, range, version?, instruction?, diagnostics?, model?}` → `{job}`. Errors: see `asked`."""
    title, request = asked(session, argument)
    return {"job": _start(session, title, request).id}


def cancel(session: Session, argument: Mapping[str, Any]) -> None:
    """`glm.cancel {job?}` → null; without a job, all."""
    id = text(argument, "job", "") or None
    for job in [session.jobs.get(id)] if id else session.jobs.running():
        session.jobs.cancel(job)


def undo(session: Session, argument: Mapping[str, Any]) -> dict[str, Any]:
    """`glm.undo {job?}` → `{job}`: writes the inverse of the job's edit in all its files, if they are untouched there.

    Without a job: the latest that wrote something.
    """
    from glm_lsp.lsp import run as running

    id = text(argument, "job", "") or None
    written = [job for job in session.jobs if job.written]
    job = session.jobs.get(id) if id else (written[-1] if written else None)
    if job is None or not job.written:
        raise BadInput("There is no GLM edit to undo.")
    undoing = session.jobs.add(f"Undo {job.title}", job.request, job.snapshot)
    running.start_undo(session, undoing, job)
    return {"job": undoing.id}


def accept(session: Session, argument: Mapping[str, Any]) -> None:
    """`glm.accept {job, hunk?}` → null: writes one hunk of what the job offers, or all of it."""
    session.offers.accept(*_offered(session, argument))


def reject(session: Session, argument: Mapping[str, Any]) -> None:
    """`glm.reject {job, hunk?}` → null: withdraws one hunk of what the job offers, or all of it."""
    session.offers.reject(*_offered(session, argument))


def _offered(session: Session, argument: Mapping[str, Any]) -> tuple[Job, int | None]:
    job, hunk = session.jobs.get(text(argument, "job")), argument.get("hunk")
    if hunk is not None and (not isinstance(hunk, int) or isinstance(hunk, bool)):
        raise BadInput("`hunk` must be a whole number.")
    if argument.get("candidate") is not None:
        raise BadInput("This job has no candidates to choose from.")
    return job, hunk


def jobs(session: Session, argument: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`glm.jobs {job?}` → the objects of `glm/job`, newest first."""
    id = text(argument, "job", "") or None
    found = [session.jobs.get(id)] if id else [*session.jobs][::-1]
    for job in found:
        session.offers.follow(job)
    return [view(job, session.editor.client.encoding) for job in found]


def status(session: Session, argument: Mapping[str, Any]) -> dict[str, Any]:
    """`glm.status {}` → what a status line or a bug report wants to know. No key, no code."""
    settings = session.settings
    return {
        "version": __version__,
        "model": settings.endpoint.model,
        "endpoint": settings.endpoint.base_url,
        "running": len(session.jobs.running()),
        "documents": sum(1 for _ in session.documents),
        "encoding": session.editor.client.encoding,
    }


COMMANDS: Mapping[str, Callable[[Session, Mapping[str, Any]], Any]] = {
    "glm.run": run,
    "glm.cancel": cancel,
    "glm.undo": undo,
    "glm.accept": accept,
    "glm.reject": reject,
    "glm.jobs": jobs,
    "glm.status": status,
    "glm.context": views.context,
    "glm.request": views.request,
    "glm.models": views.models,
    "glm.usage": views.usage,
}


def _start(session: Session, title: str, request: AskRequest) -> Job:
    from glm_lsp.lsp import run as running

    job = session.jobs.add(title, request, session.snapshot())
    running.start(session, job)
    return job

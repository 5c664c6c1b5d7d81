"""The commands. Each takes one object and answers at once; what takes time is a job, or one of `views`.

An error here is the JSON-RPC error of the request; once there is a job, its one message tells what went wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from glm_lsp import __version__
from glm_lsp.errors import BadInput
from glm_lsp.lsp import views
from glm_lsp.lsp.again import again, refined
from glm_lsp.lsp.candidates import Variant, variants
from glm_lsp.lsp.jobs import Job
from glm_lsp.lsp.question import asked, text
from glm_lsp.lsp.report import view
from glm_lsp.lsp.trust import trust_folder

if TYPE_CHECKING:
    from glm_lsp.ask import AskRequest
    from glm_lsp.lsp.session import Session


def run(session: Session, argument: Mapping[str, Any]) -> Any:
    """`glm.run {action, uri, range, version?, instruction?, also?, diagnostics?, model?, compare?}` → `{job}`.

    Errors: see `asked` and `variants`.
    """
    action = argument.get("action")
    if isinstance(action, str) and action not in session.built_in and not session.prompts.read.is_set():
        return _run_once_read(session, argument)
    title, request = asked(session, argument, untrusted=True)
    return {"job": _start(session, title, request, variants(argument, request.action.mode)).id}


async def _run_once_read(session: Session, argument: Mapping[str, Any]) -> dict[str, Any]:
    """The action may be one of the user's or the project's, which are being read just after the start."""
    document = session.documents.get(text(argument, "uri"))
    version = argument.get("version")
    argument = {**argument, "version": document.version if version is None else version}
    await session.prompts.read.wait()
    return dict(run(session, argument))


def suggest(session: Session, argument: Mapping[str, Any]) -> Any:
    """`glm.suggest {uri, range}` → `{job}`, whose result is `[{title, why, range, instruction, version}]`; each is then
    a code action of its place. The same as `glm.run` of the action `suggest`. Errors: see `asked`."""
    return run(session, {**argument, "action": "suggest"})


def refine(session: Session, argument: Mapping[str, Any]) -> dict[str, Any]:
    """`glm.refine {job?, instruction}` → `{job}`: goes on from the job's answer, on the text there is now. An edit it
    still offers is withdrawn. Without a job: the latest that has an answer.

    Errors: BadInput; TextChanged if the text it was about is gone.
    """
    words = text(argument, "instruction").strip()
    if not words:
        raise BadInput("A refinement needs an instruction.", "Say what shall be different.")
    job = _asked(session, argument, lambda job: job.conversation is not None)
    title, request = refined(session, job, words)
    if job.state == "offered":
        session.offers.withdraw(job)
    return {"job": _start(session, title, request).id}


def retry(session: Session, argument: Mapping[str, Any]) -> dict[str, Any]:
    """`glm.retry {job?}` → `{job}`: takes back what the job wrote, if it is untouched, and asks the same again, a step
    warmer. An edit it still offers is withdrawn. Without a job: the latest.

    Errors: BadInput; TextChanged if the text it was about is gone.
    """
    from glm_lsp.lsp import run as running

    job = _asked(session, argument, lambda job: True)
    request = job.request if job.written else again(session, job)
    if job.state == "offered":
        session.offers.withdraw(job)
    new = session.jobs.add(job.title, request, session.snapshot())
    new.retries, new.compare = job.retries + 1, job.compare
    running.start(session, new, instead_of=job)
    return {"job": new.id}


def cancel(session: Session, argument: Mapping[str, Any]) -> None:
    """`glm.cancel {job?}` → null; without a job, all."""
    id = _job(argument)
    for job in [session.jobs.get(id)] if id else session.jobs.running():
        session.jobs.cancel(job)


def undo(session: Session, argument: Mapping[str, Any]) -> dict[str, Any]:
    """`glm.undo {job?}` → `{job}`: writes the inverse of the job's edit in all its files, if they are untouched there.

    Without a job: the latest that wrote something.
    """
    from glm_lsp.lsp import run as running

    id = _job(argument)
    written = [job for job in session.jobs if job.written]
    job = session.jobs.get(id) if id else (written[-1] if written else None)
    if job is None or not job.written:
        raise BadInput("There is no GLM edit to undo.")
    undoing = session.jobs.add(f"Undo {job.title}", job.request, job.snapshot)
    undoing.undoes = True
    running.start_undo(session, undoing, job)
    return {"job": undoing.id}


def _job(argument: Mapping[str, Any]) -> str | None:
    """The id that `job` names, if it does."""
    return text(argument, "job", "") or None


def _asked(session: Session, argument: Mapping[str, Any], fits: Callable[[Job], bool]) -> Job:
    """The job to go on from: the one named, or the latest that `fits`. Errors: BadInput if it is none of that kind."""
    id = _job(argument)
    if id is None:
        found = [job for job in session.jobs if not job.undoes and fits(job)]
        if not found:
            raise BadInput("There is no GLM job to go on from.", "Run an action first.")
        job = found[-1]
    else:
        job = session.jobs.get(id)
    if job.undoes:
        raise BadInput("This job took back another and asked nothing.", "Name the job that was undone.")
    if not job.over or job.running:
        raise BadInput(f"“{job.title}” is still at work.", "Wait until it has ended, or cancel it.")
    return job


def accept(session: Session, argument: Mapping[str, Any]) -> None:
    """`glm.accept {job, candidate?, hunk?}` → null: writes one hunk of what the job offers, or all of it. Of several
    candidates the one that is written is chosen, and the others are let go."""
    session.offers.accept(*_offered(session, argument))


def reject(session: Session, argument: Mapping[str, Any]) -> None:
    """`glm.reject {job, candidate?, hunk?}` → null: withdraws one hunk, or one candidate, or all that is offered."""
    session.offers.reject(*_offered(session, argument))


def _offered(session: Session, argument: Mapping[str, Any]) -> tuple[Job, int | None, str | None]:
    job, hunk = session.jobs.get(text(argument, "job")), argument.get("hunk")
    if hunk is not None and (not isinstance(hunk, int) or isinstance(hunk, bool)):
        raise BadInput("`hunk` must be a whole number.")
    return job, hunk, text(argument, "candidate", "") or None


def jobs(session: Session, argument: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`glm.jobs {job?}` → the objects of `glm/job`, newest first."""
    id = _job(argument)
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
        "actions": [*session.built_in],
    }


COMMANDS: Mapping[str, Callable[[Session, Mapping[str, Any]], Any]] = {
    "glm.run": run,
    "glm.suggest": suggest,
    "glm.refine": refine,
    "glm.retry": retry,
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
    "glm.trust": trust_folder,
}


def _start(session: Session, title: str, request: AskRequest, compare: tuple[Variant, ...] = ()) -> Job:
    from glm_lsp.lsp import run as running

    job = session.jobs.add(title, request, session.snapshot())
    job.compare = compare
    running.start(session, job)
    return job

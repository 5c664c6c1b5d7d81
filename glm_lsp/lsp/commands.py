"""The commands. Each takes one object, is checked here, and answers at once; what takes time is a job.

An error here is the JSON-RPC error of the request; once there is a job, its one message tells what went wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from glm_lsp import __version__
from glm_lsp.actions.catalogue import find
from glm_lsp.errors import BadInput, Refused
from glm_lsp.lsp import convert
from glm_lsp.lsp.jobs import Job
from glm_lsp.lsp.menu import comment_at
from glm_lsp.lsp.report import view
from glm_lsp.text.lines import Point, Range

if TYPE_CHECKING:
    from glm_lsp.ask import AskRequest
    from glm_lsp.lsp.session import Session
    from glm_lsp.workspace.documents import Document
    from glm_lsp.workspace.snapshot import Diagnostic

LARGEST = 4_000_000
"""Characters of the longest document we work on."""


def run(session: Session, argument: Mapping[str, Any]) -> dict[str, Any]:
    """`glm.run {action, uri, range, version?, instruction?, diagnostics?, model?}` → `{job}`.

    Errors: BadInput; TextChanged if the range was touched since `version`.
    """
    action = find(_text(argument, "action"), session.catalogue)
    document = session.documents.get(_text(argument, "uri"))
    _workable(document)
    version = _version(argument, document)
    span = _span(session, argument, document, version)
    instruction = _text(argument, "instruction", "").strip()
    words = instruction or comment_at(document, span)
    if action.needs_instruction and not words:
        raise BadInput(f"“{action.title}” needs an instruction.", "Give one, or write it in a comment: glm: …")
    from glm_lsp.ask import AskRequest

    request = AskRequest(
        action=action,
        uri=document.uri,
        span=span,
        instruction=instruction,
        diagnostics=_diagnostics(session, argument, document, span),
        model=_text(argument, "model", ""),
    )
    if action.scope == "diagnostic" and not request.diagnostics:
        raise BadInput(f"“{action.title}” needs a diagnostic, and there is none here.", "Put the cursor on one.")
    title = words if action.needs_instruction else action.title
    return {"job": _start(session, title, request).id}


def cancel(session: Session, argument: Mapping[str, Any]) -> None:
    """`glm.cancel {job?}` → null; without a job, all."""
    id = _text(argument, "job", "") or None
    for job in [session.jobs.get(id)] if id else session.jobs.running():
        session.jobs.cancel(job)


def undo(session: Session, argument: Mapping[str, Any]) -> dict[str, Any]:
    """`glm.undo {job?}` → `{job}`: writes the inverse of the job's edit in all its files, if they are untouched there.

    Without a job: the latest that wrote something.
    """
    from glm_lsp.lsp import run as running

    id = _text(argument, "job", "") or None
    written = [job for job in session.jobs if job.written]
    job = session.jobs.get(id) if id else (written[-1] if written else None)
    if job is None or not job.written:
        raise BadInput("There is no GLM edit to undo.")
    undoing = session.jobs.add(f"Undo {job.title}", job.request, session.snapshot())
    running.start_undo(session, undoing, job)
    return {"job": undoing.id}


def jobs(session: Session, argument: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`glm.jobs {job?}` → the objects of `glm/job`, newest first."""
    id = _text(argument, "job", "") or None
    found = [session.jobs.get(id)] if id else [*session.jobs][::-1]
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
    "glm.jobs": jobs,
    "glm.status": status,
}


def _start(session: Session, title: str, request: AskRequest) -> Job:
    from glm_lsp.lsp import run as running

    job = session.jobs.add(title, request, session.snapshot())
    running.start(session, job)
    return job


def _text(argument: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = argument.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise BadInput(f"`{name}` must be a string.")
    return value


def _version(argument: Mapping[str, Any], document: Document) -> int:
    version = argument.get("version")
    if version is None:
        return document.version
    if not isinstance(version, int) or isinstance(version, bool):
        raise BadInput("`version` must be a whole number.")
    return version


def _span(session: Session, argument: Mapping[str, Any], document: Document, version: int) -> Range:
    """The requested range in the text there is now."""
    span = session.server.structure(argument.get("range"), types.Range, "range")
    if version == document.version:
        return convert.checked_range_of(document.lines, span, session.editor.client.encoding)
    # Its columns count in a text that is gone. We work on whole lines anyway, so whole lines are carried.
    empty = span.start == span.end
    last = span.end.line + (span.end.character > 0 or empty)
    carried = document.carry(Range(Point(span.start.line, 0), Point(last, 0)), version)
    return Range(carried.start, carried.start) if empty else carried


def _diagnostics(
    session: Session, argument: Mapping[str, Any], document: Document, span: Range
) -> tuple[Diagnostic, ...]:
    """Those the menu item carries; without any, those of the last menu at this version that touch the range."""
    given = argument.get("diagnostics")
    if given:
        found = session.server.structure(given, list[types.Diagnostic], "diagnostics")
        return convert.diagnostics_of(document.lines, found, session.editor.client.encoding)
    asked = session.asked.get(document.uri)
    if asked is None or asked.version != document.version:
        return ()
    return tuple(one for one in asked.diagnostics if one.range.start <= span.end and span.start <= one.range.end)


def _workable(document: Document) -> None:
    size = sum(map(len, document.lines))
    if size > LARGEST:
        raise Refused(
            f"The document has {size / 1e6:.1f} million characters; GLM works on up to {LARGEST / 1e6:.0f} million."
        )
    if any("\0" in line for line in document.lines):
        raise Refused("The document looks binary.", "GLM works on text only.")

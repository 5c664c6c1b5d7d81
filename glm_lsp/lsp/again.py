"""What a job is asked that goes on from another: its answer refined, or the same question once more.

The text has usually changed since, if only by the other job's own edit; the places are found in the text there is now,
or the request is refused.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from glm_lsp.errors import BadInput, TextChanged
from glm_lsp.lsp.menu import shortened
from glm_lsp.syntax.span import LineSpan
from glm_lsp.text.lines import Point, Range

if TYPE_CHECKING:
    from glm_lsp.ask import AskRequest
    from glm_lsp.lsp.jobs import Job
    from glm_lsp.lsp.session import Session


def refined(session: Session, job: Job, instruction: str) -> tuple[str, AskRequest]:
    """The title and the question of a refinement of `job`.

    Errors: BadInput if there is no answer to refine; TextChanged if the text it was about is gone.
    """
    from glm_lsp.context.nearby import Also
    from glm_lsp.lsp.follow import region_now

    said = job.conversation
    if job.candidates:
        raise BadInput("This job has several answers.", "Accept one of them first.")
    if said is None:
        raise BadInput(f"“{job.title}” has no answer that could be refined.", "Run it again, or retry it.")
    uri = job.request.uri
    now = session.documents.get(uri).frozen()
    region = LineSpan(said.region.first, said.region.last)
    lines = region_now(region, job.snapshot.document(uri), job.written, now)
    if lines is None or lines.first == lines.last:
        raise TextChanged(
            "The text this answer was about is gone, or can no longer be told for certain.", "Select it and ask anew."
        )
    others = (Also(one.file.uri) for one in job.written if one.file.uri != uri and one.file.kind != "delete")
    request = replace(
        job.request,
        span=now.text.range_of(*lines),
        instruction=instruction,
        diagnostics=(),
        also=tuple(dict.fromkeys((*job.request.also, *others))),
        model=said.draft.model,  # of several answers another model's may have been chosen
        follows=said,
    )
    return shortened(instruction), request


def again(session: Session, job: Job) -> AskRequest:
    """The question of `job`, none of whose edits is in the text any more, about the text there is now.

    Errors: TextChanged if what it was about was changed, and the question does not make sense without it.
    """
    from glm_lsp.lsp.follow import region_now, untouched

    request = job.request
    before, now = job.snapshot.document(request.uri), session.documents.get(request.uri).frozen()
    if before.text.lines == now.text.lines:
        return request
    region = job.lines
    if job.conversation is not None:
        region = LineSpan(job.conversation.region.first, job.conversation.region.last)
    if (same := untouched(region, before, now)) is not None:
        return _shifted(request, same.first - region.first)
    lines = region_now(region, before, (), now)
    if lines is None or lines.first == lines.last or request.action.needs_selection or request.action.needs_diagnostics:
        raise TextChanged("The text this was asked about has changed since.", "Select it and run the action again.")
    return replace(request, span=now.text.range_of(*lines), diagnostics=())


def _shifted(request: AskRequest, count: int) -> AskRequest:
    """`request` with its places `count` lines further down."""

    def shifted(span: Range) -> Range:
        return Range(*(Point(max(0, point.line + count), point.column) for point in span))

    found = tuple(replace(one, range=shifted(one.range)) for one in request.diagnostics)
    return replace(request, span=shifted(request.span), diagnostics=found)

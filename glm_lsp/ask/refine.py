"""A question that goes on from an earlier one: the same conversation, on the text there is now."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from glm_lsp.ask.conversation import Conversation
from glm_lsp.ask.prepare import Prepared, clear, rules_of
from glm_lsp.ask.request import AskRequest
from glm_lsp.context.gather import Context, Excerpt, budget_of, gather
from glm_lsp.context.nearby import attached
from glm_lsp.context.rules import in_force
from glm_lsp.context.target import Target, region_text, target_for
from glm_lsp.desk import Desk
from glm_lsp.model.endpoint import Endpoint
from glm_lsp.prompt import compose
from glm_lsp.syntax.span import LineSpan
from glm_lsp.workspace import paths
from glm_lsp.workspace.documents import OpenDocument
from glm_lsp.workspace.snapshot import Snapshot

SHORTENED = "The conversation no longer fits the model's window: its beginning was left out."


async def continued(
    request: AskRequest, follows: Conversation, snapshot: Snapshot, desk: Desk, endpoint: Endpoint
) -> tuple[Prepared, bool]:
    """The earlier turns, and the region as it reads now; whether some of those turns had to be left out. All of it,
    what was sent before too, passes the gate: the rules may be others now.

    Errors: Withheld, TooLong.
    """
    settings = snapshot.settings
    rules = await rules_of(snapshot)
    context = await asyncio.to_thread(_context, request, snapshot)
    # Those that were sent before may be trusted no longer.
    under = await asyncio.to_thread(lambda: in_force(request.uri, snapshot.folders, desk.state, desk.config))
    context = replace(context, snippets=(*under, *context.snippets))
    draft, left_out = compose.refinement(
        follows.draft,
        follows.reply,
        request.action,
        request.instruction,
        context,
        paths.name_of(request.uri, snapshot.folders),
        settings,
        desk.nonce,
        request.locale,
    )
    cleared, receipt = await clear(draft, rules, settings, desk)
    return Prepared(endpoint, context, rules, draft, cleared, receipt), left_out > 0


def _context(request: AskRequest, snapshot: Snapshot) -> Context:
    """The region alone, for the model has seen what is around it; where its answer may go further, the file too, and
    the files that the user wants to go along."""
    document = snapshot.document(request.uri)
    if request.action.in_blocks:
        target = target_for(request.action, document, request.span, (), with_comment=False)
        wanted = snapshot.settings.context
        context = gather(target, (), budget_of(wanted.budget_tokens, wanted.window_tokens))
        others, without = attached(request.also, request.uri, snapshot)
        return replace(context, snippets=tuple(others), left_out=(*context.left_out, *without))
    target = Target(document, _lines(request, document))
    first, last = target.lines
    below = len(document.text.lines) - last
    return Context(target, Excerpt("", region_text(target), "", above=first, below=below))


def _lines(request: AskRequest, document: OpenDocument) -> LineSpan:
    start, end = request.span
    last = end.line if end.column == 0 and end > start else end.line + 1
    return LineSpan(start.line, min(last, len(document.text.lines)))
